"""The past of a case, read from facts: what came into it and left it, where it was carried, and its labels."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, SQLModel

from inventory.cases import find_case
from inventory.devices import BINDING, DEVICE, MEMBER
from inventory.journal import ENTRY
from inventory.shapes import Card

_STAFF = SQLModel.metadata.tables["staff"]
_MOVE = SQLModel.metadata.tables["move"]
# Places a case was carried to that its past shows; it is carried out and back for every course.
MOST_MOVES = 200
_IN_ACT = ("created", "tagged", "joined", "moved", "left", "retired")


class CaseEvent(Card):
    """``what`` is created, tagged, joined, left, moved or retired.

    ``devices`` are those that came, left or were carried along, by asset number. ``by`` is the name of the member of
    staff, None for the program itself.
    """

    at: datetime
    what: str
    by: str | None
    devices: list[str] = []
    place: str | None = None
    tag: str | None = None


class CaseHistory(Card):
    items: list[CaseEvent]


def case_history(session: Session, code: str) -> CaseHistory:
    """Everything that happened to a case, the newest first.

    Raises:
        NotFound: there is no such case.
    """
    case = find_case(session, code)
    found: list[tuple[int | None, dict[str, Any]]] = [(case.entry, {"what": "created"})]
    found += _members(session, case.id)
    found += _moves(session, case.id)
    labels = select(BINDING.c.entry, BINDING.c.number).where(BINDING.c.case_id == case.id)
    found += [(row.entry, {"what": "tagged", "tag": row.number}) for row in session.connection().execute(labels)]
    if case.retired_at is not None:
        given_up = select(ENTRY.c.seq).where(ENTRY.c.at == case.retired_at, ENTRY.c.act == "retire_case")
        found.append((session.connection().execute(given_up).scalar(), {"what": "retired", "at": case.retired_at}))
    entries = _entries(session, {seq for seq, _ in found if seq is not None})
    events = []
    for seq, facts in found:
        entry: Any = entries.get(seq)
        at: datetime = facts.pop("at", None) or entry.at
        events.append((at, seq or 0, CaseEvent(at=at, by=entry.staff_name if entry else None, **facts)))
    # What one act did is told from its end: a case is given up after its devices left, labelled after it came.
    events.sort(key=lambda event: (*event[:2], _IN_ACT.index(event[2].what)), reverse=True)
    return CaseHistory(items=[event for _, _, event in events])


def _members(session: Session, case: int) -> list[tuple[int | None, dict[str, Any]]]:
    """One event for what came, or left, in one act."""
    query = (
        select(MEMBER.c.entry, MEMBER.c.left_entry, DEVICE.c.asset_number)
        .join(DEVICE, MEMBER.c.device_id == DEVICE.c.id)
        .where(MEMBER.c.case_id == case)
        .order_by(DEVICE.c.asset_key)
    )
    acts: dict[tuple[int, str], list[str]] = {}
    for row in session.connection().execute(query):
        acts.setdefault((row.entry, "joined"), []).append(row.asset_number)
        if row.left_entry is not None:
            acts.setdefault((row.left_entry, "left"), []).append(row.asset_number)
    return [(seq, {"what": what, "devices": devices}) for (seq, what), devices in acts.items()]


def _moves(session: Session, case: int) -> list[tuple[int | None, dict[str, Any]]]:
    """Where devices were carried while they had their place in the case, but not by the act that put them there."""
    meanwhile = and_(
        MEMBER.c.device_id == _MOVE.c.device_id,
        MEMBER.c.joined_at <= _MOVE.c.moved_at,
        or_(MEMBER.c.left_at.is_(None), MEMBER.c.left_at >= _MOVE.c.moved_at),
        MEMBER.c.entry != _MOVE.c.entry,
    )
    shown = (
        select(_MOVE.c.entry)
        .join(MEMBER, meanwhile)
        .where(MEMBER.c.case_id == case)
        .group_by(_MOVE.c.entry)
        .order_by(func.max(_MOVE.c.moved_at).desc(), _MOVE.c.entry.desc())
        .limit(MOST_MOVES)
    )
    query = (
        select(_MOVE.c.entry, _MOVE.c.to_place, _MOVE.c.moved_at, DEVICE.c.asset_number)
        .join(MEMBER, meanwhile)
        .join(DEVICE, _MOVE.c.device_id == DEVICE.c.id)
        .where(MEMBER.c.case_id == case, _MOVE.c.entry.in_(shown))
        .order_by(DEVICE.c.asset_key)
    )
    acts: dict[tuple[int, str | None], dict[str, Any]] = {}
    for row in session.connection().execute(query):
        facts = {"what": "moved", "at": row.moved_at, "place": row.to_place, "devices": []}
        acts.setdefault((row.entry, row.to_place), facts)["devices"].append(row.asset_number)
    return [(seq, facts) for (seq, _), facts in acts.items()]


def _entries(session: Session, seqs: set[int]) -> dict[int | None, Any]:
    query = (
        select(ENTRY.c.seq, ENTRY.c.at, _STAFF.c.name.label("staff_name"))
        .select_from(ENTRY.outerjoin(_STAFF, ENTRY.c.by == _STAFF.c.id))
        .where(ENTRY.c.seq.in_(seqs))
    )
    return {row.seq: row for row in session.connection().execute(query)}
