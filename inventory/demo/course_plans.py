"""The courses of the demo city: what was held and counted, what is planned, called off and reserved.

Days are told from the day of loading; a planned course stands on the first day from then on which its hall is open.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import SQLModel

from inventory.borrowers import ASSOCIATION, COURSE
from inventory.calendar import TOKYO, fiscal_year
from inventory.course_counts import CountParticipants, count_participants
from inventory.course_series import NewSeries, Weekly, create_series, why_closed
from inventory.course_states import CancelCourse, PostponeCourse, cancel_course, postpone_course
from inventory.courses import CourseCard, NewCourse, course_card, create_course
from inventory.demo import stock
from inventory.demo.act import Act
from inventory.demo.lending import Event, days_ago
from inventory.programmes import PROGRAMME
from inventory.reservations import NewReservation, reserve
from inventory.rooms import NewRoom, add_room
from inventory.tables import CourseState

ROOM = SQLModel.metadata.tables["room"]
CONTACT = "生涯学習課 027-000-1234"
MIYAGI = "スマホ体験講座"
TOMORROW = "電話とカメラをつかってみよう（第3回）"
LINE_CALLS = "LINEでビデオ通話をしよう"
_PHOTOS = "写真をきれいに撮ろう"
_PAYING = "キャッシュレス決済を知ろう"
_DISASTER = "災害のときに役立つスマホ"


class Planned(NamedTuple):
    """``room`` is the name of one of the hall's; ``enrolled`` people have applied. It lasts ``minutes``."""

    programme: str
    title: str
    venue: str
    days: int
    starts: str
    level: int
    topics: str
    room: str | None = None
    capacity: int = 15
    enrolled: int | None = None
    phones_needed: int | None = None
    supporters_needed: int | None = None
    case: str | None = None
    minutes: int = 120


_PLANNED = (
    # A hall whose wifi is being built, as it happens: without a router of one's own it is a worry.
    Planned("A1", MIYAGI, "K14", 2, "10:00", 1, "電話、カメラ", "会議室1", 20, 14, 10, 2, minutes=90),
    Planned("A2", "地図アプリで出かけよう（応用）", "K13", 5, "13:30", 2, "地図、乗りかえ案内", "会議室", 12, 9, 4, 1),
    Planned("A2", _DISASTER, "K11", 4, "10:00", 2, "防災アプリ、安否の連絡", "会議室", 15, 6, 2),
    Planned("A1", "はじめてのスマホ体験", "K01", 7, "13:30", 1, "電話、文字", "会議室", 15, 8, 8, 2, "MB-BOX-A"),
    # The first takes most of the phones, so that there are too few for the second.
    Planned("A2", LINE_CALLS, "K02", 9, "13:30", 3, "LINE、ビデオ通話", "会議室", 15, 12, 12, 2),
    Planned("A2", _PHOTOS, "K08", 9, "13:30", 3, "カメラ、写真の整理", "会議室", 15, 10, 10),
    Planned("A2", _PAYING, "K05", 11, "10:00", 4, "キャッシュレス決済", "会議室", 15, 3),
)


class Held(NamedTuple):
    """A course that was held before its figures were typed in. ``approx``: nobody counted exactly."""

    programme: str
    title: str
    venue: str
    days_ago: int
    participants: int
    level: int
    approx: bool = False


_HELD = (
    Held("A1", "スマホにさわってみよう", "K01", 55, 14, 1),
    Held("A1", "スマホにさわってみよう", "K03", 48, 11, 1),
    Held("A1", "スマホにさわってみよう", "K12", 41, 16, 1),
    Held("A2", "LINEをはじめよう", "K02", 50, 13, 3),
    Held("A2", "LINEをはじめよう", "K11", 43, 12, 3),
    Held("A2", "LINEをはじめよう", "C02", 36, 20, 3, approx=True),
    Held("A2", "ハザードマップを見てみよう", "K07", 30, 9, 2),
    Held("A3", "デジタルサポーター養成（説明会）", "W01", 44, 18, 1),
)


def programme_ids(act: Act) -> dict[str, str]:
    """The programmes of this fiscal year by their code."""
    running = select(PROGRAMME.c.code, PROGRAMME.c.id).where(PROGRAMME.c.fiscal_year == fiscal_year(act.today))
    return {row.code: str(row.id) for row in act.session.connection().execute(running)}


def course_of(act: Act, title: str) -> CourseCard:
    """The first course of this title."""
    found = select(COURSE.c.id).where(COURSE.c.title == title).order_by(COURSE.c.id).limit(1)
    return course_card(act.session, str(act.session.connection().execute(found).scalar_one()))


def open_day(act: Act, venue: str, days: int) -> date:
    """The first day from ``days`` after loading on which the hall is open."""
    wanted = [act.today + timedelta(days=days + more) for more in range(30)]
    closed = why_closed(act.session, venue, wanted)
    return next(day for day in wanted if day not in closed)


def _begins(day: date, starts: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(starts), tzinfo=TOKYO)


def _rooms(act: Act) -> None:
    """Halls whose wifi is not there yet have rooms as well."""
    for venue, name, capacity in (("K14", "会議室1", 20), ("K14", "和室", 12), ("W01", "研修室", 30)):
        act(add_room, NewRoom(name=name, capacity=capacity), venue=venue)


