"""What of a borrower's devices is still out: the figure that several desks watch while they take things back."""

from datetime import datetime
from typing import Any

from pydantic import model_validator
from sqlalchemy import and_, exists, func, not_, or_, select
from sqlmodel import Session

from inventory.borrowers import ASSOCIATION, COURSE, LOAN, VENUE
from inventory.calendar import jst_day_bounds, today
from inventory.devices import DEVICE, HOLD, ITEM, POOL
from inventory.errors import NotFound
from inventory.journal import ENTRY
from inventory.shapes import Card, Identifier, Shape, row_id
from inventory.tables import HoldReason, PoolKind

_SOUGHT = exists().where(
    HOLD.c.device_id == DEVICE.c.id,
    HOLD.c.closed_at.is_(None),
    HOLD.c.reason.in_((HoldReason.MISSING, HoldReason.LOST)),
)
_ORDER = (DEVICE.c.call_number.is_(None), DEVICE.c.call_number, DEVICE.c.asset_key)


class OfWhom(Shape):
    """Exactly one of them: a course, an association, a venue's code, a loan's number."""

    course: Identifier | None = None
    association: Identifier | None = None
    venue: Identifier | None = None
    loan: Identifier | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "OfWhom":
        if sum(value is not None for value in self.__dict__.values()) != 1:
            raise ValueError("講座・自治会・会場・貸出のうち、1つを選んでください")
        return self


class StillOut(Card):
    """``desk`` is the name of the desk that lent it, None when it was lent over the counter.

    ``missing``: somebody wrote down that it cannot be found.
    """

    asset_number: str
    call_number: int | None
    model: str
    kind: PoolKind
    loan: str
    lent_at: datetime
    desk: str | None
    missing: bool


class Remaining(Card):
    """``lent`` counts what went out, ``returned`` what of it is back; ``last_change`` is when either last happened."""

    devices_out: list[StillOut]
    returned: int
    lent: int
    last_change: datetime | None


def remaining(session: Session, of: OfWhom, *, now: datetime) -> Remaining:
    """What is still out, by call number.

    All loans of a course count, because a course is once. An association and a venue borrow again and again: of theirs
    those count that are open or that something came back from today, so that the last return shows as done.

    Raises:
        NotFound: there is no such borrower or loan.
    """
    connection = session.connection()
    loans = _loans(session, of, now)
    stands = and_(loans, ITEM.c.undone_entry.is_(None))
    items = ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
    total = connection.execute(
        select(
            func.count().label("lent"),
            func.count(ITEM.c.returned_at).label("returned"),
            func.max(ITEM.c.lent_at).label("last_lent"),
            func.max(ITEM.c.returned_at).label("last_returned"),
        )
        .select_from(items)
        .where(stands)
    ).one()
    query = (
        select(
            DEVICE.c.asset_number,
            DEVICE.c.call_number,
            DEVICE.c.model,
            POOL.c.kind,
            LOAN.c.number.label("loan"),
            ITEM.c.lent_at,
            ENTRY.c.desk,
            _SOUGHT.label("missing"),
        )
        .select_from(
            items.join(DEVICE, ITEM.c.device_id == DEVICE.c.id)
            .join(POOL, DEVICE.c.pool_id == POOL.c.id)
            .join(ENTRY, ITEM.c.entry == ENTRY.c.seq)
        )
        .where(stands, ITEM.c.returned_at.is_(None))
        .order_by(*_ORDER)
    )
    changes = [moment for moment in (total.last_lent, total.last_returned) if moment is not None]
    return Remaining(
        devices_out=[StillOut(**row._mapping) for row in connection.execute(query)],
        returned=total.returned,
        lent=total.lent,
        last_change=max(changes) if changes else None,
    )


def _loans(session: Session, of: OfWhom, now: datetime) -> Any:
    """The condition on the loans that are asked for."""
    if of.course is not None:
        return LOAN.c.course_id == _known(session, select(COURSE.c.id).where(COURSE.c.id == row_id(of.course)))
    if of.loan is not None:
        return LOAN.c.id == _known(session, select(LOAN.c.id).where(LOAN.c.number == of.loan.upper()))
    if of.association is not None:
        known = select(ASSOCIATION.c.id).where(ASSOCIATION.c.id == row_id(of.association))
        borrower = LOAN.c.association_id == _known(session, known)
    else:
        venue = _known(session, select(VENUE.c.id).where(VENUE.c.code == of.venue))
        # What is installed there is not to come back.
        borrower = and_(LOAN.c.venue_id == venue, not_(LOAN.c.installed))
    item = ITEM.alias("any_item")
    recent = or_(item.c.returned_at.is_(None), item.c.returned_at >= jst_day_bounds(today(now))[0])
    return and_(borrower, exists().where(item.c.loan_id == LOAN.c.id, item.c.undone_entry.is_(None), recent))


def _known(session: Session, query: Any) -> int:
    found = session.connection().execute(query).scalar()
    if found is None:
        raise NotFound("その貸出先または貸出は見つかりません。選び直してください。")
    return int(found)
