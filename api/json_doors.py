"""What the JSON doors share: strict routers and the parameters of lists."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.strict_json import StrictRoute


def json_router(tag: str) -> APIRouter:
    """A router whose bodies are read strictly."""
    return APIRouter(tags=[tag], route_class=StrictRoute)


class Paging:
    """``?q=&limit=&cursor=&count=exact`` of every list."""

    def __init__(
        self,
        q: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=400)] = None,
        count: Annotated[Literal["exact"] | None, Query()] = None,
    ) -> None:
        self.arguments: dict[str, Any] = {
            "q": q or None,
            "limit": limit,
            "cursor": cursor or None,
            "exact": count == "exact",
        }


Pages = Annotated[Paging, Depends()]


def etag(response: Response, revision: int) -> None:
    """A strong ETag of the row's revision (RFC 9110 section 8.8.3)."""
    response.headers["ETag"] = f'"{revision}"'
