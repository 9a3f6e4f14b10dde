"""The rows of a list of supporters as somebody wrote them, each cell read into the form that the ledger keeps."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from inventory.calendar import NotADay, parse_day
from inventory.roster_rows import RepairedCell, SentRow, WrongCell
from inventory.shapes import Day, Email, Identifier, Kana, Lines, Name, Phone, Shape
from inventory.tables import SupporterCategory
from inventory.text import clean_name, fold

# What one act may bring. A city has some hundred supporters.
MOST_ROWS = 3000
# A supporter who helps in every district, as our own list writes it.
EVERYWHERE = "どの地区でも"
_EVERYWHERE = frozenset(map(fold, (EVERYWHERE, "全地区", "全域", "市内全域", "市全域", "すべて", "全て", "どこでも")))
_CATEGORIES = {
    fold(word): category
    for category, words in {
        SupporterCategory.CARE_PREVENTION: ("介護予防サポーター", "care_prevention"),
        SupporterCategory.WELFARE: ("民生委員", "民生委員・児童委員", "民生委員児童委員", "民生児童委員", "welfare"),
        SupporterCategory.LIFELONG_LEARNING: ("生涯学習奨励員", "奨励員", "lifelong_learning"),
        SupporterCategory.STUDENT: ("学生", "大学生", "高校生", "student"),
        SupporterCategory.OTHER: ("そのほか", "その他", "ほか", "他", "other"),
    }.items()
    for word in words
}
_NO_CATEGORY = "分類を、介護予防サポーター・民生委員・生涯学習奨励員・学生・そのほか のどれかで書いてください。"
_NO_DAY = "日付は、2027-04-01 や 令和9年4月1日 のように書いてください。"
_NO_YEAR = "年度は、令和7年度 か 2025 のように書いてください。"
# A sheet shows a day with the time that it does not have.
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00)?$")
# What people write where nothing is to be written.
_NOTHING = frozenset({"-", "ー", "－", "―", "なし", "未定", "不明"})
_BETWEEN = re.compile(r"[、，,・;；/／\n]+")


class SentSupporters(Shape):
    """A list as it was written. ``digest`` is that of the plan that was seen before; without it, whatever the list
    means now is done."""

    rows: Annotated[list[SentRow], Field(max_length=MOST_ROWS)]
    digest: str | None = Field(default=None, max_length=64)


@dataclass(frozen=True)
class Row:
    """One line, read. None stands for what was left empty; ``districts`` empty is everywhere."""

    line: int
    supporter_id: str | None = None
    name: str = ""
    name_kana: str | None = None
    category: SupporterCategory | None = None
    districts: list[str] | None = None
    consented_on: date | None = None
    registered_on: date | None = None
    ended_on: date | None = None
    fiscal_year: int | None = None
    programme: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None


@dataclass
class ReadSupporters:
    rows: list[Row] = field(default_factory=list)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _as_is(text: str) -> str:
    return text


def _day(text: str) -> date:
    try:
        return parse_day(_MIDNIGHT.sub("", _narrow(text)))
    except NotADay:
        raise ValueError(_NO_DAY) from None


def _year(text: str) -> int:
    """A fiscal year: 令和7年度, 令和7, R7 or 2025."""
    plain = _narrow(text).removesuffix("度").removesuffix("年")
    if plain.isascii() and plain.isdecimal():
        return int(plain)
    for first in (f"{plain}年4月1日", f"{plain}.4.1"):
        try:
            return parse_day(first).year
        except NotADay:
            continue
    raise ValueError(_NO_YEAR)


def _phone(text: str) -> str:
    """A sheet takes a number for a number and drops the zero before it."""
    digits = _narrow(text)
    return "0" + digits if re.fullmatch(r"[1-9][0-9]{8,9}", digits) else text


def _category(text: str) -> SupporterCategory:
    try:
        return _CATEGORIES[fold(text)]
    except KeyError:
        raise ValueError(_NO_CATEGORY) from None


def _districts(text: str) -> list[str]:
    """The districts that a cell names; none where it says that all are meant."""
    named = [clean_name(part) for part in _BETWEEN.split(text)]
    return [] if fold(text) in _EVERYWHERE else [name for name in dict.fromkeys(named) if name]


# Column → what is done to a cell first, what it must be then, and what to do when it is not.
_CELLS: dict[str, tuple[Callable[[str], Any], TypeAdapter[Any], str]] = {
    "supporter_id": (_narrow, TypeAdapter(Identifier), "サポーター番号は、台帳から保存した表のものを使ってください。"),
    "name": (_as_is, TypeAdapter(Name), "氏名を、60文字までで書いてください。"),
    "name_kana": (_as_is, TypeAdapter(Kana), "フリガナを、120文字までで書いてください。"),
    "category": (_category, TypeAdapter(SupporterCategory), _NO_CATEGORY),
    "districts": (_districts, TypeAdapter(list[Name]), "地区の名前を、「、」で区切って書いてください。"),
    "consented_on": (_day, TypeAdapter(Day), _NO_DAY),
    "registered_on": (_day, TypeAdapter(Day), _NO_DAY),
    "ended_on": (_day, TypeAdapter(Day), _NO_DAY),
    "fiscal_year": (_year, TypeAdapter(Annotated[int, Field(ge=1989, le=2999)]), _NO_YEAR),
    "programme": (_narrow, TypeAdapter(Identifier), "事業コードは、講座の画面の事業の表にあるものを書いてください。"),
    "phone": (_phone, TypeAdapter(Phone), "電話番号を1つだけ、市外局番から書いてください（例：027-898-1234）。"),
    "email": (_narrow, TypeAdapter(Email), "メールアドレスを1つだけ書いてください（例：kanai@example.jp）。"),
    "note": (
        _as_is,
        TypeAdapter(Annotated[str, Field(max_length=400), Lines]),
        "メモを、400文字までで書いてください。",
    ),
}
COLUMNS = tuple(_CELLS)
# Columns of which a reader need not be told how their words were taken.
_QUIET = frozenset({"category", "districts", "fiscal_year"})


def read_rows(rows: Iterable[SentRow]) -> ReadSupporters:
    """Read every cell. A row with a cell that cannot be read is left out and told of under ``errors``."""
    read = ReadSupporters()
    for row in rows:
        values = _row(row, read)
        if values is not None:
            read.rows.append(Row(line=row.line, **values))
    return read


def _row(row: SentRow, read: ReadSupporters) -> dict[str, Any] | None:
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
        if column in _QUIET:
            continue
        said = values[column].isoformat() if isinstance(values[column], date) else str(values[column])
        if said != text.strip():
            read.repairs.append(RepairedCell(line=row.line, column=column, value=text.strip(), repaired=said))
    if not clean_name(row.cells.get("name", "")):
        read.errors.append(WrongCell(line=row.line, column="name", value="", message="氏名を書いてください。"))
    return values if len(read.errors) == before else None
