"""What desks scan: items judged one by one, each committed by itself, in the order they came."""

import hmac
from datetime import datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import Field, SkipValidation, ValidationError
from sqlmodel import Session

from api.json_doors import json_router
from api.sentences import field_errors
from api.transactions import Look, Now, request_mac
from api.visitors import DESK_OR_IT, Staff
from inventory import journal
from inventory.database import Database
from inventory.errors import ImpossibleTime
from inventory.journal import By
from inventory.scan_shapes import Scan, ScanAct, ScanResult
from inventory.scans import scan
from inventory.shapes import Card, Name, Shape
from inventory.tables import Realm, Role

json = json_router("scans")

# What a scan may do without lending anything to anybody: the work on holds, and looking.
_WITHOUT_DESK = frozenset({ScanAct.INSPECT, ScanAct.WIPE, ScanAct.SEE, ScanAct.MOVE})


class Scans(Shape):
    """``items`` are judged one by one: a broken item gets its verdict, only a broken envelope is refused whole."""

    desk: Name
    items: Annotated[list[SkipValidation[Scan]], Field(min_length=1, max_length=500)]


class Verdicts(Card):
    """One result per item, in the order of the request."""

    results: list[ScanResult]


@json.post("/api/scans", dependencies=[DESK_OR_IT])
async def scans(request: Request, order: Scans, look: Look, now: Now, visitor: Staff) -> Verdicts:
    results = []
    for raw in order.items:
        results.append(await _judge(request, look, raw, order.desk, visitor.by, now))
    return Verdicts(results=results)


async def _judge(request: Request, look: Look, raw: Any, desk: str, by: By, now: datetime) -> ScanResult:
    """Each item passes the gate by itself, so that five hundred of them do not hold another desk up."""
    try:
        item = Scan.model_validate(raw)
    except ValidationError as error:
        op_id = raw.get("op_id") if isinstance(raw, dict) else None
        return _refused(op_id[:255] if isinstance(op_id, str) else "", *_why(error))
    if item.act not in _WITHOUT_DESK and not by.roles & {Role.DESK, Role.ADMIN}:
        return _refused(item.op_id, "not-allowed", "貸出と返却は、窓口の役割の人が読み取ってください。")
    mac = request_mac(look.database, request, _content(item))
    return await look.write(_once, item, desk=desk, by=by, now=now, mac=mac, database=look.database)


def _once(
    session: Session, item: Scan, *, desk: str, by: By, now: datetime, mac: str, database: Database
) -> ScanResult:
    entry = journal.find(session, Realm.STAFF, item.op_id)
    if entry is None:
        result = scan(session, item, desk=desk, by=by, now=now, op_id=item.op_id)
        journal.answer(session, mac, {"status": 200, "kind": "ScanResult", "said": result.kept()})
        return result
    if entry.request_mac is None or not hmac.compare_digest(entry.request_mac, mac):
        return _refused(
            item.op_id, "op-id-reused", "この操作番号は、ほかの読み取りで使われています。読み取り直してください。"
        )
    first = ScanResult.model_validate(entry.answer["said"])
    again = {"outcome": "repeated", "first": first.outcome, "detail": "この読み取りは、もう届いています。"}
    return first.model_copy(update=again)


def _content(item: Scan) -> Scan:
    """What makes two items the same: everything but what the client may know better the second time."""
    return item.model_copy(update={"clock_offset_ms": None, "seq": 0})


def _refused(op_id: str, code: str, sentence: str) -> ScanResult:
    return ScanResult(op_id=op_id, outcome="refused", code=code, detail=sentence)


def _why(error: ValidationError) -> tuple[str, str]:
    """Code and sentence of an item of the wrong shape. A day or an hour that no calendar has has a code of its own."""
    wrong = error.errors()
    for one in wrong:
        if one["loc"][:1] == ("occurred_at",) and one["type"] not in ("missing", "timezone_aware"):
            return (
                ImpossibleTime.code,
                "読み取りの日時が、ありえない日時です。機械の時計を合わせて、読み取り直してください。",
            )
    first = field_errors(wrong)[0]
    return "invalid", f"{first['field']}：{first['message']}" if first["field"] else first["message"]
