"""Cases: their members, where they are, what is missing, and what happened to them."""

import pytest

from inventory.case_history import case_history
from inventory.case_keeping import (
    BringIn,
    CaseChange,
    Fill,
    MoveCase,
    NewCase,
    bind_case_tag,
    bring_in,
    change_case,
    create_case,
    fill_case,
    move,
    move_case,
    retire_case,
    undo_case_move,
)
from inventory.cases import CaseCard, case_by_code, case_card, list_cases, members_of
from inventory.database import Database, writing
from inventory.errors import InOtherCase, Invalid, NotFound, Retired, Stale
from inventory.journal import find, open_entry
from inventory.places import places_in_use
from inventory.stock import BindTag, put
from inventory.tables import Realm
from inventory.tags import PrintBlanks, finder_card, look_up, print_blanks
from tests.inventory.city import (
    PROGRAM,
    act,
    bring_back,
    device,
    later,
    lend,
    look,
    phones,
    refused_fields,
    retired,
    rows,
    seen,
    stop,
    venue,
)

OFFICE, HALL = "中央公民館 事務室", "大胡公民館"


def case(database: Database, *devices: str, code: str = "BOX-A", name: str = "スマホ箱A", **fields: str) -> CaseCard:
    act(database, create_case, NewCase(code=code, name=name, **fields))
    return filled(database, *devices, code=code)


def filled(database: Database, *devices: str, code: str = "BOX-A", **more: bool) -> CaseCard:
    return act(database, fill_case, Fill(devices=list(devices), **more), case=code)


def three(database: Database) -> None:
    phones(database)
    for number in (3, 1, 2):
        device(database, f"MB-S-{number:04d}", pool="phones", call_number=number, place=OFFICE)


def carried(database: Database, place: str, *, at_hour: int) -> None:
    """A move as a desk tells of it: late, by its own clock."""
    with writing(database) as session:
        moment = later(hours=at_hour)
        entry = open_entry(session, by=PROGRAM, now=later(hours=9), op_id=f"move-{place}-{at_hour}")
        case_id = case_by_code(session, "BOX-A")
        assert case_id is not None
        move_case(session, case_id, place, at=moment, entry=entry)


def test_members_stand_by_call_number_and_what_is_not_in_stock_is_missing(database: Database) -> None:
    three(database)
    device(database, "MB-S-0000", pool="phones", place=OFFICE)
    made = case(database, "MB-S-0000", "MB-S-0003", "mb-s-0001", "MB-S-0002", place=OFFICE)
    assert [member.asset_number for member in made.members] == ["MB-S-0001", "MB-S-0002", "MB-S-0003", "MB-S-0000"]
    assert (made.missing, made.place, made.revision) == ([], OFFICE, 2)
    lent = lend(database, {"section": "情報政策課"}, "MB-S-0002", due={"on": "2999-01-01"})
    stop(database, "MB-S-0003", "lost")
    card = look(database, case_card, "box-a")
    assert card.missing == ["MB-S-0002", "MB-S-0003"]
    member = card.members[1]
    assert member.loan is not None
    assert (member.state, member.loan.number, member.here) == ("on_loan", lent.number, False)
    assert card.members[2].holds == ["lost"]
    assert card.revision == made.revision


def test_a_case_is_found_by_its_label_and_its_code_in_any_width(database: Database) -> None:
    three(database)
    made = case(database, "MB-S-0001")
    assert made.tag is not None
    codes = (made.tag, f"https://elsewhere.example/t/{made.tag}", "ｂｏｘ－ａ", " BOX-A ")
    found = [look(database, look_up, code) for code in codes]
    assert [(one.type, one.card) for one in found] == [("case", made)] * len(codes)
    row = look(database, case_by_code, "box-a")
    assert row is not None
    assert [look(database, case_by_code, code) for code in codes] == [row] * len(codes)
    assert look(database, case_by_code, "MB-S-0001") is None
    devices = {one.id: one.asset_number for one in rows(database, "device")}
    assert [devices[one] for one in look(database, members_of, row)] == ["MB-S-0001"]
    assert look(database, finder_card, made.tag).model_dump() == {
        "number": made.tag,
        "kind": None,
        "name": None,
        "replaced": False,
    }


