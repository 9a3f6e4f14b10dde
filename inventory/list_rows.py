"""Cells of a list as somebody wrote them, read into the form of the ledger: what every column of a kind shares.

``read_cells`` reads a line by a table of kinds; what it could not read or read otherwise is told of, cell by cell.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from inventory.calendar import NotADay, parse_day
from inventory.roster_rows import RepairedCell, Text, WrongCell
from inventory.shapes import Shape
from inventory.text import fold

# What people write where nothing is to be written.
NOTHING = frozenset({"-", "ー", "－", "―", "‐", "–", "—", "なし", "無し", "未定", "不明", "未記入", "N/A"})
# What one act may bring: as many lines as a table may have.
MOST_ROWS = 5000

_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00)?$")
# A holiday's name beside the day of the week: (火・祝).
_HOLIDAY = re.compile(r"\(([月火水木金土日])(?:曜日?)?[・･/ ]*(?:祝日?|休)\)")
_MONTH_DAY = re.compile(r"([0-9]{1,2})(?:\s*月\s*|[/.])([0-9]{1,2})\s*日?(?:\s*\(([月火水木金土日])(?:曜日?)?\))?")
_CLOCK = re.compile(
    r"(?P<half>午前|午後|AM|PM)?\s*(?P<hour>[0-9]{1,2})\s*"
    r"(?::\s*(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?|時\s*(?:(?P<minutes>[0-9]{1,2})\s*分|(?P<middle>半))?)"
    r"\s*(?P<after>AM|PM)?",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"0?\.[0-9]+")
_TO = re.compile(r"\s*(?:〜|～|~|-|–|—|―|ー|→|から|より)\s*")
_COUNT = re.compile(
    r"(?P<about>約|およそ|ほぼ|概ね)?\s*(?P<count>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?"
    r"\s*(?:人|名|台|講座|回|件|組)?\s*(?P<more>程度|ほど|前後|余り?|あまり)?"
)
_YES = frozenset(
    map(
        fold, ("はい", "有", "有り", "あり", "○", "〇", "◯", "1", "yes", "true", "要", "使う", "使います", "する", "約")
    )
)
_NO = frozenset(
    map(
        fold, ("いいえ", "無", "無し", "なし", "×", "✕", "0", "no", "false", "不要", "使わない", "使いません", "しない")
    )
)


class NotRead(ValueError):
    """A cell does not say what its column is of."""


class SentLine(Shape):
    """One line of a file or of pasted text. ``cells``: what stands in each column, by the names of the kinds."""

    line: Annotated[int, Field(ge=1)]
    cells: dict[str, Text]


@dataclass
class Told:
    """What is told of a list's cells beside what it does."""

    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)

    def wrong(self, line: int, column: str, value: str, message: str) -> None:
        self.errors.append(WrongCell(line=line, column=column, value=value[:200], message=message))

    def repaired(self, line: int, column: str, value: str, repaired: str) -> None:
        self.repairs.append(RepairedCell(line=line, column=column, value=value[:200], repaired=repaired[:200]))


@dataclass(frozen=True)
class Kind:
    """How the cells of a column are read.

    ``read`` raises NotRead, or what pydantic raises; ``sentence`` says what to write instead. ``nothing``: 「なし」 and
    the like are an empty cell; a text may mean them.
    """

    read: Callable[[str], Any]
    sentence: str
    nothing: bool = True


def read_cells(sent: SentLine, kinds: Mapping[str, Kind], told: Told) -> dict[str, Any]:
    """The values of a line's cells by column; an empty cell is in it not at all, nor one that could not be read."""
    values: dict[str, Any] = {}
    for column, kind in kinds.items():
        text = sent.cells.get(column, "")
        if not text.strip() or (kind.nothing and narrow(text) in NOTHING):
            continue
        try:
            value = kind.read(text)
        except (ValidationError, ValueError):
            told.wrong(sent.line, column, text, kind.sentence)
            continue
        if value is None:
            continue
        values[column] = value
        if (said := said_of(value)) != text.strip():
            told.repaired(sent.line, column, text.strip(), said)
    return values


