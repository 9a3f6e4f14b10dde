"""What a report leads to: the device is stopped for repair or as lost, a stand-in goes out, and both come back."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import LOAN, OFFICER, SUBSTITUTED
from inventory.calendar import today
from inventory.devices import DEVICE, HOLD, ITEM, POOL, DeviceCard, list_devices
from inventory.due import DueBy
from inventory.errors import Conflict, Invalid
from inventory.holds import close_hold, standing, stop
from inventory.issue_answers import begin_work, move_all, touch
from inventory.issue_steps import together
from inventory.issues import ISSUE_HOLD, ISSUE_SUBSTITUTE, STOPS, IssueCard, issue_card, worked_on
from inventory.journal import By
from inventory.lending import CheckOut, check_out
from inventory.returning import TakeBack, take_back
from inventory.shapes import AssetNumber, Card, Note, Shape
from inventory.tables import DeviceState, HoldReason, IssueState
from inventory.targets import Target

# A stand-in whose pool names no days, for a loan without an end, is asked for again after a month.
_WITHOUT_DAYS = 31


class StopDevice(Shape):
    """Stop the device of a report for repair or as lost."""

    reason: Literal[HoldReason.REPAIR, HoldReason.LOST]
    note: Note = None


class LendSubstitute(Shape):
    """The asset number of the 代替機."""

    device: AssetNumber


class Repaired(Shape):
    """The repair is over and the device is with its people again.

    ``substitutes_back``: the stand-ins came back in the same moment. ``resolved``: nothing is left to do.
    """

    note: Note = None
    substitutes_back: bool = False
    resolved: bool = False


class SubstituteOut(Card):
    """A stand-in that is still out though what it stood for is well again."""

    issue: str
    loan: str
    asset_number: str
    substitute_for: str


def stop_device(session: Session, order: StopDevice, *, issue: str, by: By, now: datetime, op_id: str) -> IssueCard:
    """Open the hold although the device is out, and link it to the report. One that is open already is linked.

    Raises:
        NotFound: there is no such report. Conflict: it is about no device, or was merged into another.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = worked_on(session, issue)
    device = _device(session, row)
    hold = _stopped(session, row.id, device, order.reason, order.note, now=now, entry=entry)
    begin_work(session, row.id, now)
    touch(session, row.id)
    journal.note(
        session, "stop_for_issue", issue=row.id, device=device.asset_number, reason=order.reason.value, hold=hold
    )
    return issue_card(session, str(row.id))


def lend_substitute(
    session: Session, order: LendSubstitute, *, issue: str, by: By, now: datetime, op_id: str
) -> IssueCard:
    """Lend a stand-in for the device of a report, until the device itself would be due, and stop the device.

    Raises:
        NotFound: the report or the stand-in does not exist. Conflict: as ``stop_device``.
        Invalid: it would stand in for itself. AlreadyLent, Held, Retired, LimitReached: as ``check_out``.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = worked_on(session, issue)
    device = _device(session, row)
    if order.device.upper() == device.asset_key:
        raise Invalid.field("device", "同じ端末は代替機になりません。別の端末を選んでください。")
    if all(standing(session, device.id, reason) is None for reason in STOPS):
        _stopped(session, row.id, device, HoldReason.REPAIR, None, now=now, entry=entry)
    original = _loan(session, row.loan_id)
    lent = CheckOut(
        borrower=Target(substitute_for=device.asset_number),
        devices=[order.device],
        due=_due(session, original, order.device, now),
    )
    card = check_out(session, lent, by=by, now=now, op_id=op_id)
    loan = session.connection().execute(select(LOAN.c.id).where(LOAN.c.number == card.number)).scalar_one()
    if original is not None and original.officer_id is not None:
        # The same person answers for both, so the stand-in is due when the term ends, whenever that will be.
        same = {"officer_id": original.officer_id}
        if original.end_of_office:
            same |= {"end_of_office": True, "due_on": None}
        session.connection().execute(update(LOAN).where(LOAN.c.id == loan).values(same))
    session.connection().execute(insert(ISSUE_SUBSTITUTE).values(loan_id=loan, issue_id=row.id, entry=entry))
    begin_work(session, row.id, now)
    touch(session, row.id)
    journal.note(session, "lend_substitute", issue=row.id, loan=card.number, device=order.device)
    return issue_card(session, str(row.id))


def repaired(session: Session, order: Repaired, *, issue: str, by: By, now: datetime, op_id: str) -> IssueCard:
    """End the repair: the device is handed back, and with one press the stand-in comes back.

    Pressed again for a repair that is over, it still takes the stand-in back.

    Raises:
        NotFound: there is no such report.
        Conflict: the device is not in repair and no stand-in is out.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = worked_on(session, issue)
    device = _device(session, row)
    hold = standing(session, device.id, HoldReason.REPAIR)
    out = _substitutes_out(session, together(session, row.id))
    if hold is None and not out:
        raise Conflict(f"{device.asset_number} は、修理中になっていません。", device=device.asset_number)
    if hold is not None:
        close_hold(session, hold.id, order.note, now=now, entry=entry)
    journal.note(
        session, "repaired", issue=row.id, device=device.asset_number, hold=hold.id if hold is not None else None
    )
    if order.substitutes_back and out:
        take_back(session, TakeBack(devices=out), by=by, now=now, op_id=op_id)
    if order.resolved:
        move_all(session, together(session, row.id), IssueState.RESOLVED, now)
    touch(session, row.id)
    return issue_card(session, str(row.id))


