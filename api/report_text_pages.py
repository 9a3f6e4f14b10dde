"""The texts of a year's report on screen: all of them, and one with its versions."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look
from api.visitors import DESK
from inventory.calendar import fiscal_year_name
from inventory.errors import Stale
from inventory.programmes import ProgrammeCard, list_programmes
from inventory.report_texts import (
    FIGURES,
    MARKS,
    PROGRAMME_ITEMS,
    SHEET_ITEMS,
    CopyReportTexts,
    ReportTextCard,
    WriteReportText,
    copy_report_texts,
    report_text_history,
    report_texts,
    words_of,
    write_report_text,
)
from inventory.shapes import BlankIsNone

pages = APIRouter(include_in_schema=False)
Year = Annotated[int, Path(ge=1989, le=2999)]
ItemNumber = Annotated[int, Path(alias="item", ge=1, le=8)]
Programme = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone, Query()]
# What belongs under each heading, in a sentence for whoever writes it.
HINTS = {
    1: "この取組で、市民のくらしがどうなるかを書きます。",
    2: "いま困っていることと、その人数や地域を書きます。",
    3: "この年度に、どこまでやるかを書きます。",
    4: "だれのための取組かを書きます。",
    5: "講座、相談、貸出など、したことを書きます。",
    6: "担当の課と、いっしょに取り組む団体を書きます。",
    7: "数は台帳から入ります。数の下に書き添えることだけを書きます。",
    8: "次の年度からどうするかを書きます。",
}
PROGRAMME_HINTS = {
    1: "だれに、どこで、何をする事業かを書きます。",
    2: "できるようになったこと、参加者の声などを書きます。",
}


@dataclass(frozen=True)
class _Texts:
    texts: list[ReportTextCard]
    before: list[ReportTextCard]
    programmes: list[ProgrammeCard]


def _texts(session: Session, year: int) -> _Texts:
    programmes = {card.name: card for card in reversed(list_programmes(session, fiscal_year=year))}
    return _Texts(report_texts(session, year), report_texts(session, year - 1), list(programmes.values())[::-1])


@pages.get("/reports/{year}/texts", dependencies=[DESK])
async def all_texts(request: Request, year: Year, look: Look) -> Response:
    return await _all(request, year, look)


async def _all(request: Request, year: int, look: Look, error: Exception | None = None) -> Response:
    found = await look.read(_texts, year)
    own = words_of(found.texts, None)
    items = [(number, f"{MARKS[number - 1]}{name}", own.get(number, "")) for number, name in SHEET_ITEMS.items()]
    programmes = [
        (
            card,
            [
                (number, f"{MARKS[number - 1]}{name}", words_of(found.texts, card.name).get(number, ""))
                for number, name in PROGRAMME_ITEMS.items()
            ],
        )
        for card in found.programmes
    ]
    places = [words for _, _, words in items] + [words for _, rows in programmes for _, _, words in rows]
    return render(
        request,
        "reports/texts.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        year=year,
        items=items,
        programmes=programmes,
        written=sum(bool(words) for words in places),
        places=len(places),
        last_year=fiscal_year_name(year - 1),
        copyable=any(card.words for card in found.before),
        figures=FIGURES,
        errors=wrong(error) if error else {},
    )


@pages.post("/reports/{year}/texts/copy", dependencies=[DESK])
async def copy_texts(request: Request, year: Year, sent: Sent, look: Look) -> Response:
    """Take last year's texts where there is none yet."""
    try:
        order = CopyReportTexts.model_validate(sent.given("from_year"))
        await sent.act(copy_report_texts, order, status=201, year=year)
    except Wrong as error:
        return await _all(request, year, look, error)
    return see_other(f"/reports/{year}/texts", done="report-texts")


@dataclass(frozen=True)
class _Text:
    programme: ProgrammeCard | None
    versions: list[ReportTextCard]


def _text(session: Session, year: int, item: int, programme: str | None) -> _Text:
    versions = report_text_history(session, year, item, programme=programme)
    cards = list_programmes(session, fiscal_year=year) if programme else []
    return _Text(next((card for card in cards if card.id == programme), None), versions)


@pages.get("/reports/{year}/texts/{item}", dependencies=[DESK])
async def one_text(request: Request, year: Year, item: ItemNumber, look: Look, programme: Programme = None) -> Response:
    return await _one(request, year, item, programme, look)


@pages.post("/reports/{year}/texts/{item}", dependencies=[DESK])
async def write_text(request: Request, year: Year, item: ItemNumber, sent: Sent, look: Look) -> Response:
    programme = sent.values.get("programme") or None
    try:
        order = WriteReportText.model_validate(
            {
                "item": item,
                "programme": programme,
                "words": sent.values.get("words", ""),
                "seen": sent.values.get("seen") or None,
            }
        )
        await sent.act(write_report_text, order, status=201, year=year)
    except Wrong as error:
        return await _one(request, year, item, programme, look, error, sent.values.get("words", ""))
    return see_other(f"/reports/{year}/texts", done="report-text")


async def _one(
    request: Request,
    year: int,
    item: int,
    programme: str | None,
    look: Look,
    error: Exception | None = None,
    words: str | None = None,
) -> Response:
    found = await look.read(_text, year, item, programme)
    newest = found.versions[0] if found.versions else None
    names, hints = (PROGRAMME_ITEMS, PROGRAMME_HINTS) if programme else (SHEET_ITEMS, HINTS)
    return render(
        request,
        "reports/text.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        year=year,
        item=item,
        programme=found.programme,
        heading=f"{MARKS[item - 1]}{names.get(item, '')}",
        hint=hints.get(item, ""),
        newest=newest,
        versions=found.versions,
        words=words if words is not None else newest.words if newest else "",
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )
