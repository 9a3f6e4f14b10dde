"""A plan of what a list would do to things of one kind, row by row and cell by cell, and the frame of the act.

Nothing is written while a plan is made; the act makes the plan anew and does it only if it is still the one seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from inventory.errors import Invalid, NotFound, Stale
from inventory.facility_plans import Change
from inventory.journal import ENTRY
from inventory.list_rows import Told, said_of
from inventory.planned_rows import ActedRow, PlannedRows
from inventory.shapes import Card, row_id


class PlannedRow(ActedRow):
    """What a row does. ``id`` is that of the thing it is about, None for a new one; ``about`` tells which it is."""

    id: str | None
    name: str
    about: str
    changes: list[Change]


@dataclass
class ListPlan(PlannedRows[PlannedRow]):
    """``rows`` stand in the order of the file. Nothing of a plan with ``errors`` can be done.

    ``fresh`` are the columns of new things, ``renewed`` those of things that change, with their ``id``.
    """

    told: Told = field(default_factory=Told)


class ListEntered(Card):
    """What a list did, in counts. ``entry`` is the number of its act in the journal; rows count once each."""

    entry: str
    rows: int
    created: int
    changed: int
    unchanged: int


def must_be_seen(plan: ListPlan, digest: str | None) -> None:
    """Refuse a plan that cannot be done, or that is not the one that was looked at.

    Raises:
        Invalid: a cell cannot stand.
        Stale: the list would do something else now than what was seen before.
    """
    if plan.told.errors:
        errors = [{"field": f"{cell.line}.{cell.column}", "message": cell.message} for cell in plan.told.errors]
        raise Invalid("見直すところがあります。まだ何も記録していません。", errors)
    if digest is not None and digest != plan.digest:
        raise Stale("たしかめたあとで台帳が変わりました。まだ何も記録していません。もう一度たしかめてください。")


def done_of(plan: ListPlan, entry: int) -> dict[str, Any]:
    """The counts of what was done, as a ``ListEntered`` holds them."""
    counts = {name: getattr(plan, name) for name in ("created", "changed", "unchanged")}
    return {"entry": str(entry), "rows": len(plan.rows), **counts}


def said_then(session: Session, entry: str, act: str) -> dict[str, Any]:
    """What an earlier list did: the answer that its act gave.

    Raises:
        NotFound: no such list was entered by this act.
    """
    row = session.connection().execute(select(ENTRY).where(ENTRY.c.seq == row_id(entry))).first()
    if row is None or row.act != act or row.answer is None:
        raise NotFound("この取り込みの記録は見つかりません。講座の画面を開き直してください。")
    said: dict[str, Any] = row.answer["said"]
    return said


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The columns that take another value, each as a cell says it; nothing and a no are one."""
    found = []
    for column, value in after.items():
        old, new = (_shown(one) for one in (before.get(column), value))
        if old != new:
            found.append(Change(column=column, before=old, after=new))
    return found


def _shown(value: Any) -> str:
    return "" if value is False else said_of(value)
