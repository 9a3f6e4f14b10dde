"""The demo city: whole, made by the same verbs as everything else, loaded once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from inventory import journal
from inventory.access_point_lists import list_access_points
from inventory.calendar import TOKYO, fiscal_year
from inventory.courses import CourseCard, list_courses
from inventory.database import Database, connect, reading, writing
from inventory.demo import city
from inventory.devices import list_devices
from inventory.event_rows import published_events
from inventory.journal import By
from inventory.keys import Keys
from inventory.loans import list_loans
from inventory.open_data import Publisher
from inventory.outages import open_outages
from inventory.people import NewDistrict, create_district, list_associations, list_districts
from inventory.pools import list_pools
from inventory.programmes import list_programmes
from inventory.readiness import readiness_of
from inventory.report_editions import edition
from inventory.sign_in import check_password, stored_password
from inventory.staff import list_staff
from inventory.tables import CourseState, DeviceState, HoldReason, Role, SlipCause, VenueKind, WifiStage
from inventory.today import day_at_a_glance
from inventory.venue_tags import venue_tag
from inventory.venues import list_venues
from inventory.wifi_actions import things_to_do
from inventory.wifi_programmes import list_wifi_programmes, wifi_programme_card
from inventory.wifi_slips import cause_sums, lateness
from inventory.wifi_standing import standings
from inventory.year_figures import year_summary

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=TOKYO)
# The first and the last moment of a fiscal year, a leap day, and a day on which the heads are new in office.
MOMENTS = (
    NOW,
    datetime(2026, 4, 1, 0, 0, tzinfo=TOKYO),
    datetime(2026, 4, 12, 9, tzinfo=TOKYO),
    datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO),
    datetime(2028, 2, 29, 12, tzinfo=TOKYO),
)


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Database]:
    opened = connect(database_url, keys=Keys(b"s" * 32), anchor=tmp_path / "journal.head")
    yield opened
    opened.dispose()


@pytest.fixture
def sign_in_file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "demo-sign-in.txt"


@pytest.fixture
def loaded(ledger: Database, sign_in_file: Path) -> Database:
    assert city.load(ledger, sign_in_file, now=NOW)
    return ledger


def entries(database: Database) -> list[tuple[str, datetime]]:
    with database.reader.connect() as connection:
        entry = SQLModel.metadata.tables["entry"]
        return [(row.op_id, row.at) for row in connection.execute(select(entry).order_by(entry.c.seq))]


def password_in(sign_in_file: Path) -> str:
    return sign_in_file.read_text().split()[-1]


def test_the_published_figures_of_reiwa_3_are_those_of_the_working_group(loaded: Database) -> None:
    with reading(loaded) as session:
        programmes = {card.code: card for card in list_programmes(session, fiscal_year=2021)}
    figures = {
        code: (card.planned_courses, card.reported_courses, card.reported_participants, card.reported_distinct)
        for code, card in programmes.items()
    }
    assert figures == {
        "S6": (75, 40, 621, None),
        "S7": (25, 15, 218, None),
        "S8": (20, 9, 140, None),
        "S16": (None, 39, 550, 113),
        "S18": (None, 61, 900, None),
    }
    assert sum(courses or 0 for _, courses, _, _ in figures.values()) == 164
    assert sum(participants or 0 for _, _, participants, _ in figures.values()) == 2429
    assert {code: card.audience for code, card in programmes.items()} == {
        "S6": "phone",
        "S7": "phone",
        "S8": "no_phone",
        "S16": "supporter",
        "S18": "resident",
    }
    assert {code for code, card in programmes.items() if card.approx} == {"S18"}


def test_halls_people_and_stock_are_there(loaded: Database) -> None:
    with reading(loaded) as session:
        kominkan = list_venues(session, kind=VenueKind.KOMINKAN).items
        associations = list_associations(session, now=NOW).items
        districts = list_districts(session)
        devices = list_devices(session, limit=100).items
        pools = {pool.id: pool for pool in list_pools(session)}
        found = (
            list_associations(session, now=NOW, q="山崎").items or list_associations(session, now=NOW, q="山﨑").items
        )
    assert len(kominkan) == 16
    assert sum(venue.latitude is not None for venue in kominkan) == 14
    assert all(venue.note for venue in kominkan), "what nobody checked says so"
    assert (len(districts), len(associations)) == (10, 24)
    heads = [card.head for card in associations]
    assert all(
        head is not None and head.from_ == date(2026, 4, 1) and head.until == date(2027, 3, 31) for head in heads
    )
    assert all(head is not None and (head.phone or "").startswith("027-000-") for head in heads)
    assert [card.name for card in found] == ["大胡町自治会"]
    numbers = {kind: [device.call_number for device in devices if device.pool == kind] for kind in pools}
    assert numbers == {
        "head-tablets": list(range(1, 25)),
        "course-phones": list(range(1, 17)),
        "routers": list(range(1, 5)),
        "access-points": list(range(1, 25)),
    }
    assert (pools["head-tablets"].after_term, pools["head-tablets"].agreement_required) == ("wipe", True)
    assert (pools["course-phones"].after_course, pools["course-phones"].preparation_minutes) == ("inspect", 60)
    assert all(device.tag for device in devices)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_today_has_something_of_everything(ledger: Database, sign_in_file: Path, moment: datetime) -> None:
    assert city.load(ledger, sign_in_file, now=moment)
    with reading(ledger) as session:
        day = day_at_a_glance(session, now=moment)
        devices = list_devices(session, limit=100).items
        loans = list_loans(session, now=moment, limit=100).items
        coming = list_courses(session, since=moment, until=moment + timedelta(days=7)).items
        past = list_courses(session, until=moment - timedelta(days=1)).items
        assert list(journal.verify(session, ledger.keys, ledger.anchor)) == []
    assert [loan.borrower.name for loan in day.overdue] == ["宮城地区 鼻毛石町自治会"]
    assert any(loan.borrower.type == "course" for loan in day.due_today)
    assert {waiting.reason for waiting in day.waiting} == {HoldReason.INSPECT, HoldReason.WIPE, HoldReason.REPAIR}
    assert len(coming) >= 3
    assert Counter(course.state for course in past) == {"held": 10, "cancelled": 1, "planned": 1}
    states = {device.asset_number: device.state for device in devices}
    assert all(states[f"MB-T-{number:04d}"] is DeviceState.IN_STOCK for number in (1, 2, 3, 21, 23, 24))
    assert states["MB-T-0020"] is DeviceState.HELD
    assert all(loan.due.end_of_office for loan in loans if loan.purpose == "自治会DX推進")
    assert sum(loan.open and loan.due.end_of_office for loan in loans) == 6
    _has_a_rollout(ledger, moment)
    _has_courses_to_judge(ledger, moment)
    happened = [at for _, at in entries(ledger)]
    assert happened == sorted(happened)
    assert happened[-1] <= moment


def _has_a_rollout(ledger: Database, moment: datetime) -> None:
    """Eleven of sixteen halls are in service, and one is late by what it has to wait for."""
    day = moment.astimezone(TOKYO).date()
    with reading(ledger) as session:
        stages = Counter(one.stage for one in standings(session, on=day).values())
        late = [one for one in lateness(session, on=day).values() if one.late_days]
        programme = list_wifi_programmes(session, now=moment)[0]
        sets = wifi_programme_card(session, programme.code, now=moment).targets
        causes = {one.cause for one in cause_sums(session)}
        said = things_to_do(session, on=day)
        used = session.connection().execute(select(SQLModel.metadata.tables["wifi_usage"].c.month)).scalars().all()
        broken = open_outages(session)
        points = list_access_points(session, on=day)
        labelled = {code for code in {point.venue for point in points} if venue_tag(session, code).tag}
    assert stages == {"in_service": 11, "activation": 1, "construction": 2, "contract": 1, "design": 1}
    assert [(one.stage, one.late_days, one.overdue_days, one.cause) for one in late] == [
        (WifiStage.ACTIVATION, 14, 0, SlipCause.POLE_WAIT)
    ]
    assert [len(one.venues) for one in sets] == [13, 16]
    assert (sets[-1].stands, programme.from_on < day < programme.until_on + timedelta(days=1)) == (True, True)
    assert len(causes) == 6
    assert [one.action_overdue_days for one in said] == [2, 0, 0, 0, 0]
    assert max(used) == (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    assert len(broken) == 1
    assert labelled == {point.venue for point in points}
    assert {point.ssid for point in points} == {"KOMINKAN-Wi-Fi", "00000JAPAN"}
    assert sum(point.has_passphrase for point in points) == 24
    assert sum(point.device is not None and point.device.installed for point in points) == 24


def of_course(courses: list[CourseCard], title: str) -> CourseCard:
    return next(course for course in courses if course.title == title)


def _has_courses_to_judge(ledger: Database, moment: datetime) -> None:
    """One that waits for a router, one that lacks phones, some that can be held; called off, put off, published."""
    day = moment.astimezone(TOKYO).date()
    with reading(ledger) as session:
        coming = list_courses(session, since=moment, limit=100).items
        planned = [course for course in coming if course.state is CourseState.PLANNED]
        judged = readiness_of(session, planned, now=moment)
        published = published_events(session, on=day, publisher=Publisher("102016", "前橋市"))
        fixed = edition(session, 2021, 1)
        total = year_summary(session, 2021).grand_total
    of = {course.title: judged[course.id] for course in planned}
    troubles = {title: {check.name for check in one.troubles} for title, one in of.items()}
    # The routers' leases end with the fiscal year, and then none can be reserved.
    leased = fiscal_year(of_course(planned, "スマホ体験講座").starts_at.date()) == fiscal_year(day)
    assert of["スマホ体験講座"].verdict == ("caution" if leased else "no_go")
    assert "wifi" in troubles["スマホ体験講座"]
    assert of["写真をきれいに撮ろう"].verdict == "no_go" and "phones" in troubles["写真をきれいに撮ろう"]
    assert "go" in {one.verdict for one in of.values()}
    assert {course.state for course in coming} >= {CourseState.CANCELLED, CourseState.POSTPONED}
    assert {row.cells["note"] for row in published} == {"", "中止になりました。"}
    assert not any(row.withheld for row in published)
    assert (total.courses, total.participants, total.approx) == (164, 2429, True)
    assert fixed.intact and not fixed.card.with_approx


def test_loading_again_changes_nothing(loaded: Database, sign_in_file: Path) -> None:
    before, password = entries(loaded), password_in(sign_in_file)
    assert not city.load(loaded, sign_in_file, now=NOW + timedelta(days=1))
    assert entries(loaded) == before
    assert password_in(sign_in_file) == password


def test_every_role_signs_in_with_the_password_in_the_file(loaded: Database, sign_in_file: Path) -> None:
    assert sign_in_file.stat().st_mode & 0o777 == 0o600
    assert city.how_to_sign_in(sign_in_file) == sign_in_file.read_text()
    with reading(loaded) as session:
        staff = list_staff(session, now=NOW)
        assert sorted(role for card in staff for role in card.roles) == sorted(Role)
        for card in staff:
            stored = stored_password(session, card.username, NOW)
            assert stored is not None
            assert check_password(stored[1], password_in(sign_in_file))
            assert not check_password(stored[1], "password")
        assert city.is_demo(session)
    sign_in_file.unlink()
    assert "staff password" in city.how_to_sign_in(sign_in_file)


def test_a_ledger_in_use_is_left_alone(ledger: Database, sign_in_file: Path) -> None:
    with writing(ledger) as session:
        create_district(session, NewDistrict(name="ほんとうの地区"), by=By(), now=NOW, op_id="real")
    with pytest.raises(city.NotEmpty):
        city.load(ledger, sign_in_file, now=NOW)
    assert [op_id for op_id, _ in entries(ledger)] == ["real"]
    assert not sign_in_file.exists()
    with reading(ledger) as session:
        assert not city.is_demo(session)


@pytest.mark.parametrize("acts", [1, 14])
def test_a_load_that_was_cut_short_goes_on(
    ledger: Database, sign_in_file: Path, monkeypatch: pytest.MonkeyPatch, acts: int
) -> None:
    take = city._take
    taken: list[str] = []

    def take_some(database: Database, step: city.Step, day: date) -> None:
        if len(taken) == acts:
            raise ConnectionError("the power went")
        taken.append(step.op_id)
        take(database, step, day)

    with monkeypatch.context() as patched:
        patched.setattr(city, "_take", take_some)
        with pytest.raises(ConnectionError):
            city.load(ledger, sign_in_file, now=NOW)
    assert len(entries(ledger)) == acts
    assert not sign_in_file.exists()
    assert city.load(ledger, sign_in_file, now=NOW + timedelta(minutes=1))
    assert len(entries(ledger)) == len(city._steps(NOW)) + 1
    with reading(ledger) as session:
        stored = stored_password(session, "admin", NOW)
        assert city.is_demo(session)
    assert stored is not None and check_password(stored[1], password_in(sign_in_file))


def test_two_loads_at_once_make_one_city(ledger: Database, database_url: str, sign_in_file: Path) -> None:
    other = connect(database_url, keys=ledger.keys)
    with ThreadPoolExecutor(2) as desks:
        list(desks.map(lambda database: city.load(database, sign_in_file, now=NOW), (ledger, other)))
    other.dispose()
    op_ids = [op_id for op_id, _ in entries(ledger)]
    assert len(op_ids) == len(set(op_ids)) == len(city._steps(NOW)) + 1
    with reading(ledger) as session:
        stored = stored_password(session, "desk", NOW)
        assert list(journal.verify(session, ledger.keys)) == []
    assert stored is not None and check_password(stored[1], password_in(sign_in_file))
