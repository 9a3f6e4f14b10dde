"""A list of programmes against those of the ledger, first as a plan, then as one act: all of it or nothing."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.journal import By
from inventory.list_plans import (
    ListEntered,
    ListPlan,
    PlannedRow,
    changes_of,
    done_of,
    must_be_seen,
    said_then,
)
from inventory.list_rows import (
    MOST_ROWS,
    Kind,
    SentLine,
    adapter_of,
    as_column,
    count_in,
    exact_in,
    narrow,
    read_cells,
    word_in,
    yes_in,
)
from inventory.planned_rows import Act
from inventory.programmes import PROGRAMME, FiscalYear, NewProgramme
from inventory.shapes import Shape
from inventory.tables import Audience, TotalSource
from inventory.text import fold, same_text
from inventory.usage_words import year_in

# Columns that a list may write; a programme is known by its fiscal year and its code.
COLUMNS = tuple(NewProgramme.model_fields)
_KEY = ("fiscal_year", "code")
_YES_NO = ("planned_approx", "approx")
_COUNTS = ("planned_courses", "reported_courses", "reported_distinct", "supporters_")
_COUNT = "数は、1,234 のように0以上の整数で書いてください。"

_AUDIENCES = {
    fold(word): audience
    for audience, words in {
        Audience.PHONE: ("スマホをお持ちの方", "スマホ有", "スマホあり", "スマホ所有", "phone"),
        Audience.NO_PHONE: ("スマホをお持ちでない方", "スマホ無", "スマホなし", "スマホ未所有", "no_phone"),
        Audience.SUPPORTER: ("サポーター", "介護予防サポーター", "デジタルサポーター", "supporter"),
        Audience.RESIDENT: ("住民", "市民", "一般", "resident"),
        Audience.OFFICER: ("自治会役員", "自治会長", "officer"),
    }.items()
    for word in words
}
_TOTALS = {
    fold(word): source
    for source, words in {
        TotalSource.REPORTED: ("報告の数", "報告した数", "報告", "reported"),
        TotalSource.COUNTED: ("講座の記録から数えた数", "講座の合計", "講座の数", "合計", "counted"),
    }.items()
    for word in words
}
# What a city wrote into its note for want of a column: 公表計画75講座, and 26/113人がデジタルサポーター登録.
_PLANNED = re.compile(r"(?:公表)?計画\s*([0-9]{1,5})\s*講座")
_AGREED = re.compile(r"([0-9]{1,5})\s*/\s*([0-9]{1,5})\s*人が(?:デジタル)?サポーター")


class SentProgrammes(Shape):
    """A list as it was written. ``fiscal_year`` is that of rows that do not say theirs.

    ``digest`` is that of the plan that was seen before; without it, whatever the list means now is done.
    """

    rows: Annotated[list[SentLine], Field(max_length=MOST_ROWS)]
    fiscal_year: FiscalYear | None = None
    digest: str | None = Field(default=None, max_length=64)


class ProgrammesEntered(ListEntered):
    """What a list of programmes did."""


def _year(text: str) -> int:
    year = year_in(text)
    if year is None or not 1989 <= year <= 2999:
        raise ValueError(text)
    return year


def _halls(text: str) -> str:
    """Halls parted by | as a program writes them."""
    return "、".join(part.strip() for part in text.split("|"))


def _column(name: str) -> Kind:
    if name == "fiscal_year":
        return Kind(_year, "年度は、令和7年度 や 2025 のように書いてください。")
    if name == "audience":
        return Kind(
            word_in(_AUDIENCES), "対象は、スマホ有・スマホ無・サポーター・住民・自治会役員のどれかを書いてください。"
        )
    if name == "prints":
        return Kind(word_in(_TOTALS), "報告した数・講座の合計のどちらかを書いてください。")
    if name in _YES_NO:
        return Kind(yes_in, "はい・いいえのどちらかを書いてください。", nothing=False)
    if name in ("planned_participants", "reported_participants"):
        return Kind(count_in, _COUNT)
    if name.startswith(_COUNTS):
        return Kind(exact_in, _COUNT)
    first = {"venues_note": _halls, "code": narrow}.get(name, str)
    sentence = {
        "code": "事業コードは、半角の英数字と - _ . で、32文字までにしてください。",
        "note": "400文字までにしてください。",
        "venues_note": "200文字までにしてください。",
    }.get(name, "120文字（財源・協力・公募・所管課は60文字）までにしてください。")
    return Kind(as_column(adapter_of(NewProgramme, name), first), sentence, nothing=name != "note")


_KINDS = {name: _column(name) for name in COLUMNS}


def plan_programmes(session: Session, order: SentProgrammes) -> ListPlan:
    """What the list would do now. Writes nothing."""
    plan = ListPlan()
    known = session.connection().execute(select(PROGRAMME)).mappings()
    there = {(row["fiscal_year"], row["code"]): dict(row) for row in known}
    seen: dict[tuple[int, str], int] = {}
    for sent in order.rows:
        before = len(plan.told.errors)
        values = _values(sent, order, plan)
        if len(plan.told.errors) > before:
            continue
        key = (values["fiscal_year"], values["code"])
        if key in seen:
            plan.told.wrong(
                sent.line, "code", values["code"], f"{seen[key]}行目と同じ事業です。1行にまとめてください。"
            )
            continue
        seen[key] = sent.line
        _place(sent.line, values, there.get(key), plan)
    return plan


def enter_programmes(
    session: Session, order: SentProgrammes, *, by: By, now: datetime, op_id: str
) -> ProgrammesEntered:
    """Do all that the list says, or nothing.

    Raises:
        Invalid: a cell cannot stand.
        Stale: the list would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = plan_programmes(session, order)
    must_be_seen(plan, order.digest)
    connection = session.connection()
    if plan.fresh:
        connection.execute(insert(PROGRAMME), [row | {"revision": 1, "entry": entry} for row in plan.fresh])
    if plan.renewed:
        bound = [{f"new_{name}": row[name] for name in ("id", *COLUMNS)} for row in plan.renewed]
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in COLUMNS}
        change = update(PROGRAMME).where(PROGRAMME.c.id == bindparam("new_id"))
        connection.execute(change.values(revision=PROGRAMME.c.revision + 1, **values), bound)
    created = [[row["fiscal_year"], row["code"]] for row in plan.fresh]
    changed = [
        [int(row.id), [one.column for one in row.changes]] for row in plan.rows if row.act == "changed" and row.id
    ]
    journal.note(session, "enter_programmes", rows=len(plan.rows), created=created, changed=changed)
    return ProgrammesEntered(**done_of(plan, entry))


