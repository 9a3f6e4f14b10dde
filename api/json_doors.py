"""What the JSON doors share: strict routers and the parameters of lists."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.strict_json import StrictRoute


def json_router(tag: str) -> APIRouter:
    """A router whose bodies are read strictly."""
    return APIRouter(tags=[tag], route_class=StrictRoute)


@dataclass(frozen=True)
class Paging:
    """What ``?q=&limit=&cursor=&count=exact`` asks of a list, as the arguments of its verb."""

    arguments: dict[str, Any]


async def paging(
    q: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    count: Annotated[Literal["exact"] | None, Query()] = None,
) -> Paging:
    """The paging of every list."""
    return Paging({"q": q or None, "limit": limit, "cursor": cursor or None, "exact": count == "exact"})


Pages = Annotated[Paging, Depends(paging)]


def etag(response: Response, revision: int) -> None:
    """A strong ETag of the row's revision (RFC 9110 section 8.8.3)."""
    response.headers["ETag"] = f'"{revision}"'