def test_a_new_label_replaces_the_old_and_a_blank_one_may_be_claimed(database: Database) -> None:
    phones(database)
    old = case(database).tag
    blank = act(database, print_blanks, PrintBlanks(count=1)).numbers[0]
    assert act(database, bind_case_tag, BindTag(number=blank), case="BOX-A").tag == blank
    assert old is not None and look(database, finder_card, old).replaced
    assert look(database, look_up, old).type == "unknown"
    with pytest.raises(Invalid) as refusal:
        act(database, bind_case_tag, BindTag(number=old), case="BOX-A")
    assert refused_fields(refusal) == ["number"]


def test_no_code_is_both_a_case_and_a_device(database: Database) -> None:
    three(database)
    case(database)
    for code in ("box-a", "mb-s-0001"):
        with pytest.raises(Invalid) as refusal:
            act(database, create_case, NewCase(code=code, name="スマホ箱B"))
        assert refused_fields(refusal) == ["code"]
    with pytest.raises(Invalid) as refusal:
        device(database, "Box-A", pool="phones")
    assert refused_fields(refusal) == ["asset_number"]


def test_a_device_has_its_place_in_one_case_and_is_taken_over_only_when_asked(database: Database) -> None:
    three(database)
    case(database, "MB-S-0001", "MB-S-0002")
    case(database, "MB-S-0003", code="BOX-B", name="スマホ箱B")
    with pytest.raises(InOtherCase) as refusal:
        filled(database, "MB-S-0003", "MB-S-0001", code="BOX-B")
    assert refusal.value.facts == {"devices": {"MB-S-0001": "BOX-A"}}
    taken = filled(database, "MB-S-0003", "MB-S-0001", code="BOX-B", take_over=True)
    assert [member.asset_number for member in taken.members] == ["MB-S-0001", "MB-S-0003"]
    assert [member.asset_number for member in look(database, case_card, "BOX-A").members] == ["MB-S-0002"]
    cased = seen(database, "MB-S-0001").case
    assert cased is not None
    assert (cased.code, cased.name) == ("BOX-B", "スマホ箱B")
    open_places = [row.device_id for row in rows(database, "loan_case_member") if row.left_at is None]
    assert len(open_places) == len(set(open_places)) == 3


def test_filling_puts_what_comes_in_where_the_case_is_and_says_nothing_twice(database: Database) -> None:
    three(database)
    case(database, "MB-S-0001", place=HALL)
    assert seen(database, "MB-S-0001").place == HALL
    before = look(database, case_card, "BOX-A").revision
    assert filled(database, "MB-S-0001").revision == before
    assert filled(database).members == []
    assert seen(database, "MB-S-0001").case is None
    assert len(rows(database, "loan_case_member")) == 1


def test_what_is_retired_lies_in_no_case_and_comes_into_none(database: Database) -> None:
    three(database)
    case(database, "MB-S-0001", "MB-S-0002")
    retired(database, "MB-S-0001")
    assert [member.asset_number for member in look(database, case_card, "BOX-A").members] == ["MB-S-0002"]
    assert seen(database, "MB-S-0001").case is None
    with pytest.raises(Retired):
        filled(database, "MB-S-0001")
    with pytest.raises(NotFound):
        filled(database, "MB-S-9999")
    assert filled(database, "MB-S-0002", "MB-S-0003").missing == []


def test_a_case_that_is_given_up_lets_its_devices_go(database: Database) -> None:
    three(database)
    case(database, "MB-S-0001", "MB-S-0002")
    gone = act(database, retire_case, case="BOX-A")
    assert (gone.members, gone.retired_at) == ([], later())
    assert seen(database, "MB-S-0001").case is None
    for verb, order in ((fill_case, Fill(devices=["MB-S-0001"])), (move, MoveCase(place=HALL))):
        with pytest.raises(Retired):
            act(database, verb, order, case="BOX-A")
    with pytest.raises(Retired):
        act(database, retire_case, case="BOX-A")
    assert look(database, list_cases).items == []
    assert [one.code for one in look(database, list_cases, retired=True).items] == ["BOX-A"]


