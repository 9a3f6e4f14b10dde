"""The wifi of the venues on screen: the board of stages."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages import render
from api.visitors import READERS

pages = APIRouter(include_in_schema=False)


@pages.get("/wifi", dependencies=[READERS])
async def board(request: Request) -> Response:
    return render(request, "wifi/board.html", nav="venues")
