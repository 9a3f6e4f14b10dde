"""undo: a wrong act is taken back by an act of its own, within 15 minutes, by whoever did it."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Table, and_, or_, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.case_keeping import undo_case_move
from inventory.chores import WORK
from inventory.devices import DEVICE, HOLD, ITEM
from inventory.errors import AlreadyLent, NotAllowed, NotFound, TooLateToUndo
from inventory.journal import ENTRY, By
from inventory.merging import STRAY, end_by_later_return
from inventory.shapes import Card, Instant, Shape
from inventory.stock import MOVE, put
from inventory.tables import Choice, Realm, Role
from inventory.transfer_history import must_not_have_passed, undo_transfers

CONFLICT = SQLModel.metadata.tables["conflict"]
POINT = SQLModel.metadata.tables["access_point"]
UNDO_WITHIN = timedelta(minutes=15)

# What an act of these names wrote can be told from the facts that name its entry. Other acts (a new device, a change
# of rules) are put right by a further change, not by undoing.
UNDOABLE = frozenset(
    {"check_out", "take_back", "open_hold", "release_hold", "move", "swap", "conflict", "transfer", "transfer_many"}
)


class Undone(Card):
    """The op_id of the undone act and the devices it concerned."""

    op_id: str
    act: str
    devices: list[str]


class TakeUndo(Shape):
    """When the undo was pressed by the client's clock, for one that could not be sent at once."""

    occurred_at: Instant | None = None
    clock_offset_ms: Annotated[int, Field(ge=-(10**11), le=10**11)] | None = None

    def when(self, now: datetime) -> datetime:
        """The same by the server's clock, never later than now."""
        pressed = self.occurred_at or now
        return min(pressed + timedelta(milliseconds=self.clock_offset_ms or 0), now)


def undo(
    session: Session, order: TakeUndo | None = None, *, operation: str, by: By, now: datetime, op_id: str
) -> Undone:
    """Take an act back: what it opened is closed and marked, what it closed is open again.

    The 15 minutes run from when the act happened until the undo was pressed, or from when the ledger heard of the
    act: a hall without a network shortens nobody's time.

    Raises:
        NotFound: no act has this op_id, or it is undone already.
        NotAllowed: somebody else did it, and the caller is no admin.
        TooLateToUndo: 15 minutes have passed, later acts build on it, or it cannot be undone.
        AlreadyLent: a device that would be out again has gone out to somebody else.
    """
    pressed = order.when(now) if order else now
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id, occurred_at=pressed)
    act = journal.find(session, Realm.STAFF, operation)
    if act is None:
        raise NotFound("取り消す操作が見つかりません。もう取り消したか、まだ送られていません。")
    if act.by != by.staff_id and Role.ADMIN not in by.roles:
        raise NotAllowed("取り消せるのは、その操作をした人と管理者だけです。")
    if act.act not in UNDOABLE:
        raise TooLateToUndo("この操作は取り消せません。端末や貸出の画面で直してください。")
    if min(now - act.at, abs(pressed - act.occurred_at)) > UNDO_WITHIN:
        raise TooLateToUndo("15分を過ぎたので、取り消せません。端末や貸出の画面で直してください。")
    if _undone_before(session, act.seq):
        raise NotFound("この操作は、もう取り消してあります。")
    devices = _undo_opened_holds(session, act.seq, now, entry)
    devices |= _undo_lending(session, act.seq, now, entry)
    devices |= _undo_returning(session, act.seq, entry)
    devices |= _reopen_holds(session, act.seq)
    devices |= _undo_move(session, act.seq, now, entry)
    devices |= undo_transfers(session, act.seq, entry)
    devices |= _undo_told_late(session, act.seq, now, entry)
    if not devices:
        raise NotFound("この操作で変わったものは、もう残っていません。取り消しはいりません。")
    numbers = _asset_numbers(session, devices)
    journal.note(session, "undo", undone=act.seq, devices=numbers)
    return Undone(op_id=operation, act=act.act, devices=numbers)


