"""Shapes: what may be typed, how it is tidied, and that every text fits the column it goes to."""

from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlmodel import AutoString, SQLModel

from inventory import shapes
from inventory.courses import NewCourse
from inventory.lending import CheckOut
from inventory.officers import NewOfficer
from inventory.people import NewAssociation, NewDistrict
from inventory.pools import NewPool
from inventory.programmes import NewProgramme
from inventory.scan_shapes import Scan
from inventory.shapes import row_id
from inventory.sign_in import NewToken
from inventory.staff import NewStaff
from inventory.stock import DeviceChange, NewDevice, OpenHold, Retire
from inventory.venues import NewVenue, VenueChange

# Which column keeps a field, where the names differ.
ELSEWHERE = {
    ("device", "pool"): ("pool", "id"),
    ("course", "programme"): None,
    ("course", "venue"): None,
    ("association", "district"): None,
    ("device", "reason"): ("device", "retired_reason"),
    ("loan", "seat"): ("loan_item", "seat"),
    ("officer", "name"): ("person", "name"),
    ("officer", "name_kana"): ("person", "name_kana"),
    ("officer", "phone"): ("person", "phone"),
    ("officer", "email"): ("person", "email"),
}
KEPT: list[tuple[type[BaseModel], str]] = [
    (NewPool, "pool"),
    (NewDevice, "device"),
    (DeviceChange, "device"),
    (Retire, "device"),
    (OpenHold, "hold"),
    (NewDistrict, "district"),
    (NewAssociation, "association"),
    (NewOfficer, "officer"),
    (NewVenue, "venue"),
    (VenueChange, "venue"),
    (NewProgramme, "programme"),
    (NewCourse, "course"),
    (CheckOut, "loan"),
    (NewStaff, "staff"),
    (NewToken, "api_token"),
]


def _text_fields() -> list[tuple[type[BaseModel], str, str, str]]:
    found = []
    for shape, table in KEPT:
        for field in shape.model_fields:
            place = ELSEWHERE.get((table, field), (table, field))
            if place is None:
                continue
            column = SQLModel.metadata.tables[place[0]].c.get(place[1])
            if column is not None and isinstance(column.type, AutoString):
                found.append((shape, field, *place))
    return found


@pytest.mark.parametrize(("shape", "field", "table", "column"), _text_fields())
def test_the_longest_text_of_a_field_fits_its_column(
    shape: type[BaseModel], field: str, table: str, column: str
) -> None:
    """PostgreSQL refuses a text that is too long; SQLite stores it, and the move to PostgreSQL fails years later."""
    room = SQLModel.metadata.tables[table].c[column].type
    assert isinstance(room, AutoString) and room.length is not None
    adapter = TypeAdapter(get_type_hints(shape, include_extras=True)[field])
    texts = [letter * length for letter in "9aあ" for length in (1, 11, 15, *range(room.length, room.length + 9), 3000)]
    # Fields that take texts of one form alone get a short one of it, and longer and longer ones.
    formed = ["090-1234-5678", "0-9-0-1-2-3-4-5-6-7-8", "a@b.jp", "a@b.jp" + "p" * 195]
    formed += ["https://a.jp/" + "p" * length for length in range(280, 310)]
    formed += ["、".join(["第1・第3月曜"] * count) for count in range(1, 40)]
    accepted = []
    for text in [*texts, *formed]:
        try:
            accepted.append(adapter.validate_python(text))
        except ValidationError:
            continue
    assert accepted and max(map(len, accepted)) <= room.length


def test_the_walk_over_the_fields_finds_them() -> None:
    assert {(shape.__name__, field) for shape, field, _, _ in _text_fields()} >= {
        ("NewDevice", "asset_number"),
        ("NewDevice", "line_number"),
        ("NewOfficer", "phone"),
        ("CheckOut", "seat"),
        ("CheckOut", "batch"),
        ("Retire", "reason"),
    }
    assert Scan.model_fields["seat"].annotation == CheckOut.model_fields["seat"].annotation


CONTROLS = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))]


