"""利用件数 from a list: first as a plan, then as one act. A cell is a venue, a month and a count, as somebody wrote it.

A list is long (a line per venue and month) or wide (a line per venue, a column per month); both come as the same cells.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import select
from sqlmodel import Session

from inventory import journal
from inventory.calendar import today
from inventory.errors import Invalid, NotFound, Stale
from inventory.journal import ENTRY, By
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.shapes import Card, Shape, row_id
from inventory.text import fold
from inventory.usage_counts import MOST_COUNT, counts_of, write_counts
from inventory.usage_words import month_in, year_in
from inventory.venue_records import VENUE

# Cells that one act may bring: all months of a year for every hall of a prefecture.
MOST_CELLS = 30_000
Text = Annotated[str, StringConstraints(max_length=2000)]
Column = Annotated[str, StringConstraints(max_length=200)]
_COUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?\s*(?:件|回|人|名)?")
_NOTHING = frozenset({"", "-", "ー", "―", "‐", "–", "—", "−", "なし", "無"})


class SentCell(Shape):
    """``code`` and ``venue`` name the venue, ``year`` is the 年度 where the month does not say it.

    ``column`` is the header of the count, ``month_column`` that of the month: the same in a wide list.
    """

    line: Annotated[int, Field(ge=1)]
    column: Column
    month_column: Column
    code: Text = ""
    venue: Text = ""
    year: Text = ""
    month: Text = ""
    count: Text = ""


class SentUsage(Shape):
    """``code_column``: the header of the codes, where the list has one beside that of the names.

    ``digest`` is that of the plan that was seen before; without it, whatever the list means now is done.
    """

    cells: Annotated[list[SentCell], Field(max_length=MOST_CELLS)]
    venue_column: Column
    code_column: Column = ""
    year: Annotated[int | None, Field(ge=1989, le=2998)] = None
    digest: str | None = Field(default=None, max_length=64)


class PlannedCount(Card):
    """A count that a cell brings; ``before`` is the one that stands."""

    line: int
    venue: str
    venue_name: str
    month: date
    count: int
    before: int | None


@dataclass
class UsagePlan:
    """Nothing of a plan with ``errors`` can be done. ``lines`` are those of the file that were read."""

    counts: list[PlannedCount] = field(default_factory=list)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    writes: dict[tuple[int, date], int] = field(default_factory=dict)

    @property
    def news(self) -> list[PlannedCount]:
        """What would be written."""
        return [one for one in self.counts if one.before != one.count]

    @property
    def rows(self) -> int:
        return len(self.lines)

    @property
    def changed(self) -> int:
        """Lines with a count that takes the place of another."""
        return len(self._changed())

    @property
    def created(self) -> int:
        return len({one.line for one in self.counts if one.before is None} - self._changed())

    @property
    def unchanged(self) -> int:
        new = {one.line for one in self.news}
        return len(self.lines - new - {cell.line for cell in self.errors})

    def _changed(self) -> set[int]:
        return {one.line for one in self.counts if one.before is not None and one.before != one.count}

    @property
    def digest(self) -> str:
        done = [one.model_dump(mode="json") for one in self.counts]
        return hashlib.sha256(json.dumps(done, sort_keys=True).encode()).hexdigest()


class UsageEntered(Card):
    """``entry`` is the number of the act in the journal. Rows are lines of the file, ``counts`` what was written."""

    entry: str
    rows: int
    created: int
    changed: int
    unchanged: int
    counts: int


def plan_usage(session: Session, order: SentUsage, *, now: datetime) -> UsagePlan:
    """What the list would do now. Writes nothing."""
    plan = UsagePlan()
    halls = _Halls(session)
    seen: dict[tuple[int, date], tuple[int, int]] = {}
    named: dict[int, int | None] = {}
    read: list[tuple[SentCell, int, date, int]] = []
    for cell in order.cells:
        plan.lines.add(cell.line)
        if cell.line not in named:
            named[cell.line] = halls.find(cell, order, plan)
        venue = named[cell.line]
        count = _count(cell, plan)
        if venue is None or count is None:
            continue
        month = _month(cell, order.year, plan, today(now))
        if month is None:
            continue
        before = seen.get((venue, month))
        if before is not None:
            if before[1] != count:
                _wrong(
                    plan,
                    cell,
                    cell.count,
                    f"{before[0]}行目に、同じ会場と月の別の件数があります。どちらかを消してください。",
                )
            continue
        seen[venue, month] = (cell.line, count)
        read.append((cell, venue, month, count))
    if read:
        months = [month for _, _, month, _ in read]
        standing = counts_of(session, {venue for _, venue, _, _ in read}, min(months), max(months))
        for cell, venue, month, count in read:
            code, name = halls.by_id[venue]
            before_count = standing.get((venue, month))
            plan.counts.append(
                PlannedCount(line=cell.line, venue=code, venue_name=name, month=month, count=count, before=before_count)
            )
            if before_count != count:
                plan.writes[venue, month] = count
    return plan


def enter_usage(session: Session, order: SentUsage, *, by: By, now: datetime, op_id: str) -> UsageEntered:
    """Do all that the list says, or nothing.

    Raises:
        Invalid: a cell cannot stand.
        Stale: the list would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = plan_usage(session, order, now=now)
    if plan.errors:
        errors = [{"field": f"{cell.line}.{cell.column}", "message": cell.message} for cell in plan.errors]
        raise Invalid("見直すところがあります。まだ何も記録していません。", errors)
    if order.digest is not None and order.digest != plan.digest:
        raise Stale("たしかめたあとで台帳が変わりました。まだ何も記録していません。もう一度たしかめてください。")
    journal.note(session, "enter_usage", rows=plan.rows, counts=len(plan.writes))
    write_counts(session, plan.writes, by=by, now=now, op_id=op_id)
    return UsageEntered(
        entry=str(entry),
        rows=plan.rows,
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
        counts=len(plan.writes),
    )


