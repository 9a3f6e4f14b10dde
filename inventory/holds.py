"""Holds are opened and closed: by people, by returns that ask for work, and by the work itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from inventory.devices import HOLD
from inventory.tables import HoldReason, WorkKind

_STANDING = select(HOLD).where(
    HOLD.c.device_id == bindparam("device"), HOLD.c.reason == bindparam("reason"), HOLD.c.closed_at.is_(None)
)
_INSERT = insert(HOLD)

# The work that ends a hold of the same name. The other holds end by what people find out.
WORK_OF = {HoldReason(kind.value): kind for kind in WorkKind}


def standing(session: Session, device: int, reason: HoldReason) -> Any | None:
    """The open hold of a device with this reason."""
    return session.connection().execute(_STANDING, {"device": device, "reason": reason}).first()


def stop(
    session: Session, device: int, reason: HoldReason, note: str | None, *, now: datetime, entry: int
) -> int | None:
    """Open a hold; its row number, or None when this reason is open already."""
    if standing(session, device, reason) is not None:
        return None
    values = {"device_id": device, "reason": reason, "opened_at": now, "note": note, "entry": entry}
    row = session.connection().execute(_INSERT, values)
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def close_hold(session: Session, hold: int, note: str | None, *, now: datetime, entry: int) -> None:
    session.connection().execute(
        update(HOLD).where(HOLD.c.id == hold).values(closed_at=now, closing_note=note, closed_entry=entry)
    )
