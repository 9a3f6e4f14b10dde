"""What a desk scans, one item at a time: each is an act of its own with a verdict of its own.

A bad item never stops the others, and its refusal is kept in the journal, so that the same item sent again, by a
phone found in a drawer a year later, gets the same verdict. A refusal that comes too late for whoever did the act is
a conflict, which a person settles.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from inventory import conflicts, journal, settling
from inventory.errors import ImpossibleTime, Refusal
from inventory.journal import By
from inventory.lateness import is_on_the_spot
from inventory.scan_acts import ACTS, Doing, keep_refused, take_worn, things_of
from inventory.scan_shapes import Scan, ScanAct, ScanResult
from inventory.tables import HoldReason

# A clock further ahead than this, after what is known of it was put right, shows no time at all.
AHEAD = timedelta(hours=24)
BEFORE_US = datetime(2000, 1, 1, tzinfo=UTC)
# A desk's clock that is further off is named in the journal, and its acts are taken all the same.
FAR_OFF_MS = 5 * 60 * 1000


def scan(session: Session, item: Scan, *, desk: str, by: By, now: datetime, op_id: str) -> ScanResult:
    """Apply one item; or refuse it, or keep it as a conflict, and keep that verdict."""
    when = item.when(now)
    journal.open_entry(session, by=by, now=now, op_id=op_id, occurred_at=when, desk=desk, desk_seq=item.seq)
    before = journal.mark(session)
    savepoint = session.begin_nested()
    doing = Doing(by, when, op_id)
    try:
        _must_be_possible(item, now)
        result, touched = ACTS[item.act](session, item, things_of(session, item.code), doing)
    except Refusal as refusal:
        savepoint.rollback()
        journal.back_to(session, before)
        kept = keep_refused(session, item, refusal, doing)
        if not kept:
            journal.note(
                session,
                "scan_refused",
                act=item.act.value,
                code=refusal.code,
                device=refusal.facts.get("device"),
            )
        result, touched = _refused(item, refusal, conflict=kept), []
        if kept and item.act is ScanAct.SWAP:
            # Whatever becomes of the fresh device, the worn one came back.
            touched = take_worn(session, item, doing.verb)
    else:
        savepoint.commit()
    if touched and not is_on_the_spot(session, when):
        settling.retry(session, touched, by=by, op_id=op_id)
    if abs(item.clock_offset_ms or 0) > FAR_OFF_MS:
        journal.note(session, "clock_off", offset_ms=item.clock_offset_ms)
    return result


def _must_be_possible(item: Scan, now: datetime) -> None:
    said = item.said_at()
    if said > now + AHEAD or said < BEFORE_US:
        raise ImpossibleTime("この読み取りの日時は、ありえない日時です。機械の時計を合わせて、読み取り直してください。")


def _refused(item: Scan, refusal: Refusal, *, conflict: bool) -> ScanResult:
    facts: dict[str, Any] = refusal.facts
    return ScanResult(
        op_id=item.op_id,
        outcome="conflict" if conflict else "refused",
        code=refusal.code,
        detail=conflicts.SENTENCE if conflict else refusal.sentence,
        device=facts.get("device"),
        holds=[HoldReason(reason) for reason in facts.get("holds", [])],
    )
