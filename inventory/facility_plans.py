"""A plan: what a list of facilities would do to the venues of the ledger, row by row, cell by cell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import Session

from inventory.addresses import PARTS, settled
from inventory.closed_days import readable
from inventory.facility_rows import (
    KEPT,
    Facility,
    SentFacilities,
    SkippedLine,
    plain_kind,
    read_facilities,
)
from inventory.planned_rows import ActedRow, PlannedRows
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.shapes import Card
from inventory.tables import VenueKind
from inventory.text import fold, same_text
from inventory.venues import VENUE, search_of

# Columns that a plan may write.
COLUMNS = ("kind", "name", *KEPT)
# Degrees: two coordinates are one when they agree in six decimals, which is 11 cm.
_ONE_PLACE = 6e-7
# What the code of a new hall begins with.
_PREFIX = {
    VenueKind.KOMINKAN: "K",
    VenueKind.COMMUNITY_CENTER: "C",
    VenueKind.WELFARE_CENTER: "W",
    VenueKind.BRANCH_OFFICE: "B",
    VenueKind.LIBRARY: "L",
    VenueKind.OTHER: "V",
}
_FRESH = re.compile(r"([KCWBLV])([0-9]{2,6})", re.IGNORECASE)
# A bare running number is in every list and says nothing; a code of ours says which hall is meant.
_RUNNING_NUMBER = re.compile(r"[0-9]{1,4}")


KindFrom = Literal["column", "poi", "name", "chosen"]


class Change(Card):
    """A column that takes another value, both as the ledger writes them."""

    column: str
    before: str
    after: str


class PlannedFacility(ActedRow):
    """What a row does. ``kind_from`` tells how it is known what the hall is; None where it was known before.

    ``namesake`` is the code of another hall that has this name already, as after a slip in the codes.
    """

    code: str
    name: str
    kind: VenueKind
    kind_from: KindFrom | None
    namesake: str | None
    changes: list[Change]


@dataclass
class Plan(PlannedRows[PlannedFacility]):
    """``rows`` stand in the order of the file. Nothing of a plan with ``errors`` can be done.

    ``fresh`` are the columns of new venues, ``renewed`` those of venues that change, with their ``id``.
    """

    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)


class _Ledger:
    """The venues that are there, by code and by folded name, and which of them a row has told of."""

    def __init__(self, session: Session) -> None:
        rows = session.connection().execute(select(VENUE).order_by(VENUE.c.id)).mappings()
        self.by_code: dict[str, dict[str, Any]] = {}
        self.by_name: dict[str, list[dict[str, Any]]] = {}
        for row in map(dict, rows):
            self.by_code[row["code"]] = row
            self.by_name.setdefault(fold(row["name"]), []).append(row)
        self.told: dict[str, int] = {}
        self.last: dict[str, int] = {}
        for code in self.by_code:
            self.take(code)

    def take(self, code: str) -> None:
        """Give no new hall this code, nor one that differs in case only."""
        if found := _FRESH.fullmatch(code):
            letter = found[1].upper()
            self.last[letter] = max(self.last.get(letter, 0), int(found[2]))

    def fresh_code(self, kind: VenueKind) -> str:
        letter = _PREFIX[kind]
        code = f"{letter}{self.last.get(letter, 0) + 1:02d}"
        self.take(code)
        return code


def make_plan(session: Session, order: SentFacilities) -> Plan:
    """What the list would do now."""
    read = read_facilities(order)
    plan = Plan(errors=read.errors, repairs=read.repairs, skipped=read.skipped)
    ledger = _Ledger(session)
    for row in read.rows:
        if row.code is not None:
            ledger.take(row.code)
    for row in read.rows:
        _place(row, order, ledger, plan)
    plan.errors.sort(key=lambda cell: cell.line)
    plan.repairs.sort(key=lambda cell: cell.line)
    return plan


def _place(row: Facility, order: SentFacilities, ledger: _Ledger, plan: Plan) -> None:
    """Find the hall of a row, and write down what the row does to it."""
    try:
        there = _same(row, ledger)
    except LookupError:
        message = "同じ名前の会場が台帳に2館以上あります。会場コードの列を加えて、どれかを書いてください。"
        plan.errors.append(WrongCell(line=row.line, column="name", value=row.name, message=message))
        return
    kind, kind_from = _kind(row, order, there)
    mark = f"code {there['code'] if there else row.code}" if there or row.code else f"name {fold(row.name)} {kind}"
    if mark in ledger.told:
        message = f"{ledger.told[mark]}行目と同じ会場です。1館を1行にまとめてください。"
        plan.errors.append(WrongCell(line=row.line, column="name", value=row.name, message=message))
        return
    ledger.told[mark] = row.line
    before = there or {}
    fields = {"kind": kind, "name": row.name, **row.fields}
    _closed_days(row, fields, before, plan)
    if fields.keys() & {"address", *PARTS}:
        fields |= settled(fields, before)
    after = {name: _kept(name, fields.get(name), before.get(name)) for name in COLUMNS}
    changes = [
        Change(column=name, before=_said(before.get(name)), after=_said(after[name]))
        for name in COLUMNS
        if _said(after[name]) != _said(before.get(name))
    ]
    code = there["code"] if there else row.code or ledger.fresh_code(kind)
    act: Literal["new", "changed", "unchanged"] = "new" if there is None else "changed" if changes else "unchanged"
    plan.rows.append(
        PlannedFacility(
            line=row.line,
            act=act,
            code=code,
            name=row.name,
            kind=kind,
            kind_from=kind_from,
            namesake=next((one["code"] for one in ledger.by_name.get(fold(row.name), []) if one != there), None),
            changes=changes,
        )
    )
    written = after | {"code": code, "search": search_of(after | {"code": code})}
    if there is None:
        plan.fresh.append(written)
    elif changes:
        plan.renewed.append(written | {"id": there["id"]})


def _same(row: Facility, ledger: _Ledger) -> dict[str, Any] | None:
    """The venue that the row is about; None for a new one.

    Raises:
        LookupError: several have its name, and nothing tells which is meant.
    """
    if row.code is not None:
        return ledger.by_code.get(row.code)
    named = ledger.by_name.get(fold(row.name), [])
    found = ledger.by_code.get(row.number or "")
    if found is not None and (found in named or not _RUNNING_NUMBER.fullmatch(found["code"])):
        return found
    if len(named) > 1:
        kind = row.told or row.poi or plain_kind(row.name)
        named = [one for one in named if one["kind"] == kind]
        if len(named) != 1:
            raise LookupError(row.name)
    return named[0] if named else None


def _kind(row: Facility, order: SentFacilities, there: Mapping[str, Any] | None) -> tuple[VenueKind, KindFrom | None]:
    """What the hall is, and what tells so. A hall that is there stays what it is unless the row names its kind."""
    if row.told is not None:
        return row.told, "column"
    if there is not None:
        return VenueKind(there["kind"]), None
    if row.poi is not None:
        return row.poi, "poi"
    named = plain_kind(row.name)
    return (named, "name") if named else (order.kind, "chosen")


def _closed_days(row: Facility, fields: dict[str, Any], before: Mapping[str, Any], plan: Plan) -> None:
    """Closed days that are no rule go to the note, so that nothing of them is lost."""
    text = fields.get("closed_days")
    known = before.get("closed_days")
    if text is None or (known is not None and same_text(text, known)):
        return
    try:
        readable(text)
    except ValueError:
        del fields["closed_days"]
        line = f"休館日：{text}"
        note = fields.get("note") or before.get("note") or ""
        if line not in note:
            fields["note"] = f"{note}\n{line}".strip()[:2000]
        repaired = f"メモに「{line}」"
        plan.repairs.append(RepairedCell(line=row.line, column="closed_days", value=text, repaired=repaired))


def _kept(name: str, new: Any, old: Any) -> Any:
    """The value that the column takes: an empty cell changes nothing, and what is the same stays as it was written."""
    if new is None:
        return {"name_kana": "", "shelter": False, "disaster_open": False}.get(name) if old is None else old
    if old is None:
        return new
    if name in ("latitude", "longitude"):
        return old if abs(new - old) < _ONE_PLACE else new
    return old if isinstance(new, str) and same_text(new, old) else new


def _said(value: Any) -> str:
    """A value as it is compared and shown: nothing, an empty reading and a no are one."""
    if value is None or value is False:
        return ""
    return "有" if value is True else str(value)
