"""What the day asks for, in Japan's day."""

from datetime import date, datetime, timedelta

from inventory import today as sheet
from inventory.calendar import TOKYO
from inventory.database import Database
from inventory.tables import HoldReason
from inventory.today import day_at_a_glance
from tests.inventory.city import (
    NOON,
    association,
    bring_back,
    course,
    device,
    devices,
    head,
    later,
    lend,
    look,
    release,
    retired,
    stop,
    tablets,
)

SECTION = {"section": "福祉課"}
MORNING = datetime(2026, 11, 25, 0, 0, tzinfo=TOKYO)


def test_an_empty_ledger_asks_for_nothing(database: Database) -> None:
    assert look(database, day_at_a_glance, now=NOON).model_dump() == {
        "overdue": [],
        "overdue_total": 0,
        "conflicts": [],
        "conflicts_total": 0,
        "unsigned": [],
        "unsigned_total": 0,
        "due_today": [],
        "due_today_devices": 0,
        "waiting": [],
        "courses": [],
        "readiness": {},
        "new_reports": {"count": 0, "oldest": None},
        "losses": [],
        "substitutes": [],
        "doubtful_mails": 0,
        "behind": {"loans": 0, "devices": 0},
    }


def test_what_is_late_and_what_comes_back_today(database: Database) -> None:
    tablets(database)
    devices(database, "T1", "T2", "T3", "T4", "T5", "T6")
    made = association(database)
    head(database, made.id, until=date(2026, 11, 25))
    late = lend(database, SECTION, "T1", due={"on": "2026-11-24"})
    due = lend(database, SECTION, "T2", "T3", "T4", due={"at": "2026-11-25T17:00:00+09:00"})
    ends = lend(database, {"association": made.id}, "T5")
    lend(database, SECTION, "T6", due={"on": "2026-11-26"})
    bring_back(database, "T4")
    glance = look(database, day_at_a_glance, now=MORNING)
    assert ([card.number for card in glance.overdue], glance.overdue_total) == ([late.number], 1)
    assert [card.number for card in glance.due_today] == [due.number, ends.number]
    assert glance.due_today_devices == 3
    before = look(database, day_at_a_glance, now=MORNING - timedelta(seconds=1))
    assert (before.overdue_total, before.due_today_devices) == (0, 1)


def test_what_is_late_the_longest_stands_first(database: Database) -> None:
    tablets(database)
    devices(database, "T1", "T2", "T3")
    days = {"T1": "2026-11-26", "T2": "2026-11-25", "T3": "2026-11-26"}
    numbers = {device: lend(database, SECTION, device, due={"on": day}).number for device, day in days.items()}
    glance = look(database, day_at_a_glance, now=later(days=9))
    assert [card.number for card in glance.overdue] == [numbers["T2"], numbers["T1"], numbers["T3"]]


def test_the_sheet_shows_twenty_and_counts_all(database: Database) -> None:
    tablets(database)
    shown = sheet.SHOWN
    for number in range(shown + 2):
        device(database, f"T{number}")
        lend(database, SECTION, f"T{number}", due={"on": "2026-11-24"})
    today = look(database, day_at_a_glance, now=NOON)
    assert (len(today.due_today), today.due_today_devices) == (shown, shown + 2)
    tomorrow = look(database, day_at_a_glance, now=MORNING)
    assert (len(tomorrow.overdue), tomorrow.overdue_total) == (shown, shown + 2)


def test_what_waits_is_what_is_here(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2", "OUT", "GONE", "DONE")
    lend(database, SECTION, "OUT")
    for hours, (number, reason) in enumerate(
        [("T1", "wipe"), ("T2", "wipe"), ("T2", "inspect"), ("OUT", "wipe"), ("GONE", "repair"), ("DONE", "lost")]
    ):
        stop(database, number, reason, now=later(hours=hours))
    retired(database, "GONE")
    release(database, "DONE", "lost")
    waiting = look(database, day_at_a_glance, now=MORNING).waiting
    assert [(hold.reason, hold.count, hold.oldest) for hold in waiting] == [
        (HoldReason.INSPECT, 1, later(hours=2)),
        (HoldReason.WIPE, 2, later(hours=0)),
    ]


def test_the_courses_of_today_and_the_seven_days_after(database: Database) -> None:
    begin = datetime(2026, 11, 25, 0, 0, tzinfo=TOKYO)
    times = {
        "yesterday": begin - timedelta(hours=2),
        "over midnight": begin - timedelta(hours=1),
        "today": begin + timedelta(hours=10),
        "last": begin + timedelta(days=8, minutes=-1),
        "next week": begin + timedelta(days=8),
    }
    for title, starts_at in times.items():
        course(database, title=title, starts_at=starts_at)
    glance = look(database, day_at_a_glance, now=begin + timedelta(hours=20))
    assert [card.title for card in glance.courses] == ["over midnight", "today", "last"]


def test_a_loan_that_wants_a_signature_is_asked_for_while_it_is_out(database: Database) -> None:
    tablets(database, agreement_required=True, default_days=7)
    devices(database, "T1", "T2")
    numbers = [lend(database, SECTION, number).number for number in ("T1", "T2")]
    day = look(database, day_at_a_glance, now=NOON)
    assert ({card.number for card in day.unsigned}, day.unsigned_total) == (set(numbers), 2)
    bring_back(database, "T2")
    assert [card.number for card in look(database, day_at_a_glance, now=NOON).unsigned] == numbers[:1]
