"""What goes into a verb and what comes out: the kinds of text and number, and the two families of models.

A *shape* is validated input, named after its verb; unknown fields are refused. A *card* is what a verb answers;
templates and JSON get cards, never rows.
"""

import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from inventory.text import NotAPhone, clean_name, kana_to_katakana, phone

# The largest integer both databases keep in an INTEGER column (PostgreSQL's int4).
LARGEST = 2_147_483_647


class Shape(BaseModel):
    """Validated input of a verb."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Card(BaseModel):
    """What a verb answers."""

    model_config = ConfigDict(frozen=True)


def _no_controls(value: str) -> str:
    """Control characters have no place in a ledger, and PostgreSQL cannot store NUL."""
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("使えない文字（制御文字）が入っています。打ち直してください")
    return value


def _no_controls_but_lines(value: str) -> str:
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    _no_controls(lines.replace("\n", "").replace("\t", ""))
    return lines


def _blank_is_none(value: Any) -> Any:
    """A form sends an empty field where a program leaves it out."""
    return None if isinstance(value, str) and not value.strip() else value


def _one_line(value: str) -> str:
    text = clean_name(_no_controls(value))
    if not text:
        raise ValueError("書いてください")
    return text


def _lines(value: str) -> str:
    return _no_controls_but_lines(value.strip())


def _phone(value: str) -> str:
    try:
        written = phone(value)
    except NotAPhone:
        written = ""
    # A hyphen after every digit is a number still, but no column and no form has room for it.
    if not 0 < len(written) <= 20:
        raise ValueError("電話番号は、市外局番から数字で書いてください（例：027-898-1234）")
    return written


# One line of text: trimmed, blanks collapsed, otherwise as typed, at least one character.
OneLine = AfterValidator(_one_line)
Lines = AfterValidator(_lines)
BlankIsNone = BeforeValidator(_blank_is_none)

Word = Annotated[str, StringConstraints(max_length=10), OneLine]
ShortName = Annotated[str, StringConstraints(max_length=30), OneLine]
Name = Annotated[str, StringConstraints(max_length=60), OneLine]
ModelName = Annotated[str, StringConstraints(max_length=80), OneLine]
LongName = Annotated[str, StringConstraints(max_length=120), OneLine]
Line = Annotated[str, StringConstraints(max_length=200), OneLine]
OptionalName = Annotated[Name | None, BlankIsNone]
OptionalLongName = Annotated[LongName | None, BlankIsNone]
OptionalLine = Annotated[Line | None, BlankIsNone]
Kana = Annotated[str, StringConstraints(max_length=120), OneLine, AfterValidator(kana_to_katakana)]
Seat = Annotated[Annotated[str, StringConstraints(max_length=20), OneLine] | None, BlankIsNone]
OptionalKana = Annotated[Kana | None, BlankIsNone]
Note = Annotated[Annotated[str, StringConstraints(max_length=1000), Lines] | None, BlankIsNone]
LongNote = Annotated[Annotated[str, StringConstraints(max_length=2000), Lines] | None, BlankIsNone]
Reason = Annotated[Line, Field(description="Why, in the words of whoever decides.")]
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
OptionalPhone = Annotated[Phone | None, BlankIsNone]
Email = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), AfterValidator(_no_controls)
]
OptionalEmail = Annotated[Email | None, BlankIsNone]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
OptionalDay = Annotated[Day | None, BlankIsNone]
Instant = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2999, 12, 31, tzinfo=UTC))]
Yen = Annotated[Annotated[int, Field(ge=0, le=LARGEST)] | None, BlankIsNone]
Count = Annotated[int, Field(ge=0, le=99999)]
OptionalCount = Annotated[Count | None, BlankIsNone]
CallNumber = Annotated[Annotated[int, Field(ge=1, le=99)] | None, BlankIsNone]


def _not_a_page(value: str) -> str:
    # /devices/new and /venues/new are pages of their own, so a thing of that name could never be opened.
    if value.lower() == "new":
        raise ValueError("new という番号は使えません。ほかの番号にしてください")
    return value


NotAPage = AfterValidator(_not_a_page)
AssetNumber = Annotated[
    str,
    StringConstraints(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$", strip_whitespace=True),
    NotAPage,
    Field(description="The city's own inventory number (備品番号).", examples=["MB-T-0042"]),
]
TagNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{8}$"),
    Field(description="Seven digits and a Damm check digit."),
]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_no_controls)]


def row_id(identifier: str) -> int:
    """The row number behind an opaque id; 0, which no row has, when it cannot be one.

    Not None: a comparison with None is IS NULL, so a mistyped association would find every loan that has none.
    """
    if identifier.isascii() and identifier.isdecimal() and len(identifier) <= 10:
        number = int(identifier)
        return number if number <= LARGEST else 0
    return 0
