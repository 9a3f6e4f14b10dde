"""The day's housekeeping, each part a function of its own: what is over is cleared away, who is late is reminded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session

from inventory.database import Database, reading, sweep, writing
from inventory.erasure_register import catch_up
from inventory.mail import Failed, MailServer, Unknown, Unreachable, reminder_mail
from inventory.reminder_lists import count_doubtful
from inventory.reminders import claim_mail, end_mail
from inventory.reminding import calls_of
from inventory.retention import KINDS, keep_part
from inventory.settings import Settings
from inventory.sign_in import FAILED, WINDOW
from inventory.staff import STAFF_SESSION
from inventory.tables import ReminderOutcome

# Long enough to look up who was signed in when something went wrong last month.
SESSIONS_KEPT = timedelta(days=90)


# A line of progress after so many mails.
_TOLD_EVERY = 50


@dataclass(frozen=True)
class Tidied:
    """How many rows went."""

    failed_sign_ins: int
    sessions: int


def tidy(session: Session, *, now: datetime) -> Tidied:
    """Forget failed sign-ins whose window is over and sessions that ended 90 days ago.

    No journal entry: signing in was journaled when it happened, and nothing that anybody did is forgotten.
    """
    connection = session.connection()
    failed = connection.execute(delete(FAILED).where(FAILED.c.at < now - WINDOW))
    sessions = connection.execute(delete(STAFF_SESSION).where(STAFF_SESSION.c.expires_at < now - SESSIONS_KEPT))
    return Tidied(failed.rowcount, sessions.rowcount)


@dataclass
class Reminded:
    """What became of the day's reminders, counted by borrower.

    ``elsewhere`` were sent by another run; ``by_hand`` wait for a call or a letter; ``doubtful`` counts all that wait
    for a person's decision, also from before. ``unreachable`` says in one line why the mail server was not.
    """

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    elsewhere: int = 0
    waiting: int = 0
    by_hand: int = 0
    doubtful: int = 0
    unreachable: str | None = None


def remind(
    database: Database,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    mail: bool = True,
) -> Reminded:
    """Send today's mails, each to one borrower about everything that is due.

    Each is claimed in an act of its own, sent outside of any transaction, and ended in a second act: any number of
    runs may do this at once. When the mail server cannot be reached nothing is claimed, so a later run of the same day
    sends what is left. A mail that failed after its claim is tried again tomorrow.
    """
    with reading(database) as session:
        calls = calls_of(session, now=clock())
    by_mail = [call.key for call in calls if call.way == "mail"]
    done = Reminded(by_hand=len(calls) - len(by_mail))
    if not settings.smtp_url:
        done.by_hand = len(calls)
    elif not mail:
        done.waiting = len(by_mail)
    else:
        server = MailServer(settings)
        try:
            for at, key in enumerate(by_mail, start=1):
                server.ready()
                _send(database, settings, server, key, done, clock)
                if at % _TOLD_EVERY == 0 and at < len(by_mail):
                    say(f"reminders: {at} of {len(by_mail)} borrowers")
        except Unreachable as error:
            done.unreachable = str(error)
            done.waiting = len(by_mail) - done.sent - done.failed - done.unknown - done.elsewhere
        finally:
            server.close()
    with reading(database) as session:
        done.doubtful = count_doubtful(session, now=clock())
    return done


def _send(
    database: Database,
    settings: Settings,
    server: MailServer,
    key: str,
    done: Reminded,
    clock: Callable[[], datetime],
) -> None:
    with writing(database) as session:
        claim = claim_mail(session, key, now=clock())
    if claim is None:
        done.elsewhere += 1
        return
    outcome, note = ReminderOutcome.SENT, None
    try:
        server.send(reminder_mail(claim.call, settings, reminder=claim.reminder, key_id=database.keys.id, now=clock()))
        done.sent += 1
    except Failed as failed:
        outcome, note = ReminderOutcome.FAILED, str(failed)
        done.failed += 1
    except Unknown:
        # Left open: a person decides.
        done.unknown += 1
        return
    with writing(database) as session:
        end_mail(session, claim.reminder, outcome, note, now=clock())


def keep_retention(database: Database, *, clock: Callable[[], datetime]) -> dict[str, int]:
    """Erase what the rules of keeping say is over, in small acts that let the counter in between; counts by kind.

    Then the register of erasures is brought up to the journal, for what other machines erased, and the log emptied.
    """
    erased = dict.fromkeys(KINDS, 0)
    for kind in KINDS:
        last = 0
        while True:
            with writing(database) as session:
                part = keep_part(session, kind, now=clock(), after=last)
            if part is None:
                break
            last, erased[kind] = part.last, erased[kind] + part.erased
    if database.register:
        with reading(database) as session:
            catch_up(session, database.register)
    sweep(database)
    return erased
