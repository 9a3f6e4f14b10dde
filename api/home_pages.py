"""今日: what the day asks for, on one sheet of A4."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api import conflict_views
from api.loan_views import view
from api.pages import render
from api.readiness_views import brief
from api.transactions import Look, Now
from api.visitors import READERS, Staff, sees_contacts
from api.words import HOLD, day_of
from inventory.calendar import today
from inventory.courses import CourseCard
from inventory.devices import list_devices
from inventory.officers import phones_of
from inventory.readiness import Verdict
from inventory.readiness_cards import Do
from inventory.tables import CourseState, DeviceState, HoldReason
from inventory.today import Today, day_at_a_glance

pages = APIRouter(include_in_schema=False)
# So many rows of each kind fit one sheet of A4; the rest is one tap away.
SHOWN = 5
_COURSES = 6
# Work that a desk can do at once, by scanning. A repair takes its weeks and makes no day a busy one.
_WORKED_OFF = (HoldReason.INSPECT, HoldReason.WIPE)
_WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True)
class _Day:
    """``held`` counts devices in stock that are stopped, each once; ``phones`` are numbers by officer id."""

    today: Today
    held: int
    phones: dict[str, str]


def _load(session: Session, *, now: datetime, contacts: bool) -> _Day:
    day = day_at_a_glance(session, now=now)
    held = list_devices(session, state=DeviceState.HELD, limit=1, exact=True).total or 0
    in_charge = {loan.officer.id for loan in day.overdue if loan.officer} if contacts else set()
    return _Day(day, held, phones_of(session, in_charge) if in_charge else {})


@pages.get("/", dependencies=[READERS])
async def home(request: Request, look: Look, now: Now, visitor: Staff) -> Response:
    found = await look.read(_load, now=now, contacts=sees_contacts(visitor))
    day, date = found.today, today(now)
    courses = [card for card in day.courses if card.state in (CourseState.PLANNED, CourseState.HELD)]
    shown = _shown(day, courses)
    return render(
        request,
        "today.html",
        nav="today",
        date=date,
        weekday=f"{_WEEKDAYS[date.weekday()]}曜日",
        sentences=_headline(day),
        calm=not _asks(day),
        overdue=sorted((view(card, now) for card in day.overdue), key=lambda loan: -loan.days_late)[:SHOWN],
        overdue_total=day.overdue_total,
        conflicts=[conflict_views.view(card, now) for card in day.conflicts[:SHOWN]],
        conflicts_total=day.conflicts_total,
        unsigned=[view(card, now) for card in day.unsigned[:SHOWN]],
        unsigned_total=day.unsigned_total,
        doubtful_mails=day.doubtful_mails,
        new_reports=day.new_reports,
        losses=day.losses,
        substitutes=day.substitutes,
        due_today=[view(card, now) for card in day.due_today[:SHOWN]],
        due_today_total=len(day.due_today),
        due_today_devices=day.due_today_devices,
        waiting=day.waiting,
        behind=day.behind,
        held=found.held,
        scanned=_WORKED_OFF,
        courses=[_course(day, card, day_of(card.starts_at) == date) for card in shown],
        wanted=_wanted(day, courses),
        phones=found.phones,
    )


def _asks(day: Today) -> list[str]:
    """What wants doing today, the most pressing first, each with its number."""
    asks = [f"ロックがまだの紛失{len(day.losses)}台"] if day.losses else []
    asks += [f"延滞の{day.overdue_total}件"] if day.overdue_total else []
    stuck = len(_stuck(day))
    asks += [f"このままではできない講座の{stuck}つ"] if stuck else []
    asks += [f"新しい困りごとの{day.new_reports.count}件"] if day.new_reports.count else []
    asks += [f"前の会長の手元の{day.behind.devices}台"] if day.behind.loans else []
    asks += [f"要確認の{day.conflicts_total}件"] if day.conflicts_total else []
    asks += [f"届いたかわからないメールの{day.doubtful_mails}通"] if day.doubtful_mails else []
    asks += [f"今日返る{day.due_today_devices}台"] if day.due_today_devices else []
    work = [waiting for waiting in day.waiting if waiting.reason in _WORKED_OFF]
    return asks + ([f"{HOLD[work[0].reason]}の{work[0].count}台"] if work else [])


def _stuck(day: Today) -> set[str]:
    return {course for course, found in day.readiness.items() if found.verdict is Verdict.NO_GO}


def _shown(day: Today, courses: list[CourseCard]) -> list[CourseCard]:
    """The next courses, and each that cannot be held like this, however many there are before it."""
    stuck = _stuck(day)
    room = max(0, _COURSES - len(stuck))
    others = [card.id for card in courses if card.id not in stuck][:room]
    return [card for card in courses if card.id in stuck or card.id in others]


@dataclass(frozen=True)
class _Course:
    """``mark`` is None for a course that is over. ``about`` is what the verdict is about."""

    card: CourseCard
    is_today: bool
    mark: str | None
    said: str
    about: str


def _course(day: Today, card: CourseCard, is_today: bool) -> _Course:
    found = day.readiness[card.id]
    mark, said, about = brief(found, card) if found.verdict is not None else (None, "終わりました", "")
    return _Course(card, is_today, mark, said, about)


def _wanted(day: Today, courses: list[CourseCard]) -> dict[str, tuple[CourseCard, int]]:
    """By reason of a hold: the first course that waits for such devices, and for how many."""
    wanted: dict[str, tuple[CourseCard, int]] = {}
    for card in courses:
        for one in day.readiness[card.id].suggestions:
            if one.check == "prepared" and one.act.do in (Do.WIPE, Do.INSPECT):
                wanted.setdefault(one.act.do.value, (card, one.act.quantity or 1))
    return wanted


def _headline(day: Today) -> list[str]:
    asks = _asks(day)
    if not asks:
        return ["今日は、急ぐことはありません。"]
    if len(asks) == 1:
        return ["今日、手をつけるのは1つ。", f"{asks[0]}です。"]
    return [f"今日、手をつけるのは{len(asks)}つ。", f"{asks[0]}から始めましょう。"]
