"""Every door of an app, for tests that hold for all of them, also for those that are hung tomorrow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.guard import SAFE
from api.visitors import Door

# What a path parameter stands for in the small city of these tests; anything else is asked for as "1".
KNOWN = {
    "asset_number": "MB-T-0001",
    "case": "BOX-A",
    "pool": "head-tablets",
    "code": "ohgo",
    "number": "R8-00001",
    "kind": "loss",
}


@dataclass(frozen=True)
class Route:
    """One method of one route. ``doors`` are those it declares; the framework's own routes declare none."""

    method: str
    path: str
    doors: list[Door] = field(hash=False)
    in_openapi: bool

    @property
    def address(self) -> str:
        """The path with something in the place of every parameter."""
        return re.sub(r"{(\w+)(:path)?}", lambda found: KNOWN.get(found[1], "1"), self.path)

    @property
    def safe(self) -> bool:
        return self.method in SAFE

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes(app: FastAPI) -> list[Route]:
    return [
        Route(method, str(route.path), list(_doors(route)), bool(getattr(route, "include_in_schema", False)))
        for route in iter_route_contexts(app.routes)
        for method in sorted(route.methods or {"GET"})
    ]


def _doors(route: Any) -> Iterator[Door]:
    dependant = getattr(route, "dependant", None)
    if isinstance(dependant, Dependant):
        yield from (inner.call for inner in dependant.dependencies if isinstance(inner.call, Door))
