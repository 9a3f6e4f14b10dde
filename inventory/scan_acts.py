"""What each act of a desk does with what was scanned: a device, or a case and so all of its members."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from inventory import conflicts, journal
from inventory.case_keeping import move_case
from inventory.cases import case_by_code, case_by_id, members_of
from inventory.chores import work
from inventory.devices import DeviceCard, device_cards
from inventory.errors import AlreadyLent, Invalid, NotFound, Refusal
from inventory.errors import Conflict as RefusedByTheLedger
from inventory.journal import By
from inventory.lendable import lendable
from inventory.lending import CheckOut, add_to_loan, devices_named, swap_onto
from inventory.merging import running_at
from inventory.returning import TakeBack, take_back
from inventory.scan_shapes import LeftOut, Scan, ScanAct, ScanResult
from inventory.stock import put
from inventory.tables import HoldReason, WorkKind
from inventory.tags import device_by_code
from inventory.targets import Target

_UNKNOWN = "この番号の端末は台帳にありません。ラベルを読み直すか、番号を打ってください。"
_NOT_THERE = "ケースに入っていません。"


@dataclass(frozen=True)
class Doing:
    """Who does it, when it happened, and the act's op_id."""

    by: By
    when: datetime
    op_id: str

    @property
    def verb(self) -> dict[str, Any]:
        """The arguments of a verb. It is told when it happened; the entry knows when that was told."""
        return {"by": self.by, "now": self.when, "op_id": self.op_id}


@dataclass(frozen=True)
class Things:
    """What a code stands for. ``ids`` are row numbers by asset number; ``case`` is the case's, None for one device."""

    cards: list[DeviceCard]
    ids: dict[str, int]
    case: int | None = None
    code: str | None = None

    @property
    def one(self) -> DeviceCard:
        """The device itself.

        Raises:
            Invalid: the code is a case's, and the act is one of single devices.
        """
        if self.case is not None:
            raise Invalid.field("code", "ケースではなく、端末のラベルを1台ずつ読み取ってください。")
        return self.cards[0]


Done = tuple[ScanResult, list[int]]


def things_of(session: Session, code: str) -> Things:
    """What a scanned or typed code stands for.

    Raises:
        NotFound: nothing of this ledger.
        Invalid: an empty case.
    """
    # Nearly every scan is of a device, and no device and case share a code.
    found = device_by_code(session, code)
    if found is not None:
        card = device_cards(session, [found])[0]
        return Things([card], {card.asset_number: found})
    case = case_by_code(session, code)
    if case is None:
        raise NotFound(_UNKNOWN)
    ids = members_of(session, case)
    if not ids:
        raise Invalid.field("code", "このケースには、まだ端末が入っていません。ケースの画面で入れてください。")
    cards = device_cards(session, ids)
    rows = devices_named(session, [card.asset_number for card in cards])
    numbers = {row.asset_number: row.id for row in rows}
    cards.sort(key=lambda card: ids.index(numbers[card.asset_number]))
    return Things(cards, numbers, case, case_by_id(session, case).code)


def _lend(session: Session, item: Scan, things: Things, doing: Doing) -> Done:
    borrower = target_of(item)
    numbers, left_out = _present(item, things)
    if things.case is not None:
        rows = devices_named(session, numbers)
        _, why_not = lendable(session, rows, doing.when)
        if len(why_not) == len(rows):
            raise next(iter(why_not.values()))
        left_out += [_left_out(session, item, row, why_not[row.id], doing) for row in rows if row.id in why_not]
        numbers = [row.asset_number for row in rows if row.id not in why_not]
    order = CheckOut(borrower=borrower, devices=numbers, due=item.due, batch=item.batch, seat=item.seat)
    loan = add_to_loan(session, order, **doing.verb)
    result, touched = _applied(item, things, numbers, left_out, loan=loan.number)
    unsigned = "missing" if loan.agreement == "missing" else None
    return result.model_copy(update={"agreement": unsigned}), touched


