"""Steps of wifi as a spreadsheet tells of them, each cell read into the form that the ledger keeps."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from inventory.calendar import NotADay, parse_day
from inventory.shapes import Card, Note, Shape
from inventory.tables import WifiStage
from inventory.text import fold
from inventory.wifi_steps import FIRST_DAY, StepReason, checks_of

# What one act may bring: six years of some hundred halls.
MOST_STEPS = 5000
Text = Annotated[str, StringConstraints(max_length=2000)]


class SentStep(Shape):
    """One step. ``cells``: what stands in each column, by the names of ``COLUMNS``.

    A sheet with a column for each stage has the day of a step in the column ``day_column``, and its stage by name in
    ``cells`` without a column of its own.
    """

    line: Annotated[int, Field(ge=1)]
    cells: dict[str, Text]
    day_column: str = "on"


class SentSteps(Shape):
    """Steps as they were written. ``note_is_reason``: the sheet has no column for reasons, so its notes give them.

    ``digest`` is that of the plan that was seen before; without it, whatever the sheet means now is done.
    """

    rows: Annotated[list[SentStep], Field(max_length=MOST_STEPS)]
    note_is_reason: bool = False
    digest: str | None = Field(default=None, max_length=64)


class WrongCell(Card):
    """A cell that cannot stand as it is. ``message`` says what to do."""

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
    """One step, read; ``venue`` is a row number. None stands for what was left empty."""

    line: int
    column: str
    venue: int
    stage: WifiStage
    on: date
    note: str | None = None
    reason: str | None = None
    checks: tuple[str, ...] = ()
    accepted_on: date | None = None


@dataclass(frozen=True)
class Words:
    """What the screen calls things: folded words of stages, and those of the checklists."""

    stages: dict[str, WifiStage]
    stage_names: dict[WifiStage, str]
    checks: dict[str, str]


@dataclass
class ReadSteps:
    rows: list[Row] = field(default_factory=list)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)


COLUMNS = ("code", "venue", "stage", "on", "note", "reason", "checks", "accepted_on")
# What people write where nothing is to be written.
NOTHING = frozenset({"-", "ー", "－", "―", "—", "なし", "未定", "未", "不明", "/", "／"})
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00)?$")
_ERA_OR_YEAR = r"(明治|大正|昭和|平成|令和|[MTSHRmtshr])?\s*([0-9]{1,4}|元)"
_MONTH = re.compile(rf"{_ERA_OR_YEAR}\s*[年./-]\s*[0-9]{{1,2}}\s*月?")
_YEAR = re.compile(rf"{_ERA_OR_YEAR}\s*年度?")
# Days since 30 December 1899: what a day becomes where a sheet forgot that it is one. 1990 to 2063.
_SERIAL = re.compile(r"3[3-9][0-9]{3}|[45][0-9]{4}")
_EIGHT = re.compile(r"(19|20)[0-9]{6}")
_NOTE: TypeAdapter[str | None] = TypeAdapter(Note)
_REASON: TypeAdapter[str | None] = TypeAdapter(StepReason)


class CannotRead(ValueError):
    """A cell that cannot be read; the sentence says what to do."""


def read_rows(rows: Iterable[SentStep], *, words: Words, venues: "Venues", today: date) -> ReadSteps:
    """Read every cell. A row with a cell that cannot be read is left out and told of under ``errors``."""
    read = ReadSteps()
    for sent in rows:
        row = _row(sent, read, words, venues, today)
        if row is not None:
            read.rows.append(row)
    # The words of a row that tells of many steps stand beside each of them, and are told of once.
    read.errors = list({(cell.line, cell.column, cell.message): cell for cell in read.errors}.values())
    read.repairs = list({(cell.line, cell.column): cell for cell in read.repairs}.values())
    return read


def _row(sent: SentStep, read: ReadSteps, words: Words, venues: "Venues", today: date) -> Row | None:
    cells = {name: text.strip() for name, text in sent.cells.items() if text.strip() and text.strip() not in NOTHING}
    before = len(read.errors)
    for name, text in sent.cells.items():
        if text.strip() in NOTHING:
            column = sent.day_column if name == "on" else name
            read.repairs.append(RepairedCell(line=sent.line, column=column, value=text[:200], repaired=""))

    def cell(name: str, column: str, make: Any, missing: str | None = None) -> Any:
        """The value of a cell, None where it is empty; what is wrong or repaired is told."""
        text = cells.get(name)
        try:
            if text is None:
                if missing is not None:
                    raise CannotRead(missing)
                return None
            value, said = make(text)
        except CannotRead as error:
            sentence = str(error)
            read.errors.append(WrongCell(line=sent.line, column=column, value=(text or "")[:200], message=sentence))
            return None
        if said is not None and said != text:
            read.repairs.append(RepairedCell(line=sent.line, column=column, value=text[:200], repaired=said))
        return value

    of_stage = sent.day_column if sent.day_column != "on" else "stage"
    stage = cell("stage", of_stage, lambda text: _stage(text, words), "段階を書いてください。")
    day = cell("on", sent.day_column, lambda text: read_day(text, today), "日付を書いてください。")
    venue = venues.find(cells, sent.line, read)
    note = cell("note", "note", lambda text: _text(text, _NOTE, 1000))
    reason = cell("reason", "reason", lambda text: _text(text, _REASON, 400))
    checks = cell("checks", "checks", lambda text: _checks(text, words, stage)) or ()
    accepted = cell("accepted_on", "accepted_on", lambda text: read_day(text, today))
    if accepted is not None and stage is not None and stage is not WifiStage.IN_SERVICE:
        sentence = "検収の日は、運用の行に書いてください。"
        read.errors.append(
            WrongCell(line=sent.line, column="accepted_on", value=cells["accepted_on"], message=sentence)
        )
    if len(read.errors) > before or venue is None:
        return None
    return Row(sent.line, sent.day_column, venue, stage, day, note, reason, checks, accepted)


def read_day(text: str, today: date) -> tuple[date, str]:
    """The day in a cell, and how it is written in the ledger.

    Raises:
        CannotRead: it names no day, only a month or a year, or a day that no step can have.
    """
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip())
    try:
        day = _day(plain)
    except (NotADay, ValueError):
        if _MONTH.fullmatch(plain):
            raise CannotRead("月だけでは記録できません。日まで書いてください（例：R4.10.1）。") from None
        if _YEAR.fullmatch(plain):
            raise CannotRead("年だけでは記録できません。月と日まで書いてください（例：R4.10.1）。") from None
        raise CannotRead("日付は、2022-10-01 や 令和4年10月1日、R4.10.1 のように書いてください。") from None
    if day > today:
        raise CannotRead("これからの日です。すんだ段階だけを書き、見込みは「見込みを直す」に書いてください。")
    if day < FIRST_DAY:
        raise CannotRead(f"{FIRST_DAY.year}年より前の日です。日付をたしかめてください。")
    return day, day.isoformat()


def _day(plain: str) -> date:
    if _SERIAL.fullmatch(plain):
        return date(1899, 12, 30) + timedelta(days=int(plain))
    if _EIGHT.fullmatch(plain):
        return date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
    return parse_day(plain)


def _stage(text: str, words: Words) -> tuple[WifiStage, str | None]:
    stage = words.stages.get(fold(text))
    if stage is None:
        names = "・".join(words.stage_names.values())
        raise CannotRead(f"段階は、{names} のどれかを書いてください。")
    return stage, None if text == stage.value else words.stage_names[stage]


def _text(text: str, kind: TypeAdapter[str | None], most: int) -> tuple[str | None, str | None]:
    try:
        return kind.validate_python(text), None
    except ValidationError:
        raise CannotRead(f"{most}文字までで書いてください。") from None


def _checks(text: str, words: Words, stage: WifiStage | None) -> tuple[tuple[str, ...], str | None]:
    found = []
    for part in re.split(r"[、,，\n]", text):
        code = words.checks.get(fold(part))
        if part.strip() and (code is None or (stage is not None and code not in checks_of(stage))):
            raise CannotRead(f"「{part.strip()[:40]}」は、この段階の確認事項にありません。")
        if code is not None:
            found.append(code)
    return tuple(sorted(set(found))), None


class Venues:
    """The venues of the ledger, found by code or by name: ``known`` are row number, code and name of each."""

    def __init__(self, known: Iterable[tuple[int, str, str]]) -> None:
        self.names: dict[int, str] = {}
        self.codes: dict[int, str] = {}
        self._by_code: dict[str, list[int]] = {}
        self._by_name: dict[str, list[int]] = {}
        for number, code, name in known:
            self.names[number], self.codes[number] = name, code
            self._by_code.setdefault(fold(code), []).append(number)
            self._by_name.setdefault(fold(name), []).append(number)

    def find(self, cells: dict[str, str], line: int, read: ReadSteps) -> int | None:
        """The row number of the venue that a row names; what is wrong or repaired is told."""
        column = "code" if cells.get("code") else "venue"
        text = cells.get(column, "")
        try:
            number, said = self._named(text, by_name=column == "venue")
            self._agrees(cells, number)
        except CannotRead as error:
            read.errors.append(WrongCell(line=line, column=column, value=text[:200], message=str(error)))
            return None
        if said != text:
            read.repairs.append(RepairedCell(line=line, column=column, value=text[:200], repaired=said))
        return number

    def _named(self, text: str, *, by_name: bool) -> tuple[int, str]:
        if not text:
            raise CannotRead("会場の名前か会場コードを書いてください。")
        folded = fold(text)
        found = self._by_name.get(folded, []) if by_name else []
        if len(found) > 1:
            codes = "、".join(self.codes[number] for number in found)
            raise CannotRead(f"同じ名前の会場が{len(found)}つあります。会場コード（{codes}）で書いてください。")
        if found:
            return found[0], self.names[found[0]]
        # K-1 and K1 are two codes that look alike: the one that is spelt as the cell is meant.
        alike = self._by_code.get(folded, [])
        coded = [number for number in alike if self.codes[number] == text] or alike
        if len(coded) == 1:
            return coded[0], self.codes[coded[0]]
        if coded:
            codes = "、".join(self.codes[number] for number in coded)
            raise CannotRead(f"似たコードの会場が{len(coded)}つあります。{codes} のどれかを書いてください。")
        raise CannotRead(f"この会場は台帳にありません。{self._perhaps(folded)}")

    def _agrees(self, cells: dict[str, str], number: int) -> None:
        """A code beside the name of another hall is a column that slipped by a line."""
        name = cells.get("venue") if cells.get("code") else None
        if name is not None and fold(name) != fold(self.names[number]):
            code, official = self.codes[number], self.names[number]
            raise CannotRead(f"会場コード {code} は「{official}」です。コードか会場の名前を直してください。")

    def _perhaps(self, folded: str) -> str:
        """A name that holds what was written, or the other way round, for whoever left a word out."""
        near = [numbers[0] for name, numbers in self._by_name.items() if folded in name or name in folded]
        if len(near) == 1:
            return f"「{self.names[near[0]]}」のことなら、そう書いてください。"
        return "会場の一覧で名前をたしかめるか、先に会場を加えてください。"
