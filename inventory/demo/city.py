"""Loads the demo city, act by act, in the order in which things would have happened.

Every act has a fixed op_id, so a load that was cut short goes on where it stopped, and two at once do the work once.
The passwords come last: who can sign in finds the whole city.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import TOKYO, fiscal_year, jst_day_bounds, today
from inventory.case_keeping import Fill, create_case, fill_case
from inventory.courses import NewCourse, create_course
from inventory.database import Database, reading, writing
from inventory.demo import course_plans, places, programmes, stock, terms
from inventory.demo.act import Act
from inventory.demo.course_plans import COURSE_PLANS
from inventory.demo.helping import HELPING
from inventory.demo.lending import LENDING
from inventory.demo.presence import PRESENCE
from inventory.demo.reports import REPORTS
from inventory.demo.troubles import TROUBLES
from inventory.demo.wifi import WIFI
from inventory.demo.wifi_halls import WIFI_HALLS
from inventory.journal import By
from inventory.officers import add_officer
from inventory.people import NewAssociation, NewDistrict, create_association, create_district
from inventory.pools import create_pool
from inventory.programmes import create_programme
from inventory.sign_in import hash_password
from inventory.staff import add_staff, find_by_username, set_password
from inventory.stock import create_device
from inventory.tables import Realm, Role, Setting
from inventory.venues import create_venue

_DONE = "demo"
# Letters and digits that look alike are left out, because the password is read off a screen.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_ENTRY = SQLModel.metadata.tables["entry"]


class NotEmpty(Exception):
    """The ledger holds something that is not the demo city."""


@dataclass(frozen=True)
class Step:
    """What happens at a time. ``who`` is a user name, None for the program itself."""

    at: datetime
    op_id: str
    do: Callable[[Act], object]
    who: str | None = None


def load(database: Database, sign_in_file: Path, *, now: datetime) -> bool:
    """Put the demo city into an empty ledger and the passwords into a file; False when it is there already.

    Raises:
        NotEmpty: the ledger holds something else. Nothing is changed.
    """
    with reading(database) as session:
        if is_demo(session):
            return False
        foreign = select(_ENTRY.c.seq).where(_ENTRY.c.op_id.not_like("demo-%")).limit(1)
        if session.connection().execute(foreign).first():
            raise NotEmpty("the ledger is not empty; the demo city goes into an empty one only")
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    hashed = hash_password(password)
    for step in sorted(_steps(now), key=lambda step: step.at):
        _take(database, step, today(now))
    _take(
        database, Step(now, "demo-passwords", lambda act: _passwords(act, password, hashed, sign_in_file)), today(now)
    )
    return True


def is_demo(session: Session) -> bool:
    """Whether the ledger holds the demo city, whole."""
    row = session.get(Setting, _DONE)
    return row is not None and row.value == "1"


def how_to_sign_in(sign_in_file: Path) -> str:
    """What to print at each start."""
    try:
        return sign_in_file.read_text(encoding="utf-8")
    except OSError:
        return (
            f"This ledger holds the demo city, but {sign_in_file} is gone. Give an account a new password:\n"
            "  python -m inventory staff password --username admin\n"
        )


def _take(database: Database, step: Step, day: date) -> None:
    with writing(database) as session:
        if journal.find(session, Realm.STAFF, step.op_id) is None:
            staff = find_by_username(session, step.who, now=step.at) if step.who else None
            by = By(int(staff.id), frozenset(staff.roles)) if staff else By()
            step.do(Act(session, by, step.at, step.op_id, day, database.keys))


def _steps(now: datetime) -> list[Step]:
    begin = now - timedelta(days=60)
    steps = [
        Step(begin, "demo-staff", _staff),
        Step(begin + timedelta(minutes=10), "demo-stock", _stock, "admin"),
        Step(begin + timedelta(minutes=15), "demo-case", _case, "it"),
        Step(begin + timedelta(minutes=20), "demo-venues", _venues, "it"),
        Step(begin + timedelta(minutes=30), "demo-associations", _associations, "desk"),
        Step(begin + timedelta(minutes=40), "demo-programmes", _programmes, "desk"),
        Step(begin + timedelta(minutes=50), "demo-courses", partial(_courses, loaded=now), "desk"),
    ]
    return steps + [
        Step(event.at(now), f"demo-{event.name}", event.do, event.who)
        for event in (*LENDING, *PRESENCE, *TROUBLES, *WIFI, *WIFI_HALLS, *COURSE_PLANS, *HELPING, *REPORTS)
        if event.at(now) <= now
    ]


def _staff(act: Act) -> None:
    for order in stock.staff(fiscal_year(act.today)):
        act(add_staff, order, password_hash=None)


def _stock(act: Act) -> None:
    for pool in stock.POOLS:
        act(create_pool, pool)
    for device in stock.devices(fiscal_year(act.today)):
        act(create_device, device)


def _case(act: Act) -> None:
    act(create_case, stock.CASE)
    phones = [order.asset_number for order in stock.devices(fiscal_year(act.today)) if order.pool == stock.PHONES]
    act(fill_case, Fill(devices=phones), case=stock.CASE.code)


def _venues(act: Act) -> None:
    for venue in places.VENUES:
        act(create_venue, venue)


def _associations(act: Act) -> None:
    districts = {
        name: act(create_district, NewDistrict(name=name, name_kana=kana)).id for name, kana in places.DISTRICTS
    }
    for place in places.NEIGHBOURHOODS:
        association = act(
            create_association,
            NewAssociation(name=place.name, name_kana=place.kana, district=districts[place.district]),
        )
        head = terms.former_head(place.name, act.today) or terms.head_of(place, act.today)
        act(add_officer, head, association=association.id)


def _programmes(act: Act) -> None:
    for order in (*programmes.REIWA_3, *programmes.current(fiscal_year(act.today))):
        act(create_programme, order)


def _courses(act: Act, loaded: datetime) -> None:
    """Today's course lasts past the moment of loading, so that what is out for it is not overdue already."""
    ids = course_plans.programme_ids(act)
    for course in programmes.COURSES:
        day = act.today + timedelta(days=course.days)
        starts_at = datetime.combine(day, time.fromisoformat(course.starts), tzinfo=TOKYO)
        ends_at = starts_at + timedelta(hours=2)
        if day == act.today:
            midnight = jst_day_bounds(day)[1] - timedelta(seconds=1)
            ends_at = max(ends_at, min(loaded + timedelta(hours=2), midnight))
        said = {name: getattr(course, name) for name in _OF_COURSE}
        act(create_course, NewCourse(programme=ids[course.programme], starts_at=starts_at, ends_at=ends_at, **said))


_OF_COURSE = (
    "title", "level", "topics", "venue", "capacity", "phones_needed", "supporters_needed", "needs_wifi",
)  # fmt: skip


def _passwords(act: Act, password: str, hashed: str, sign_in_file: Path) -> None:
    accounts = stock.staff(fiscal_year(act.today))
    for order in accounts:
        card = find_by_username(act.session, order.username, now=act.now)
        assert card is not None
        act(set_password, staff=card.id, password_hash=hashed)
    lines = [f"  {order.username:<8}{_MAY[order.roles[0]]}" for order in accounts]
    text = "\n".join(["Demo city. Sign in as one of", *lines, f"with the password  {password}", ""])
    _write_for_owner(sign_in_file, text)
    act.session.add(Setting(name=_DONE, value="1"))


_MAY = {
    Role.ADMIN: "everything, staff and settings too",
    Role.DESK: "lends and takes back, people and courses",
    Role.IT: "devices, labels, venues",
    Role.VIEWER: "looks only",
}


def _write_for_owner(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