def _undone_before(session: Session, seq: int) -> bool:
    """Only the acts of the last minutes are looked through: an older act cannot be undone at all."""
    later = select(ENTRY.c.data).where(ENTRY.c.seq > seq, ENTRY.c.act == "undo")
    return any(
        facts["undone"] == seq for data in session.connection().execute(later).scalars() for _, facts in data["notes"]
    )


def _lent_since(session: Session, device: int, since: datetime, seq: int) -> bool:
    """Whether the device went out after a moment, so that what was before can no longer be as if nothing had happened.

    ``seq`` is the act under question: of two in the same moment the later entry came later.
    """
    query = select(ITEM.c.id).where(
        ITEM.c.device_id == device,
        ITEM.c.undone_entry.is_(None),
        or_(ITEM.c.lent_at > since, and_(ITEM.c.lent_at == since, ITEM.c.entry > seq)),
    )
    return session.connection().execute(query).first() is not None


def _rows(session: Session, table: Table, column: str, seq: int) -> list[Any]:
    return list(session.connection().execute(select(table).where(table.c[column] == seq)))


def _undo_lending(session: Session, seq: int, now: datetime, entry: int) -> set[int]:
    rows = [row for row in _rows(session, ITEM, "entry", seq) if row.undone_entry is None]
    for row in rows:
        if row.returned_at is not None:
            raise TooLateToUndo("もう返却されているので、貸出は取り消せません。")
        must_not_have_passed(session, row.loan_id, seq)
        session.connection().execute(
            update(ITEM).where(ITEM.c.id == row.id).values(returned_at=max(now, row.lent_at), undone_entry=entry)
        )
        _back_to_the_worn(session, row, seq)
    return {row.device_id for row in rows}


def _back_to_the_worn(session: Session, fresh: Any, seq: int) -> None:
    """Let the device that a swap had taken away have the access point and the reservation again."""
    swapped = (ITEM.c.loan_id == fresh.loan_id) & (ITEM.c.returned_entry == seq)
    worn = session.connection().execute(select(ITEM.c.id, ITEM.c.device_id).where(swapped)).first()
    if worn is not None:
        sent = (POINT.c.device_id == fresh.device_id) & POINT.c.removed_on.is_(None)
        changed = {"device_id": worn.device_id, "revision": POINT.c.revision + 1}
        session.connection().execute(update(POINT).where(sent).values(changed))
    if worn is not None and fresh.reservation_id is not None:
        pool, its_own = (
            select(DEVICE.c.pool_id).where(DEVICE.c.id == one) for one in (fresh.device_id, worn.device_id)
        )
        # One of another pool went out on a reservation of its own.
        same_pool = pool.scalar_subquery() == its_own.scalar_subquery()
        again = update(ITEM).where(ITEM.c.id == worn.id, same_pool).values(reservation_id=fresh.reservation_id)
        session.connection().execute(again)


def _undo_returning(session: Session, seq: int, entry: int) -> set[int]:
    """Let what the act took back be out again, unless another return, whose place this one had taken, ends it too."""
    rows = _rows(session, ITEM, "returned_entry", seq)
    for row in rows:
        must_not_have_passed(session, row.loan_id, seq)
        out = select(ITEM.c.id).where(ITEM.c.device_id == row.device_id, ITEM.c.returned_at.is_(None))
        if session.connection().execute(out).first():
            number = _asset_numbers(session, {row.device_id})[0]
            raise AlreadyLent(f"{number} は、もうほかへ貸しました。返却は取り消せません。", device=number)
        device = session.connection().execute(select(DEVICE).where(DEVICE.c.id == row.device_id)).one()
        if _lent_since(session, row.device_id, row.returned_at, seq) or device.retired_at is not None:
            raise TooLateToUndo(
                f"{device.asset_number} は、返却のあとに貸したか除却したので、返却は取り消せません。",
                device=device.asset_number,
            )
        session.connection().execute(
            update(ITEM)
            .where(ITEM.c.id == row.id)
            .values(
                returned_at=None,
                returned_entry=None,
                returned_accessories=None,
                condition_ok=None,
                condition_note=None,
            )
        )
        end_by_later_return(session, row, except_of=seq, entry=entry)
    return {row.device_id for row in rows}


