"""A plan: what a list of supporters would do to the register, row by row.

Names are compared by ``text.fold``. An empty cell changes nothing. Whoever is new needs a day of consent.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import DISTRICT, PERSON
from inventory.calendar import today
from inventory.course_help import PROGRAMME, SUPPORTER
from inventory.errors import Invalid
from inventory.facility_plans import Change
from inventory.planned_rows import ActedRow, PlannedRows
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.shapes import row_id
from inventory.supporter_lists import SUPPORTER_DISTRICT
from inventory.supporter_rows import EVERYWHERE, Row, SentSupporters, read_rows
from inventory.supporters import must_follow
from inventory.text import fold, same_text

_OF_PERSON = ("name", "name_kana", "phone", "email")
_OWN = ("category", "consented_on", "registered_on", "ended_on", "note")


class PlannedSupporter(ActedRow):
    """What a row does. ``namesake``: somebody else of this name is registered already."""

    supporter: str | None
    name: str
    category: str
    namesake: bool
    changes: list[Change]


@dataclass
class Plan(PlannedRows[PlannedSupporter]):
    """``rows`` stand in the order of the file. Nothing of a plan with ``errors`` can be done.

    ``fresh`` are the columns of new supporters, ``renewed`` those of supporters that change, with ``id`` and
    ``person_id``.
    """

    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)


class _Ledger:
    """The supporters that are there, by number and by folded name, and what a list may name."""

    def __init__(self, session: Session) -> None:
        connection = session.connection()
        query = (
            select(SUPPORTER, *(PERSON.c[name] for name in (*_OF_PERSON, "erased_at")))
            .join(PERSON, SUPPORTER.c.person_id == PERSON.c.id)
            .order_by(SUPPORTER.c.id)
        )
        self.by_id: dict[int, dict[str, Any]] = {}
        self.by_name: dict[str, list[dict[str, Any]]] = {}
        for row in map(dict, connection.execute(query).mappings()):
            row["districts"] = []
            self.by_id[row["id"]] = row
            if row["erased_at"] is None:
                self.by_name.setdefault(fold(row["name"]), []).append(row)
        for place in connection.execute(select(SUPPORTER_DISTRICT).order_by(SUPPORTER_DISTRICT.c.district_id)):
            self.by_id[place.supporter_id]["districts"].append(place.district_id)
        self.districts: dict[str, int] = {}
        self.names: dict[int, str] = {}
        for one in connection.execute(select(DISTRICT)):
            self.districts[fold(one.name)] = one.id
            self.names[one.id] = one.name
        programmes = connection.execute(select(PROGRAMME.c.id, PROGRAMME.c.fiscal_year, PROGRAMME.c.code)).all()
        self.programmes: list[tuple[int, int, str]] = [(one.id, one.fiscal_year, one.code) for one in programmes]
        self.told: dict[object, int] = {}


def plan_supporters(session: Session, order: SentSupporters, *, now: datetime) -> Plan:
    """What the list would do now. Writes nothing."""
    read = read_rows(order.rows)
    plan = Plan(errors=read.errors, repairs=read.repairs)
    ledger = _Ledger(session)
    for row in read.rows:
        try:
            _place(row, ledger, plan, today(now))
        except Invalid as wrong:
            plan.errors += [
                WrongCell(line=row.line, column=one["field"], value="", message=one["message"]) for one in wrong.errors
            ]
    plan.errors.sort(key=lambda cell: cell.line)
    return plan


def _place(row: Row, ledger: _Ledger, plan: Plan, day: date) -> None:
    """Find whom a row is about, and write down what it does.

    Raises:
        Invalid: the row cannot stand.
    """
    there = _same(row, ledger)
    mark: object = ("id", there["id"]) if there else ("name", fold(row.name), fold(row.name_kana or ""))
    if mark in ledger.told:
        raise Invalid.field("name", f"{ledger.told[mark]}行目と同じ人です。1人を1行にまとめてください。")
    ledger.told[mark] = row.line
    before = there or {"districts": [], "programme_id": None}
    told = {name: getattr(row, name) for name in (*_OF_PERSON, *_OWN)}
    if there is not None and row.supporter_id is None:
        # Found by the name: the ledger writes it in its own way.
        told |= {"name": None, "name_kana": None if there["name_kana"] else row.name_kana}
    if there is not None and there["erased_at"] is not None:
        # Nothing brings a name back, nor what was noted, nor an erased person among those who are asked.
        told |= dict.fromkeys((*_OF_PERSON, "note", "ended_on"))
    after = {name: _kept(told[name], before.get(name)) for name in told}
    after["name_kana"] = after["name_kana"] or ""
    districts = before["districts"] if row.districts is None else sorted(_known(row.districts, ledger))
    after |= {"districts": districts, "programme_id": _programme(row, ledger, before["programme_id"])}
    if there is None:
        _fit_for_new(after, day)
    must_follow(after["consented_on"], after["registered_on"], after["ended_on"], day)
    changes = [
        Change(column=name, before=_said(name, before.get(name), ledger), after=_said(name, after[name], ledger))
        for name in after
        if there is None or after[name] != before.get(name)
    ]
    namesakes = [one for one in ledger.by_name.get(fold(row.name), []) if one is not there]
    plan.rows.append(
        PlannedSupporter(
            line=row.line,
            act="new" if there is None else "changed" if changes else "unchanged",
            supporter=None if there is None else str(there["id"]),
            name=row.name,
            category=after["category"],
            namesake=bool(namesakes),
            changes=[change for change in changes if change.before or change.after],
        )
    )
    if there is None:
        plan.fresh.append(after)
    elif changes:
        plan.renewed.append(after | {"id": there["id"], "person_id": there["person_id"]})


def _same(row: Row, ledger: _Ledger) -> dict[str, Any] | None:
    """The supporter whom the row is about; None for somebody new."""
    if row.supporter_id is not None:
        found = ledger.by_id.get(row_id(row.supporter_id))
        if found is None:
            raise Invalid.field(
                "supporter_id", "この番号のサポーターはいません。新しい人なら、番号の欄を空けてください。"
            )
        return found
    named = ledger.by_name.get(fold(row.name), [])
    if row.name_kana is not None:
        named = [one for one in named if not one["name_kana"] or fold(one["name_kana"]) == fold(row.name_kana)]
    # Whoever ended and registers again is entered anew, with the consent of that day.
    named = [one for one in named if one["ended_on"] is None or not _later(row.registered_on, one["ended_on"])]
    named = [one for one in named if one["ended_on"] is None] or named
    if len(named) > 1:
        raise Invalid.field(
            "name", "同じ名前のサポーターが2人以上います。サポーター番号の列を加えて、どの人かを書いてください。"
        )
    return named[0] if named else None


def _later(day: date | None, ended: date) -> bool:
    return day is not None and day > ended


def _fit_for_new(after: dict[str, Any], day: date) -> None:
    if after["category"] is None:
        raise Invalid.field("category", "分類を書いてください（例：民生委員）。")
    if after["consented_on"] is None:
        raise Invalid.field(
            "consented_on", "本人の同意がないと登録できません。同意をもらってから、その日を書いてください。"
        )
    after["registered_on"] = after["registered_on"] or max(day, after["consented_on"])


def _known(names: list[str], ledger: _Ledger) -> list[int]:
    """The numbers of districts; 大胡 is 大胡地区 as well."""
    found = []
    for name in names:
        number = ledger.districts.get(fold(name)) or ledger.districts.get(fold(f"{name}地区"))
        if number is None:
            raise Invalid.field(
                "districts", f"「{name[:30]}」という地区はありません。自治会の画面にある地区の名前で書いてください。"
            )
        found.append(number)
    return found


def _programme(row: Row, ledger: _Ledger, before: int | None) -> int | None:
    if row.programme is None:
        return before
    found = [
        number
        for number, year, code in ledger.programmes
        if code == row.programme and (row.fiscal_year is None or year == row.fiscal_year)
    ]
    if not found:
        raise Invalid.field(
            "programme", "この年度に、このコードの事業はありません。年度と事業コードをたしかめてください。"
        )
    if len(found) > 1:
        raise Invalid.field("programme", "このコードの事業は2つ以上の年度にあります。年度の列も書いてください。")
    return found[0]


def _kept(new: Any, old: Any) -> Any:
    """The value that a column takes: an empty cell changes nothing, and what is the same stays as it was written."""
    if new is None:
        return old
    return old if isinstance(new, str) and isinstance(old, str) and same_text(new, old) else new


def _said(name: str, value: Any, ledger: _Ledger) -> str:
    """A value as it is compared and shown."""
    if name == "districts":
        return "、".join(ledger.names[one] for one in value) or EVERYWHERE
    if name == "programme_id" and value is not None:
        return next(f"{year} {code}" for number, year, code in ledger.programmes if number == value)
    return "" if value is None else str(value)
