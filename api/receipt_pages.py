"""The private page of a report: its number, where it stands, what both sides said, and what to do now."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.forms import Sent
from api.label_watch import must_be_public, unknown
from api.pages import render, see_other
from api.public_acts import act_of_form, flooded
from api.report_words import CATEGORY_DRAWN, PHRASES_DRAWN, STATE_DRAWN, VENUE_CATEGORY_DRAWN, read_aloud
from api.transactions import Ledger, Look, Now
from api.visitors import ANYBODY, DESK_OR_IT
from inventory.errors import NotFound, OpIdReused
from inventory.report_receipts import Reopen, WriteBack, receipt_card, reopen, rotate, say_solved, write_back
from labels.qr import encode

pages = APIRouter(include_in_schema=False)


@pages.get("/R", dependencies=[ANYBODY])
async def no_secret(request: Request) -> Response:
    must_be_public(request)
    return see_other("/T")


@pages.get("/R/{secret:path}", dependencies=[ANYBODY])
async def receipt_page(request: Request, secret: str, look: Look) -> Response:
    must_be_public(request)
    return await _page(request, secret, look)


@pages.post("/R/{secret}/messages", dependencies=[ANYBODY])
async def send_message(request: Request, secret: str, look: Look, now: Now) -> Response:
    must_be_public(request)
    form = await request.form(max_files=0, max_fields=10)
    written = form.get("text")
    text = written if isinstance(written, str) else ""
    wait = flooded(request, now, secret)
    if wait:
        return await _page(request, secret, look, text=text, wait=wait, status=429)
    try:
        await act_of_form(request, form, now)(write_back, WriteBack(text=text), secret=secret)
    except ValidationError:
        return await _page(request, secret, look, text=text, wrong=True, status=422)
    except OpIdReused:
        # Whoever went back to a form that was sent has written something else.
        return await _page(request, secret, look, text=text, unsent=True, status=422)
    except NotFound:
        return unknown(request)
    return see_other(f"/R/{secret}?said=message")


@pages.post("/R/{secret}/solved", dependencies=[ANYBODY])
async def send_solved(request: Request, secret: str, look: Look, now: Now) -> Response:
    must_be_public(request)
    form = await request.form(max_files=0, max_fields=10)
    wait = flooded(request, now, secret)
    if wait:
        return await _page(request, secret, look, wait=wait, status=429)
    try:
        await act_of_form(request, form, now)(say_solved, secret=secret)
    except NotFound:
        return unknown(request)
    return see_other(f"/R/{secret}")


@pages.post("/R/{secret}/reopen", dependencies=[ANYBODY])
async def send_not_solved(request: Request, secret: str, look: Look, now: Now) -> Response:
    must_be_public(request)
    form = await request.form(max_files=0, max_fields=10)
    wait = flooded(request, now, secret)
    if wait:
        return await _page(request, secret, look, wait=wait, status=429)
    try:
        await act_of_form(request, form, now)(reopen, Reopen(), secret=secret)
    except NotFound:
        return unknown(request)
    return see_other(f"/R/{secret}?said=again")


@pages.post("/issues/{issue}/link", dependencies=[DESK_OR_IT])
async def new_link(issue: str, sent: Sent, look: Look) -> Response:
    """Staff give a report a new private link, because somebody saw the old one who should not have."""
    card = await sent.act(rotate, issue=issue, keys=look.database.keys)
    return see_other(f"/issues/{card.issue}/receipt")


async def _page(
    request: Request,
    secret: str,
    look: Ledger,
    *,
    text: str = "",
    wrong: bool = False,
    unsent: bool = False,
    wait: int = 0,
    status: int = 200,
) -> Response:
    try:
        card = await look.read(receipt_card, secret)
    except NotFound:
        return unknown(request)
    refused = request.query_params.get("photo", "")
    settings = request.app.state.settings
    code = encode(f"{settings.public_url}/R/{secret}")
    cells = (f"M{x} {y}h1v1h-1z" for y, line in enumerate(code.rows) for x, dark in enumerate(line) if dark == "1")
    return render(
        request,
        "public/receipt.html",
        status=status,
        headers={"Retry-After": str(wait)} if wait else None,
        card=card,
        secret=secret,
        aloud=read_aloud(card.receipt),
        category=(VENUE_CATEGORY_DRAWN if card.venue else CATEGORY_DRAWN)[card.category],
        phrases=[PHRASES_DRAWN[code] for code in card.phrases if code in PHRASES_DRAWN],
        states=STATE_DRAWN,
        said=request.query_params.get("said", ""),
        refused_photos=int(refused) if refused.isascii() and refused.isdecimal() and len(refused) < 3 else 0,
        text=text,
        wrong=wrong,
        unsent=unsent,
        wait=wait,
        code_size=code.size,
        code_path="".join(cells),
    )
