"""Help that anybody may open: the handbook, the page of each problem code, the accessibility policy."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.codes import TITLES, Problem
from api.pages import render
from api.visitors import ANYBODY

pages = APIRouter(include_in_schema=False)


@pages.get("/handbook", dependencies=[ANYBODY])
async def handbook(request: Request) -> Response:
    titles = {code: title for code, (_, title) in TITLES.items()}
    return render(request, "help/handbook.html", titles=titles)


@pages.get("/problems/{code}", dependencies=[ANYBODY])
async def problem(request: Request, code: str) -> Response:
    """What a code means and what to do: the ``type`` of every problem leads here (RFC 9457 section 3.1.1)."""
    if code not in TITLES:
        raise Problem("not-found", "この案内はありません。手引きの「困ったとき」から探してください。")
    status, title = TITLES[code]
    return render(request, f"problems/{code}.html", code=code, problem_status=status, heading=title)


@pages.get("/accessibility", dependencies=[ANYBODY])
async def accessibility(request: Request) -> Response:
    """The policy that みんなの公共サイト運用ガイドライン (総務省, 2016) asks public bodies to publish."""
    return render(request, "help/accessibility.html")