def usage_entered(session: Session, entry: str) -> UsageEntered:
    """What an earlier list did: the answer that its act gave.

    Raises:
        NotFound: no list was entered by this act.
    """
    row = session.connection().execute(select(ENTRY).where(ENTRY.c.seq == row_id(entry))).first()
    if row is None or row.act != "enter_usage" or row.answer is None:
        raise NotFound("この取り込みの記録は見つかりません。利用件数の画面を開き直してください。")
    return UsageEntered.model_validate(row.answer["said"])


class _Halls:
    """Every venue by its code and by its folded name."""

    def __init__(self, session: Session) -> None:
        self.by_id: dict[int, tuple[str, str]] = {}
        self.by_code: dict[str, int] = {}
        self.by_name: dict[str, list[int]] = {}
        for row in session.connection().execute(select(VENUE.c.id, VENUE.c.code, VENUE.c.name)):
            self.by_id[row.id] = (row.code, row.name)
            self.by_code[row.code] = row.id
            self.by_name.setdefault(fold(row.name), []).append(row.id)

    def find(self, cell: SentCell, order: SentUsage, plan: UsagePlan) -> int | None:
        """The venue that a line names; None with an error in the plan."""
        code, name = cell.code.strip(), cell.venue.strip()
        found = self.by_code.get(code) if code else None
        several = [found] if found is not None else self.by_name.get(fold(name), []) if name and not code else []
        official = self.by_id[several[0]][1] if len(several) == 1 else ""
        column, value = order.venue_column, name or code
        if code and found is None:
            column, value = order.code_column or column, code
            sentence = "この会場コードは台帳にありません。会場の一覧でたしかめてください。"
        elif code and name and fold(name) != fold(official):
            sentence = f"会場コード {code} は「{official}」です。コードか会場名を直してください。"
        elif not code and not name:
            sentence = "会場の名前を書いてください。"
        elif len(several) > 1:
            sentence = "同じ名前の会場が2つ以上あります。会場コードの列を加えてください。"
        elif not several:
            sentence = "この名前の会場は台帳にありません。会場の一覧の名前に合わせてください。"
        else:
            if name and name != official:
                plan.repairs.append(RepairedCell(line=cell.line, column=column, value=name, repaired=official))
            return several[0]
        plan.errors.append(WrongCell(line=cell.line, column=column, value=value, message=sentence))
        return None


def _count(cell: SentCell, plan: UsagePlan) -> int | None:
    """The count of a cell; None where it is empty, or with an error in the plan."""
    plain = unicodedata.normalize("NFKC", cell.count).strip()
    if plain in _NOTHING:
        if plain:
            repair = RepairedCell(line=cell.line, column=cell.column, value=cell.count, repaired="（記録なし）")
            plan.repairs.append(repair)
        return None
    found = _COUNT.fullmatch(plain)
    if found is None:
        _wrong(plan, cell, cell.count, "件数は、1,234 のように0以上の整数で書いてください。")
        return None
    count = int(found[1].replace(",", ""))
    if count > MOST_COUNT:
        _wrong(plan, cell, cell.count, f"件数が多すぎます。{MOST_COUNT:,}件までにしてください。")
        return None
    if cell.count.strip() != str(count):
        plan.repairs.append(RepairedCell(line=cell.line, column=cell.column, value=cell.count, repaired=str(count)))
    return count


def _month(cell: SentCell, given: int | None, plan: UsagePlan, day: date) -> date | None:
    """The month of a cell; None with an error in the plan."""
    said = "月は、2026-10 か 令和8年10月 のように書くか、年度の列を加えてください。"
    month = month_in(cell.month, year_in(cell.year) if cell.year.strip() else given)
    if month is None:
        plan.errors.append(WrongCell(line=cell.line, column=cell.month_column, value=cell.month, message=said))
    elif month > day:
        sentence = "まだ来ていない月です。年度と月をたしかめてください。"
        plan.errors.append(WrongCell(line=cell.line, column=cell.month_column, value=cell.month, message=sentence))
        return None
    return month


def _wrong(plan: UsagePlan, cell: SentCell, value: str, message: str) -> None:
    plan.errors.append(WrongCell(line=cell.line, column=cell.column, value=value, message=message))
