"""Whether a device may go out at a moment, and if not, why not."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlmodel import Session

from inventory.devices import HOLD
from inventory.errors import AlreadyLent, Held, Refusal, Retired
from inventory.lateness import is_on_the_spot
from inventory.merging import Place, places

_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_HELD = (
    select(HOLD.c.device_id, HOLD.c.reason)
    .where(
        HOLD.c.device_id.in_(bindparam("devices", expanding=True)),
        HOLD.c.opened_at <= bindparam("from", type_=HOLD.c.opened_at.type),
        or_(HOLD.c.closed_at.is_(None), HOLD.c.closed_at > bindparam("until", type_=HOLD.c.opened_at.type)),
    )
    .order_by(HOLD.c.id)
)


def lendable(
    session: Session, devices: Sequence[Any], at: datetime, *, despite_holds: bool = False
) -> tuple[dict[int, Place], dict[int, Refusal]]:
    """The place of each device in its past, and why those that could not go out at this moment could not."""
    ids = [device.id for device in devices]
    fits = places(session, ids, at)
    why_not: dict[int, Refusal] = {}
    held: dict[int, list[str]] = {}
    # Who stands there with the device is told of whatever holds it now, whatever the clocks say.
    moment = {"from": _EVER, "until": _EVER} if is_on_the_spot(session, at) else {"from": at, "until": at}
    for hold in session.connection().execute(_HELD, {"devices": ids, **moment}):
        held.setdefault(hold.device_id, []).append(hold.reason.value)
    for device in devices:
        number = device.asset_number
        if fits[device.id].against is not None:
            why_not[device.id] = AlreadyLent(f"{number} は貸出中です。先に返却を記録してください。", device=number)
        elif device.id in held and not despite_holds:
            why_not[device.id] = _held(number, held[device.id])
        elif device.retired_at is not None:
            why_not[device.id] = Retired(f"{number} は除却ずみです。ほかの端末を選んでください。", device=number)
    return fits, why_not


_HOLD_SENTENCES = {
    "wipe": "貸せません。初期化がまだです。初期化を記録してください。",
    "inspect": "貸せません。点検がまだです。点検を記録してください。",
    "repair": "貸せません。修理中です。ほかの端末を選んでください。",
    "lost": "貸せません。紛失の記録があります。見つかったことを記録してください。",
    "missing": "貸せません。所在不明の記録があります。見つかったことを記録してください。",
}


def _held(number: str, reasons: list[str]) -> Held:
    return Held(f"{number} は{_HOLD_SENTENCES[reasons[0]]}", device=number, holds=reasons)