def keep_refused(session: Session, item: Scan, refusal: Refusal, doing: Doing) -> bool:
    """Keep a refused act where it happened all the same: of a case, each member's part. Whether anything is kept."""
    parts = [refusal]
    if item.act is ScanAct.LEND and isinstance(refusal, RefusedByTheLedger):
        things = things_of(session, item.code)
        if things.case is not None:
            rows = devices_named(session, _present(item, things)[0])
            why_not = lendable(session, rows, doing.when)[1]
            parts = [why_not.get(row.id) or _about(refusal, row.asset_number) for row in rows]
    kept = [conflicts.keep(session, item, part, at=doing.when) for part in parts]
    return any(one is not None for one in kept)


def _about(refusal: Refusal, device: str) -> Refusal:
    return type(refusal)(refusal.sentence, **(refusal.facts | {"device": device}))


def target_of(item: Scan) -> Target:
    """To whom an item lends.

    Raises:
        Invalid: it names nobody.
    """
    if item.target is None or item.target.place is not None:
        raise Invalid.field("target", "貸出先を選んでから読み取ってください。")
    return conflicts.target_of(item.target)


def _left_out(session: Session, item: Scan, row: Any, refusal: Refusal, doing: Doing) -> LeftOut:
    """A member that cannot go out with its case. Told of late it may have gone out all the same: a conflict."""
    conflicts.keep(session, item, refusal, at=doing.when)
    return LeftOut(device=row.asset_number, code=refusal.code, detail=refusal.sentence)


def _return(session: Session, item: Scan, things: Things, doing: Doing) -> Done:
    numbers, left_out = _present(item, things)
    if things.case is not None:
        out, elsewhere = _out_with_case(session, things, numbers, doing.when)
        left_out += elsewhere
        # A case of which nothing is out may have come in before its loan, like a single device.
        numbers = out or numbers
    conditions = dict.fromkeys(numbers, item.condition) if item.condition else {}
    order = TakeBack(devices=numbers, condition=conditions)
    taken = take_back(session, order, **doing.verb).results
    holds = list(dict.fromkeys(reason for one in taken for reason in one.holds_opened))
    loan = next((one.loan for one in taken if one.loan), None)
    detail = "もう返っています。" if all(one.outcome == "already_here" for one in taken) else None
    result, touched = _applied(item, things, numbers, left_out, loan=loan, holds=holds, detail=detail)
    return (result.model_copy(update={"devices": []}) if detail else result), touched


def _out_with_case(
    session: Session, things: Things, numbers: list[str], at: datetime
) -> tuple[list[str], list[LeftOut]]:
    """Members that are out on the loan most of them are out on; one lent to somebody else is not in the case."""
    running = {number: running_at(session, things.ids[number], at) for number in numbers}
    loans = [item.loan_id for item in running.values() if item is not None]
    most = max(loans, key=lambda loan: (loans.count(loan), loan), default=None)
    back = [number for number, item in running.items() if item is not None and item.loan_id == most]
    elsewhere = [
        LeftOut(device=number, code=AlreadyLent.code, detail=f"別の貸出 {item.number} に出ています。")
        for number, item in running.items()
        if item is not None and item.loan_id != most
    ]
    return back, elsewhere


def _move(session: Session, item: Scan, things: Things, doing: Doing) -> Done:
    if item.target is None or item.target.place is None:
        raise Invalid.field("target", "動かした先を選んでから読み取ってください。")
    entry = journal.open_entry(session, **doing.verb)
    numbers, left_out = _present(item, things)
    if things.case is not None:
        moved = set(move_case(session, things.case, item.target.place, at=doing.when, entry=entry))
        numbers = [number for number in numbers if things.ids[number] in moved]
    else:
        put(session, things.ids[numbers[0]], item.target.place, now=doing.when, entry=entry)
    for number in numbers:
        journal.note(session, "move", device=number)
    if not numbers:
        journal.note(session, "move", case=things.code)
    return _applied(item, things, numbers, left_out)


def _swap(session: Session, item: Scan, things: Things, doing: Doing) -> Done:
    if item.target is None or item.target.device is None:
        raise Invalid.field("target", "取り替える端末を選んでから、新しい端末を読み取ってください。")
    if things.one.asset_number.upper() == item.target.device.upper():
        raise Invalid.field("code", "取り替える端末と同じ端末です。新しいほうの端末を読み取ってください。")
    loan = swap(session, item, things.one.asset_number, doing.verb)
    worn = devices_named(session, [item.target.device])[0]
    result, touched = _applied(item, things, [things.one.asset_number], [], loan=loan)
    return result, [*touched, worn.id]


