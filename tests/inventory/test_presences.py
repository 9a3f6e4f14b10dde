"""所在確認: which word counts, which devices are asked for, and who hears of whom."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import insert
from sqlmodel import SQLModel

from inventory import journal
from inventory.calendar import TOKYO
from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.people import NewDistrict, create_district
from inventory.presence_counts import summarize
from inventory.presence_lists import NO_DISTRICT, asked_device, list_presences
from inventory.presences import (
    Confirm,
    NewRound,
    OwnWord,
    RoundCard,
    confirm,
    confirm_by_label,
    create_round,
    list_rounds,
    newest_round,
    open_round,
    round_card,
)
from inventory.tables import Realm, VenueKind
from inventory.venues import NewVenue, create_venue
from tests.inventory.city import (
    NOON,
    act,
    association,
    bring_back,
    device,
    devices,
    head,
    later,
    lend,
    look,
    refused_fields,
    rows,
    seen,
    tablets,
)

TODAY = date(2026, 11, 24)


def a_round(database: Database, opens: int = 0, closes: int = 30, now: datetime = NOON) -> RoundCard:
    """A round from and to so many days after 24 November 2026."""
    order = NewRound(
        name="令和8年度の所在確認",
        opens_on=TODAY + timedelta(days=opens),
        closes_on=TODAY + timedelta(days=closes),
    )
    return act(database, create_round, order, now=now)


def heard(database: Database, asset_number: str, card: RoundCard, now: datetime = NOON, **said: Any) -> Any:
    return act(database, confirm, Confirm(**said), device=asset_number, in_round=card.id, now=now)


def at_label(database: Database, asset_number: str, now: datetime = NOON, op_id: str | None = None, **said: Any) -> Any:
    number = seen(database, asset_number).tag
    return act(database, confirm_by_label, OwnWord(**said), number=number, now=now, op_id=op_id)


def counts(database: Database, now: datetime = NOON, in_round: str | None = None) -> tuple[int, int, int, int]:
    found = look(database, summarize, now=now, in_round=in_round).counts
    return found.lent, found.confirmed, found.not_in_hand, found.missing


def asked(database: Database, now: datetime = NOON, **filters: Any) -> list[str]:
    found = look(database, list_presences, now=now, contacts=True, **filters)
    return [one.asset_number for one in found.items]


@pytest.fixture
def city(database: Database) -> dict[str, str]:
    """Three tablets with two associations of two districts, one with none, one in stock; ids by name."""
    tablets(database)
    devices(database, *(f"MB-T-{number:04d}" for number in range(1, 6)))
    ids = {}
    for name, kana in (("大胡地区", "オオゴ"), ("荒砥地区", "アラト")):
        ids[name] = act(database, create_district, NewDistrict(name=name, name_kana=kana)).id
    for name, kana, district in (
        ("堀越町自治会", "ホリコシ", ids["大胡地区"]),
        ("二之宮町自治会", "ニノミヤ", ids["荒砥地区"]),
        ("飛地自治会", "トビチ", None),
    ):
        ids[name] = association(database, name, name_kana=kana, district=district).id
        head(database, ids[name], name=f"{kana}会長", phone="027-000-1001")
    lend(database, {"association": ids["堀越町自治会"]}, "MB-T-0001", "MB-T-0002")
    lend(database, {"association": ids["二之宮町自治会"]}, "MB-T-0003")
    lend(database, {"association": ids["飛地自治会"]}, "MB-T-0004")
    return ids


def test_a_round_has_days_of_its_own(database: Database) -> None:
    first = a_round(database)
    assert (first.open, first.opens_on, first.closes_on) == (True, TODAY, TODAY + timedelta(days=30))
    for opens, closes in ((30, 60), (-5, 0), (5, 6)):
        with pytest.raises(Invalid) as refusal:
            a_round(database, opens, closes)
        assert refused_fields(refusal) == ["opens_on"]
    with pytest.raises(Invalid) as refusal:
        a_round(database, -9, -1)
    assert refused_fields(refusal) == ["closes_on"]
    with pytest.raises(ValidationError):
        a_round(database, 5, 4)
    second = a_round(database, 31, 40)
    assert [card.id for card in look(database, list_rounds, now=NOON)] == [second.id, first.id]
    with pytest.raises(NotFound):
        look(database, round_card, "99", now=NOON)


def test_a_round_is_open_from_its_first_day_in_japan_to_its_last(database: Database) -> None:
    card = a_round(database, 1, 2)
    days = {
        datetime(2026, 11, 24, 23, 59, tzinfo=TOKYO): None,
        datetime(2026, 11, 25, 0, 0, tzinfo=TOKYO): card.id,
        datetime(2026, 11, 26, 23, 59, tzinfo=TOKYO): card.id,
        datetime(2026, 11, 27, 0, 0, tzinfo=TOKYO): None,
    }
    for moment, expected in days.items():
        found = look(database, open_round, now=moment)
        assert (found.id if found else None) == expected
    assert look(database, newest_round, on=TODAY, now=NOON) is None
    newest = look(database, newest_round, on=date(2027, 1, 1), now=NOON)
    assert newest is not None and newest.id == card.id


def test_what_is_lent_to_associations_is_asked_for_and_nothing_else(database: Database, city: dict[str, str]) -> None:
    lend(database, {"section": "情報政策課"}, "MB-T-0005", due={"on": "2999-01-01"})
    assert look(database, summarize, now=NOON).round is None
    assert look(database, list_presences, now=NOON, contacts=True).items == []
    a_round(database)
    assert counts(database) == (4, 0, 0, 4)
    assert asked(database) == ["MB-T-0003", "MB-T-0001", "MB-T-0002", "MB-T-0004"]
    districts = look(database, summarize, now=NOON).districts
    assert [(one.name, one.lent) for one in districts] == [("荒砥地区", 1), ("大胡地区", 2), (None, 1)]
    assert asked(database, district=city["大胡地区"]) == ["MB-T-0001", "MB-T-0002"]
    assert asked(database, district=NO_DISTRICT) == ["MB-T-0004"]
    assert asked(database, q="二之宮") == ["MB-T-0003"]
    assert asked(database, q="t-0002") == ["MB-T-0002"]


def test_pages_of_the_list_join_without_a_gap(database: Database, city: dict[str, str]) -> None:
    a_round(database)
    found: list[str] = []
    cursor = None
    while True:
        page = look(database, list_presences, now=NOON, contacts=True, limit=1, cursor=cursor)
        found += [one.asset_number for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == asked(database)
    assert page.total == 4


def test_the_newest_word_counts_and_the_older_ones_stay(database: Database, city: dict[str, str]) -> None:
    card = a_round(database)
    at_label(database, "MB-T-0001", in_hand=True)
    at_label(database, "MB-T-0001", later(minutes=1), in_hand=True, usage="used")
    at_label(database, "MB-T-0003", in_hand=False)
    assert counts(database) == (4, 1, 1, 2)
    word = heard(
        database, "MB-T-0003", card, later(hours=1), in_hand=True, usage="little", note="棚の上", channel="visit"
    )
    assert (word.asset_number, word.channel, word.note) == ("MB-T-0003", "visit", "棚の上")
    assert counts(database) == (4, 2, 0, 2)
    assert asked(database, state="confirmed") == ["MB-T-0003", "MB-T-0001"]
    heard(database, "MB-T-0001", card, later(hours=2), in_hand=False)
    assert asked(database, state="not_in_hand") == ["MB-T-0001"]
    assert asked(database, state="missing") == ["MB-T-0002", "MB-T-0004"]
    assert len(rows(database, "presence")) == 5
    one = look(database, asked_device, "mb-t-0003", in_round=card.id, contacts=True, now=NOON)
    assert one is not None and one.word is not None
    assert (one.word.usage, one.word.channel) == ("little", "visit")
    assert look(database, asked_device, "MB-T-0005", in_round=card.id, contacts=True, now=NOON) is None


def test_a_word_belongs_to_the_loan_it_was_given_on(database: Database, city: dict[str, str]) -> None:
    a_round(database)
    at_label(database, "MB-T-0001", in_hand=True, usage="used")
    bring_back(database, "MB-T-0001", now=later(days=1))
    assert counts(database, later(days=1)) == (3, 0, 0, 3)
    at_label(database, "MB-T-0001", later(days=2), in_hand=True)
    assert rows(database, "presence")[-1].loan_id is None
    lend(database, {"association": city["二之宮町自治会"]}, "MB-T-0001", now=later(days=3))
    assert counts(database, later(days=3)) == (4, 0, 0, 4)


def test_a_round_that_is_over_stays_as_its_last_day_ended(database: Database, city: dict[str, str]) -> None:
    card = a_round(database, closes=10)
    at_label(database, "MB-T-0001", in_hand=True)
    bring_back(database, "MB-T-0001", "MB-T-0002", now=later(days=20))
    lend(database, {"association": city["飛地自治会"]}, "MB-T-0005", now=later(days=21))
    assert counts(database, later(days=30)) == (4, 1, 0, 3)
    # Who rings after the last day may still write down what was said, also when the list is the newest no more.
    heard(database, "MB-T-0003", card, later(days=30), in_hand=True)
    a_round(database, 40, 50, later(days=30))
    assert counts(database, later(days=45)) == (3, 0, 0, 3)
    assert counts(database, later(days=45), card.id) == (4, 2, 0, 2)


def test_a_round_that_is_over_remembers_whose_a_loan_was(database: Database, city: dict[str, str]) -> None:
    card = a_round(database, closes=10)
    loan = next(row for row in rows(database, "loan") if str(row.association_id) == city["二之宮町自治会"])
    officers = {str(row.association_id): row.id for row in rows(database, "officer")}
    table = SQLModel.metadata.tables
    with writing(database) as session:
        entry = journal.open_entry(session, by=By(), now=later(days=20), op_id="passed")
        journal.note(session, "transfer", loan=loan.id)
        passed = {
            "loan_id": loan.id,
            "from_association_id": loan.association_id,
            "from_officer_id": loan.officer_id,
            "to_association_id": int(city["飛地自治会"]),
            "to_officer_id": officers[city["飛地自治会"]],
            "way": "check",
            "transferred_at": later(days=20),
            "entry": entry,
        }
        session.connection().execute(insert(table["transfer"]).values(passed))
        to = {"association_id": int(city["飛地自治会"]), "officer_id": officers[city["飛地自治会"]]}
        session.connection().execute(table["loan"].update().where(table["loan"].c.id == loan.id).values(to))
    frozen = look(database, summarize, now=later(days=30), in_round=card.id)
    assert [(one.name, one.lent) for one in frozen.districts] == [("荒砥地区", 1), ("大胡地区", 2), (None, 1)]
    a_round(database, 25, 40, later(days=24))
    after = look(database, summarize, now=later(days=30))
    assert [(one.name, one.lent) for one in after.districts] == [("大胡地区", 2), (None, 2)]


def test_the_label_takes_words_while_a_round_is_open_and_only_of_devices(
    database: Database, city: dict[str, str]
) -> None:
    with pytest.raises(Conflict):
        at_label(database, "MB-T-0001", in_hand=True)
    a_round(database, 0, 1)
    with pytest.raises(Conflict):
        at_label(database, "MB-T-0001", later(days=2), in_hand=True)
    for number in ("", "12345678", "MB-T-0001", "' or 1"):
        with pytest.raises(NotFound):
            act(database, confirm_by_label, OwnWord(in_hand=True), number=number)
    venue = act(database, create_venue, NewVenue(code="ohgo", kind=VenueKind.KOMINKAN, name="大胡公民館"))
    with pytest.raises(NotFound):
        act(database, confirm_by_label, OwnWord(in_hand=True), number=venue.code)
    # Lent or in stock: the answer is the same.
    said = [at_label(database, one, in_hand=True, usage="used") for one in ("MB-T-0001", "MB-T-0005")]
    assert said[0] == said[1]
    with pytest.raises(ValidationError):
        OwnWord.model_validate({"in_hand": False, "usage": "used"})


def test_the_staff_write_down_what_they_hear_of_what_is_out(database: Database, city: dict[str, str]) -> None:
    coming = a_round(database, 5, 9)
    with pytest.raises(Conflict):
        heard(database, "MB-T-0001", coming, in_hand=True)
    card = a_round(database, 0, 1)
    with pytest.raises(Conflict):
        heard(database, "MB-T-0005", card, in_hand=True)
    with pytest.raises(NotFound):
        heard(database, "MB-T-9999", card, in_hand=True)
    with pytest.raises(ValidationError):
        Confirm.model_validate({"in_hand": True, "channel": "label"})
    assert rows(database, "presence") == []


def test_the_journal_names_neither_notes_nor_people_and_keeps_both_realms_apart(
    database: Database, city: dict[str, str]
) -> None:
    card = a_round(database)
    heard(database, "MB-T-0001", card, in_hand=True, note="奥様が電話に出た")
    at_label(database, "MB-T-0001", in_hand=True, op_id="same")
    act(database, confirm, Confirm(in_hand=True), device="MB-T-0001", in_round=card.id, op_id="same")
    entries = rows(database, "entry")[-3:]
    assert [entry.realm for entry in entries] == [Realm.STAFF, Realm.PUBLIC, Realm.STAFF]
    assert "奥様" not in str([entry.data for entry in entries])


def test_who_is_to_be_rung_is_who_answers_for_the_loan_and_who_holds_the_office_today(
    database: Database, city: dict[str, str]
) -> None:
    a_round(database)
    one = look(database, list_presences, now=NOON, contacts=True, q="二之宮").items[0]
    assert one.officer is not None and one.head is None
    assert (one.officer.phone, one.officer.in_office) == ("027-000-1001", True)
    head(database, city["二之宮町自治会"], name="次の会長", since=date(2026, 11, 1), phone="027-000-1002")
    one = look(database, list_presences, now=NOON, contacts=True, q="二之宮").items[0]
    assert one.officer is not None and one.head is not None
    assert (one.officer.name, one.head.name, one.head.phone) == ("ニノミヤ会長", "次の会長", "027-000-1002")
    quiet = look(database, list_presences, now=NOON, contacts=False, q="二之宮").items[0]
    assert quiet.officer is not None and quiet.head is not None
    assert (quiet.officer.phone, quiet.head.phone) == (None, None)


def test_many_devices_cost_no_more_statements_than_few(database: Database) -> None:
    from sqlalchemy import event

    tablets(database)
    for number in range(1, 13):
        device(database, f"MB-T-{number:04d}")
        of = association(database, f"{number}区自治会", name_kana=f"カナ{number:02d}")
        head(database, of.id)
        lend(database, {"association": of.id}, f"MB-T-{number:04d}")
    a_round(database)
    said: list[str] = []
    event.listen(database.reader, "before_cursor_execute", lambda *what: said.append(what[2]))
    look(database, list_presences, now=NOON, contacts=True, limit=2)
    few = len(said)
    look(database, list_presences, now=NOON, contacts=True, limit=12)
    assert len(said) - few == few
