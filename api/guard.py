"""What holds for every request and answer: no cross-site writes, no NUL, security headers, the renewed cookie."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.codes import TITLES

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Bytes of one request's JSON or form. The framework's own limit answers in plain text, outside of every middleware.
BODY_LIMIT = 1024 * 1024
# Where one picture of 15 MB may come along with a form.
PICTURE_LIMIT = 16 * 1024 * 1024
# Where three may: the report of trouble.
REPORT_LIMIT = 48 * 1024 * 1024
_PICTURE_DOORS = re.compile(
    r"/api/devices/[^/]+/pictures|/api/loans/[^/]+/agreement/(?:paper|scans)|/loans/[^/]+/agreement/(?:paper|scan)"
    r"|(?:/api)?/(?:venues|courses)/[^/]+/photos"
)
_REPORT_DOORS = re.compile(r"/api/issues|/[Tt]/[^/]+/report")
# Pages whose address is for nobody else to know; their forms are acts of nobody, whoever is signed in.
_PUBLIC_PAGES = re.compile(r"/[TtR](?:/.*)?|/api/receipts/.*")
_PUBLIC_FORMS = re.compile(r"/[Tt]/[^/]+/(?:report|presence)|/R/[^/]+/(?:messages|solved|reopen)")
# A list with what the form says besides.
TABLE_LIMIT = 5 * 1024 * 1024
_TABLE_DOORS = re.compile(
    r"/api/imports/[a-z_]+|/(?:associations|supporters|venues|wifi|wifi/usage|open-data|courses|courses/programmes)/import(?:/enter)?"
)
_UTF_8 = re.compile(r'charset\s*=\s*("?)utf-?8\1(?=\s*(?:;|$))')

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# The desk decodes QR codes in WebAssembly; nothing else may compile code.
DESK_CSP = CSP.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'").replace(
    "connect-src 'self'", "connect-src 'self'; worker-src 'self'; media-src 'self' blob:"
)


class Guard:
    """ASGI middleware around the whole app.

    ``broken`` answers a defect of ours. The framework's own last resort stands outside of this middleware, so its
    answer would go out without headers, and the server would write down what the exception says.
    """

    def __init__(
        self, app: ASGIApp, *, https: bool, broken: Callable[[Request, Exception], Awaitable[Response]]
    ) -> None:
        self.app = app
        self.broken = broken
        self.headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),
        ]
        if https:
            self.headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        state = scope.setdefault("state", {})
        extra = list(self.headers)
        extra.append((b"content-security-policy", (DESK_CSP if path == "/desk" else CSP).encode()))
        extra.append((b"referrer-policy", b"no-referrer" if _PUBLIC_PAGES.fullmatch(path) else b"same-origin"))
        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = list(message["headers"])
                names = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in extra if name not in names]
                # Pages and answers show people and loans: no cache keeps them unless a route says so.
                if b"cache-control" not in names:
                    headers.append((b"cache-control", b"no-store"))
                cookie = state.get("cookie")
                if cookie:
                    headers.append((b"set-cookie", cookie.encode()))
                message["headers"] = headers
            await send(message)

        refused = self._refuses(scope)
        if refused:
            code, detail = refused
            status, title = TITLES[code]
            if path.startswith("/api/"):
                body = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, "code": code}
                await JSONResponse(body | {"errors": []}, status, media_type="application/problem+json")(
                    scope, receive, send_guarded
                )
            else:
                await PlainTextResponse(detail, status)(scope, receive, send_guarded)
            return
        taken, limit = 0, body_limit(path, Headers(scope=scope).get("content-type", ""))

        async def receive_guarded() -> Message:
            """A body that did not say how long it is may be too long as well."""
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
            return message

        try:
            await self.app(scope, receive_guarded, send_guarded)
        except Exception as error:
            answer = await self.broken(Request(scope), error)
            # Half an answer cannot be taken back: the connection is cut, so that nobody takes it for a whole one.
            if begun:
                raise ConnectionAbortedError("the answer broke off") from None
            await answer(scope, receive, send_guarded)

    def _refuses(self, scope: Scope) -> tuple[str, str] | None:
        if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
            # PostgreSQL cannot even be asked about a text with NUL in it.
            return "bad-request", "アドレスに使えない文字が入っています。画面のリンクから開いてください。"
        if scope["method"] not in SAFE and not _same_site(Request(scope)):
            return "not-allowed", "ほかのサイトからの操作は受け付けません。つなぐ台帳の画面から操作してください。"
        headers = Headers(scope=scope)
        if _is_foreign_form(headers.get("content-type", "")):
            return "bad-request", "フォームの文字コードは UTF-8 にしてください。"
        length = headers.get("content-length", "")
        limit = body_limit(scope["path"], headers.get("content-type", ""))
        if length.isascii() and length.isdecimal() and int(length[:20]) > limit:
            return "too-large", "送られたものが大きすぎます。分けて送ってください。"
        return None


def _is_foreign_form(content_type: str) -> bool:
    """Whether a form with files names another encoding than UTF-8 (RFC 7578 section 5.1.2 knows of no such parameter).

    Its parser would decode by whatever codec of Python has that name: some raise, some make what is no text.
    """
    kind, _, parameters = content_type.lower().partition(";")
    return kind.strip().startswith("multipart/") and "charset" in _UTF_8.sub("", parameters)


def body_limit(path: str, content_type: str = "multipart/form-data") -> int:
    """How many bytes a request to this address may bring.

    Files alone are put by on the disk; JSON of the size of three photos takes gigabytes of memory to read.
    """
    if _REPORT_DOORS.fullmatch(path):
        return REPORT_LIMIT if content_type.lower().startswith("multipart/") else BODY_LIMIT
    if _TABLE_DOORS.fullmatch(path):
        return TABLE_LIMIT
    return PICTURE_LIMIT if _PICTURE_DOORS.fullmatch(path) else BODY_LIMIT


def _same_site(request: Request) -> bool:
    """Whether a write comes from our own pages, or from no browser at all (Fetch Metadata; RFC 6454 origins)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    if origin == "null":
        # What a browser without Fetch Metadata, or over plain http, says of a page that is not to be referred to.
        return _PUBLIC_FORMS.fullmatch(request.scope["path"]) is not None
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        return False
