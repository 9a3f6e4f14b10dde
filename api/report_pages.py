"""The page on which anybody who holds a label reports trouble: one form, which also works without a script."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from api.label_watch import must_be_public, read_label, replaced, unknown
from api.pages import render, see_other
from api.public_acts import act_of_form, client_waits, thing_waits
from api.report_orders import page_order, photos_of, report_form
from api.report_words import furigana, picks_of
from api.transactions import Ledger, Look, Now
from api.uploads import Refused, said_beside, said_status
from api.visitors import ANYBODY
from inventory.errors import NotFound, OpIdReused
from inventory.issue_steps import secret_of
from inventory.reporting import ReportView, report, report_view

pages = APIRouter(include_in_schema=False)

# Beside its field, in words that whoever wrote it reads; the form's other fields cannot be wrong by hand.
_WRONG = {
    "category": "{困|こま}った ことを ひとつ {選|えら}んで ください。",
    "phone": "{電話番号|でんわばんごう}は、{市外局番|しがいきょくばん}から {数字|すうじ}で {書|か}いて ください。",
    "reporter_name": "お{名前|なまえ}は 60{文字|もじ}までで {書|か}いて ください。",
    "text": "{文|ぶん}は 2000{文字|もじ}までで {書|か}いて ください。",
}
_WRONG_ELSE = "{送|おく}れませんでした。もう{一度|いちど} {送|おく}って ください。"


@pages.get("/T/{number}/report", dependencies=[ANYBODY])
@pages.get("/t/{number}/report", dependencies=[ANYBODY])
async def report_page(request: Request, number: str, look: Look, now: Now) -> Response:
    found = await _view(request, number, look, now)
    if isinstance(found, Response):
        return found
    return _page(request, found, {"category": request.query_params.get("category", "")})


@pages.post("/T/{number}/report", dependencies=[ANYBODY])
@pages.post("/t/{number}/report", dependencies=[ANYBODY])
async def send_report(request: Request, number: str, look: Look, now: Now) -> Response:
    must_be_public(request)
    staff = request.state.visitor is not None
    wait = 0 if staff else client_waits(request, now)
    form = await report_form(request)
    found = await _view(request, number, look, now)
    if isinstance(found, Response):
        return found
    wait = wait or (0 if staff else thing_waits(request, now, found.number))
    if wait:
        return _page(request, found, _written(form), wait=wait, status=429)
    photos = await photos_of(form)
    try:
        order = page_order(form, found.number, photos)
        keys = look.database.keys
        act = act_of_form(request, form, now)
        card = await act(report, order, status=201, keys=keys, pictures=photos.ready)
    except NotFound:
        return unknown(request)
    except Refused as error:
        named = {field.partition(".")[0] for field in said_beside(error)}
        errors = {field: furigana(_WRONG.get(field, _WRONG_ELSE)) for field in named}
        values = _written(form)
        if isinstance(error, OpIdReused):
            # Whoever went back to a form that was sent tells of something else: it is another report.
            del values["op_id"]
        return _page(request, found, values, errors=errors, status=said_status(error))
    link = "/R/" + secret_of(keys, card.receipt.replace("-", ""), card.version)
    return see_other(f"{link}?photo={len(photos.refused)}" if photos.refused else link)


async def _view(request: Request, number: str, look: Ledger, now: Any) -> ReportView | Response:
    """What the page needs of the label, or the page that refuses."""
    card = await read_label(request, number, look, now)
    if isinstance(card, Response):
        return card
    try:
        view = await look.read(report_view, number)
    except NotFound:
        return unknown(request)
    return replaced(request) if view.replaced else view


def _written(form: FormData) -> dict[str, Any]:
    """What was written and ticked, for the form that comes back. The same op_id keeps it one report."""
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return texts | {"phrases": [value for value in form.getlist("phrase") if isinstance(value, str)]}


def _page(
    request: Request,
    view: ReportView,
    values: dict[str, Any],
    *,
    errors: dict[str, Any] | None = None,
    wait: int = 0,
    status: int = 200,
) -> Response:
    return render(
        request,
        "public/report.html",
        status=status,
        headers={"Retry-After": str(wait)} if wait else None,
        view=view,
        picks=picks_of(venue=view.venue is not None),
        values=values,
        errors=errors or {},
        wait=wait,
        lost_phone=request.app.state.settings.lost_phone,
    )
