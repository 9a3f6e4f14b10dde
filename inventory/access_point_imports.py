"""A list of access points against the ledger, first as a plan, then as one act: all of it or nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select
from sqlmodel import Session

from inventory import journal
from inventory.access_point_lists import ACCESS_POINT
from inventory.access_point_plans import Plan, make_plan
from inventory.access_point_rows import SentPoints
from inventory.access_points import AccessPointChange, change_access_point
from inventory.addresses import settled
from inventory.calendar import today
from inventory.errors import Invalid, NotFound, Stale
from inventory.journal import ENTRY, By
from inventory.open_data import Publisher
from inventory.shapes import Card, row_id
from inventory.venues import VENUE, search_of


class AccessPointsEntered(Card):
    """What a list did, in counts. ``entry`` is the number of its act in the journal; rows count once each."""

    entry: str
    rows: int
    created: int
    changed: int
    unchanged: int
    venues: int


def plan_access_points(session: Session, order: SentPoints, *, publisher: Publisher, now: datetime) -> Plan:
    """What the list would do now. Writes nothing."""
    return make_plan(session, order, on=today(now), publisher=publisher)


def enter_access_points(
    session: Session, order: SentPoints, *, publisher: Publisher, by: By, now: datetime, op_id: str
) -> AccessPointsEntered:
    """Do all that the list says, or nothing.

    Raises:
        Invalid: a row cannot stand.
        Stale: the list would do something else now than what was seen before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    plan = make_plan(session, order, on=today(now), publisher=publisher)
    if plan.errors:
        errors = [{"field": f"{cell.line}.{cell.column}", "message": cell.message} for cell in plan.errors]
        raise Invalid("見直すところがあります。まだ何も記録していません。", errors)
    if order.since is not None and order.since > today(now):
        raise Invalid.field("since", "設置した日が、まだ来ていません。今日までの日付にしてください。")
    if order.digest is not None and order.digest != plan.digest:
        raise Stale("たしかめたあとで台帳が変わりました。まだ何も記録していません。もう一度たしかめてください。")
    added = _add(session, plan, order, entry, now)
    journal.note(
        session,
        "enter_access_points",
        rows=len(plan.rows),
        venues=[hall.code for hall in plan.venues],
        access_points=added,
    )
    for row in plan.rows:
        if row.act == "changed" and row.access_point is not None:
            change = AccessPointChange.model_validate({name: getattr(row, name) for name in row.changes})
            change_access_point(
                session,
                change,
                venue=row.venue,
                access_point=row.access_point,
                revision=plan.revisions[row.access_point],
                by=by,
                now=now,
                op_id=op_id,
            )
    return AccessPointsEntered(
        entry=str(entry),
        rows=len(plan.rows),
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
        venues=len(plan.venues),
    )


def access_points_entered(session: Session, entry: str) -> AccessPointsEntered:
    """What an earlier list did: the answer that its act gave.

    Raises:
        NotFound: no list was entered by this act.
    """
    row = session.connection().execute(select(ENTRY).where(ENTRY.c.seq == row_id(entry))).first()
    if row is None or row.act != "enter_access_points" or row.answer is None:
        raise NotFound("この取り込みの記録は見つかりません。オープンデータの画面を開き直してください。")
    return AccessPointsEntered.model_validate(row.answer["said"])


def _add(session: Session, plan: Plan, order: SentPoints, entry: int, now: datetime) -> list[int]:
    """New venues and new access points in two statements, however long the list is; the access points' numbers."""
    halls = [hall.order.model_dump() for hall in plan.venues if hall.order is not None]
    for fields in halls:
        fields |= settled(fields, {})
        fields |= {"name_kana": fields["name_kana"] or "", "revision": 1, "entry": entry}
        fields["search"] = search_of(fields)
    _insert(session, VENUE, halls)
    codes = {row.venue for row in plan.rows if row.access_point is None}
    found = session.connection().execute(select(VENUE.c.code, VENUE.c.id))
    numbers = {row.code: row.id for row in found if row.code in codes}
    points = [
        {
            "venue_id": numbers[row.venue],
            "ssid": row.ssid,
            "area": row.area,
            "auth": row.auth,
            "disaster_ssid": row.disaster_ssid,
            "note": row.note,
            "installed_on": order.since or today(now),
            "revision": 1,
            "entry": entry,
        }
        for row in plan.rows
        if row.access_point is None
    ]
    return _insert(session, ACCESS_POINT, points)


def _insert(session: Session, table: Table, rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows in one go; their numbers in the same order: both databases number rows as they come."""
    if not rows:
        return []
    session.connection().execute(insert(table), rows)
    made = select(table.c.id).where(table.c.entry == rows[0]["entry"]).order_by(table.c.id)
    return [int(number) for number in session.connection().execute(made).scalars()]
