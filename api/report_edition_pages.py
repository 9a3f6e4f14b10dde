"""確定版 on screen: making one, reading it as it was submitted, and what has changed since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlmodel import Session

from api.course_views import headline
from api.files import pdf_file
from api.forms import Sent, Wrong, wrong, wrong_status
from api.label_orders import in_ink
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS
from api.year_report_papers import year_paper
from api.year_report_sheet import sheet_of, standing_of, with_photos
from inventory.calendar import fiscal_year_name, today
from inventory.report_differences import Difference, differences
from inventory.report_editions import Edition, EditionCard, FixReport, edition, editions, fix_report
from inventory.shapes import BlankIsNone
from inventory.year_figures import YearSummary, year_summary
from inventory.year_reports import photo_contents, printable_photos_of, year_report
from labels.year_report import year_report_pdf

pages = APIRouter(include_in_schema=False)
Year = Annotated[int, Path(ge=1989, le=2999)]
Number = Annotated[int, Path(ge=1, le=99999)]
TotalWord = Annotated[Literal["approx", "plain"] | None, BlankIsNone]


@dataclass(frozen=True)
class _Fixing:
    summary: YearSummary
    editions: list[EditionCard]
    since: list[Difference]


def _fixing(session: Session, year: int, now: datetime) -> _Fixing:
    kept = editions(session, year)
    since: list[Difference] = []
    if kept:
        since = differences(edition(session, year, kept[0].number).report, year_report(session, year, now=now))
    return _Fixing(year_summary(session, year, now=now), kept, since)


@pages.get("/reports/{year}/fix", dependencies=[DESK])
async def ask_edition(request: Request, year: Year, look: Look, now: Now, total: TotalWord = None) -> Response:
    values = {"submitted_on": today(now).isoformat(), "total": total or "approx"}
    return await _form(request, year, look, now, values)


@pages.post("/reports/{year}/fix", dependencies=[DESK])
async def make_edition(request: Request, year: Year, sent: Sent, look: Look, now: Now) -> Response:
    try:
        fields: dict[str, object] = {**sent.given("submitted_on", "note")}
        order = FixReport.model_validate(fields | {"with_approx": sent.values.get("total") != "plain"})
        card = await sent.act(fix_report, order, status=201, year=year)
    except Wrong as error:
        return await _form(request, year, look, now, sent.values, error)
    return see_other(f"/reports/{year}/editions/{card.number}", done="report-fixed")


async def _form(
    request: Request, year: int, look: Look, now: datetime, values: dict[str, str], error: Exception | None = None
) -> Response:
    found = await look.read(_fixing, year, now)
    errors = wrong(error) if error else {}
    if "submitted_on" in errors and isinstance(error, ValidationError):
        errors["submitted_on"] = "提出した日を、2026-05-31 のように書いてください。"
    return render(
        request,
        "reports/fix.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        year=year,
        number=(found.editions[0].number if found.editions else 0) + 1,
        last=found.editions[0] if found.editions else None,
        since=found.since,
        approx=found.summary.grand_total.approx,
        sentences=headline(found.summary),
        empty=not found.summary.programmes,
        values=values,
        errors=errors,
    )


def _printed(session: Session, year: int, number: int) -> tuple[Edition, dict[str, bytes]]:
    kept = edition(session, year, number)
    return kept, photo_contents(session, kept.report)


@pages.get("/reports/{year}/editions/{number}.pdf", dependencies=[READERS])
async def edition_pdf(request: Request, year: Year, number: Number, look: Look) -> Response:
    """The report as it was submitted, from what was kept then."""
    kept, photos = await look.read(_printed, year, number)
    sheet = sheet_of(kept.report, with_approx=kept.card.with_approx)
    paper = year_paper(sheet, photos, request.app.state.settings, standing=standing_of(kept.card))
    made = await in_ink(request, year_report_pdf, paper)
    return pdf_file(made, f"report-{year}-{number}", f"{sheet.year}-{sheet.title}-第{number}版")


@dataclass(frozen=True)
class _Kept:
    edition: Edition
    since: list[Difference]
    newest: int
    printable: set[str]


def _kept(session: Session, year: int, number: int, now: datetime) -> _Kept:
    kept = edition(session, year, number)
    since = differences(kept.report, year_report(session, year, now=now))
    return _Kept(kept, since, editions(session, year)[0].number, printable_photos_of(session, kept.report))


@pages.get("/reports/{year}/editions/{number}", dependencies=[READERS])
async def one_edition(request: Request, year: Year, number: Number, look: Look, now: Now) -> Response:
    found = await look.read(_kept, year, number, now)
    card = found.edition.card
    sheet = with_photos(sheet_of(found.edition.report, with_approx=card.with_approx), found.printable)
    return render(
        request,
        "reports/edition.html",
        nav="courses",
        year=year,
        name=fiscal_year_name(year),
        card=card,
        standing=standing_of(card),
        intact=found.edition.intact,
        sheet=sheet,
        since=found.since,
        newest=found.newest,
    )
