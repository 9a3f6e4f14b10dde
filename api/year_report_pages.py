"""The reports of fiscal years on screen: all years, one year, its PDF."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.course_views import headline
from api.files import pdf_file
from api.label_orders import in_ink
from api.pages import render
from api.transactions import Look, Now
from api.visitors import READERS
from api.year_report_papers import year_paper
from api.year_report_sheet import sheet_of, standing_now
from inventory.calendar import fiscal_year, today
from inventory.report_editions import EditionCard, editions, newest_editions
from inventory.shapes import BlankIsNone
from inventory.year_figures import YearSummary, year_summaries
from inventory.year_reports import YearReport, photo_contents, report_years, year_report
from labels.year_report import year_report_pdf

pages = APIRouter(include_in_schema=False)
Year = Annotated[int, Path(ge=1989, le=2999)]
TotalWord = Annotated[Literal["approx", "plain"] | None, BlankIsNone]


@dataclass(frozen=True)
class _Years:
    summaries: list[YearSummary]
    editions: dict[int, EditionCard]


def _years(session: Session, now: datetime) -> _Years:
    years = report_years(session)
    found = year_summaries(session, years, now=now) if years else {}
    return _Years([found[year] for year in years], newest_editions(session))


@pages.get("/reports", dependencies=[READERS])
async def all_years(request: Request, look: Look, now: Now) -> Response:
    found = await look.read(_years, now)
    return render(
        request,
        "reports/years.html",
        nav="courses",
        years=found.summaries,
        editions=found.editions,
        this_year=fiscal_year(today(now)),
    )


def _printed(session: Session, year: int, now: datetime) -> tuple[YearReport, dict[str, bytes]]:
    report = year_report(session, year, now=now)
    return report, photo_contents(session, report)


@pages.get("/reports/{year}.pdf", dependencies=[READERS])
async def year_pdf(request: Request, year: Year, look: Look, now: Now, total: TotalWord = None) -> Response:
    """The report on A4 as it is today: a draft until it is fixed."""
    report, photos = await look.read(_printed, year, now)
    sheet = sheet_of(report, with_approx=total != "plain")
    paper = year_paper(sheet, photos, request.app.state.settings, standing=standing_now(report))
    made = await in_ink(request, year_report_pdf, paper)
    return pdf_file(made, f"report-{year}", f"{sheet.year}-{sheet.title}")


@dataclass(frozen=True)
class _Year:
    report: YearReport
    editions: list[EditionCard]


def _year(session: Session, year: int, now: datetime) -> _Year:
    return _Year(year_report(session, year, now=now), editions(session, year))


@pages.get("/reports/{year}", dependencies=[READERS])
async def one_year(request: Request, year: Year, look: Look, now: Now, total: TotalWord = None) -> Response:
    found = await look.read(_year, year, now)
    with_approx = total != "plain"
    sheet = sheet_of(found.report, with_approx=with_approx)
    summary = found.report.summary
    printed = summary.grand_total.model_copy(update={"approx": sheet.total.approx})
    return render(
        request,
        "reports/year.html",
        nav="courses",
        year=year,
        sheet=sheet,
        sentences=headline(summary.model_copy(update={"grand_total": printed})),
        with_approx=with_approx,
        approx=summary.grand_total.approx,
        empty=not summary.programmes,
        editions=found.editions,
        printable=None,
    )
