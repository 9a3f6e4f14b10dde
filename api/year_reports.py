"""The report of a fiscal year over JSON: figures, texts in versions, editions, and the workbook."""

from datetime import datetime
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import Path, Query, Response
from sqlmodel import Session

from api.exports import FILE, Written
from api.files import attachment
from api.json_doors import json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import DESK, READERS
from api.year_report_books import figures_table, year_book
from api.year_report_sheet import sheet_of, standing_now, standing_of
from inventory.report_differences import Difference, differences
from inventory.report_editions import Edition, EditionCard, FixReport, edition, editions, fix_report
from inventory.report_texts import (
    CopyReportTexts,
    ReportTextCard,
    TextsCopied,
    WriteReportText,
    copy_report_texts,
    report_text_history,
    report_texts,
    write_report_text,
)
from inventory.shapes import Card
from inventory.year_figures import YearSummary, year_summary
from inventory.year_reports import YearReport, year_report

json = json_router("courses")

Year = Annotated[int, Path(ge=1989, le=2999, description="2026: 1 April 2026 to 31 March 2027.")]
Number = Annotated[int, Path(ge=1, le=99999, description="1 is the first edition of the year.")]
TotalWord = Annotated[
    Literal["approx", "plain"],
    Query(description="How the year's total is printed: with its 約, or plain as 令和3年度 was. The data keeps it."),
]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOOK = {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}


class Texts(Card):
    items: list[ReportTextCard]
    next: None = None
    total: int


class Editions(Card):
    items: list[EditionCard]
    next: None = None
    total: int


class Differences(Card):
    """What today's report says otherwise than the edition."""

    items: list[Difference]
    total: int


@json.get("/api/fiscal-years/{year}/summary", dependencies=[READERS])
async def summary(year: Year, look: Look, now: Now) -> YearSummary:
    """Programmes with what they planned and what they brought, and the grand total.

    Each has its reported and its counted total; ``courses``, ``participants``, ``distinct`` and ``approx`` are those of
    the one that is printed.
    """
    return await look.read(year_summary, year, now=now)


@json.get("/api/fiscal-years/{year}/report", dependencies=[READERS])
async def report(year: Year, look: Look, now: Now) -> YearReport:
    """All that the year's report says today."""
    return await look.read(year_report, year, now=now)


@json.get(
    "/api/fiscal-years/{year}/report.xlsx",
    dependencies=[READERS],
    response_class=Response,
    responses={200: _BOOK},
)
async def report_book(year: Year, look: Look, now: Now, total: TotalWord = "approx") -> Response:
    """The report as a workbook in the form of the sheet, with the figures as a table beside it."""
    found = await look.read(year_report, year, now=now)
    return await _book(found, with_approx=total == "approx", standing=standing_now(found), name=f"report-{year}")


@json.get("/api/fiscal-years/{year}/texts", dependencies=[READERS])
async def texts(year: Year, look: Look) -> Texts:
    """The newest version of every text."""
    items = await look.read(report_texts, year)
    return Texts(items=items, total=len(items))


@json.get("/api/fiscal-years/{year}/texts/{item}", dependencies=[READERS], responses=problems("invalid"))
async def text_versions(
    year: Year,
    item: Annotated[int, Path(ge=1, le=8)],
    look: Look,
    programme: Annotated[str | None, Query(max_length=60)] = None,
) -> Texts:
    """Every version of one text, the newest first."""
    items = await look.read(report_text_history, year, item, programme=programme)
    return Texts(items=items, total=len(items))


@json.post("/api/fiscal-years/{year}/texts", status_code=201, dependencies=[DESK], responses=problems("stale"))
async def write(year: Year, order: WriteReportText, act: ActMaybeOnce) -> ReportTextCard:
    return await act(write_report_text, order, status=201, year=year)


@json.post("/api/fiscal-years/{year}/texts/copy", status_code=201, dependencies=[DESK])
async def copy(year: Year, order: CopyReportTexts, act: ActMaybeOnce) -> TextsCopied:
    """Take an earlier year's texts where this year has none."""
    return await act(copy_report_texts, order, status=201, year=year)


@json.get("/api/fiscal-years/{year}/editions", dependencies=[READERS])
async def all_editions(year: Year, look: Look) -> Editions:
    items = await look.read(editions, year)
    return Editions(items=items, total=len(items))


@json.post("/api/fiscal-years/{year}/editions", status_code=201, dependencies=[DESK], responses=problems("refused"))
async def fix(year: Year, order: FixReport, act: ActMaybeOnce) -> EditionCard:
    """Keep today's report as it was submitted."""
    return await act(fix_report, order, status=201, year=year)


@json.get("/api/fiscal-years/{year}/editions/{number}", dependencies=[READERS], responses=problems("not-found"))
async def one_edition(year: Year, number: Number, look: Look) -> Edition:
    return await look.read(edition, year, number)


@json.get(
    "/api/fiscal-years/{year}/editions/{number}/differences",
    dependencies=[READERS],
    responses=problems("not-found"),
)
async def changed_since(year: Year, number: Number, look: Look, now: Now) -> Differences:
    items = await look.read(differences_since, year, number, now=now)
    return Differences(items=items, total=len(items))


@json.get(
    "/api/fiscal-years/{year}/editions/{number}/report.xlsx",
    dependencies=[READERS],
    response_class=Response,
    responses={200: _BOOK, **problems("not-found")},
)
async def edition_book(year: Year, number: Number, look: Look) -> Response:
    """The workbook of an edition, from what was kept then."""
    found = await look.read(edition, year, number)
    name = f"report-{year}-{number}"
    return await _book(found.report, with_approx=found.card.with_approx, standing=standing_of(found.card), name=name)


@json.get(
    "/api/exports/year_figures.{form}",
    dependencies=[READERS],
    response_class=Response,
    responses={200: FILE},
)
async def year_figures(
    look: Look, written: Written, now: Now, fiscal_year: Annotated[int, Query(ge=1989, le=2999)]
) -> Response:
    """A fiscal year's figures: a row per line of a programme, per programme, and for the year."""
    found = await look.read(year_summary, fiscal_year, now=now)
    return await written("year_figures", figures_table(found))


def differences_since(session: Session, year: int, number: int, *, now: datetime) -> list[Difference]:
    """What today's report says otherwise than the edition. Raises NotFound."""
    return differences(edition(session, year, number).report, year_report(session, year, now=now))


async def _book(found: YearReport, *, with_approx: bool, standing: str, name: str) -> Response:
    sheet = sheet_of(found, with_approx=with_approx)
    content = await run_sync(lambda: year_book(sheet, found.summary, standing=standing))
    full = f"{sheet.year}-{sheet.title}.xlsx"
    return Response(content, media_type=XLSX, headers=attachment(f"{name}.xlsx", full))