def substitutes_to_come_back(session: Session, *, limit: int = 20) -> list[SubstituteOut]:
    """Stand-ins that are out though the devices that they stand for are stopped no more."""
    stopped = (
        select(HOLD.c.id)
        .where(HOLD.c.device_id == LOAN.c.substitute_for_id, HOLD.c.closed_at.is_(None), HOLD.c.reason.in_(STOPS))
        .correlate(LOAN)
        .exists()
    )
    query = (
        select(
            ISSUE_SUBSTITUTE.c.issue_id,
            LOAN.c.number,
            DEVICE.c.asset_number,
            SUBSTITUTED.c.asset_number.label("substituted"),
        )
        .select_from(
            ISSUE_SUBSTITUTE.join(LOAN, ISSUE_SUBSTITUTE.c.loan_id == LOAN.c.id)
            .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
            .join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
            .join(SUBSTITUTED, LOAN.c.substitute_for_id == SUBSTITUTED.c.id)
        )
        .where(ITEM.c.returned_at.is_(None), ~stopped)
        .order_by(ITEM.c.id)
        .limit(limit)
    )
    return [
        SubstituteOut(
            issue=str(row.issue_id),
            loan=row.number,
            asset_number=row.asset_number,
            substitute_for=row.substituted,
        )
        for row in session.connection().execute(query)
    ]


def spare_devices(session: Session, pool: str, *, limit: int = 60) -> list[DeviceCard]:
    """Devices of a pool that could go out now, wherever they stand."""
    return list_devices(session, pool=pool, state=DeviceState.IN_STOCK, limit=limit).items


def _device(session: Session, issue: Any) -> Any:
    if issue.device_id is None:
        raise Conflict("この困りごとは端末のものではありません。端末の画面から記録してください。")
    return session.connection().execute(select(DEVICE).where(DEVICE.c.id == issue.device_id)).one()


def _stopped(
    session: Session, issue: int, device: Any, reason: HoldReason, note: str | None, *, now: datetime, entry: int
) -> int:
    """The hold that stands for this reason, opened where it was not, and linked to the first report that led to it."""
    stop(session, device.id, reason, note, now=now, entry=entry)
    hold = standing(session, device.id, reason)
    assert hold is not None
    linked = select(ISSUE_HOLD.c.issue_id).where(ISSUE_HOLD.c.hold_id == hold.id)
    if session.connection().execute(linked).first() is None:
        session.connection().execute(insert(ISSUE_HOLD).values(hold_id=hold.id, issue_id=issue, entry=entry))
    return int(hold.id)


def _loan(session: Session, loan: int | None) -> Any | None:
    if loan is None:
        return None
    query = select(LOAN, OFFICER.c.until_on).select_from(LOAN.outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id))
    return session.connection().execute(query.where(LOAN.c.id == loan)).first()


def _due(session: Session, original: Any | None, device: str, now: datetime) -> DueBy:
    """When the device itself is due, else the pool's days from today, else a month."""
    day = (original.due_on or original.until_on) if original is not None else None
    if day is not None and day >= today(now):
        return DueBy(on=day)
    query = select(POOL.c.default_days).join(DEVICE, DEVICE.c.pool_id == POOL.c.id)
    days = session.connection().execute(query.where(DEVICE.c.asset_key == device.upper())).scalar()
    return DueBy(on=today(now) + timedelta(days=_WITHOUT_DAYS if days is None else days))


def _substitutes_out(session: Session, issues: list[int]) -> list[str]:
    query = (
        select(DEVICE.c.asset_number)
        .select_from(
            ISSUE_SUBSTITUTE.join(ITEM, ITEM.c.loan_id == ISSUE_SUBSTITUTE.c.loan_id).join(
                DEVICE, ITEM.c.device_id == DEVICE.c.id
            )
        )
        .where(ISSUE_SUBSTITUTE.c.issue_id.in_(issues), ITEM.c.returned_at.is_(None))
        .order_by(ITEM.c.id)
    )
    return list(session.connection().execute(query).scalars())
