"""What a desk scans, one item at a time: each is an act of its own with a verdict of its own.

A bad item never stops the others, and its refusal is kept in the journal, so that the same item sent again, by a
phone found in a drawer a year later, gets the same verdict.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator
from sqlmodel import Session

from inventory import journal
from inventory.devices import DeviceCard, device_cards, find_device
from inventory.due import DueBy
from inventory.errors import Invalid, NotFound, Refusal
from inventory.journal import By
from inventory.lending import Batch, CheckOut, add_to_loan, swap_onto
from inventory.returning import Condition, TakeBack, take_back
from inventory.shapes import AssetNumber, Card, Identifier, Instant, Name, Seat, Shape
from inventory.stock import close_hold, put
from inventory.tables import HoldReason
from inventory.tags import device_by_code
from inventory.targets import Target


class ScanAct(StrEnum):
    LEND = "lend"
    RETURN = "return"
    MOVE = "move"
    SWAP = "swap"
    INSPECT = "inspect"
    WIPE = "wipe"
    SEE = "see"


class ScanTarget(Shape):
    """To whom, to where, or instead of what. ``device`` is the unit a swap replaces, or a substitute stands in for."""

    association: Identifier | None = None
    course: Identifier | None = None
    venue: Identifier | None = None
    section: Name | None = None
    place: Name | None = None
    device: AssetNumber | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "ScanTarget":
        if sum(value is not None for value in self.__dict__.values()) != 1:
            raise ValueError("相手先を1つ選んでください")
        return self


class Scan(Shape):
    """One scanned item. ``clock_offset_ms`` is server minus client, in milliseconds, when the client last knew it."""

    op_id: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
    seq: Annotated[int, Field(ge=0, le=2_147_483_647)]
    act: ScanAct
    code: Annotated[str, Field(min_length=1, max_length=500)]
    target: ScanTarget | None = None
    batch: Batch | None = None
    due: DueBy | None = None
    seat: Seat = None
    condition: Condition | None = None
    occurred_at: Instant
    clock_offset_ms: Annotated[int, Field(ge=-(10**11), le=10**11)] | None = None

    def when(self, now: datetime) -> datetime:
        """When it happened by the server's clock, as far as the client knew; never later than now."""
        return min(self.occurred_at + timedelta(milliseconds=self.clock_offset_ms or 0), now)


class ScanResult(Card):
    """``device`` is the asset number the code stood for. ``detail`` is a sentence for whoever holds the scanner."""

    op_id: str
    outcome: Literal["applied", "repeated", "refused", "conflict"]
    code: str | None = None
    detail: str | None = None
    device: str | None = None
    call_number: int | None = None
    loan: str | None = None
    holds: list[HoldReason] = []


def scan(session: Session, item: Scan, *, desk: str, by: By, now: datetime, op_id: str) -> ScanResult:
    """Apply one item, or refuse it and keep the refusal."""
    journal.open_entry(session, by=by, now=now, op_id=op_id, occurred_at=item.when(now), desk=desk, desk_seq=item.seq)
    before = journal.mark(session)
    savepoint = session.begin_nested()
    try:
        device = _device(session, item.code)
        result = _ACTS[item.act](session, item, device, by=by, now=now, op_id=op_id)
    except Refusal as refusal:
        savepoint.rollback()
        journal.back_to(session, before)
        named = refusal.facts.get("device")
        journal.note(session, "scan_refused", act=item.act.value, code=refusal.code, device=named)
        return ScanResult(
            op_id=op_id,
            outcome="refused",
            code=refusal.code,
            detail=refusal.sentence,
            device=named,
            holds=[HoldReason(reason) for reason in refusal.facts.get("holds", [])],
        )
    savepoint.commit()
    return result


def _device(session: Session, code: str) -> DeviceCard:
    found = device_by_code(session, code)
    if found is None:
        raise NotFound("この番号の端末は台帳にありません。ラベルを読み直すか、番号を打ってください。")
    return device_cards(session, [found])[0]