def test_a_case_takes_along_what_lies_in_it_and_leaves_the_rest(database: Database) -> None:
    three(database)
    case(database, "MB-S-0001", "MB-S-0002", "MB-S-0003", place=OFFICE)
    lend(database, {"section": "情報政策課"}, "MB-S-0002", due={"on": "2999-01-01"})
    # Taken over by another case: its place is no more this one's to change.
    case(database, code="BOX-B", name="修理箱", place="情報政策課 保管庫")
    filled(database, "MB-S-0003", code="BOX-B", take_over=True)
    moved = act(database, move, MoveCase(place=HALL), case="BOX-A", now=later(hours=1))
    assert moved.place == HALL
    assert [seen(database, f"MB-S-000{number}").place for number in (1, 2, 3)] == [HALL, HALL, "情報政策課 保管庫"]
    bring_back(database, "MB-S-0002", now=later(hours=2))
    assert look(database, case_card, "BOX-A").missing == []


def test_a_member_that_lies_elsewhere_is_missing_until_it_is_brought_in(database: Database) -> None:
    three(database)
    made = case(database, "MB-S-0001", "MB-S-0002", place=OFFICE)
    with writing(database) as session:
        entry = open_entry(session, by=PROGRAM, now=later(minutes=5), op_id="astray")
        put(session, members_of(session, 1)[0], HALL, now=later(minutes=5), entry=entry)
    card = look(database, case_card, made.code)
    assert (card.missing, card.members[0].state, card.members[0].place) == (["MB-S-0001"], "in_stock", HALL)
    # The case goes on without it.
    act(database, move, MoveCase(place="宮城公民館"), case="BOX-A", now=later(hours=1))
    assert [seen(database, f"MB-S-000{number}").place for number in (1, 2)] == [HALL, "宮城公民館"]
    act(database, bring_in, BringIn(devices=["mb-s-0001"]), case="BOX-A", now=later(hours=2))
    assert look(database, case_card, "BOX-A").missing == []
    with pytest.raises(Invalid) as refusal:
        act(database, bring_in, BringIn(devices=["MB-S-0001", "MB-S-0003"]), case="BOX-A")
    assert refused_fields(refusal) == ["devices"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_moves_end_where_the_later_one_took_the_case_whichever_is_told_first(
    database: Database, order: tuple[int, int]
) -> None:
    three(database)
    case(database, "MB-S-0001", "MB-S-0002", place=OFFICE)
    places = {1: HALL, 2: "宮城公民館"}
    for hour in order:
        carried(database, places[hour], at_hour=hour)
    assert look(database, case_card, "BOX-A").place == places[2]
    assert [seen(database, f"MB-S-000{number}").place for number in (1, 2)] == [places[2]] * 2
    assert look(database, case_card, "BOX-A").missing == []


def test_a_move_that_is_undone_leaves_the_case_where_it_was(database: Database) -> None:
    three(database)
    case(database, "MB-S-0001", place=OFFICE)
    for hour, place in ((1, HALL), (2, "宮城公民館")):
        act(database, move, MoveCase(place=place), case="BOX-A", now=later(hours=hour), op_id=f"move-{hour}")

    def undone(op_id: str, *, at_hour: int) -> str | None:
        with writing(database) as session:
            found = find(session, Realm.STAFF, op_id)
            assert found is not None
            entry = open_entry(session, by=PROGRAM, now=later(hours=at_hour), op_id=f"undo-{op_id}")
            undo_case_move(session, found.seq, now=later(hours=at_hour), entry=entry)
        return look(database, case_card, "BOX-A").place

    # The case was taken on since, so the first of two moves cannot be taken back.
    assert undone("move-1", at_hour=3) == "宮城公民館"
    assert undone("move-2", at_hour=4) == HALL
    assert [one.code for one in look(database, list_cases, q="大胡").items] == ["BOX-A"]


def test_a_change_names_its_revision_and_another_place_carries_the_case(database: Database) -> None:
    three(database)
    made = case(database, "MB-S-0001")
    change = CaseChange(name="スマホ箱1", place=HALL)
    card = act(database, change_case, change, case="BOX-A", revision=made.revision, now=later(hours=1))
    assert (card.name, card.place, card.note) == ("スマホ箱1", HALL, None)
    assert seen(database, "MB-S-0001").place == HALL
    with pytest.raises(Stale):
        act(database, change_case, change, case="BOX-A", revision=made.revision)
    kept = act(database, change_case, CaseChange(name=None, note="鍵は事務室"), case="box-a", revision=card.revision)
    assert (kept.name, kept.place, kept.note) == ("スマホ箱1", HALL, "鍵は事務室")
    assert [one.code for one in look(database, list_cases, q="おおごこうみんかん").items] == []
    assert [one.code for one in look(database, list_cases, q="大胡").items] == ["BOX-A"]


def test_a_list_goes_on_where_its_page_ended(database: Database) -> None:
    for code in ("c", "A", "b"):
        act(database, create_case, NewCase(code=code, name=f"箱{code}", place=HALL if code == "b" else None))
    first = look(database, list_cases, limit=2, exact=True)
    assert ([one.code for one in first.items], first.total) == (["A", "b"], 3)
    last = look(database, list_cases, limit=2, cursor=first.next)
    assert ([one.code for one in last.items], last.next) == (["c"], None)
    assert [one.code for one in look(database, list_cases, place=HALL).items] == ["b"]
    assert first.items[0].tag is not None
    assert [one.code for one in look(database, list_cases, q=first.items[0].tag[:6]).items] == ["A"]


def test_the_past_of_a_case_is_told_act_by_act(database: Database) -> None:
    three(database)
    act(database, create_case, NewCase(code="BOX-A", name="スマホ箱A", place=OFFICE), now=later(hours=0))
    act(database, fill_case, Fill(devices=["MB-S-0001", "MB-S-0002"]), case="BOX-A", now=later(hours=1))
    act(database, move, MoveCase(place=HALL), case="BOX-A", now=later(hours=2))
    act(database, fill_case, Fill(devices=["MB-S-0002"]), case="BOX-A", now=later(hours=3))
    act(database, move, MoveCase(place=OFFICE), case="BOX-A", now=later(hours=4))
    act(database, retire_case, case="BOX-A", now=later(hours=5))
    past = [(event.what, event.devices, event.place) for event in look(database, case_history, "BOX-A").items]
    assert past == [
        ("retired", [], None),
        ("left", ["MB-S-0002"], None),
        ("moved", ["MB-S-0002"], OFFICE),
        ("left", ["MB-S-0001"], None),
        ("moved", ["MB-S-0001", "MB-S-0002"], HALL),
        ("joined", ["MB-S-0001", "MB-S-0002"], None),
        ("tagged", [], None),
        ("created", [], None),
    ]


def test_the_places_in_use_stand_before_the_other_halls_and_each_once(database: Database) -> None:
    three(database)
    venue(database, name=HALL)
    venue(database, "miyagi", name="宮城公民館")
    case(database, place=HALL)
    assert look(database, places_in_use) == [OFFICE, HALL, "宮城公民館"]


def test_the_journal_holds_codes_and_no_words_of_a_case(database: Database) -> None:
    three(database)
    case(database, "MB-S-0001", place=OFFICE, note="鍵は事務室")
    act(database, move, MoveCase(place=HALL), case="BOX-A")
    written = str([entry.data for entry in rows(database, "entry")])
    assert "BOX-A" in written and "MB-S-0001" in written
    for word in ("スマホ箱A", OFFICE, HALL, "鍵は事務室"):
        assert word not in written
