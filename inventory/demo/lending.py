"""What was lent, came back and was worked off in the demo city, told in days before the day of loading."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from inventory.agreements import Sign, sign
from inventory.borrowers import ASSOCIATION, COURSE
from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days, today
from inventory.demo import terms
from inventory.demo.act import Act
from inventory.devices import device_card
from inventory.due import DueBy
from inventory.lending import CheckOut, check_out
from inventory.loans import list_loans
from inventory.returning import Condition, TakeBack, take_back
from inventory.stock import OpenHold, ReleaseHold, open_hold, release_hold
from inventory.tables import HoldReason
from inventory.targets import Target


class Event(NamedTuple):
    """Something a member of staff did; ``at`` tells when, given the moment of loading."""

    name: str
    at: Callable[[datetime], datetime]
    who: str
    do: Callable[[Act], object]


def days_ago(days: int, hour: int) -> Callable[[datetime], datetime]:
    return lambda now: datetime.combine(today(now) - timedelta(days=days), time(hour), tzinfo=TOKYO)


def _this_term(now: datetime) -> datetime:
    """Fifty days ago, or the first morning of the heads' term when that is nearer: before it nobody answers for it."""
    first, _ = fiscal_year_days(fiscal_year(today(now)))
    return min(now, max(datetime.combine(first, time(10), tzinfo=TOKYO), now - timedelta(days=50)))


def soon_after(now: datetime) -> datetime:
    return min(now, _this_term(now) + timedelta(minutes=20))


def _to_head(association: str, *devices: str) -> Callable[[Act], object]:
    """Until the end of the head's office, which is what a loan to an association means when nobody says otherwise."""

    def do(act: Act) -> None:
        borrower = Target(association=_association(act.session, association))
        act(check_out, CheckOut(borrower=borrower, devices=list(devices), purpose="自治会DX推進"))

    return do


def _until(association: str, days_ago: int, *devices: str) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        due = DueBy(on=_day(act.today, days_ago))
        borrower = Target(association=_association(act.session, association))
        act(check_out, CheckOut(borrower=borrower, devices=list(devices), due=due, purpose="総会の準備"))

    return do


def _signed(association: str) -> Callable[[Act], object]:
    """The head signs for the newest loan, by name: a demo has no finger."""

    def do(act: Act) -> None:
        borrower = _association(act.session, association)
        loan = list_loans(act.session, now=act.now, association=borrower, limit=1).items[0]
        assert loan.officer is not None
        act(sign, Sign(signed_name=loan.officer.name, consent=True), loan=loan.number, ready=None)

    return do


def _to_course(title: str, *devices: str) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        query = select(COURSE.c.id).where(COURSE.c.title == title)
        course = act.session.connection().execute(query).scalar_one()
        act(check_out, CheckOut(borrower=Target(course=str(course)), devices=list(devices)))

    return do


def _back(*devices: str) -> Callable[[Act], object]:
    return lambda act: act(take_back, TakeBack(devices=list(devices)))


def _back_damaged(device: str, note: str) -> Callable[[Act], object]:
    condition = {device: Condition(ok=False, note=note)}
    return lambda act: act(take_back, TakeBack(devices=[device], condition=condition))


def _worked_off(reason: HoldReason, *devices: str) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        for device in devices:
            for hold in device_card(act.session, device).holds:
                if hold.reason is reason:
                    act(release_hold, ReleaseHold(), device=device, hold=hold.id)

    return do


def _stopped(reason: HoldReason, device: str, note: str) -> Callable[[Act], object]:
    return lambda act: act(open_hold, OpenHold(reason=reason, note=note), device=device)


def _association(session: Session, name: str) -> str:
    return str(session.connection().execute(select(ASSOCIATION.c.id).where(ASSOCIATION.c.name == name)).scalar_one())


def _day(day: date, days_ago: int) -> date:
    return day - timedelta(days=days_ago)


def _tablets(*numbers: int) -> list[str]:
    return [f"MB-T-{number:04d}" for number in numbers]


def _phones(first: int, last: int) -> list[str]:
    return [f"MB-S-{number:04d}" for number in range(first, last + 1)]


_SECOND = "電話とカメラをつかってみよう（第2回）"
_LINE = "LINEで写真を送ろう"
_MAPS = "地図アプリで出かけよう"

LENDING = (
    Event("head-motegi", _this_term, "desk", _to_head("茂木町自治会", *_tablets(4))),
    Event("head-ogo", _this_term, "desk", _to_head("大胡町自治会", *_tablets(5, 6))),
    Event("head-aramaki", _this_term, "desk", _to_head("荒牧町自治会", *_tablets(7))),
    Event("head-kamiizumi", _this_term, "desk", _to_head("上泉町自治会", *_tablets(8, 9))),
    Event("head-komagata", _this_term, "desk", _to_head("駒形町自治会", *_tablets(10))),
    Event("head-aonashi", _this_term, "desk", _to_head("青梨子町自治会", *_tablets(11))),
    Event("signed-motegi", soon_after, "desk", _signed("茂木町自治会")),
    Event("signed-ogo", soon_after, "desk", _signed("大胡町自治会")),
    Event("signed-aramaki", soon_after, "desk", _signed("荒牧町自治会")),
    Event("signed-kamiizumi", soon_after, "desk", _signed("上泉町自治会")),
    Event("heads-change", soon_after, "desk", terms.heads_change),
    Event("another-officer", soon_after, "desk", terms.another_officer),
    Event("lent-kawabata", days_ago(30, 10), "desk", _until("川端町自治会", 2, *_tablets(20, 21))),
    Event("lent-mitsumata", days_ago(25, 14), "desk", _until("三俣町自治会", 8, *_tablets(22))),
    # Nobody has brought this one back.
    Event("lent-hanageishi", days_ago(20, 11), "desk", _until("鼻毛石町自治会", 6, *_tablets(12))),
    Event("course-ogo", days_ago(14, 9), "desk", _to_course(_SECOND, *_phones(1, 8), "MB-R-0001")),
    Event("course-ogo-back", days_ago(14, 16), "desk", _back(*_phones(1, 8), "MB-R-0001")),
    Event("course-ogo-inspected", days_ago(13, 10), "it", _worked_off(HoldReason.INSPECT, *_phones(1, 8))),
    Event("mitsumata-back", days_ago(9, 15), "desk", _back_damaged("MB-T-0022", "画面の右下にひび")),
    Event("mitsumata-wiped", days_ago(8, 10), "it", _worked_off(HoldReason.WIPE, "MB-T-0022")),
    Event("mitsumata-repair", days_ago(8, 11), "it", _stopped(HoldReason.REPAIR, "MB-T-0022", "画面交換の見積り中")),
    Event("course-azuma", days_ago(7, 11), "desk", _to_course(_LINE, *_phones(11, 16), "MB-R-0002")),
    Event("course-azuma-back", days_ago(7, 16), "desk", _back(*_phones(11, 16), "MB-R-0002")),
    Event("course-azuma-inspected", days_ago(6, 10), "it", _worked_off(HoldReason.INSPECT, *_phones(11, 14))),
    Event("kawabata-back", days_ago(4, 15), "desk", _back(*_tablets(20, 21))),
    Event("kawabata-wiped", days_ago(3, 10), "it", _worked_off(HoldReason.WIPE, *_tablets(21))),
    # Out today, and due today.
    Event(
        "course-haga",
        lambda now: now - timedelta(hours=1),
        "desk",
        _to_course(_MAPS, *_phones(1, 10), "MB-R-0001"),
    ),
)
