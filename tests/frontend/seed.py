"""A small city for the browser tests, entered through the ledger's own verbs.

``course-phones``  MB-S-0001 … MB-S-0026, call numbers 1–26; inspected after a course, wiped after a term
``head-tablets``   MB-T-0001 … MB-T-0008; wiped after a term, an agreement is required
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days, today
from inventory.courses import NewCourse, create_course
from inventory.database import Database, writing
from inventory.journal import By
from inventory.officers import NewOfficer, add_officer
from inventory.people import NewAssociation, NewDistrict, create_association, create_district
from inventory.pools import Accessory, NewPool, create_pool
from inventory.programmes import NewProgramme, create_programme
from inventory.sign_in import hash_password
from inventory.staff import NewStaff, add_staff
from inventory.stock import NewDevice, create_device
from inventory.tables import Demand, PoolKind, Role, VenueKind
from inventory.venues import NewVenue, create_venue

PASSWORD = "さくらと自転車で出かけた日"
PHONES, TABLETS = 26, 8

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class City:
    """Opaque ids of what was entered. ``tags`` maps asset numbers to label numbers."""

    course_today: str
    course_later: str
    association: str
    association_without_head: str
    venue: str
    tags: dict[str, str]


def enter(database: Database, now: datetime) -> City:
    """Fill an empty ledger. Each role has an account of its own name with ``PASSWORD``."""
    by = By()

    def act(verb: Callable[..., Answer], order: Any, **at: Any) -> Answer:
        with writing(database) as session:
            return verb(session, order, by=by, now=now, op_id=str(uuid4()), **at)

    hashed = hash_password(PASSWORD)
    for role in Role:
        order = NewStaff(username=role.value, name=f"{role.value}さん", section="生涯学習課", roles=[role])
        by = By(int(act(add_staff, order, password_hash=hashed).id), frozenset({Role.ADMIN}))
    tags = _devices(act)
    day = today(now)
    act(create_venue, NewVenue(code="OGO", kind=VenueKind.KOMINKAN, name="大胡公民館", name_kana="オオゴコウミンカン"))
    programme = act(create_programme, NewProgramme(code="A", fiscal_year=fiscal_year(day), name="スマホ講座")).id
    # It lasts until the end of the day, so that it is under way or to come at whatever hour the tests run.
    course_today = act(create_course, _course(programme, "はじめてのスマホ", day, time(0), time(23, 59, 59))).id
    later = day + timedelta(days=3)
    course_later = act(create_course, _course(programme, "スマホで写真", later, time(13, 30), time(15, 30))).id
    district = act(create_district, NewDistrict(name="大胡地区", name_kana="オオゴ")).id
    horikoshi = NewAssociation(name="堀越町自治会", name_kana="ホリコシ", district=district)
    association = act(create_association, horikoshi).id
    first, beyond = fiscal_year_days(fiscal_year(day))
    head = NewOfficer.model_validate({"name": "高橋 一郎", "from": first, "until": beyond - timedelta(days=1)})
    act(add_officer, head, association=association)
    alone = act(create_association, NewAssociation(name="茂木町自治会", name_kana="モテギ", district=district)).id
    return City(course_today, course_later, association, alone, "OGO", tags)


def _course(programme: str, title: str, day: date, begins: time, ends: time) -> NewCourse:
    starts_at, ends_at = (datetime.combine(day, at, tzinfo=TOKYO) for at in (begins, ends))
    return NewCourse(programme=programme, title=title, venue="OGO", starts_at=starts_at, ends_at=ends_at)


def _devices(act: Callable[..., Any]) -> dict[str, str]:
    phones = NewPool(
        id="course-phones",
        name="講座用スマートフォン",
        kind=PoolKind.SMARTPHONE,
        after_course=Demand.INSPECT,
        after_term=Demand.WIPE,
    )
    tablets = NewPool(
        id="head-tablets",
        name="自治会長タブレット",
        kind=PoolKind.TABLET,
        after_term=Demand.WIPE,
        agreement_required=True,
        accessories=[Accessory(name="充電器")],
    )
    tags = {}
    for pool, letter, model, count in ((phones, "S", "スマホ A3", PHONES), (tablets, "T", "タブレット 10", TABLETS)):
        act(create_pool, pool)
        for number in range(1, count + 1):
            asset = f"MB-{letter}-{number:04d}"
            device = NewDevice(
                pool=pool.id, asset_number=asset, model=model, serial=f"SN{letter}{number:05d}", call_number=number
            )
            tags[asset] = act(create_device, device).tag
    return tags
