"""Costs by fiscal year and hall, against sums made month by month and yen by yen in plain Python."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory.calendar import TOKYO, fiscal_year
from inventory.contracts import NewContract, create_contract
from inventory.database import Database
from inventory.lines import NewLine, add_line
from inventory.tables import WifiStage
from inventory.wifi_costs import Costs, costs, divided, months_open
from tests.inventory.city import act, look, venue
from tests.inventory.test_tables import ROWS

TABLES = SQLModel.metadata.tables
VENUES = (1, 2, 3)
MEMBERS = frozenset({1, 2})
TODAY = date(2026, 11, 24)
NOW = datetime.combine(TODAY, datetime.min.time(), TOKYO) + timedelta(hours=9)


class Paid(NamedTuple):
    year: int
    funding: str | None
    amount: int | None
    executed: int | None
    carried: int | None
    shares: dict[int, int | None]


class Leased(NamedTuple):
    venue: int
    monthly: int | None
    since: date
    days: int | None


yen = st.none() | st.integers(0, 1000)
contracts = st.builds(
    Paid,
    st.integers(2023, 2027),
    st.sampled_from(["一般財源", "交付金", None]),
    yen,
    yen,
    yen,
    st.dictionaries(st.sampled_from(VENUES), st.none() | st.integers(0, 300), max_size=3),
)
leases = st.builds(
    Leased,
    st.sampled_from(VENUES),
    st.none() | st.integers(0, 9000),
    st.dates(date(2023, 1, 1), date(2027, 6, 30)),
    st.none() | st.integers(0, 900),
)


def load(session: Any, paid: list[Paid], leased: list[Leased]) -> None:
    connection = session.connection()

    def write(table: str, row: dict[str, Any]) -> None:
        connection.execute(insert(TABLES[table]).values({"entry": 1, **row}))

    connection.execute(insert(TABLES["entry"]).values(ROWS["entry"]))
    for number in VENUES:
        write("venue", ROWS["venue"] | {"id": number, "code": f"v{number}", "name_kana": str(number)})
    for number, one in enumerate(paid, 1):
        row = {"id": number, "number": str(number), "title": "工事", "contractor": "社", "fiscal_year": one.year}
        money = {"amount_yen": one.amount, "executed_yen": one.executed, "carried_yen": one.carried}
        write("contract", row | money | {"funding": one.funding, "revision": 1})
        for place, share in one.shares.items():
            write("contract_venue", {"contract_id": number, "venue_id": place, "share_yen": share})
        # A hall that was taken out bears nothing.
        write("contract_venue", {"contract_id": number, "venue_id": 3, "share_yen": 99, "undone_entry": 1})
    for number, line in enumerate(leased, 1):
        until = None if line.days is None else line.since + timedelta(days=line.days)
        row = {"id": number, "venue_id": line.venue, "provider": "社", "kind": "fibre", "from_on": line.since}
        write("line", row | {"until_on": until, "monthly_yen": line.monthly, "revision": 1})
    write("wifi_programme", ROWS["wifi_programme"] | {"id": 1, "code": "all", "revision": 1})
    for number, (since, members) in enumerate(((date(2023, 4, 1), {3}), (date(2025, 4, 1), MEMBERS)), 1):
        row = {"id": number, "programme_id": 1, "name": "版", "since_on": since, "recorded_at": NOW}
        write("wifi_target", row)
        for place in members:
            write("wifi_target_venue", {"target_id": number, "venue_id": place})


def exact(paid: list[Paid]) -> dict[tuple[int, int | None], Fraction]:
    """What each hall bears of what was paid, without rounding to yen."""
    found: dict[tuple[int, int | None], Fraction] = {}
    for one in paid:
        executed = one.executed or 0
        if not one.shares:
            found[one.year, None] = found.get((one.year, None), Fraction()) + executed
            continue
        said = sum(share or 0 for share in one.shares.values())
        unsaid = sum(1 for share in one.shares.values() if share is None)
        rest = Fraction(max(0, (one.amount or 0) - said), unsaid) if unsaid and one.amount is not None else Fraction()
        weights = {place: rest if share is None else Fraction(share) for place, share in one.shares.items()}
        whole = sum(weights.values())
        for place, weight in weights.items():
            part = executed * weight / whole if whole else Fraction(executed, len(weights))
            found[one.year, place] = found.get((one.year, place), Fraction()) + part
    return found


def of_lines(leased: list[Leased]) -> dict[tuple[int, int], int]:
    """Month by month: a line costs its price in every month in which a day of it lies, up to today."""
    found: dict[tuple[int, int], int] = {}
    for line in leased:
        last = min(TODAY, line.since + timedelta(days=line.days) if line.days is not None else TODAY)
        days = [line.since + timedelta(days=at) for at in range((last - line.since).days + 1)]
        for year, month in sorted({(day.year, day.month) for day in days}):
            at = (fiscal_year(date(year, month, 1)), line.venue)
            found[at] = found.get(at, 0) + (line.monthly or 0)
    return found


def asked(database: Database, paid: list[Paid], leased: list[Leased], **how: Any) -> Costs:
    with database.writer.connect() as connection, Session(connection) as session:
        load(session, paid, leased)
        found = costs(session, now=NOW, **how)
        connection.rollback()
    return found


def allowed(one: Paid) -> bool:
    """The verb refuses shares beyond the amount."""
    return one.amount is None or sum(share or 0 for share in one.shares.values()) <= one.amount


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paid=st.lists(contracts.filter(allowed), max_size=5), leased=st.lists(leases, max_size=4), of=st.booleans())
def test_costs_agree_with_sums_by_hand(database: Database, paid: list[Paid], leased: list[Leased], of: bool) -> None:
    found = asked(database, paid, leased, everything=not of)
    halls: set[int | None] = {*MEMBERS} if of else {*VENUES, None}
    shares, rent = exact(paid), of_lines(leased)
    by_place = {(one.fiscal_year, None if one.code is None else int(one.code[1:])): one for one in found.venues}
    for year in found.years:
        at = year.fiscal_year
        own = [one for (spent, _), one in by_place.items() if spent == at]
        assert year.executed_yen == sum(one.executed_yen for one in own)
        assert year.lines_yen == sum(rent.get((at, place), 0) for place in VENUES if place in halls)
        assert year.total_yen == year.executed_yen + year.lines_yen
        assert sum(one.executed_yen for one in year.by_funding) == year.executed_yen
        if not of:
            # Not a yen is lost or made by dividing it.
            assert year.executed_yen == sum(one.executed or 0 for one in paid if one.year == at)
            assert year.carried_yen == sum(one.carried or 0 for one in paid if one.year == at)
            for source in year.by_funding:
                told = [one.executed or 0 for one in paid if (one.year, one.funding) == (at, source.funding)]
                assert source.executed_yen == sum(told)
    for (at, place), share in shares.items():
        if place in halls:
            given_to = by_place[at, place].executed_yen if (at, place) in by_place else 0
            # Each contract may round to the yen above or below, once for its part and once for what was paid.
            assert abs(given_to - share) <= 2 * sum(1 for one in paid if one.year == at)
    for (at, hall), months in rent.items():
        if hall in halls and months:
            assert by_place[at, hall].lines_yen == months
    assert {place for _, place in by_place} <= halls


@given(st.integers(0, 10**12), st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=20))
def test_an_amount_is_divided_whole_and_near_its_proportion(amount: int, weights: list[int | None]) -> None:
    found = divided(amount, weights)
    assert sum(found) == amount
    known = [weight or 0 for weight in weights]
    whole = sum(known)
    for part, weight in zip(found, known, strict=True):
        share = Fraction(amount * weight, whole) if whole else Fraction(amount, len(known))
        assert abs(part - share) < 1


def test_a_month_counts_when_the_line_was_open_on_one_of_its_days() -> None:
    assert months_open(date(2025, 4, 30), date(2025, 5, 1), TODAY) == [(2025, 2)]
    assert months_open(date(2025, 3, 31), date(2025, 4, 1), TODAY) == [(2024, 1), (2025, 1)]
    assert months_open(date(2026, 4, 1), None, TODAY) == [(2026, 8)]
    assert months_open(date(2026, 12, 1), None, TODAY) == []


def test_the_costs_of_a_hall_in_service(database: Database) -> None:
    """Through the verbs: one contract over two halls, one line, and the year's total by the halls in service."""
    for code in ("a", "b"):
        venue(database, code, name=f"{code}公民館", name_kana=code)
    order = NewContract.model_validate(
        {
            "number": "1",
            "title": "工事",
            "contractor": "社",
            "fiscal_year": 2026,
            "executed_yen": 1001,
            "venues": ["a", "b"],
        }
    )
    act(database, create_contract, order)
    line = NewLine.model_validate({"provider": "社", "kind": "fibre", "from_on": "2026-10-15", "monthly_yen": 500})
    act(database, add_line, line, venue="a")
    found = look(database, costs, now=NOW)
    assert [(one.code, one.executed_yen, one.lines_yen) for one in found.venues] == [("a", 501, 1000), ("b", 500, 0)]
    assert [(one.total_yen, one.in_service, one.per_hall_yen) for one in found.years] == [(2001, 0, None)]
    with database.writer.begin() as connection:
        row = {"venue_id": 1, "stage": WifiStage.IN_SERVICE, "happened_on": TODAY, "recorded_at": NOW, "entry": 1}
        connection.execute(insert(TABLES["wifi_step"]).values(row | {"checks": []}))
    again = look(database, costs, now=NOW, year=2025)
    assert [(one.in_service, one.per_hall_yen) for one in again.years] == [(1, 2001)]
    assert again.venues == []
