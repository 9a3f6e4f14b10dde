"""Refusals become answers: RFC 9457 problem+json for programs, a page for people.

One handler per family. Every code has a help page at ``/problems/<code>``, which is also the problem's ``type``.
"""

import logging
import re
import sqlite3
import traceback
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from api.codes import TITLES, Problem
from api.pages import render
from api.sentences import field_errors
from inventory.errors import Conflict, ImpossibleTime, Invalid, NotAllowed, NotFound, OpIdReused, Refusal, Stale

LOG = logging.getLogger("tsunagu")

_FAMILIES: dict[type[Refusal], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Invalid: 422,
    ImpossibleTime: 422,
    Stale: 412,
    OpIdReused: 422,
    Conflict: 409,
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal's family."""
    return next(status for family, status in _FAMILIES.items() if isinstance(refusal, family))


def answer(
    request: Request,
    code: str,
    detail: str,
    *,
    status: int | None = None,
    headers: dict[str, str] | None = None,
    **facts: Any,
) -> Response:
    """A problem, as JSON under /api and as a page elsewhere (RFC 9457 section 3)."""
    usual, title = TITLES[code]
    status = status or usual
    if _wants_json(request):
        body = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, "code": code, **facts}
        body.setdefault("errors", [])
        return JSONResponse(body, status, headers=headers, media_type="application/problem+json")
    if status == 401 and request.method in ("GET", "HEAD"):
        return RedirectResponse(f"/sign-in?next={_here(request)}", 303)
    return render(request, "problem.html", status=status, headers=headers, code=code, heading=title, detail=detail)


def install(app: FastAPI) -> None:
    """Hang one handler per family on the app."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _shape)
    app.add_exception_handler(ValidationError, _shape)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    facts = dict(error.facts)
    if isinstance(error, Invalid):
        facts["errors"] = error.errors
    return answer(request, error.code, error.sentence, status=status_of(error), **facts)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(request, error.code, error.detail, headers=error.headers, **error.facts)


async def _shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | ValidationError)
    errors = field_errors(error.errors())
    return answer(request, "invalid", "入力を見直してください。まだ何も記録していません。", errors=errors)


_BY_STATUS = {
    400: ("bad-request", "送られた内容を読み取れませんでした。もう一度送ってください。"),
    401: ("sign-in", "サインインしてから、もう一度開いてください。"),
    403: ("not-allowed", "この操作は許可されていません。"),
    404: ("not-found", "この宛先のページはありません。アドレスをたしかめてください。"),
    405: ("wrong-method", "この宛先では使えない方法です。画面のボタンから操作してください。"),
    413: ("too-large", "送られたものが大きすぎます。分けて送ってください。"),
}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, detail = _BY_STATUS.get(error.status_code, _BY_STATUS[400])
    headers = dict(error.headers) if error.headers else None
    return answer(request, code, detail, headers=headers)


async def _database(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    text = str(error.orig).lower()
    if "disk is full" in text or "no space left" in text or "disk full" in text:
        return answer(
            request,
            "storage-full",
            "台帳を保存する場所がいっぱいです。まだ記録していません。情報担当に連絡してください。",
        )
    if isinstance(error.orig, sqlite3.OperationalError) and "locked" in text:
        return answer(
            request, "busy", "混み合っています。少し待って、もう一度送ってください。", headers={"Retry-After": "2"}
        )
    return await broken(request, error)


async def broken(request: Request, error: Exception) -> Response:
    """The answer to a defect of ours. The guard calls it for whatever no handler knows."""
    # The message may hold what somebody typed, so only its kind and place go into the log.
    place = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("%s %s: %s\n%s", request.method, without_secret(request.scope["path"]), type(error).__name__, place)
    return answer(
        request,
        "broken",
        "台帳の側でうまくいきませんでした。まだ記録していません。少し待って、もう一度試してください。",
    )


def without_secret(path: str) -> str:
    """An address as it may be written down: the secret of a receipt's link opens it to whoever reads the log."""
    return re.sub(r"(/R/|/api/receipts/)[^/]+", r"\1…", path)


def _wants_json(request: Request) -> bool:
    path: str = request.scope["path"]
    return path.startswith(("/api/", "/readyz", "/metrics")) or "application/problem+json" in request.headers.get(
        "accept", ""
    )


def _here(request: Request) -> str:
    query = request.scope.get("query_string", b"").decode("latin-1")
    return quote(request.scope["path"] + (f"?{query}" if query else ""), safe="")


# What any route may answer, because of its door, the shape of the request, or the machine it runs on.
COMMON = ("bad-request", "sign-in", "not-allowed", "too-large", "invalid", "busy", "storage-full")
PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides success, for its ``responses``; the app says ``COMMON`` for all of them."""
    statuses = {TITLES[code][0] for code in codes}
    found: dict[int | str, dict[str, Any]] = {}
    # A route's words for a status take the place of the app's, so they repeat what is common.
    for code in dict.fromkeys([*(code for code in COMMON if TITLES[code][0] in statuses), *codes]):
        status, title = TITLES[code]
        said = found[status]["description"] + "・" if status in found else ""
        found[status] = {"description": f"{said}{title} ({code})", **PROBLEM}
    return found
