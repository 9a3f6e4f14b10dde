"""The label number of a venue and the poster that shows it, for JSON and on screen."""

from collections.abc import Mapping
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request, Response

from api.codes import Problem
from api.files import pdf_file
from api.forms import Sent, Wrong, label_number, wrong, wrong_status
from api.json_doors import json_router
from api.pages import render, see_other
from api.problems import problems
from api.transactions import ActMaybeOnce, Look
from api.visitors import IT, READERS
from inventory.stock import BindTag
from inventory.venue_tags import VenueTag, bind_venue_tag, venue_tag
from labels.paper import paper_pdf
from labels.poster import Poster
from labels.qr import label_url

json = json_router("venues")
pages = APIRouter(include_in_schema=False)
Venue = Annotated[str, Path(alias="code", max_length=60)]
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A poster of A4. X-Label-Warnings counts the characters that print otherwise than written.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@json.get("/api/venues/{code}/tag", dependencies=[READERS], responses=problems("not-found"))
async def one_tag(venue: Venue, look: Look) -> VenueTag:
    """The venue's label number."""
    return await look.read(venue_tag, venue)


@json.post("/api/venues/{code}/tag", dependencies=[IT], responses=problems("not-found"))
async def tag_venue(venue: Venue, act: ActMaybeOnce, order: BindTag | None = None) -> VenueTag:
    """Binds a new or a given blank number; the one before then says that it was replaced."""
    return await act(bind_venue_tag, order or BindTag(), venue=venue)


@json.get(
    "/api/venues/{code}/poster.pdf",
    dependencies=[READERS],
    response_class=Response,
    responses=_PDF | problems("not-found", "refused"),
)
async def poster(request: Request, venue: Venue, look: Look) -> Response:
    """The poster 「困ったときはこちら」 for the wall; it needs the venue's label number."""
    found = await look.read(venue_tag, venue)
    if found.tag is None:
        raise Problem("refused", "この会場には、まだ番号がありません。先に番号をつくってください。")
    settings = request.app.state.settings
    sheet = Poster(
        place=found.name,
        office=f"{settings.city_name} {settings.office_name}",
        phone=settings.office_phone,
        hours=settings.office_hours,
        code=label_url(settings.public_url, found.tag) if settings.public_pages else "",
        address=f"{settings.public_url.partition('://')[2]}/T" if settings.public_pages else "",
        number=found.tag,
    )
    made = await run_sync(lambda: paper_pdf([], posters=[sheet]))
    return pdf_file(made, f"poster-{found.code}", f"困ったときのポスター-{found.name}")


@pages.get("/venues/{code}/tag", dependencies=[READERS])
async def ask_tag(request: Request, venue: Venue, look: Look) -> Response:
    return await _page(request, look, venue)


@pages.post("/venues/{code}/tag", dependencies=[IT])
async def tag_venue_by_form(request: Request, venue: Venue, sent: Sent, look: Look) -> Response:
    number = label_number(sent.values)
    try:
        card = await sent.act(bind_venue_tag, BindTag.model_validate({"number": number}), venue=venue)
    except Wrong as error:
        return await _page(request, look, venue, values=sent.values, error=error)
    return see_other(f"/venues/{card.code}/tag", done="venue-tagged")


async def _page(
    request: Request,
    look: Look,
    venue: str,
    *,
    values: Mapping[str, str] | None = None,
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "venues/tag.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        card=await look.read(venue_tag, venue),
        values=values or {},
        errors=wrong(error) if error else {},
    )