def programmes_entered(session: Session, entry: str) -> ProgrammesEntered:
    """What an earlier list did. Raises NotFound."""
    return ProgrammesEntered.model_validate(said_then(session, entry, "enter_programmes"))


def _values(sent: SentLine, order: SentProgrammes, plan: ListPlan) -> dict[str, Any]:
    values = read_cells(sent, _KINDS, plan.told)
    for column, flag in (("planned_participants", "planned_approx"), ("reported_participants", "approx")):
        counted = values.get(column)
        if counted is not None:
            values[column] = counted.count
            if counted.approx:
                values[flag] = True
    if not sent.cells.get("fiscal_year", "").strip() and order.fiscal_year is not None:
        values["fiscal_year"] = order.fiscal_year
    _from_note(sent, values, plan)
    for column, sentence in (
        ("fiscal_year", "年度の列を加えるか、「年度」を選んでください。"),
        ("code", "事業コードを書いてください。年度の中で1つだけの、英数字のコードです（例：S6）。"),
        ("name", "事業の名前を書いてください。"),
    ):
        if column not in values and not sent.cells.get(column, "").strip():
            plan.told.wrong(sent.line, column, "", sentence)
    return values


def _from_note(sent: SentLine, values: dict[str, Any], plan: ListPlan) -> None:
    """Numbers that a note says for want of a column, where the column is empty. The note stays as it is."""
    note = narrow(values.get("note") or "")
    found: dict[str, int] = {}
    if planned := _PLANNED.search(note):
        found["planned_courses"] = int(planned[1])
    if agreed := _AGREED.search(note):
        found |= {"supporters_agreed": int(agreed[1]), "supporters_asked": int(agreed[2])}
    for column, count in found.items():
        if column not in values and not sent.cells.get(column, "").strip():
            values[column] = count
            plan.told.repaired(sent.line, column, values["note"], str(count))


def _place(line: int, values: dict[str, Any], there: Mapping[str, Any] | None, plan: ListPlan) -> None:
    """Write down what a row does to its programme. What it leaves empty stays as it is."""
    old: Mapping[str, Any] = there or {}
    after = {name: _kept(values.get(name), old.get(name)) for name in COLUMNS}
    for name in _YES_NO:
        after[name] = bool(after[name])
    for part, whole, sentence in (
        (
            "reported_distinct",
            "reported_participants",
            "実人員が延べ人数より多くなっています。数をたしかめてください。",
        ),
        (
            "supporters_agreed",
            "supporters_asked",
            "サポーターになった人が、頼んだ人より多くなっています。数をたしかめてください。",
        ),
    ):
        if after[part] is not None and after[whole] is not None and after[part] > after[whole]:
            plan.told.wrong(line, part, str(after[part]), sentence)
            return
    changes = [one for one in changes_of(old, after) if there is None or one.column not in _KEY]
    about = after["line"] or ""
    row_id = str(old["id"]) if there is not None else None
    act: Act = "new" if there is None else "changed" if changes else "unchanged"
    plan.rows.append(PlannedRow(line=line, act=act, id=row_id, name=after["name"], about=about, changes=changes))
    if there is None:
        plan.fresh.append(after)
    elif changes:
        plan.renewed.append(after | {"id": old["id"]})


def _kept(new: Any, old: Any) -> Any:
    if new is None:
        return old
    return old if isinstance(new, str) and isinstance(old, str) and same_text(new, old) else new
