"""``python -m inventory``: the ledger from the command line. Each command says in one line why it failed."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from inventory.backup import BackupFailed
from inventory.commands import accounts, lists, upkeep
from inventory.commands.terminal import CommandFailed, sentence_of
from inventory.errors import Refusal
from inventory.restore.checks import RestoreRefused
from inventory.schema import UnknownSchema
from inventory.settings import BadSetting


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 1 not done, 2 called wrongly."""
    parser = ArgumentParser(
        prog="python -m inventory",
        description="つなぐ台帳 from the command line. DATABASE_URL and SECRET_KEY_FILE say which ledger.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for family in (upkeep, accounts, lists):
        family.add_to(commands)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except ValidationError as error:
        reason = sentence_of(error)
    except DBAPIError as error:
        reason = f"the database said: {str(error.orig).splitlines()[0]}"
    except (CommandFailed, BadSetting, BackupFailed, RestoreRefused, UnknownSchema, Refusal) as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
    except KeyboardInterrupt:
        reason = "stopped"
    print(f"inventory: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
