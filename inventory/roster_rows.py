"""The rows of a roster of associations as somebody wrote them, each cell read into the form that the ledger keeps."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from inventory.calendar import NotADay, parse_day
from inventory.shapes import Card, Day, Email, Identifier, Kana, Name, OptionalDay, Phone, Shape, ShortName
from inventory.text import clean_name, fold

# What one act may bring. A city has some hundred associations, each with a few officers.
MOST_ROWS = 3000
Text = Annotated[str, StringConstraints(max_length=2000)]


class SentRow(Shape):
    """One line of a file or of pasted text. ``cells``: what stands in each column, by the names of ``COLUMNS``."""

    line: Annotated[int, Field(ge=1)]
    cells: dict[str, Text]


class SentRoster(Shape):
    """A roster as it was written. ``since`` and ``until`` hold for new officers whose row names no day.

    ``digest`` is that of the plan that was seen before; without it, whatever the roster means now is done.
    """

    rows: Annotated[list[SentRow], Field(max_length=MOST_ROWS)]
    since: OptionalDay = None
    until: OptionalDay = None
    digest: str | None = Field(default=None, max_length=64)


class WrongCell(Card):
    """A cell that cannot stand as it is. ``column`` is one of ``COLUMNS``; ``message`` says what to do."""

    line: int
    column: str
    value: str
    message: str


class RepairedCell(Card):
    """A cell that was read as ``repaired``, which is not quite what stands in it."""

    line: int
    column: str
    value: str
    repaired: str


@dataclass(frozen=True)
class Row:
    """One line, read. None stands for what was left empty."""

    line: int
    association_id: str | None = None
    district: str | None = None
    association: str = ""
    association_kana: str | None = None
    office: str = "会長"
    name: str | None = None
    name_kana: str | None = None
    since: date | None = None
    until: date | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class ReadRoster:
    rows: list[Row]
    errors: list[WrongCell]
    repairs: list[RepairedCell]


_NO_DAY = "日付は、2027-04-01 や 令和9年4月1日 のように書いてください。"
# A sheet shows a day with the time that it does not have.
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00)?$")
_HEADS = frozenset(map(fold, ("会長", "自治会長", "町会長", "町内会長", "区長")))
# What people write where nothing is to be written.
_NOTHING = frozenset({"-", "ー", "－", "―", "なし", "未定", "不明"})


def _day(text: str) -> date:
    try:
        return parse_day(_MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip()))
    except NotADay:
        raise ValueError(_NO_DAY) from None


def _phone(text: str) -> str:
    """A sheet takes a number for a number and drops the zero before it."""
    digits = unicodedata.normalize("NFKC", text).strip()
    return "0" + digits if re.fullmatch(r"[1-9][0-9]{8,9}", digits) else text


def _office(text: str) -> str:
    """The ledger has one word for the head of an association, whatever it calls itself."""
    return "会長" if fold(text) in _HEADS else text


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _as_is(text: str) -> str:
    return text


# Column → what is done to a cell first, what it must be then, and what to do when it is not.
_CELLS: dict[str, tuple[Callable[[str], Any], TypeAdapter[Any], str]] = {
    "association_id": (_narrow, TypeAdapter(Identifier), "自治会コードは、台帳から保存した表のものを使ってください。"),
    "district": (_as_is, TypeAdapter(Name), "地区の名前を、60文字までで書いてください。"),
    "association": (_as_is, TypeAdapter(Name), "自治会の名前を、60文字までで書いてください。"),
    "association_kana": (_as_is, TypeAdapter(Kana), "かなを、120文字までで書いてください。"),
    "office": (_office, TypeAdapter(ShortName), "役職を、30文字までで書いてください。"),
    "name": (_as_is, TypeAdapter(Name), "氏名を、60文字までで書いてください。"),
    "name_kana": (_as_is, TypeAdapter(Kana), "フリガナを、120文字までで書いてください。"),
    "since": (_day, TypeAdapter(Day), _NO_DAY),
    "until": (_day, TypeAdapter(Day), _NO_DAY),
    "phone": (_phone, TypeAdapter(Phone), "電話番号を1つだけ、市外局番から書いてください（例：027-898-1234）。"),
    "email": (_narrow, TypeAdapter(Email), "メールアドレスを1つだけ書いてください（例：kanai@example.jp）。"),
}
COLUMNS = tuple(_CELLS)


def read_rows(rows: Iterable[SentRow]) -> ReadRoster:
    """Read every cell. A row with a cell that cannot be read is left out and told of under ``errors``."""
    read = ReadRoster([], [], [])
    for row in rows:
        values = _row(row, read)
        if values is not None:
            read.rows.append(Row(line=row.line, **values))
    return read


def _row(row: SentRow, read: ReadRoster) -> dict[str, Any] | None:
    before = len(read.errors)
    values: dict[str, Any] = {}
    for column, text in row.cells.items():
        if column not in _CELLS or not text.strip() or text.strip() in _NOTHING:
            continue
        first, kind, sentence = _CELLS[column]
        try:
            values[column] = kind.validate_python(first(text))
        except (ValidationError, ValueError):
            read.errors.append(WrongCell(line=row.line, column=column, value=text[:200], message=sentence))
            continue
        said = values[column].isoformat() if isinstance(values[column], date) else values[column]
        if said != text.strip():
            read.repairs.append(RepairedCell(line=row.line, column=column, value=text.strip(), repaired=said))
    for column, sentence in _lacking(row, values):
        read.errors.append(WrongCell(line=row.line, column=column, value="", message=sentence))
    return values if len(read.errors) == before else None


def _lacking(row: SentRow, values: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """What a row needs and does not have. A cell that could not be read was told of already."""
    if not clean_name(row.cells.get("association", "")):
        yield "association", "自治会の名前を書いてください。"
    of_a_person = ("name_kana", "since", "until", "phone", "email")
    if not row.cells.get("name", "").strip() and any(values.get(column) is not None for column in of_a_person):
        yield "name", "氏名を書いてください。役職者のいない行なら、ほかの列も空けてください。"
    since, until = values.get("since"), values.get("until")
    if since is not None and until is not None and until < since:
        yield "until", "任期の終わりが、始まりより前です。日付をたしかめてください。"
