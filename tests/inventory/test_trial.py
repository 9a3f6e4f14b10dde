"""試行の評価: every figure is what a person with a pencil would count."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days, jst_day_bounds, today
from inventory.database import Database, writing
from inventory.errors import NotFound
from inventory.journal import By
from inventory.people import NewDistrict, create_district
from inventory.trial import Trial, TrialFigures, evaluate
from tests.inventory.city import NOON, act, association, devices, later, lend, look, phones, rows, tablets

# Two years back from here: the data spread over three fiscal years.
BEGIN = datetime(2025, 1, 10, tzinfo=TOKYO)
STATES = ("received", "confirmed", "in_progress", "waiting", "resolved")


class Scribe:
    """Writes rows past every verb, all of one entry."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entry = journal.open_entry(session, by=By(), now=NOON, op_id="random")
        journal.note(session, "random")

    def __call__(self, table: str, **values: Any) -> int:
        model = SQLModel.metadata.tables[table]
        made = self.session.connection().execute(insert(model).values(values | {"entry": self.entry}))
        assert made.inserted_primary_key is not None
        return int(made.inserted_primary_key[0])


def moments(dice: random.Random, count: int, since: datetime = BEGIN) -> list[datetime]:
    """So many moments before now, in order."""
    span = int((NOON - since).total_seconds())
    return sorted(since + timedelta(seconds=dice.randrange(span)) for _ in range(count))


def scatter(database: Database, seed: int) -> None:
    """Loans, transfers, words, reports and losses at random times."""
    dice = random.Random(seed)
    tablets(database)
    phones(database)
    devices(database, *(f"MB-T-{number:04d}" for number in range(1, 9)))
    devices(database, *(f"MB-S-{number:04d}" for number in range(1, 5)), pool="phones")
    districts = [act(database, create_district, NewDistrict(name=name)).id for name in ("大胡", "荒砥", "空の地区")]
    places = [*districts[:2], None]
    homes = [int(association(database, f"{n}区", district=dice.choice(places)).id) for n in range(6)]
    ids = [row.id for row in rows(database, "device")]
    with writing(database) as session:
        write = Scribe(session)
        officer = write("officer", association_id=homes[0], person_id=_person(write), from_on=date(2020, 4, 1))
        rounds = [
            write("presence_round", name=str(year), opens_on=date(year, 6, 1), closes_on=date(year, 7, 31))
            for year in (2025, 2026)
        ]
        sequence = 0
        for device in ids:
            loan_of: list[tuple[datetime, datetime | None, int | None]] = []
            times: list[datetime | None] = [*moments(dice, dice.choice((1, 2, 3, 4)))]
            for lent_at, back in zip(times[::2], [*times[1::2], None], strict=False):
                assert lent_at is not None
                sequence += 1
                loan = _loan(write, dice, sequence, lent_at, dice.choice([*homes, *homes, None]), homes, officer)
                undone = {"undone_entry": write.entry} if back and dice.random() < 0.1 else {}
                write("loan_item", loan_id=loan, device_id=device, lent_at=lent_at, returned_at=back, **undone)
                loan_of.append((lent_at, back, loan))
            for at in moments(dice, dice.randrange(4)):
                loan_then = next((loan for out, back, loan in loan_of if out <= at and not (back and back <= at)), None)
                in_hand = dice.random() < 0.8
                write(
                    "presence",
                    round_id=dice.choice(rounds),
                    device_id=device,
                    loan_id=loan_then,
                    channel=dice.choice(("label", "phone", "visit")),
                    in_hand=in_hand,
                    usage=dice.choice(("used", "little", "unused", None)) if in_hand else None,
                    confirmed_at=at,
                )
            for at in moments(dice, dice.randrange(5)):
                loan_then = next((loan for out, back, loan in loan_of if out <= at and not (back and back <= at)), None)
                _report(write, dice, device, loan_then, at)
            for at in moments(dice, dice.randrange(6)):
                why = dice.choice(("lost", "lost", "repair"))
                write("hold", device_id=device, reason=why, opened_at=at, closed_at=NOON)


def _person(write: Scribe) -> int:
    return write("person", name="金井 康男")


