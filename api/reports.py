"""Trouble over JSON: report it, read what became of it, write back. Open to anybody who holds a label or a link."""

from typing import Annotated, Any

from fastapi import Path, Request, Response

from api.codes import Problem
from api.json_doors import json_router
from api.label_watch import REPLACED, must_be_public
from api.problems import problems
from api.public_acts import PublicAct, PublicActOnce, client_waits, must_not_flood, thing_waits, too_many
from api.report_orders import json_order, photos_of, report_form, sent_fields
from api.transactions import Act, Look, Now
from api.uploads import multipart
from api.visitors import ANYBODY, sees_contacts
from inventory.errors import NotAllowed
from inventory.issue_steps import secret_of
from inventory.report_receipts import ReceiptCard, Reopen, WriteBack, receipt_card, reopen, say_solved, write_back
from inventory.reporting import report, report_view
from inventory.shapes import Card
from inventory.tables import CallTime, IssueCategory

json = json_router("issues")
Secret = Annotated[str, Path(alias="secret", max_length=200, description="What stands behind /R/ in a report's link.")]


class RefusedPhoto(Card):
    """``photo`` counts from 1 in the order sent; ``message`` says what to do."""

    photo: int
    message: str


class Sent(Card):
    """``link`` is the report's private page on this server. The words count, also where a photo was refused."""

    receipt: str
    link: str
    refused_photos: list[RefusedPhoto]


_NOT_ON_BEHALF = "代わりに受け付けるには、窓口か情報担当としてサインインしてください。"
_TEXT: dict[str, Any] = {"type": "string"}
_FIELDS: dict[str, dict[str, Any]] = {
    "tag": {**_TEXT, "minLength": 1, "maxLength": 200, "description": "The number on the label."},
    "category": {**_TEXT, "enum": [str(category) for category in IssueCategory]},
    "phrase": {"type": "array", "items": _TEXT, "description": "Ready words of this category, by code."},
    "text": {**_TEXT, "maxLength": 2000},
    "reporter_name": {**_TEXT, "maxLength": 60},
    "phone": {**_TEXT, "maxLength": 40},
    "email": {**_TEXT, "maxLength": 200},
    "call_time": {**_TEXT, "enum": [str(time) for time in CallTime]},
    "solved": {"type": "boolean", "description": "What to try first was enough."},
    "on_behalf": {"type": "boolean", "description": "Staff report for somebody who rings; also by asset number."},
}
_PHOTOS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "maxItems": 3,
    "description": "JPEG, PNG, WebP or HEIC of at most 15 MB each. A refused photo keeps the words.",
}
_BODY = multipart(["tag", "category"], **_FIELDS, photos=_PHOTOS)
_BODY["requestBody"]["content"]["application/json"] = {
    "schema": {
        "type": "object",
        "properties": _FIELDS,
        "required": ["tag", "category"],
        "additionalProperties": False,
    }
}


@json.post(
    "/api/issues",
    status_code=201,
    dependencies=[ANYBODY],
    responses=problems("missing-op-id", "not-found", "replaced", "op-id-reused", "too-many"),
    openapi_extra=_BODY,
)
async def report_trouble(request: Request, response: Response, act: PublicActOnce, look: Look, now: Now) -> Sent:
    """Report trouble with the device or at the venue of a label."""
    visitor = request.state.visitor
    if visitor is None:
        must_be_public(request)
        wait = client_waits(request, now)
        if wait:
            raise too_many(wait)
    form = await report_form(request)
    fields = await sent_fields(request, form)
    tag = fields.get("tag")
    if str(fields.get("on_behalf", "")).lower() in ("true", "1", "yes", "on"):
        if not sees_contacts(visitor):
            raise NotAllowed(_NOT_ON_BEHALF)
        act_of_staff: Act = Act(request, response, now, act.op_id)
        act = act_of_staff  # type: ignore[assignment]
    elif isinstance(tag, str) and tag:
        if (await look.read(report_view, tag)).replaced:
            raise Problem("replaced", REPLACED)
        wait = thing_waits(request, now, tag) if visitor is None else 0
        if wait:
            raise too_many(wait)
    photos = await photos_of(form)
    order = json_order(fields, photos)
    if order.on_behalf and type(act) is PublicAct:
        # However a program writes yes.
        raise NotAllowed(_NOT_ON_BEHALF)
    keys = look.database.keys
    card = await act(report, order, status=201, keys=keys, pictures=photos.ready)
    refused = [RefusedPhoto(photo=place, message=sentence) for place, sentence in photos.refused]
    link = "/R/" + secret_of(keys, card.receipt.replace("-", ""), card.version)
    return Sent(receipt=card.receipt, link=link, refused_photos=refused)


@json.get("/api/receipts/{secret}", dependencies=[ANYBODY], responses=problems("not-found"))
async def receipt(request: Request, secret: Secret, look: Look) -> ReceiptCard:
    """What became of a report. A secret that opens nothing, or no longer, is not found."""
    must_be_public(request)
    return await look.read(receipt_card, secret)


@json.post(
    "/api/receipts/{secret}/messages",
    status_code=201,
    dependencies=[ANYBODY],
    responses=problems("missing-op-id", "not-found", "op-id-reused", "too-many"),
)
async def write_to_office(
    request: Request, secret: Secret, order: WriteBack, act: PublicActOnce, look: Look, now: Now
) -> ReceiptCard:
    """Write to the office about a report."""
    must_be_public(request)
    must_not_flood(request, now, secret)
    # A link that was replaced does not even tell what it told before.
    await look.read(receipt_card, secret)
    return await act(write_back, order, status=201, secret=secret)


@json.post(
    "/api/receipts/{secret}/reopen",
    dependencies=[ANYBODY],
    responses=problems("missing-op-id", "not-found", "op-id-reused", "too-many"),
)
async def not_solved(
    request: Request, secret: Secret, order: Reopen, act: PublicActOnce, look: Look, now: Now
) -> ReceiptCard:
    """The trouble is still there, or there again."""
    must_be_public(request)
    must_not_flood(request, now, secret)
    # A link that was replaced does not even tell what it told before.
    await look.read(receipt_card, secret)
    return await act(reopen, order, secret=secret)


@json.post(
    "/api/receipts/{secret}/solved",
    dependencies=[ANYBODY],
    responses=problems("missing-op-id", "not-found", "op-id-reused", "too-many"),
)
async def solved(request: Request, secret: Secret, act: PublicActOnce, look: Look, now: Now) -> ReceiptCard:
    """The trouble is over."""
    must_be_public(request)
    must_not_flood(request, now, secret)
    # A link that was replaced does not even tell what it told before.
    await look.read(receipt_card, secret)
    return await act(say_solved, secret=secret)
