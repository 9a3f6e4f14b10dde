"""The OpenAPI document: what FastAPI tells by itself, and what it cannot know of headers, doors and problems."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from api.codes import TITLES
from api.public_acts import public_act_once
from api.transactions import act_maybe_once, act_once, seen_revision
from api.visitors import Door, cookie_name_for

_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457 problem details. ``code`` is stable; ``detail`` is a Japanese sentence.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/already-lent"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(TITLES)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "device": {"type": "string", "description": "Asset number of the offending device."},
        "holds": {"type": "array", "items": {"type": "string"}},
    },
}


def _header(name: str, description: str, *, required: bool, pattern: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", "pattern": pattern, "maxLength": 257},
    }


_KEY = "Names the act for ever: sent again, the act changes nothing and gets its first answer."
_KEY_PATTERN = r"^[!-~]{1,255}$"
# What the dependencies read from the request by themselves, because a missing or odd one has a code of its own.
_HEADERS: dict[Callable[..., Any], dict[str, Any]] = {
    act_once: _header("Idempotency-Key", _KEY, required=True, pattern=_KEY_PATTERN),
    public_act_once: _header("Idempotency-Key", _KEY, required=True, pattern=_KEY_PATTERN),
    act_maybe_once: _header("Idempotency-Key", _KEY, required=False, pattern=_KEY_PATTERN),
    seen_revision: _header(
        "If-Match", "The ETag of the version that is changed.", required=True, pattern=r'^"[0-9]{1,9}"$'
    ),
}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The document of this app, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = _PROBLEM
        components["securitySchemes"] = {
            "session": {"type": "apiKey", "in": "cookie", "name": cookie_name_for(app.state.settings)},
            "token": {"type": "http", "scheme": "bearer"},
        }
        for route in iter_route_contexts(app.routes):
            if getattr(route, "include_in_schema", False) and isinstance(getattr(route, "dependant", None), Dependant):
                for method in route.methods or ():
                    _complete(schema["paths"][route.path_format][method.lower()], route.dependant)
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(operation: dict[str, Any], dependant: Dependant) -> None:
    calls = list(_calls(dependant))
    headers = [_HEADERS[call] for call in calls if call in _HEADERS]
    if headers:
        operation["parameters"] = [*operation.get("parameters", []), *headers]
    if any(isinstance(call, Door) and not call.anybody for call in calls):
        operation["security"] = [{"session": []}, {"token": []}]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