def _loan(
    write: Scribe,
    dice: random.Random,
    sequence: int,
    at: datetime,
    home: int | None,
    homes: list[int],
    officer: int,
) -> int:
    last = home
    passed = []
    if home is not None and dice.random() < 0.4:
        for moment in moments(dice, dice.choice((1, 2)), at):
            to = dice.choice(homes)
            passed.append({"from_association_id": last, "to_association_id": to, "transferred_at": moment})
            last = to
    borrower = {"association_id": last} if last is not None else {"section": "情報政策課"}
    loan = write(
        "loan",
        number=f"R8-{sequence:05d}",
        fiscal_year=2026,
        sequence=sequence,
        due_on=date(2999, 1, 1),
        lent_at=at,
        **borrower,
    )
    for one in passed:
        write("transfer", loan_id=loan, to_officer_id=officer, way="check", **one)
    return loan


def _report(write: Scribe, dice: random.Random, device: int, loan: int | None, at: datetime) -> None:
    receipt = f"{dice.randrange(10**6):06d}"
    issue = write(
        "issue",
        receipt=receipt,
        device_id=device,
        loan_id=loan,
        category="power",
        self_solved=dice.random() < 0.2,
        secret_hash=f"{dice.getrandbits(200):064d}"[:64],
        received_at=at,
    )
    if dice.random() < 0.15:
        model = SQLModel.metadata.tables["issue"]
        merged = {"merged_into_id": issue, "merged_entry": write.entry}
        write.session.connection().execute(model.update().where(model.c.id == issue).values(merged))
    times = moments(dice, dice.randrange(4), at)
    for began, ended in zip([at, *times], [*times, None], strict=True):
        closing = {"ended_entry": write.entry} if ended else {}
        write("issue_step", issue_id=issue, state=dice.choice(STATES), began_at=began, ended_at=ended, **closing)
    for moment in moments(dice, dice.randrange(4), at):
        write(
            "issue_message",
            issue_id=issue,
            author=dice.choice(("office", "reporter")),
            channel=dice.choice(("message", "phone", "letter", "note")),
            words="はい",
            written_at=moment,
        )