def _undo_opened_holds(session: Session, seq: int, now: datetime, entry: int) -> set[int]:
    rows = [row for row in _rows(session, HOLD, "entry", seq) if row.closed_at is None]
    for row in rows:
        session.connection().execute(update(HOLD).where(HOLD.c.id == row.id).values(closed_at=now, closed_entry=entry))
    return {row.device_id for row in rows}


def _reopen_holds(session: Session, seq: int) -> set[int]:
    rows = _rows(session, HOLD, "closed_entry", seq)
    for row in rows:
        if _lent_since(session, row.device_id, row.closed_at, seq):
            number = _asset_numbers(session, {row.device_id})[0]
            raise TooLateToUndo(f"{number} は、もう貸しました。貸出停止に戻せません。", device=number)
        standing = select(HOLD.c.id).where(
            HOLD.c.device_id == row.device_id, HOLD.c.reason == row.reason, HOLD.c.closed_at.is_(None)
        )
        if session.connection().execute(standing).first() is None:
            session.connection().execute(
                update(HOLD).where(HOLD.c.id == row.id).values(closed_at=None, closed_entry=None, closing_note=None)
            )
    return {row.device_id for row in rows}


def _undo_move(session: Session, seq: int, now: datetime, entry: int) -> set[int]:
    rows = _rows(session, MOVE, "entry", seq)
    for row in rows:
        device = session.connection().execute(select(DEVICE).where(DEVICE.c.id == row.device_id)).one()
        if device.place != row.to_place:
            number = device.asset_number
            raise TooLateToUndo(f"{number} は、そのあとまた動きました。いまの場所を書き直してください。", device=number)
        put(session, device.id, _place_before(session, row), now=now, entry=entry)
    if rows:
        undo_case_move(session, seq, now=now, entry=entry)
    return {row.device_id for row in rows}


def _place_before(session: Session, moved: Any) -> str | None:
    """Where a device was before a move: where an earlier move took it, which may have been told of only since."""
    earlier = (
        select(MOVE.c.to_place)
        .where(MOVE.c.device_id == moved.device_id, MOVE.c.id != moved.id, MOVE.c.moved_at <= moved.moved_at)
        .order_by(MOVE.c.moved_at.desc(), MOVE.c.id.desc())
        .limit(1)
    )
    row = session.connection().execute(earlier).first()
    place: str | None = row.to_place if row is not None else moved.from_place
    return place


def _undo_told_late(session: Session, seq: int, now: datetime, entry: int) -> set[int]:
    """Work that ended no hold, a return that ended no loan, a conflict that the act is, and those it let end."""
    connection = session.connection()
    devices: set[int] = set()
    for table in (WORK, STRAY):
        undone = (table.c.entry == seq) & table.c.undone_entry.is_(None)
        devices |= set(connection.execute(select(table.c.device_id).where(undone)).scalars())
        connection.execute(update(table).where(undone).values(undone_entry=entry))
    waiting = (CONFLICT.c.entry == seq) & CONFLICT.c.settled_at.is_(None)
    devices |= set(connection.execute(select(CONFLICT.c.device_id).where(waiting)).scalars())
    connection.execute(
        update(CONFLICT).where(waiting).values(settled_at=now, choice=Choice.DISMISS, settled_entry=entry)
    )
    fitted = (CONFLICT.c.settled_entry == seq) & (CONFLICT.c.choice == Choice.FITTED)
    connection.execute(
        update(CONFLICT).where(fitted).values(settled_at=None, choice=None, settled_entry=None, item_id=None)
    )
    return devices


def _asset_numbers(session: Session, devices: set[int]) -> list[str]:
    query = select(DEVICE.c.asset_number).where(DEVICE.c.id.in_(devices)).order_by(DEVICE.c.asset_key)
    return list(session.connection().execute(query).scalars())
