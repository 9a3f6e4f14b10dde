"""The rows of a list of courses as somebody wrote them, each cell read into the form that the ledger keeps.

Which programme, hall or room a row means is for the plan (``course_plans``); here it is what the row says.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from inventory.calendar import TOKYO, fiscal_year
from inventory.course_fields import CourseContent
from inventory.list_rows import (
    MOST_ROWS,
    NOTHING,
    Kind,
    SentLine,
    Told,
    adapter_of,
    as_column,
    clock_text,
    clocks_in,
    count_in,
    day_and_clocks,
    exact_in,
    narrow,
    read_cells,
    word_in,
    yes_in,
)
from inventory.shapes import Day, Identifier, LongName, Name, OptionalDay, OptionalLine, Shape
from inventory.tables import CourseState
from inventory.text import fold
from inventory.usage_words import year_in

_COUNT = "数は、20 や 20人 のように0以上の整数で書いてください。"
_NO_DAY = "日付は、2026-05-20 や 令和8年5月20日 のように書いてください。年のない日付には、年度の列が要ります。"
_NO_CLOCK = "時刻は、13:30 や 午後1時30分、13:30〜15:00 のように書いてください。"
_LONG = "{}文字までにしてください。"
STATE_WORDS = {
    CourseState.PLANNED: ("予定", "開催予定", "計画", "planned"),
    CourseState.HELD: ("実施", "実施済", "実施済み", "実施ずみ", "開催", "開催済", "開催済み", "終了", "済", "held"),
    CourseState.CANCELLED: ("中止", "取りやめ", "取止め", "開催中止", "cancelled", "canceled"),
    CourseState.POSTPONED: ("延期", "開催延期", "postponed"),
}
_STATES = {fold(word): state for state, words in STATE_WORDS.items() for word in words}
_LEVELS = {fold(word): level for level in range(1, 6) for word in (f"{level}", f"段階{level}", f"レベル{level}")}
_LEVELS |= {fold("入門"): 1, fold("入門編"): 1, fold("活用"): 5, fold("活用編"): 5}


class SentCourses(Shape):
    """A list as it was written. ``programme`` is that of rows that name none (its id).

    ``digest`` is that of the plan that was seen before; without it, whatever the list means now is done.
    """

    rows: Annotated[list[SentLine], Field(max_length=MOST_ROWS)]
    programme: Identifier | None = None
    digest: str | None = Field(default=None, max_length=64)


@dataclass(frozen=True)
class CourseRow:
    """One line, read. ``values`` has what the row says by column; what it leaves empty is not in it.

    ``day``, ``starts``, ``ends`` and ``ends_on`` are as the row says them, in Japan; the plan puts them together.
    """

    line: int
    values: dict[str, Any]
    day: date | None
    starts: time | None
    ends: time | None
    ends_on: date | None


def _year(text: str) -> int:
    year = year_in(text)
    if year is None or not 1989 <= year <= 2999:
        raise ValueError(text)
    return year


def _content(name: str, sentence: str, *, nothing: bool = True) -> Kind:
    return Kind(as_column(adapter_of(CourseContent, name)), sentence, nothing=nothing)


_CODE = TypeAdapter(Identifier)
_KINDS: dict[str, Kind] = {
    "id": Kind(as_column(_CODE, narrow), "講座コードは、台帳から保存した表のものを使ってください。"),
    "fiscal_year": Kind(_year, "年度は、令和8年度 や 2026 のように書いてください。"),
    "programme": Kind(as_column(_CODE, narrow), "事業コードは、事業の一覧にあるものを書いてください。"),
    "programme_name": Kind(as_column(TypeAdapter(LongName)), _LONG.format(120)),
    "series": Kind(as_column(TypeAdapter(LongName)), _LONG.format(120)),
    "title": _content("title", "講座名を、120文字までで書いてください。", nothing=False),
    "title_kana": _content("title_kana", "かなを、120文字までで書いてください。"),
    "level": Kind(word_in(_LEVELS), "段階は、1（入門）から5（活用）までの数字で書いてください。"),
    "topics": _content("topics", _LONG.format(200)),
    "venue": Kind(as_column(_CODE, narrow), "会場コードは、会場の一覧にあるものを書いてください。"),
    "venue_name": Kind(as_column(TypeAdapter(LongName)), _LONG.format(120)),
    "room": Kind(as_column(TypeAdapter(Name)), _LONG.format(60)),
    "capacity": Kind(exact_in, _COUNT),
    "enrolled": Kind(exact_in, _COUNT),
    "phones_needed": Kind(exact_in, _COUNT),
    "supporters_needed": Kind(exact_in, _COUNT),
    "case": Kind(as_column(_CODE, narrow), "貸出ケース番号は、ケースの一覧にあるものを書いてください。"),
    "needs_wifi": Kind(yes_in, "はい・いいえのどちらかを書いてください。", nothing=False),
    "state": Kind(word_in(_STATES), "予定・実施・中止・延期のどれかを書いてください。"),
    "cancel_reason": Kind(as_column(TypeAdapter(OptionalLine)), _LONG.format(200)),
    "postponed_to": Kind(as_column(_CODE, narrow), "延期先には、台帳にある講座コードを書いてください。"),
    "participants": Kind(count_in, "参加者は、20 や 約20名 のように書いてください。"),
    "participants_distinct": Kind(exact_in, _COUNT),
    "approx": Kind(yes_in, "はい・いいえのどちらかを書いてください。", nothing=False),
    "note": _content("note", _LONG.format(1000), nothing=False),
    "published": Kind(yes_in, "はい・いいえのどちらかを書いてください。", nothing=False),
    "description": _content("description", _LONG.format(500)),
    "fee": _content("fee", _LONG.format(60), nothing=False),
    "contact": _content("contact", _LONG.format(120)),
    "apply_how": _content("apply_how", _LONG.format(200)),
    "url": _content("url", "https:// から始まるアドレスを1つだけ書いてください。"),
}
_DAY = TypeAdapter(Day)
_OPTIONAL_DAY = TypeAdapter(OptionalDay)


def read_course(sent: SentLine, told: Told) -> CourseRow | None:
    """Read every cell of a row. One with a cell that cannot be read is left out and told of."""
    before = len(told.errors)
    values = read_cells(sent, _KINDS, told)
    counted = values.get("participants")
    if counted is not None:
        values["participants"] = counted.count
        if counted.approx:
            values["approx"] = True
    of_year = values.get("fiscal_year")
    day, clocks = _day(sent, of_year, told)
    starts, ends = _clocks(sent, clocks, told)
    ends_on = _other_day(sent, "ends_on", of_year, told)
    apply_until = _other_day(sent, "apply_until", of_year, told)
    if apply_until is not None:
        values["apply_until"] = apply_until
    if len(told.errors) > before:
        return None
    return CourseRow(sent.line, values, day, starts, ends, ends_on)


def when(row: CourseRow, begins: datetime | None, lasts_until: datetime | None) -> tuple[datetime, datetime] | None:
    """When the row's course begins and ends, with what it does not say from the times that stand; None where neither
    tells. A new day takes the course's last day along."""
    day = row.day or (begins.astimezone(TOKYO).date() if begins else None)
    starts = _or(row.starts, begins)
    ends = _or(row.ends, lasts_until)
    if day is None or starts is None or ends is None:
        return None
    span = timedelta(0)
    if begins is not None and lasts_until is not None:
        span = lasts_until.astimezone(TOKYO).date() - begins.astimezone(TOKYO).date()
    last = row.ends_on or day + span
    return datetime.combine(day, starts, tzinfo=TOKYO), datetime.combine(last, ends, tzinfo=TOKYO)