def said_of(value: Any) -> str:
    """A value as a cell says it: what is shown as repaired, and what a change is shown as."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, time):
        return clock_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def clock_text(value: time) -> str:
    return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"


def narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def day_in(text: str, fiscal_year: int | None = None) -> date:
    """A day in words. One without its year is a day of ``fiscal_year``.

    Raises:
        NotRead: it names no day.
    """
    plain = _HOLIDAY.sub(r"(\1)", _MIDNIGHT.sub("", narrow(text)))
    try:
        return parse_day(plain)
    except NotADay:
        found = _MONTH_DAY.fullmatch(plain)
        if found is None or fiscal_year is None:
            raise NotRead(text) from None
        month = int(found[1])
        year = fiscal_year + (month < 4)
        try:
            return parse_day(f"{year}-{month:02d}-{int(found[2]):02d}" + (f"({found[3]})" if found[3] else ""))
        except NotADay:
            raise NotRead(text) from None


def clocks_in(text: str) -> list[time]:
    """One time, or where something begins and ends: 13:30, 午後1時半, 13:30〜15:00, 0.5625 as a sheet counts it.

    「午後1時から3時まで」: the second time is in the half of the day of the first.

    Raises:
        NotRead: it names no time.
    """
    plain = narrow(text).removesuffix("まで").strip()
    if _FRACTION.fullmatch(plain):
        seconds = round(float(plain) * 86400)
        return [time(seconds // 3600, seconds // 60 % 60, seconds % 60)]
    parts = [part for part in _TO.split(plain) if part]
    if not 1 <= len(parts) <= 2:
        raise NotRead(text)
    found: list[time] = []
    half = ""
    for part in parts:
        match = _CLOCK.fullmatch(part)
        if match is None:
            raise NotRead(text)
        half = (match["half"] or match["after"] or half).upper()
        hour, minute = int(match["hour"]), int(match["minute"] or match["minutes"] or (30 if match["middle"] else 0))
        if half in ("午後", "PM") and hour < 12:
            hour += 12
        elif half in ("午前", "AM") and hour == 12:
            hour = 0
        try:
            found.append(time(hour, minute, int(match["second"] or 0)))
        except ValueError:
            raise NotRead(text) from None
    return found


def day_and_clocks(text: str, fiscal_year: int | None = None) -> tuple[date, list[time]]:
    """A day, perhaps with its times behind it: 令和8年5月20日（水）13:30〜15:00.

    Raises:
        NotRead: it names no day, or what stands behind it is no time.
    """
    plain = _MIDNIGHT.sub("", narrow(text))
    first = _CLOCK.search(plain)
    if first is None:
        return day_in(plain, fiscal_year), []
    return day_in(plain[: first.start()].rstrip(" T"), fiscal_year), clocks_in(plain[first.start() :])


@dataclass(frozen=True)
class Counted:
    """A number, and whether it is about that many (約)."""

    count: int
    approx: bool

    def __str__(self) -> str:
        return f"約{self.count}" if self.approx else str(self.count)


def count_in(text: str) -> Counted:
    """1,234 · 20名 · 約900人 · 30人程度.

    Raises:
        NotRead: it is no number of the ledger.
    """
    found = _COUNT.fullmatch(narrow(text))
    if found is None:
        raise NotRead(text)
    count = int(found["count"].replace(",", ""))
    if count > 99999:
        raise NotRead(text)
    return Counted(count, bool(found["about"] or found["more"]))


def exact_in(text: str) -> int:
    found = count_in(text)
    if found.approx:
        raise NotRead(text)
    return found.count


def yes_in(text: str) -> bool | None:
    """Yes or no; None where somebody wrote that there is nothing to write."""
    word = fold(text)
    if word not in _NO and narrow(text) in NOTHING:
        return None
    if word not in _YES | _NO:
        raise NotRead(text)
    return word in _YES


def word_in(words: Mapping[str, Any]) -> Callable[[str], Any]:
    """A cell that is one of some words (folded); 「予定」 and 「予定。」 are one."""

    def read(text: str) -> Any:
        try:
            return words[fold(text).rstrip("。")]
        except KeyError:
            raise NotRead(text) from None

    return read


def as_column(adapter: TypeAdapter[Any], first: Callable[[str], str] = str) -> Callable[[str], Any]:
    """A cell as the ledger's column takes it."""
    return lambda text: adapter.validate_python(first(text))


def adapter_of(shape: type[Shape], name: str) -> TypeAdapter[Any]:
    """What the field of a shape takes."""
    column = shape.model_fields[name]
    return TypeAdapter(Annotated[column.annotation, *column.metadata])  # type: ignore[arg-type]


def moment_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d} {clock_text(moment.time())}"