@pytest.mark.parametrize("kind", ["Name", "Line", "Note", "LongNote", "Kana", "Identifier", "Reason", "Word", "Email"])
def test_no_text_takes_a_control_character(kind: str) -> None:
    adapter = TypeAdapter(getattr(shapes, kind))
    for control in CONTROLS:
        if kind in ("Note", "LongNote") and control in "\r\n\t":
            continue
        text = f"a{control}@b.c" if kind == "Email" else f"a{control}b"
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


@given(st.text(max_size=200))
def test_a_name_is_one_line_or_refused(text: str) -> None:
    try:
        kept = TypeAdapter(shapes.Name).validate_python(text)
    except ValidationError:
        return
    assert kept == kept.strip() != "" and len(kept) <= 60
    assert "\n" not in kept and "\x00" not in kept and "  " not in kept


@given(st.text(max_size=300))
def test_a_note_is_kept_as_typed_but_for_its_ends(text: str) -> None:
    try:
        kept = TypeAdapter(shapes.Note).validate_python(text)
    except ValidationError:
        return
    assert kept == (text.strip().replace("\r\n", "\n").replace("\r", "\n") or None)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "髙﨑&amp;", "${7*7}"]
)
def test_what_looks_like_a_program_is_text(text: str) -> None:
    assert TypeAdapter(shapes.Name).validate_python(text) == text
    assert TypeAdapter(shapes.Note).validate_python(text) == text


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("OptionalName", " 　", None),
        ("OptionalName", None, None),
        ("Note", "\r\n", None),
        ("OptionalKana", "ｵｵｺﾞ こうみんかん", "オオゴ コウミンカン"),
        ("Yen", "", None),
        ("Yen", "45800", 45800),
        ("CallNumber", " ", None),
        ("OptionalCount", 0, 0),
        ("OptionalPhone", "+81-27-898-1234", "027-898-1234"),
        ("OptionalEmail", "", None),
        ("AssetNumber", " MB-T_1.a ", "MB-T_1.a"),
        ("TagNumber", "48217397", "48217397"),
    ],
)
def test_what_a_form_sends_is_tidied(kind: str, typed: Any, kept: Any) -> None:
    assert TypeAdapter(getattr(shapes, kind)).validate_python(typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("Yen", -1),
        ("Yen", 2**31),
        ("Count", 100_000),
        ("CallNumber", 0),
        ("CallNumber", 100),
        ("Phone", "898-1234"),
        ("Phone", "0-9-0-1-2-3-4-5-6-7-8"),
        ("Phone", "027-898-1234\x00"),
        ("Day", "2026-02-30"),
        ("Day", "3000-01-01"),
        ("Instant", "2026-11-24T12:00:00"),
        ("Instant", "3000-01-01T00:00:00Z"),
        ("AssetNumber", ".a"),
        ("AssetNumber", "MB T"),
        ("AssetNumber", "New"),
        ("AssetNumber", "ＭＢ"),
        ("AssetNumber", "a" * 33),
        ("TagNumber", "4821739"),
        ("TagNumber", "４８２１７３９７"),
        ("Identifier", ""),
        ("Name", "\ud800"),
    ],
)
def test_what_cannot_be_kept_is_refused(kind: str, typed: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(getattr(shapes, kind)).validate_python(typed)


@pytest.mark.parametrize(
    ("identifier", "number"),
    [
        ("1", 1),
        ("2147483647", 2147483647),
        ("2147483648", 0),
        ("9" * 30, 0),
        ("0", 0),
        ("-1", 0),
        ("+1", 0),
        ("1_0", 0),
        ("１", 0),
        ("²", 0),
        ("", 0),
        ("x", 0),
    ],
)
def test_an_identifier_is_a_row_or_none(identifier: str, number: int) -> None:
    assert row_id(identifier) == number


def test_a_field_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError) as refusal:
        NewDistrict.model_validate({"name": "大胡地区", "colour": "red"})
    assert [error["loc"] for error in refusal.value.errors()] == [("colour",)]


def test_nothing_is_called_like_a_page() -> None:
    with pytest.raises(ValidationError):
        NewDevice.model_validate({"pool": "phones", "asset_number": "New", "model": "A"})
    with pytest.raises(ValidationError):
        NewVenue.model_validate({"code": "new", "kind": "other", "name": "新"})