def _or(said: time | None, standing: datetime | None) -> time | None:
    """The time that is said; the one that stands where none is, or where it differs in what no cell shows."""
    there = standing.astimezone(TOKYO).time() if standing is not None else None
    if said is None or (there is not None and said == there.replace(microsecond=0)):
        return there
    return said


def begins_at(row: CourseRow) -> datetime | None:
    """When the row says that its course begins; None where it does not say both day and time."""
    return datetime.combine(row.day, row.starts, tzinfo=TOKYO) if row.day and row.starts is not None else None


def year_of(row: CourseRow, begins: datetime) -> int:
    """The fiscal year that the row's programme is looked for in."""
    named: int | None = row.values.get("fiscal_year")
    return named if named is not None else fiscal_year(begins.astimezone(TOKYO).date())


def _filled(sent: SentLine, column: str) -> str:
    text = sent.cells.get(column, "").strip()
    return "" if narrow(text) in NOTHING else text


def _day(sent: SentLine, of_year: int | None, told: Told) -> tuple[date | None, list[time]]:
    """The day of a row, and the times that stand in the same cell; 開催日（和暦） counts where 開催日 is empty."""
    column = "on" if _filled(sent, "on") else "on_era"
    text = _filled(sent, column)
    if not text:
        return None, []
    try:
        day, clocks = day_and_clocks(text, of_year)
        _DAY.validate_python(day)
    except ValueError:
        told.wrong(sent.line, column, text, _NO_DAY)
        return None, []
    said = " ".join([day.isoformat(), "〜".join(map(clock_text, clocks))]).strip()
    if column == "on" and said != text:
        told.repaired(sent.line, column, text, said)
    return day, clocks


def _clocks(sent: SentLine, beside: list[time], told: Told) -> tuple[time | None, time | None]:
    """When a row's course begins and ends: as its own cells say, which may hold a day as well, else beside the day."""
    found: dict[str, list[time]] = {}
    for column in ("starts", "ends"):
        text = _filled(sent, column)
        if not text:
            continue
        try:
            found[column] = clocks_in(text)
        except ValueError:
            try:
                found[column] = day_and_clocks(text)[1]
            except ValueError:
                found[column] = []
        if not found[column]:
            told.wrong(sent.line, column, text, _NO_CLOCK)
            continue
        said = "〜".join(map(clock_text, found[column]))
        # A sheet shows 13:30 and gives 13:30:00.
        if text not in (said, f"{said}:00"):
            told.repaired(sent.line, column, text, said)
    first = found.get("starts") or beside
    last = found.get("ends") or first[1:] or beside[1:]
    return first[0] if first else None, last[-1] if last else None


def _other_day(sent: SentLine, column: str, of_year: int | None, told: Told) -> date | None:
    text = _filled(sent, column)
    if not text:
        return None
    try:
        day, _ = day_and_clocks(text, of_year)
        _OPTIONAL_DAY.validate_python(day)
    except ValueError:
        told.wrong(sent.line, column, text, _NO_DAY)
        return None
    if day.isoformat() != text:
        told.repaired(sent.line, column, text, day.isoformat())
    return day
