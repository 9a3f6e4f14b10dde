"""What occupies the units of a pool, as rows: the statements behind ``inventory/availability.py`` and nothing else.

Each statement is driven by an index, so its cost grows with what reaches into the time asked for and with the devices
that are out or stopped, not with the history. Short reservations that were begun when the time begins are found by
where they begin, because none lasts longer than ``SHORT``; the few long ones are looked through apart. Reservations
that begin, or end, within the time are each one pass over an index in its own order.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, case, func, literal, null, or_, select, type_coerce, union_all
from sqlmodel import Session, SQLModel

from inventory.borrowers import DUE_DAY, LOAN, OFFICER
from inventory.devices import DEVICE, HOLD, ITEM
from inventory.tables import HoldReason

RESERVATION = SQLModel.metadata.tables["reservation"]
SHORT = timedelta(days=7)
# Nobody knows when these end.
GONE = (HoldReason.REPAIR, HoldReason.LOST, HoldReason.MISSING)

# Whether a loan item on a reservation counts as handed out. A unit that came back before the reservation's time began
# is wanted again, and a loan of no length never ran: it was taken for an error.
WAS_HANDED = and_(
    ITEM.c.undone_entry.is_(None),
    or_(
        ITEM.c.returned_at.is_(None),
        and_(ITEM.c.returned_at > ITEM.c.lent_at, ITEM.c.returned_at > RESERVATION.c.from_at),
    ),
)


@dataclass(frozen=True)
class Asked:
    """The time asked for, [``from_at``, ``until_at``), of a pool that is prepared this long."""

    pool: str
    from_at: datetime
    until_at: datetime
    preparation: timedelta

    @property
    def moments(self) -> dict[str, Any]:
        """The bounds of what reaches into it: ``after`` and ``before`` for ends and beginnings without preparation."""
        after = self.from_at - self.preparation
        return {
            "pool": self.pool,
            "after": after,
            "before": self.until_at + self.preparation,
            "since": after - SHORT,
            "begun": self.from_at + self.preparation,
            "last": self.until_at - self.preparation,
            "begin": self.from_at,
        }


_TIME = RESERVATION.c.from_at.type


def _moment(name: str) -> Any:
    return bindparam(name, type_=_TIME)


_A, _B, _SINCE = _moment("after"), _moment("before"), _moment("since")
_POOL: Any = bindparam("pool")
_OPEN = and_(RESERVATION.c.pool_id == _POOL, RESERVATION.c.released_at.is_(None))
_REACHES_IN = and_(RESERVATION.c.until_at > _A, RESERVATION.c.from_at < _B)
# As text ``long`` would be a keyword of some databases; as a column it is quoted.
_SHORT, _LONG = and_(_OPEN, RESERVATION.c.long.is_(False)), and_(_OPEN, RESERVATION.c.long.is_(True))
_UNITS: Any = func.sum(RESERVATION.c.quantity).label("units")


def _by(column: Any, *where: Any) -> Select[Any]:
    """Units by where they begin or end. The moment stays as the driver gives it: to parse thousands of them is dear."""
    return select(type_coerce(column, String), _UNITS).where(*where).group_by(column)


_BEGUN_LATELY = RESERVATION.c.from_at > _SINCE
_HAS_BEGUN = and_(RESERVATION.c.from_at <= _moment("begun"), RESERVATION.c.until_at > _A)
_BEGINS = and_(RESERVATION.c.from_at > _moment("begun"), RESERVATION.c.from_at < _B)
_ENDS = and_(RESERVATION.c.until_at > _A, RESERVATION.c.until_at < _moment("last"))
_ALL_BEGUN = union_all(select(_UNITS).where(_SHORT, _BEGUN_LATELY, _HAS_BEGUN), select(_UNITS).where(_LONG, _HAS_BEGUN))
_ALL_BEGIN = union_all(*(_by(RESERVATION.c.from_at, which, _BEGINS) for which in (_SHORT, _LONG)))
_ALL_END = union_all(*(_by(RESERVATION.c.until_at, which, _ENDS) for which in (_SHORT, _LONG)))
_ANY_PROMISED = union_all(
    select(literal(1)).where(_SHORT, _BEGUN_LATELY, _REACHES_IN), select(literal(1)).where(_LONG, _REACHES_IN)
).limit(1)

# Few are out on a reservation or have just come back: the short ones are found from there.
_LATELY = (
    select(ITEM.c.id, ITEM.c.reservation_id)
    .where(ITEM.c.reservation_id.is_not(None), or_(ITEM.c.returned_at.is_(None), ITEM.c.returned_at > _SINCE))
    .cte("lately")
    .prefix_with("MATERIALIZED")
)
_HANDED_OF = (RESERVATION.c.id, RESERVATION.c.from_at, RESERVATION.c.until_at, RESERVATION.c.quantity)
_HANDED_SHORT = (
    select(*_HANDED_OF, func.count().label("handed"))
    .select_from(
        _LATELY.join(ITEM, ITEM.c.id == _LATELY.c.id).join(RESERVATION, RESERVATION.c.id == _LATELY.c.reservation_id)
    )
    .where(_SHORT, _REACHES_IN, WAS_HANDED)
    .group_by(*_HANDED_OF)
)
HANDED: Any = (
    select(func.count())
    .select_from(ITEM)
    .where(ITEM.c.reservation_id == RESERVATION.c.id, WAS_HANDED)
    .correlate(RESERVATION)
    .scalar_subquery()
)
_HANDED_LONG = select(*_HANDED_OF, HANDED.label("handed")).where(_LONG, _REACHES_IN)
_HANDED = union_all(_HANDED_SHORT, _HANDED_LONG)
_OWN = select(RESERVATION).where(RESERVATION.c.id.in_(bindparam("own", expanding=True)), _OPEN, _REACHES_IN)

_DEVICES = and_(DEVICE.c.pool_id == _POOL, DEVICE.c.retired_at.is_(None))
_COUNT = select(func.count()).select_from(DEVICE).where(_DEVICES)
_LEASE_ENDS = DEVICE.c.lease_until < bindparam("last_day", type_=DEVICE.c.lease_until.type)
_NOT_OF_LOAN = or_(bindparam("loan", type_=LOAN.c.id.type).is_(None), ITEM.c.loan_id != bindparam("loan"))
_OUT = and_(ITEM.c.returned_at.is_(None), _NOT_OF_LOAN)
_STOPPED = and_(HOLD.c.closed_at.is_(None), HOLD.c.reason.in_(GONE))
_NAMED = union_all(
    select(ITEM.c.device_id.label("id"), ITEM.c.id.label("item"), null().label("stopped_at")).where(_OUT),
    select(HOLD.c.device_id, null(), HOLD.c.opened_at).where(_STOPPED),
    select(DEVICE.c.id, null(), null()).where(_DEVICES, _LEASE_ENDS),
).subquery("named")
_CONCERNED = (
    select(
        _NAMED.c.id,
        func.max(_NAMED.c.item).label("item"),
        func.min(_NAMED.c.stopped_at, type_=HOLD.c.opened_at.type).label("stopped_at"),
    )
    .group_by(_NAMED.c.id)
    .cte("concerned")
    .prefix_with("MATERIALIZED")
)
# Nearly all went out before the time that is asked for, and many are due together, so they are counted by when they go
# and come back.
_AWAY_BY = (
    case((_LEASE_ENDS, DEVICE.c.lease_until), else_=null()).label("lease_until"),
    _CONCERNED.c.stopped_at,
    case((ITEM.c.lent_at > _moment("begin"), ITEM.c.lent_at), else_=null()).label("lent_at"),
    ITEM.c.id.is_not(None).label("is_out"),
    LOAN.c.due_at.label("due_at"),
    DUE_DAY.label("due_day"),
    LOAN.c.installed.label("installed"),
)
_EACH_AWAY = (
    select(*_AWAY_BY)
    .select_from(
        _CONCERNED.join(DEVICE, DEVICE.c.id == _CONCERNED.c.id)
        .outerjoin(ITEM, ITEM.c.id == _CONCERNED.c.item)
        .outerjoin(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id)
    )
    .where(_DEVICES)
    .cte("each_away")
    .prefix_with("MATERIALIZED")
)
_AWAY = select(*_EACH_AWAY.c, func.count().label("units")).group_by(*_EACH_AWAY.c)


# A moment, and how many more units are gone and promised from then on.
Change = tuple[datetime, int, int]


def units_of(session: Session, pool: str) -> int:
    """How many units the pool has, wherever they are."""
    return session.connection().execute(_COUNT, {"pool": pool}).scalar_one()


def any_reserved(session: Session, asked: Asked) -> bool:
    """Whether a reservation reaches into the time, whether handed out or not."""
    return session.connection().execute(_ANY_PROMISED, asked.moments).first() is not None


def reserved(session: Session, asked: Asked) -> list[Change]:
    """How the units reserved change, preparation included; what has begun already changes at ``asked.from_at``."""
    begun = session.connection().execute(_ALL_BEGUN, asked.moments).scalars()
    changes = [(asked.from_at, 0, sum(units for units in begun if units is not None))]
    changes += _moments(session, _ALL_BEGIN, asked, -asked.preparation, 1)
    changes += _moments(session, _ALL_END, asked, asked.preparation, -1)
    return changes


def _moments(session: Session, query: Any, asked: Asked, shift: timedelta, sign: int) -> list[Change]:
    """Changes by moment, taken from the driver's own rows: those of a year are thousands."""
    result = session.connection().execute(query, asked.moments)
    assert result.cursor is not None
    found = result.cursor.fetchall()
    result.close()
    if found and isinstance(found[0][0], str):
        # SQLite keeps moments as text without a zone, and they are of UTC.
        read = datetime.fromisoformat
        return [(read(at + "+00:00") + shift, 0, sign * units) for at, units in found]
    return [(at + shift, 0, sign * units) for at, units in found]


def not_reserved(session: Session, asked: Asked, besides: Collection[int]) -> Iterator[tuple[datetime, datetime, int]]:
    """Units that ``reserved`` counts too much: handed out already, or of a reservation that is left out."""
    handed: dict[int, int] = {}
    for row in session.connection().execute(_HANDED, asked.moments):
        handed[row.id] = min(row.handed, row.quantity)
        yield row.from_at - asked.preparation, row.until_at + asked.preparation, handed[row.id]
    if besides:
        for row in session.connection().execute(_OWN, asked.moments | {"own": list(besides)}):
            left = row.quantity - handed.get(row.id, 0)
            yield row.from_at - asked.preparation, row.until_at + asked.preparation, left


def away(session: Session, asked: Asked, last_day: date, besides: int | None) -> list[Any]:
    """Devices that are out, stopped, or leased until before ``last_day``, counted by what they have in common.

    A row has ``units``, ``lease_until``, ``stopped_at``, ``is_out``, ``lent_at`` (None: before the time asked for),
    ``due_at``, ``due_day`` and ``installed``. ``besides`` is a loan that does not count.
    """
    given = asked.moments | {"last_day": last_day, "loan": besides}
    return list(session.connection().execute(_AWAY, given))
