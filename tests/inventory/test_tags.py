"""Label numbers: made once, bound once, found however they are scanned, typed or read out."""

import pytest
from pydantic import ValidationError
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from inventory import tags
from inventory.database import Database, writing
from inventory.devices import BINDING, DeviceCard
from inventory.errors import Invalid, NotFound
from inventory.journal import open_entry
from inventory.stock import BindTag, bind_tag
from inventory.tables import PoolKind
from inventory.tags import PrintBlanks, blanks, device_by_code, finder_card, look_up, print_blanks
from inventory.text import damm_check, damm_valid
from tests.inventory.city import NOON, PROGRAM, act, device, look, refused_fields, rows, seen, tablets, venue


def _bind_to_venue(database: Database, number: str) -> None:
    """What the verb for labelled venues will do; the look-up knows such labels already."""
    venues = {row.code: row.id for row in rows(database, "venue")}
    with writing(database) as session:
        entry = open_entry(session, by=PROGRAM, now=NOON, op_id="bind a venue")
        session.connection().execute(
            insert(BINDING).values(number=number, venue_id=venues["ohgo"], bound_at=NOON, entry=entry)
        )


def test_blank_labels_are_valid_and_different(database: Database) -> None:
    numbers = act(database, print_blanks, PrintBlanks(count=20)).numbers
    assert len(set(numbers)) == 20 and all(damm_valid(number) for number in numbers)
    assert {row.number for row in rows(database, "tag")} == set(numbers)
    for count in (0, 501):
        with pytest.raises(ValidationError):
            PrintBlanks(count=count)


def test_blank_numbers_are_printed_again_while_nothing_has_claimed_them(database: Database) -> None:
    tablets(database)
    one, two, three = act(database, print_blanks, PrintBlanks(count=3)).numbers
    assert look(database, blanks, [two, one, two]).numbers == [two, one]
    device(database, "MB-T-0042")
    act(database, bind_tag, BindTag(number=three), device="MB-T-0042")
    act(database, bind_tag, BindTag(), device="MB-T-0042")
    for used in (three, seen(database, "MB-T-0042").tag):
        with pytest.raises(Invalid) as refusal:
            look(database, blanks, [one, used])
        assert refused_fields(refusal) == ["numbers"]
    with pytest.raises(NotFound):
        look(database, blanks, [one, "00000000"])


def test_a_number_that_was_had_is_drawn_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (digits + damm_check(digits) for digits in ("1234567", "7654321"))
    draws = iter([one, one, one, two])
    monkeypatch.setattr(tags, "new_tag_number", lambda: next(draws))
    assert act(database, print_blanks, PrintBlanks(count=2)).numbers == [one, two]


def test_a_device_is_found_however_its_codes_are_written(database: Database) -> None:
    tablets(database)
    tag = device(database, "MB-T-0042", serial="Ab12-9x", imei="352099001761481").tag
    assert tag is not None
    wide = tag.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    for code in (
        tag,
        f"{tag[:4]} {tag[4:]}",
        f"{wide[:4]}－{wide[4:]}",
        f"https://daicho.example.jp/T/{tag}",
        f"http://10.0.0.5:8000/t/{tag}?x=1",
        "MB-T-0042",
        "mb-t-0042",
        "ｍｂ－ｔ－００４２",
        "MBーTー0042",
        " MB-T-0042\n",
        "Ab12-9x",
        "AB12-9X",
        "ａｂ１２－９ｘ",
        "35-209900-176148-1",
        "３５２０９９００１７６１４８１",
    ):
        found = look(database, look_up, code)
        assert found.type == "device", code
        assert found.card is not None and found.card == seen(database, "MB-T-0042")


@pytest.mark.parametrize(
    "code", ["", "　", "MB-T-9999", "12345678", "x" * 200, "MB-T\x00", "\x00", "' OR 1=1 --", "https://example.jp/T/1"]
)
def test_what_no_label_says_is_unknown(database: Database, code: str) -> None:
    tablets(database)
    device(database, "MB-T-0042")
    found = look(database, look_up, code)
    assert (found.type, found.card) == ("unknown", None)
    assert look(database, device_by_code, code) is None


def test_the_citys_own_number_goes_before_a_makers_serial(database: Database) -> None:
    tablets(database)
    device(database, "A100", serial="B200")
    device(database, "B200", serial="A100")
    for code in ("A100", "B200"):
        card = look(database, look_up, code).card
        assert isinstance(card, DeviceCard) and card.asset_number == code


def test_a_venue_is_found_by_its_code_and_its_label(database: Database) -> None:
    hall = venue(database)
    number = act(database, print_blanks, PrintBlanks(count=1)).numbers[0]
    assert look(database, look_up, number).type == "unknown"
    _bind_to_venue(database, number)
    for code in (number, " ohgo "):
        found = look(database, look_up, code)
        assert (found.type, found.card) == ("venue", hall)
    assert look(database, device_by_code, number) is None
    assert look(database, finder_card, number).model_dump() == {
        "number": number,
        "kind": None,
        "name": "大胡公民館",
        "replaced": False,
    }


def test_a_finder_sees_the_kind_of_thing_and_nothing_else(database: Database) -> None:
    tablets(database)
    tag = device(database, "MB-T-0042").tag
    assert tag is not None
    assert look(database, finder_card, f"{tag[:4]} {tag[4:]}").model_dump() == {
        "number": tag,
        "kind": PoolKind.TABLET,
        "name": None,
        "replaced": False,
    }


def test_mistyped_foreign_and_blank_numbers_give_one_answer(database: Database) -> None:
    blank = act(database, print_blanks, PrintBlanks(count=1)).numbers[0]
    sentences = set()
    for number in (blank, "00000000", "12345678", "MB-T-0042", ""):
        with pytest.raises(NotFound) as refusal:
            look(database, finder_card, number)
        sentences.add(refusal.value.sentence)
    assert len(sentences) == 1


def test_a_replaced_label_says_so_and_finds_nothing(database: Database) -> None:
    tablets(database)
    old = device(database, "MB-T-0042").tag
    assert old is not None
    act(database, bind_tag, BindTag(), device="MB-T-0042")
    assert look(database, finder_card, old).replaced
    assert look(database, look_up, old).type == "unknown"


def test_the_database_itself_binds_a_number_once(database: Database) -> None:
    tablets(database)
    tag = device(database, "MB-T-0042").tag
    assert tag is not None
    venue(database)
    with pytest.raises(IntegrityError):
        _bind_to_venue(database, tag)
