"""What every command shares: saying something, asking for a password, opening the ledger, failing in one line."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from inventory import schema
from inventory.database import Database
from inventory.settings import Settings, open_ledger
from inventory.staff import Password


class CommandFailed(Exception):
    """The command could not do its work. The text is one line that says what to do."""


def say(line: str) -> None:
    """A line of progress or of the result. Flushed, because a pipe would keep it until the end."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def now() -> datetime:
    return datetime.now(UTC)


def fresh_op_id() -> str:
    """Every run of a command is an act of its own."""
    return f"command-{uuid4()}"


def settings() -> Settings:
    return Settings.from_environment(os.environ)


@contextmanager
def ledger() -> Iterator[Database]:
    """The ledger as it stands, at this program's schema.

    Raises:
        CommandFailed: there is none, or its schema is another.
    """
    chosen = settings()
    url = chosen.database_url
    # Opening a SQLite file that is not there makes an empty one, and nobody who mistyped a path wants that.
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise CommandFailed(f"there is no ledger at {url}; set DATABASE_URL, or make one: python -m inventory migrate")
    database = open_ledger(chosen)
    try:
        with database.reader.connect() as connection:
            found = schema.version(connection)
        if found is None:
            raise CommandFailed("there is no ledger in this database; make one: python -m inventory migrate")
        if found != schema.head():
            raise CommandFailed(
                f"the ledger has schema {found}, this program has {schema.head()}; run python -m inventory migrate"
            )
        yield database
    finally:
        database.dispose()


def new_password(*, from_stdin: bool) -> str:
    """A password from the first line of standard input, or asked for twice on the terminal.

    Raises:
        CommandFailed: there is nobody to ask, the two differ, or the password is too easy.
    """
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise CommandFailed("there is no terminal to ask for the password; pipe it in with --password-stdin")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != password:
            raise CommandFailed("the two passwords differ; nothing was changed")
    try:
        return TypeAdapter[str](Password).validate_python(password)
    except ValidationError as error:
        raise CommandFailed(sentence_of(error)) from error


def sentence_of(error: ValidationError) -> str:
    """The first thing that is wrong with what was written."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    said = str(first["ctx"]["error"]) if "error" in first.get("ctx", {}) else first["msg"]
    return f"{field}: {said}" if field else said
