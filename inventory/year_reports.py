"""The report of a fiscal year as one whole: figures, what stands beside them, texts and photos.

The page, the PDF and the workbook are drawn from a ``YearReport``; so is an edition, which is one that was kept.
"""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session

from inventory.borrowers import COURSE
from inventory.calendar import today
from inventory.pictures import PICTURE
from inventory.programmes import PROGRAMME
from inventory.report_texts import report_texts, words_of
from inventory.shapes import Card
from inventory.year_beside import Beside, year_beside
from inventory.year_figures import YearSummary, year_summaries, year_summary

# So many photos of a programme are printed: three rows of two.
MOST_PHOTOS = 6


class ReportPhoto(Card):
    """A photo that everybody on it agreed to have printed; its bytes stay where they are, and go when it is erased."""

    picture: str
    caption: str | None


class ProgrammeTexts(Card):
    """①事業概要 and ②成果 of a programme by their numbers, and the photos of its courses."""

    name: str
    texts: dict[int, str]
    photos: list[ReportPhoto]


class YearReport(Card):
    """``texts`` are those of the sheet by number, ①–⑧; ``as_of`` is the day on which the figures were taken."""

    fiscal_year: int
    as_of: date
    summary: YearSummary
    beside: Beside
    texts: dict[int, str]
    programmes: list[ProgrammeTexts]


def year_report(session: Session, year: int, *, now: datetime) -> YearReport:
    """Everything that the report of a year says today."""
    texts = report_texts(session, year)
    summary = year_summary(session, year, now=now)
    photos = _photos(session, year)
    return YearReport(
        fiscal_year=year,
        as_of=today(now),
        summary=summary,
        beside=year_beside(session, year, now=now),
        texts=dict(words_of(texts, None)),
        programmes=[
            ProgrammeTexts(name=one.name, texts=dict(words_of(texts, one.name)), photos=photos.get(one.name, []))
            for one in summary.programmes
        ],
    )


def report_years(session: Session) -> list[int]:
    """Fiscal years that have a programme, the newest first."""
    query = select(PROGRAMME.c.fiscal_year).distinct().order_by(PROGRAMME.c.fiscal_year.desc())
    return list(session.connection().execute(query).scalars())


def compared_years(session: Session, year: int, *, now: datetime) -> list[YearSummary]:
    """Three fiscal years, the given one last; its plan and the next year's stand in the summaries beside them."""
    years = [year - 2, year - 1, year, year + 1]
    found = year_summaries(session, years, now=now)
    return [found[one] for one in years]


def _photos(session: Session, year: int) -> dict[str, list[ReportPhoto]]:
    """The first photo of each course before any course's second."""
    turn = func.row_number().over(partition_by=PICTURE.c.course_id, order_by=PICTURE.c.id).label("turn")
    of_course = (
        select(PROGRAMME.c.name, PICTURE.c.id, PICTURE.c.caption, turn)
        .select_from(
            PICTURE.join(COURSE, PICTURE.c.course_id == COURSE.c.id).join(
                PROGRAMME, COURSE.c.programme_id == PROGRAMME.c.id
            )
        )
        .where(PROGRAMME.c.fiscal_year == year, PICTURE.c.consent.is_(True), PICTURE.c.erased_at.is_(None))
        .subquery()
    )
    place = (
        func.row_number()
        .over(partition_by=of_course.c.name, order_by=(of_course.c.turn, of_course.c.id))
        .label("place")
    )
    placed = select(of_course.c.name, of_course.c.id, of_course.c.caption, place).subquery()
    query = select(placed).where(placed.c.place <= MOST_PHOTOS).order_by(placed.c.name, placed.c.place)
    found: dict[str, list[ReportPhoto]] = {}
    for row in session.connection().execute(query):
        found.setdefault(row.name, []).append(ReportPhoto(picture=str(row.id), caption=row.caption))
    return found


def photo_contents(session: Session, report: YearReport) -> dict[str, bytes]:
    """The photos of a report by their ids, those alone that may still be printed: consent can be taken back."""
    named = [int(photo.picture) for one in report.programmes for photo in one.photos]
    query = select(PICTURE.c.id, PICTURE.c.content).where(
        PICTURE.c.id.in_(named), PICTURE.c.consent.is_(True), PICTURE.c.content.is_not(None)
    )
    return {str(row.id): bytes(row.content) for row in session.connection().execute(query)} if named else {}


def printable_photos_of(session: Session, report: YearReport) -> set[str]:
    """The ids of those photos of a report that may still be printed."""
    named = [int(photo.picture) for one in report.programmes for photo in one.photos]
    query = select(PICTURE.c.id).where(
        PICTURE.c.id.in_(named), PICTURE.c.consent.is_(True), PICTURE.c.content.is_not(None)
    )
    return {str(number) for number in session.connection().execute(query).scalars()} if named else set()