class Pencil:
    """The same figures by going through every row."""

    def __init__(self, database: Database, year: int, in_round: int | None, pool: str | None) -> None:
        first, beyond = fiscal_year_days(year)
        self.since, self.until = jst_day_bounds(first)[0], jst_day_bounds(beyond)[0]
        self.at = min(self.until, NOON)
        self.tables = {
            name: rows(database, name)
            for name in (
                "association loan loan_item transfer presence presence_round issue issue_step issue_message hold device"
            ).split()
        }
        day = min(beyond - timedelta(days=1), today(NOON))
        begun = [one for one in self.tables["presence_round"] if one.opens_on <= day]
        self.round = in_round or (max(begun, key=lambda one: one.opens_on).id if begun else 0)
        self.devices = {one.id for one in self.tables["device"] if pool is None or one.pool_id == pool}
        self.district = {one.id: one.district_id for one in self.tables["association"]}
        self.loans = {one.id: one for one in self.tables["loan"]}

    def home(self, loan: int | None, at: datetime) -> int | None:
        """The association that had a loan at a moment."""
        if loan is None or self.loans[loan].association_id is None:
            return None
        later = [one for one in self.tables["transfer"] if one.loan_id == loan and one.transferred_at >= at]
        first = min(later, key=lambda one: (one.transferred_at, one.id), default=None)
        return int(first.from_association_id if first else self.loans[loan].association_id)

    def out(self) -> Iterator[tuple[Any, int]]:
        """Loan items that were open with an association as the period ended."""
        for item in self.tables["loan_item"]:
            back = item.returned_at is not None and item.returned_at < self.at
            home = self.home(item.loan_id, self.at)
            stands = item.device_id in self.devices and item.undone_entry is None
            if stands and item.lent_at < self.at and not back and home is not None:
                yield item, home

    def figures(self, *districts: int | None) -> dict[str, Any]:
        count = dict.fromkeys([name for name in TrialFigures.model_fields if name != "first_answer_hours"], 0)
        count["associations"] = sum(one in districts for one in self.district.values())
        holders = set()
        for item, home in self.out():
            if self.district[home] not in districts:
                continue
            holders.add(home)
            count["lent"] += 1
            said = [
                word
                for word in self.tables["presence"]
                if word.round_id == self.round
                and (word.device_id, word.loan_id) == (item.device_id, item.loan_id)
                and word.confirmed_at < self.at
            ]
            word = max(said, key=lambda one: one.id, default=None)
            if word is not None:
                count["confirmed" if word.in_hand else "not_in_hand"] += 1
            count[word.usage.value if word is not None and word.usage else "no_answer"] += 1
        count["with_devices"] = len(holders)
        waited = []
        for issue in self.tables["issue"]:
            whose = self.home(issue.loan_id, issue.received_at)
            if (
                whose is None
                or self.district[whose] not in districts
                or issue.device_id not in self.devices
                or issue.merged_into_id is not None
                or not self.since <= issue.received_at < self.until
            ):
                continue
            count["reports"] += 1
            count["self_solved"] += issue.self_solved
            answers = [
                one.written_at
                for one in self.tables["issue_message"]
                if (one.issue_id, one.author) == (issue.id, "office")
                and one.channel != "note"
                and one.written_at < self.until
            ]
            if answers:
                count["answered"] += 1
                waited.append((min(answers) - issue.received_at).total_seconds() / 3600)
            count["resolved"] += any(
                step.issue_id == issue.id
                and step.state == "resolved"
                and step.began_at < self.until
                and (step.ended_at is None or step.ended_at >= self.until)
                for step in self.tables["issue_step"]
            )
        lost = set()
        for hold in self.tables["hold"]:
            for item in self.tables["loan_item"]:
                if (
                    hold.reason == "lost"
                    and hold.device_id == item.device_id
                    and item.device_id in self.devices
                    and self.since <= hold.opened_at < self.until
                    and item.lent_at <= hold.opened_at
                    and (item.returned_at is None or item.returned_at > hold.opened_at)
                    and item.undone_entry is None
                ):
                    whose = self.home(item.loan_id, hold.opened_at)
                    if whose is not None and self.district[whose] in districts:
                        lost.add((self.district[whose], item.device_id))
        count["losses"] = len(lost)
        return count | {"first_answer_hours": round(median(waited), 2) if waited else None}


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_is_what_going_through_all_rows_gives(database: Database, seed: int) -> None:
    scatter(database, seed)
    for year in (2024, 2025, 2026):
        for in_round, pool in ((None, None), (1, "tablets"), (2, "phones")):
            found = look(
                database,
                evaluate,
                fiscal_year=year,
                now=NOON,
                in_round=str(in_round) if in_round else None,
                pool=pool,
            )
            pencil = Pencil(database, year, in_round, pool)
            for row in found.rows:
                wanted = pencil.figures(int(row.district) if row.district else None)
                assert row.model_dump(exclude={"district", "name"}) == wanted, (year, in_round, pool, row.name)
            assert found.total.model_dump() == pencil.figures(*set(pencil.district.values())), (year, in_round, pool)
            assert found.total.lent == (
                found.total.used + found.total.little + found.total.unused + found.total.no_answer
            )


def figures(found: Trial) -> dict[str | None, tuple[int, int]]:
    return {row.name: (row.with_devices, row.lent) for row in found.rows}


def test_a_year_that_is_over_stays_as_it_ended_and_this_one_runs_to_today(database: Database) -> None:
    tablets(database)
    devices(database, "MB-T-0001", "MB-T-0002")
    home = association(database, district=act(database, create_district, NewDistrict(name="大胡地区")).id)
    lend(database, {"association": home.id}, "MB-T-0001", due={"on": "2999-01-01"})
    year = fiscal_year(today(NOON))
    running = look(database, evaluate, fiscal_year=year, now=NOON)
    assert (running.as_of, running.over, figures(running)) == (today(NOON), False, {"大胡地区": (1, 1)})
    after = later(days=200)
    lend(database, {"association": home.id}, "MB-T-0002", now=after, due={"on": "2999-01-01"})
    ended = look(database, evaluate, fiscal_year=year, now=after)
    assert (ended.as_of, ended.over, figures(ended)) == (date(2027, 3, 31), True, {"大胡地区": (1, 1)})
    assert figures(look(database, evaluate, fiscal_year=year + 1, now=after)) == {"大胡地区": (1, 2)}


def test_a_city_without_anything_has_a_trial_of_noughts(database: Database) -> None:
    found = look(database, evaluate, fiscal_year=2026, now=NOON)
    assert (found.rows, found.round, found.total.lent, found.total.first_answer_hours) == ([], None, 0, None)
    with pytest.raises(NotFound):
        look(database, evaluate, fiscal_year=2026, now=NOON, in_round="7")