def swap(session: Session, item: Scan, fresh: str, verb: dict[str, Any], *, despite_holds: bool = False) -> str:
    """Put a fresh device in the place of the item's worn one and take that back; the loan's number."""
    assert item.target is not None and item.target.device is not None
    loan = swap_onto(session, item.target.device, fresh, **verb, despite_holds=despite_holds)
    worn = devices_named(session, [item.target.device])[0]
    # A swap that waited as a conflict has taken the worn device back already.
    if running_at(session, worn.id, verb["now"]) is not None:
        take_worn(session, item, verb)
    return loan


def take_worn(session: Session, item: Scan, verb: dict[str, Any]) -> list[int]:
    """Take back what a swap replaced; its row number, in a list."""
    assert item.target is not None and item.target.device is not None
    worn = item.target.device
    condition = {worn: item.condition} if item.condition else {}
    take_back(session, TakeBack(devices=[worn], condition=condition), **verb)
    return [devices_named(session, [worn])[0].id]


def _work(kind: WorkKind, nothing: str, newer: str) -> Callable[..., Done]:
    def work_off(session: Session, item: Scan, things: Things, doing: Doing) -> Done:
        entry = journal.open_entry(session, **doing.verb)
        numbers, left_out = _present(item, things)
        ended, stays = 0, False
        for card in [card for card in things.cards if card.asset_number in numbers]:
            standing = next((hold for hold in card.holds if hold.reason.value == kind.value), None)
            done = work(session, things.ids[card.asset_number], kind, doing.when, note=None, entry=entry)
            ended, stays = ended + done, stays or (standing is not None and not done)
            journal.note(
                session,
                "release_hold",
                device=card.asset_number,
                reason=kind.value,
                hold=int(standing.id) if standing and done else None,
            )
        detail = None if ended else newer if stays else nothing
        return _applied(item, things, numbers, left_out, detail=detail)

    return work_off


def _see(session: Session, item: Scan, things: Things, doing: Doing) -> Done:
    numbers, left_out = _present(item, things)
    for number in numbers:
        journal.note(session, "see", device=number)
    card = things.cards[0]
    loan = card.loan.number if card.loan and things.case is None else None
    holds = [hold.reason for hold in card.holds] if things.case is None else []
    return _applied(item, things, numbers, left_out, loan=loan, holds=holds)


def _present(item: Scan, things: Things) -> tuple[list[str], list[LeftOut]]:
    """The asset numbers that the act is about, and the members that whoever scanned the case said are not in it."""
    missing = {number.upper() for number in item.without}
    numbers = [card.asset_number for card in things.cards if card.asset_number.upper() not in missing]
    if not numbers:
        raise Invalid.field("without", "ケースの中の端末が1台もありません。足りない端末を選び直してください。")
    left_out = [
        LeftOut(device=card.asset_number, code="not-there", detail=_NOT_THERE)
        for card in things.cards
        if card.asset_number.upper() in missing
    ]
    return numbers, left_out


def _applied(
    item: Scan,
    things: Things,
    numbers: list[str],
    left_out: list[LeftOut],
    *,
    loan: str | None = None,
    holds: list[HoldReason] | None = None,
    detail: str | None = None,
) -> Done:
    single = things.cards[0] if things.case is None else None
    result = ScanResult(
        op_id=item.op_id,
        outcome="applied",
        device=single.asset_number if single else None,
        call_number=single.call_number if single else None,
        loan=loan,
        holds=holds or [],
        detail=detail,
        case=things.code,
        devices=[] if single else numbers,
        left_out=left_out,
    )
    return result, [things.ids[number] for number in numbers]


ACTS: dict[ScanAct, Callable[[Session, Scan, Things, Doing], Done]] = {
    ScanAct.LEND: _lend,
    ScanAct.RETURN: _return,
    ScanAct.MOVE: _move,
    ScanAct.SWAP: _swap,
    ScanAct.INSPECT: _work(
        WorkKind.INSPECT,
        "点検待ちではありませんでした。",
        "点検のあとに返却がありました。もう一度点検してください。",
    ),
    ScanAct.WIPE: _work(
        WorkKind.WIPE,
        "初期化待ちではありませんでした。",
        "初期化のあとに返却がありました。もう一度初期化してください。",
    ),
    ScanAct.SEE: _see,
}
