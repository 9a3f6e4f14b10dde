"""What makes the desk open without a network: its service worker, and what a machine installs it as.

Both are the same for everybody and hold nothing of the ledger.
"""

import json
from functools import lru_cache

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from api.pages import STATIC, asset, release
from api.visitors import UNASKED

pages = APIRouter(include_in_schema=False)

_ICONS = (("icons/desk-192.png", "192x192", "any"), ("icons/desk-512.png", "512x512", "any"))
_MASKABLE = ("icons/desk-maskable-512.png", "512x512", "maskable")
MANIFEST = {
    "id": "/desk",
    "name": "つなぐ台帳 窓口",
    "short_name": "窓口",
    "description": "端末の貸出と返却を、電波のないところでも読み取ります。",
    "lang": "ja",
    "start_url": "/desk",
    "scope": "/desk",
    "display": "standalone",
    "background_color": "#fdfbf5",
    "theme_color": "#fdfbf5",
}


def parts() -> list[tuple[str, str]]:
    """Address and content hash of each file the desk is made of; the font comes by itself, slice by slice."""
    files = [path for pattern in ("*.js", "*.css", "*.svg", "icons/*.png") for path in STATIC.glob(pattern)]
    files += [path for path in (STATIC / "vendor").rglob("*") if path.suffix in (".js", ".css", ".wasm")]
    names = sorted(str(path.relative_to(STATIC)) for path in files if path.name != "sw.js")
    return [(f"/static/{name}", asset(name).rpartition("=")[2]) for name in names]


@lru_cache(maxsize=1)
def _worker() -> str:
    fonts = asset("vendor/fonts.css").rpartition("=")[2]
    named = {"RELEASE": release(), "FONTS": fonts, "ASSETS": parts()}
    lines = [f"const {name} = {json.dumps(value)};" for name, value in named.items()]
    return "\n".join([*lines, (STATIC / "sw.js").read_text(encoding="utf-8")])


@pages.get("/desk/sw.js", dependencies=[UNASKED])
async def worker() -> Response:
    """The worker of this release. Its bytes change with whatever the desk is made of, and no cache keeps it."""
    headers = {"Service-Worker-Allowed": "/desk", "Cache-Control": "no-cache"}
    return Response(_worker(), media_type="text/javascript", headers=headers)


@pages.get("/desk/decode_worker.js", dependencies=[UNASKED])
async def decoder() -> Response:
    """The worker that reads labels. Only below /desk does the service worker bring it without a network."""
    text = (STATIC / "decode_worker.js").read_text(encoding="utf-8")
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@pages.get("/desk/manifest.webmanifest", dependencies=[UNASKED])
async def manifest() -> Response:
    """What a telephone needs to put the desk among its apps (W3C Web Application Manifest)."""
    icons = [
        {"src": asset(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for path, sizes, purpose in (*_ICONS, _MASKABLE)
    ]
    content = MANIFEST | {"icons": icons}
    return JSONResponse(content, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})
