"""Static files: cached for ever when the address carries the content's hash, revalidated otherwise."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.pages import STATIC


class Static(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        # A module imports its neighbours by plain addresses, and an old neighbour beside a new module breaks the desk:
        # without a version the browser asks each time and gets 304 (RFC 9111 section 5.2.2.4).
        lasts = "public, max-age=31536000, immutable" if versioned else "no-cache"
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = lasts
        return response
