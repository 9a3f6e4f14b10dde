"""Pages: the Jinja environment, what every page is given, and the words of the screen."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api import wifi_words, words
from inventory.sign_in import SignedIn

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
STATIC = FRONTEND / "static"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FRONTEND / "templates"),
    autoescape=select_autoescape(default_for_string=True, default=True),
    undefined=StrictUndefined,
    trim_blocks=False,
    auto_reload=False,
)
_ENVIRONMENT.filters.update(words.FILTERS | wifi_words.FILTERS)
_ENVIRONMENT.globals.update(words.GLOBALS | wifi_words.GLOBALS)
_DONE = words.DONE | wifi_words.DONE


@dataclass(frozen=True)
class Page:
    """What ``layout.html`` and ``public.html`` need; see the note at their top."""

    visitor: SignedIn | None
    nav: str | None
    demo: bool
    city: str
    office_name: str
    office_phone: str
    office_hours: str
    lost_phone: str
    flash: dict[str, str] | None
    path: str

    def asset(self, path: str) -> str:
        return asset(path)

    @property
    def release(self) -> str:
        return release()

    def new_op_id(self) -> str:
        return str(uuid4())

    def can(self, *roles: str) -> bool:
        """Whether the visitor may press a button that these roles may press."""
        held = self.visitor.roles if self.visitor else frozenset()
        return "admin" in held or any(role in held for role in roles)


@lru_cache(maxsize=1024)
def asset(path: str) -> str:
    """The versioned address of a static file: its content's hash is in the address, so it may be cached for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


@lru_cache(maxsize=1)
def release() -> str:
    """A name for everything this server's pages are made of: another name means other files."""
    parts = "\n".join(asset(str(path.relative_to(STATIC))) for path in sorted(STATIC.rglob("*")) if path.is_file())
    templates = b"".join(path.read_bytes() for path in sorted((FRONTEND / "templates").glob("*.html")))
    return hashlib.sha256(parts.encode() + templates).hexdigest()[:16]


def render(
    request: Request,
    template: str,
    *,
    nav: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page. ``?done=KEY`` shows the sentence of a closed list above it, once."""
    settings = request.app.state.settings
    said = _DONE.get(request.query_params.get("done", ""))
    page = Page(
        visitor=getattr(request.state, "visitor", None),
        nav=nav,
        demo=request.app.state.demo,
        city=settings.city_name,
        office_name=settings.office_name,
        office_phone=settings.office_phone,
        office_hours=settings.office_hours,
        lost_phone=settings.lost_phone,
        flash={"kind": "done", "text": said} if said else None,
        path=request.scope["path"],
    )
    html = _ENVIRONMENT.get_template(template).render(page=page, **context)
    return HTMLResponse(html, status, headers=dict(headers) if headers else None)


def see_other(path: str, *, done: str | None = None) -> RedirectResponse:
    """Answer a form that was carried out: go and look (RFC 9110 section 15.4.4)."""
    if done is not None:
        assert done in _DONE, done
        path += ("&" if "?" in path else "?") + urlencode({"done": done})
    return RedirectResponse(path, 303)


def query_of(request: Request, **changes: str | None) -> str:
    """This page's query with some parameters changed or (None) left out, encoded, without the question mark."""
    kept = {name: value for name, value in request.query_params.items() if name not in ("done", *changes) and value}
    kept.update({name: value for name, value in changes.items() if value})
    return urlencode(kept)
