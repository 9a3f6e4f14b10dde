"""migrate, demo, backup, restore, verify, daily: the ledger as a whole."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from inventory import backup as backups
from inventory import journal, schema
from inventory import restore as restores
from inventory.commands.terminal import CommandFailed, ledger, now, say, settings
from inventory.daily import Reminded, keep_retention, remind, tidy
from inventory.database import Database, reading, writing
from inventory.demo import city
from inventory.journal import Finding
from inventory.retention import plan
from inventory.settings import open_ledger

# More of the same says no more.
SHOWN = 20


def add_to(commands: Any) -> None:
    migrate_ = commands.add_parser(
        "migrate",
        help="bring the database to the newest schema",
        description="Makes the tables in an empty database, or brings an older ledger to this program's schema. An "
        "older SQLite file is copied beside itself first. Running it again changes nothing.",
    )
    migrate_.set_defaults(run=migrate)
    demo_ = commands.add_parser(
        "demo",
        help="load the demo city into an empty ledger",
        description="Makes the tables and loads the demo city, then says how to sign in. A ledger that holds anything "
        "else is refused.",
    )
    demo_.add_argument("--if-empty", action="store_true", help="leave a ledger that is in use as it is, and succeed")
    demo_.set_defaults(run=demo)
    backup_ = commands.add_parser(
        "backup",
        help="copy the living ledger into FILE",
        description="Copies the ledger while it is in use, checks the copy, and writes FILE and FILE.json (what FILE "
        "must hold). Keep the two together. The secret key is not in them: keep a copy of it somewhere else.",
    )
    backup_.add_argument("file", metavar="FILE", type=Path, help="a new file; nothing is overwritten")
    backup_.set_defaults(run=backup)
    restore_ = commands.add_parser(
        "restore",
        help="put a backup in place of the ledger",
        description="Checks FILE against FILE.json, its tables and its journal, and puts it in place. Stop the server "
        "first. What is refused changes nothing.",
    )
    restore_.add_argument("file", metavar="FILE", type=Path, help="what `backup` wrote, with FILE.json beside it")
    restore_.add_argument("--replace", action="store_true", help="put a ledger that is in the way aside, and keep it")
    restore_.add_argument(
        "--key-lost",
        action="store_true",
        help="the secret key of this backup is gone for good: restore without being able to verify",
    )
    restore_.set_defaults(run=restore)
    verify_ = commands.add_parser(
        "verify",
        help="check that nobody changed the journal",
        description="Walks the journal's whole chain and every fact's reference, while the ledger is in use. Exits "
        "with 1 when something does not hold, and says where.",
    )
    verify_.set_defaults(run=verify)
    daily_ = commands.add_parser(
        "daily",
        help="the day's housekeeping",
        description="Reminds borrowers by mail of what is due (one mail to each, by the rules of the pools), forgets "
        "lapsed failed sign-ins and sessions long over, erases what the rules of keeping say is over, and verifies the "
        "journal. Running it again, or on several machines at once, does no harm. Exits with 1 when a mail failed or "
        "may not have arrived.",
    )
    daily_.add_argument("--no-mail", action="store_true", help="send no mail today; say how many would go")
    daily_.add_argument("--dry-run", action="store_true", help="write and send nothing; say what would be done")
    daily_.set_defaults(run=daily)


def migrate(_: Namespace) -> int:
    database = open_ledger(settings())
    try:
        changed = schema.migrate(database, now=now())
    finally:
        database.dispose()
    say(f"schema {schema.head()}: {'brought up to date' if changed else 'nothing to do'}")
    return 0


def demo(given: Namespace) -> int:
    chosen = settings()
    sign_in_file = chosen.secret_key_file.with_name("demo-sign-in.txt")
    database = open_ledger(chosen)
    try:
        schema.migrate(database, now=now())
        try:
            if city.load(database, sign_in_file, now=now()):
                say("loaded the demo city")
        except city.NotEmpty as error:
            if not given.if_empty:
                raise CommandFailed(str(error)) from error
            say("the ledger is in use; no demo data was loaded")
            return 0
    finally:
        database.dispose()
    say(city.how_to_sign_in(sign_in_file).rstrip())
    return 0


def backup(given: Namespace) -> int:
    with ledger() as database:
        say("copying and checking")
        report = backups.backup(database, given.file, now=now())
    manifest = report.manifest
    say(
        f"wrote {report.file} ({manifest.bytes} bytes, {sum(manifest.rows.values())} rows, "
        f"{manifest.journal_seq} journal entries, key {manifest.key_id}) and {backups.manifest_file(report.file)}"
    )
    say(backups.WITHOUT_THE_KEY)
    if report.findings:
        _tell(report.findings)
        raise CommandFailed("the copy is whole, but the journal does not hold, so restore will refuse it")
    return 0


def restore(given: Namespace) -> int:
    report = restores.restore(
        settings(), given.file, now=now(), replace=given.replace, key_lost=given.key_lost, say=say
    )
    if report.kept:
        say(f"the ledger that stood there is kept as {report.kept}")
    say(
        f"restored the ledger of {report.manifest.made_at} with {report.manifest.journal_seq} journal entries; "
        "everybody signs in again"
    )
    return 0


def verify(_: Namespace) -> int:
    with ledger() as database:
        return _verify(database)


def daily(given: Namespace) -> int:
    if given.dry_run:
        return _dry_run()
    with ledger() as database:
        with writing(database) as session:
            tidied = tidy(session, now=now())
        say(f"forgot {tidied.failed_sign_ins} failed sign-ins and {tidied.sessions} sessions long over")
        _say_kept(keep_retention(database, clock=now), "erased")
        reminded = remind(database, settings(), clock=now, say=say, mail=not given.no_mail)
        _say_reminded(reminded)
        _verify(database)
    _complain(reminded)
    return 0


def _dry_run() -> int:
    """What today would erase, row by row, and how many mails would go."""
    with ledger() as database:
        with reading(database) as session:
            planned = plan(session, now=now())
        _say_kept(planned.counts, "would erase")
        for one in planned.rows:
            # Numbers alone: this goes into the logs of whoever runs it, and the page /retention shows the names.
            say(f"  {one.kind} {one.row}, over since {one.since.isoformat()} plus the years of its rule")
        waiting = remind(database, settings(), clock=now, say=say, mail=False).waiting
        say(f"reminders: {waiting} mails would go")
    return 0


def _say_kept(counts: dict[str, int], verb: str) -> None:
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    say(f"retention: {verb} {told or 'nothing'}")


def _say_reminded(reminded: Reminded) -> None:
    say(
        f"reminders: {reminded.sent} mails sent, {reminded.failed} failed, {reminded.unknown} perhaps sent, "
        f"{reminded.elsewhere} sent by another run"
    )
    if reminded.waiting:
        say(f"reminders: {reminded.waiting} mails not sent")
    if reminded.by_hand:
        say(f"reminders: {reminded.by_hand} borrowers wait for a call or a letter; see /reminders")


def _complain(reminded: Reminded) -> None:
    """Cron writes a mail of its own to whoever keeps the machine when a command exits with another code than 0."""
    if reminded.unreachable:
        raise CommandFailed(
            f"the mail server cannot be reached ({reminded.unreachable}); {reminded.waiting} mails wait"
        )
    if reminded.failed or reminded.doubtful or reminded.unknown:
        raise CommandFailed(
            f"{reminded.failed} mails failed and {reminded.doubtful + reminded.unknown} may not have arrived; "
            "somebody decides on the page /reminders"
        )


def _verify(database: Database) -> int:
    with reading(database) as session:
        findings = list(journal.verify(session, database.keys, database.anchor))
        seq, mac = journal.head(session)
    say(f"journal: {seq} entries, head {mac}, key {database.keys.id}")
    if not findings:
        say("OK: every entry holds")
        return 0
    _tell(findings)
    raise CommandFailed(f"the journal does not hold ({len(findings)} findings); keep the ledger as it is and find out")


def _tell(findings: list[Finding]) -> None:
    for finding in findings[:SHOWN]:
        say(f"  {finding.kind} at entry {finding.seq}: {finding.detail}")
    if len(findings) > SHOWN:
        say(f"  and {len(findings) - SHOWN} more")
