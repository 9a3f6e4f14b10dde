"""Lines of venues over JSON."""

from typing import Annotated

from fastapi import Path, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import IT, READERS
from inventory.lines import LineCard, LineChange, LineList, NewLine, add_line, change_line, lines_of

json = json_router("venues")
Venue = Annotated[str, Path(alias="code", max_length=60)]
Line = Annotated[str, Path(alias="line", max_length=60)]


@json.get("/api/venues/{code}/lines", dependencies=[READERS], responses=problems("not-found"))
async def lines(venue: Venue, look: Look) -> LineList:
    return await look.read(lines_of, venue)


@json.post("/api/venues/{code}/lines", status_code=201, dependencies=[IT], responses=problems("not-found"))
async def new_line(venue: Venue, order: NewLine, act: ActMaybeOnce, response: Response) -> LineCard:
    card = await act(add_line, order, status=201, venue=venue)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/venues/{code}/lines/{line}",
    dependencies=[IT],
    responses=problems("not-found", "stale", "missing-if-match"),
)
async def edit_line(
    venue: Venue, line: Line, change: LineChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> LineCard:
    card = await act(change_line, change, venue=venue, line=line, revision=revision)
    etag(response, card.revision)
    return card