def _lend(session: Session, item: Scan, device: DeviceCard, *, by: By, now: datetime, op_id: str) -> ScanResult:
    target = item.target
    if target is None or target.place is not None:
        raise Invalid.field("target", "貸出先を選んでから読み取ってください。")
    borrower = Target(
        association=target.association,
        course=target.course,
        venue=target.venue,
        section=target.section,
        substitute_for=target.device,
    )
    order = CheckOut(borrower=borrower, devices=[device.asset_number], due=item.due, batch=item.batch, seat=item.seat)
    loan = add_to_loan(session, order, by=by, now=now, op_id=op_id)
    return _applied(item, device, loan=loan.number)


def _return(session: Session, item: Scan, device: DeviceCard, *, by: By, now: datetime, op_id: str) -> ScanResult:
    conditions = {device.asset_number: item.condition} if item.condition else {}
    order = TakeBack(devices=[device.asset_number], condition=conditions)
    taken = take_back(session, order, by=by, now=now, op_id=op_id).results[0]
    detail = "もう返っています。" if taken.outcome == "already_here" else None
    return _applied(item, device, loan=taken.loan, holds=taken.holds_opened, detail=detail)


def _move(session: Session, item: Scan, device: DeviceCard, *, by: By, now: datetime, op_id: str) -> ScanResult:
    if item.target is None or item.target.place is None:
        raise Invalid.field("target", "移動先を書いてから読み取ってください。")
    row = find_device(session, device.asset_number)
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    put(session, row.id, item.target.place, now=now, entry=entry)
    journal.note(session, "move", device=device.asset_number)
    return _applied(item, device)


def _swap(session: Session, item: Scan, device: DeviceCard, *, by: By, now: datetime, op_id: str) -> ScanResult:
    if item.target is None or item.target.device is None:
        raise Invalid.field("target", "取り替える端末を選んでから、新しい端末を読み取ってください。")
    loan = swap_onto(session, item.target.device, device.asset_number, now=now, by=by, op_id=op_id)
    returned = TakeBack(devices=[item.target.device], condition=_only(item))
    take_back(session, returned, by=by, now=now, op_id=op_id)
    return _applied(item, device, loan=loan)


def _only(item: Scan) -> dict[str, Condition]:
    assert item.target is not None and item.target.device is not None
    return {item.target.device: item.condition} if item.condition else {}


def _release(reason: HoldReason, nothing: str) -> Callable[..., ScanResult]:
    def work_off(session: Session, item: Scan, device: DeviceCard, *, by: By, now: datetime, op_id: str) -> ScanResult:
        entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
        standing = next((hold for hold in device.holds if hold.reason is reason), None)
        if standing is not None:
            close_hold(session, int(standing.id), None, now=now, entry=entry)
        journal.note(
            session,
            "release_hold",
            device=device.asset_number,
            reason=reason.value,
            hold=int(standing.id) if standing else None,
        )
        return _applied(item, device, detail=None if standing else nothing)

    return work_off


def _see(session: Session, item: Scan, device: DeviceCard, *, by: By, now: datetime, op_id: str) -> ScanResult:
    journal.note(session, "see", device=device.asset_number)
    return _applied(
        item, device, loan=device.loan.number if device.loan else None, holds=[hold.reason for hold in device.holds]
    )


def _applied(
    item: Scan,
    device: DeviceCard,
    *,
    loan: str | None = None,
    holds: list[HoldReason] | None = None,
    detail: str | None = None,
) -> ScanResult:
    return ScanResult(
        op_id=item.op_id,
        outcome="applied",
        device=device.asset_number,
        call_number=device.call_number,
        loan=loan,
        holds=holds or [],
        detail=detail,
    )


_ACTS: dict[ScanAct, Callable[..., ScanResult]] = {
    ScanAct.LEND: _lend,
    ScanAct.RETURN: _return,
    ScanAct.MOVE: _move,
    ScanAct.SWAP: _swap,
    ScanAct.INSPECT: _release(HoldReason.INSPECT, "点検待ちではありませんでした。"),
    ScanAct.WIPE: _release(HoldReason.WIPE, "初期化待ちではありませんでした。"),
    ScanAct.SEE: _see,
}
