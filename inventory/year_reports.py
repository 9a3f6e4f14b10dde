"""The report of a fiscal year as one whole: figures, what stands beside them, texts and photos.

The page, the PDF and the workbook are drawn from a ``YearReport``; so is an edition, which is one that was kept.
"""

from collections.abc import Sequence
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
from inventory.year_figures import Figures, YearSummary, year_summaries

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


class YearOfProgramme(Card):
    """What a programme, or all of them, planned for a fiscal year and brought in it; 参加者 are 延べ."""

    courses: int | None
    participants: int | None
    approx: bool
    planned: int | None
    planned_participants: int | None
    planned_approx: bool


class SideBySide(Card):
    """A programme over the years of its ``Compared``; None where a year does not have it."""

    name: str
    years: list[YearOfProgramme | None]


class InHand(Card):
    """Devices lent in a fiscal year and venues with wifi in service on its last day; None where nothing was told."""

    devices: int | None
    wifi_in_service: int | None


class Compared(Card):
    """Three fiscal years, the report's own as the third, and the one after it for its plan: four ``years``.

    ``total`` is every programme's, ``in_hand`` is of the three years.
    """

    years: list[int]
    programmes: list[SideBySide]
    total: list[YearOfProgramme | None]
    in_hand: list[InHand]


class YearReport(Card):
    """``texts`` are those of the sheet by number, ①–⑧; ``as_of`` is the day on which the figures were taken."""

    fiscal_year: int
    as_of: date
    summary: YearSummary
    beside: Beside
    compared: Compared
    texts: dict[int, str]
    programmes: list[ProgrammeTexts]


def year_report(session: Session, year: int, *, now: datetime) -> YearReport:
    """Everything that the report of a year says today."""
    texts = report_texts(session, year)
    summaries = compared_years(session, year, now=now)
    summary = summaries[2]
    photos = _photos(session, year)
    besides = [year_beside(session, one, now=now) for one in (year - 2, year - 1, year)]
    return YearReport(
        fiscal_year=year,
        as_of=today(now),
        summary=summary,
        beside=besides[-1],
        compared=_compared(summaries, besides),
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


def _compared(summaries: Sequence[YearSummary], besides: Sequence[Beside]) -> Compared:
    """Programmes by name over the years, in the order in which the newest year has them."""
    named = [{one.name: one for one in year.programmes} for year in summaries]
    names = dict.fromkeys(name for year in reversed(named) for name in year)
    return Compared(
        years=[year.fiscal_year for year in summaries],
        programmes=[
            SideBySide(name=name, years=[_of_year(year[name]) if name in year else None for year in named])
            for name in names
        ],
        total=[_of_year(year.grand_total) if year.programmes else None for year in summaries],
        in_hand=[InHand(devices=one.devices, wifi_in_service=one.wifi_in_service) for one in besides],
    )


def _of_year(figures: Figures) -> YearOfProgramme:
    return YearOfProgramme(**{name: getattr(figures, name) for name in YearOfProgramme.model_fields})


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