def _room(act: Act, venue: str, name: str) -> str:
    venues = SQLModel.metadata.tables["venue"]
    found = select(ROOM.c.id).join(venues, venues.c.id == ROOM.c.venue_id)
    named = found.where(venues.c.code == venue, ROOM.c.name == name)
    return str(act.session.connection().execute(named).scalar_one())


def _held(act: Act) -> None:
    """What was held before, typed in with its figures."""
    ids = programme_ids(act)
    for one in _HELD:
        starts_at = _begins(act.today - timedelta(days=one.days_ago), "10:00")
        order = NewCourse(
            programme=ids[one.programme],
            title=one.title,
            venue=one.venue,
            level=one.level,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            capacity=20,
            state=CourseState.HELD,
            participants=one.participants,
            approx=one.approx,
        )
        act(create_course, order)


def _storm(act: Act) -> None:
    """One that the weather took."""
    starts_at = _begins(act.today - timedelta(days=38), "13:30")
    order = NewCourse(
        programme=programme_ids(act)["A1"],
        title="スマホにさわってみよう（午後）",
        venue="K09",
        level=1,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=15,
        state=CourseState.CANCELLED,
        cancel_reason="大雨の警報が出たため",
    )
    act(create_course, order)


def _counted(title: str, participants: int) -> Callable[[Act], object]:
    return lambda act: act(
        count_participants, CountParticipants(participants=participants), course=course_of(act, title).id
    )


def _planned(act: Act) -> None:
    ids = programme_ids(act)
    for one in _PLANNED:
        starts_at = _begins(open_day(act, one.venue, one.days), one.starts)
        order = NewCourse(
            programme=ids[one.programme],
            title=one.title,
            venue=one.venue,
            room=_room(act, one.venue, one.room) if one.room else None,
            level=one.level,
            topics=one.topics,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=one.minutes),
            capacity=one.capacity,
            enrolled=one.enrolled,
            phones_needed=one.phones_needed,
            supporters_needed=one.supporters_needed,
            case=one.case,
            needs_wifi=True,
            published=one.title == _PAYING,
            description="スマホでの支払いかたと、気をつけることを学びます。" if one.title == _PAYING else None,
            contact=CONTACT if one.title == _PAYING else None,
        )
        act(create_course, order)


def _series(act: Act) -> None:
    """Three weeks in a row, for everybody to see in the open data."""
    first = open_day(act, "K12", 8)
    rule = Weekly(first=first, starts=time(10), ends=time(12), times=3, skip_closed=True)
    order = NewSeries(
        programme=programme_ids(act)["A1"],
        title="スマホのいろは",
        title_kana="スマホノイロハ",
        level=1,
        topics="電話、文字の入れかた、カメラ",
        venue="K12",
        room=_room(act, "K12", "会議室"),
        capacity=12,
        phones_needed=4,
        supporters_needed=1,
        needs_wifi=True,
        published=True,
        description="電源の入れかたから、電話、文字の入れかた、カメラまで、3回で学びます。スマホは会場で貸します。",
        fee="無料",
        contact=CONTACT,
        apply_how="電話で、生涯学習課にお申し込みください。",
        weekly=rule,
    )
    act(create_series, order)


def _off(act: Act) -> None:
    """One is cancelled, another put off to a later day in the same hall."""
    paying = course_of(act, _PAYING)
    act(cancel_course, CancelCourse(reason="申込が少なかったため"), course=paying.id, revision=paying.revision)
    course = course_of(act, _DISASTER)
    assert course.venue is not None
    starts_at = _begins(open_day(act, course.venue, 18), "10:00")
    order = PostponeCourse(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), reason="会場が選挙の投票所になるため"
    )
    act(postpone_course, order, course=course.id, revision=course.revision)


def _reservations(act: Act) -> None:
    for title, quantity in ((TOMORROW, 4), (MIYAGI, 10), (LINE_CALLS, 12)):
        course = course_of(act, title)
        asked = {"pool": stock.PHONES, "quantity": quantity, "course": course.id}
        times = {"from": course.starts_at, "until": course.ends_at}
        act(reserve, NewReservation.model_validate(asked | times))
    found = select(ASSOCIATION.c.id).where(ASSOCIATION.c.name == "堀越町自治会")
    association = str(act.session.connection().execute(found).scalar_one())
    begins = _begins(act.today + timedelta(days=12), "09:00")
    order = {"pool": stock.TABLETS, "quantity": 1, "association": association, "note": "電子回覧板の説明会"}
    times = {"from": begins, "until": begins + timedelta(days=2)}
    act(reserve, NewReservation.model_validate(order | times))


def _first_courses(now: datetime) -> datetime:
    """Five days ago at noon, when the halls had their rooms."""
    return days_ago(5, 12)(now)


COURSE_PLANS = (
    Event("courses-held", days_ago(20, 9), "desk", _held),
    Event("courses-storm", days_ago(20, 10), "desk", _storm),
    Event("courses-counted-1", days_ago(27, 9), "desk", _counted("電話とカメラをつかってみよう（第1回）", 9)),
    Event("courses-counted-2", days_ago(13, 9), "desk", _counted("電話とカメラをつかってみよう（第2回）", 8)),
    Event("courses-rooms", _first_courses, "it", _rooms),
    Event("courses-planned", days_ago(4, 10), "desk", _planned),
    Event("courses-series", days_ago(4, 11), "desk", _series),
    Event("courses-off", days_ago(2, 10), "desk", _off),
    Event("courses-reserved", days_ago(1, 9), "desk", _reservations),
)
