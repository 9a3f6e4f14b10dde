"""The figures of a fiscal year: what was planned, what was reported, what the rows of its courses add up to.

One way to count, for every page, file and answer. A programme's line has two totals: the one that the city reported
and the one counted from its courses; both are kept, and the line says which of them it prints. A programme is the lines
that share a name; its figures are the sum of what its lines print, and the year's are the sum of its programmes'.
「約」 of one figure spreads to every sum that contains it. 実人員 are never added: somebody who came to two courses is
one person, so they are told only where one course or one series is all there is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlmodel import Session

from inventory.borrowers import COURSE, VENUE
from inventory.calendar import fiscal_year_name
from inventory.course_fields import SERIES
from inventory.programmes import PROGRAMME, ProgrammeCard, list_programmes
from inventory.shapes import Card
from inventory.tables import Audience, CourseState, TotalSource, VenueKind


class Total(Card):
    """``courses`` held, ``participants`` 延べ, ``distinct`` 実人員; None where nothing is known. ``approx``: 「約」."""

    courses: int | None = None
    participants: int | None = None
    distinct: int | None = None
    approx: bool = False


class Figures(Total):
    """What is printed, and beside it both totals and the plan.

    ``waiting``: courses that are over and of which nobody has said whether they were held. ``uncounted``: held ones
    without a number of participants.
    """

    reported: Total
    counted: Total
    planned: int | None = None
    planned_participants: int | None = None
    planned_approx: bool = False
    cancelled: int = 0
    postponed: int = 0
    waiting: int = 0
    uncounted: int = 0


class Reason(Card):
    """So many courses were cancelled or postponed for this reason; None where none was written."""

    state: CourseState
    reason: str | None
    courses: int


class HeldAt(Card):
    """A venue at which courses were held."""

    code: str
    name: str
    kind: VenueKind
    courses: int


class LineFigures(Figures):
    """One line of a programme. ``prints`` says whether the printed figures are the reported or the counted ones."""

    id: str
    code: str
    line: str | None
    audience: Audience | None
    call: str | None
    funding: str | None
    partner: str | None
    owner_section: str | None
    prints: TotalSource
    reasons: list[Reason]
    venues: list[HeldAt]
    supporters_asked: int | None
    supporters_agreed: int | None
    venues_note: str | None
    note: str | None


class ProgrammeFigures(Figures):
    """The lines of one name. ``prints`` is None where they differ; ``without`` names the kominkan it did not go to."""

    name: str
    lines: list[LineFigures]
    prints: TotalSource | None
    without: list[str]


class YearSummary(Card):
    fiscal_year: int
    name: str
    programmes: list[ProgrammeFigures]
    grand_total: Figures


def year_summary(session: Session, year: int, *, now: datetime | None = None) -> YearSummary:
    """The figures of a fiscal year, added up by the database. Without ``now`` no course is over, and none waiting."""
    return year_summaries(session, [year], now=now)[year]


def year_summaries(session: Session, years: Sequence[int], *, now: datetime | None = None) -> dict[int, YearSummary]:
    """The figures of several fiscal years, for as many statements as of one."""
    cards = [card for card in list_programmes(session) if card.fiscal_year in set(years)]
    counts = _counts(session, years, now)
    series = _series(session, counts)
    reasons, venues = _reasons(session, years), _venues(session, years)
    kominkan = _kominkan(session)
    found: dict[int, YearSummary] = {}
    for year in years:
        named: dict[str, list[LineFigures]] = {}
        for card in cards:
            if card.fiscal_year == year:
                programme = int(card.id)
                counted = _counted(counts.get(programme, {}), series)
                line = line_of(card, counted, reasons.get(programme, []), venues.get(programme, []))
                named.setdefault(card.name, []).append(line)
        programmes = [_programme(name, lines, kominkan) for name, lines in named.items()]
        found[year] = YearSummary(
            fiscal_year=year,
            name=fiscal_year_name(year),
            programmes=programmes,
            grand_total=Figures(**added(programmes)),
        )
    return found


def sum_of(totals: Iterable[Total]) -> Total:
    """The sum of what is known. Distinct people are known of a sum only where it has one part."""
    parts = list(totals)
    courses = [one.courses for one in parts if one.courses is not None]
    people = [one for one in parts if one.participants is not None]
    brought = [one for one in parts if one.courses or one.participants is not None]
    return Total(
        courses=sum(courses) if courses else None,
        participants=sum(one.participants or 0 for one in people) if people else None,
        distinct=brought[0].distinct if len(brought) == 1 else None,
        approx=any(one.approx for one in people),
    )


def added(parts: Sequence[Figures]) -> dict[str, Any]:
    """The fields of the ``Figures`` that are the sum of these."""
    planned = [one.planned for one in parts if one.planned is not None]
    people = [one for one in parts if one.planned_participants is not None]
    sums = {name: sum(getattr(one, name) for one in parts) for name in ("cancelled", "postponed", "waiting")}
    return {
        **sum_of(parts).model_dump(),
        **sums,
        "reported": sum_of(one.reported for one in parts),
        "counted": sum_of(one.counted for one in parts),
        "planned": sum(planned) if planned else None,
        "planned_participants": sum(one.planned_participants or 0 for one in people) if people else None,
        "planned_approx": any(one.planned_approx for one in people),
        "uncounted": sum(one.uncounted for one in parts),
    }


def line_of(
    card: ProgrammeCard,
    counted: Mapping[str, Any],
    reasons: Sequence[Reason] = (),
    venues: Sequence[HeldAt] = (),
) -> LineFigures:
    """A line of a programme. ``counted`` are the fields of its ``Figures`` that come from its courses."""
    people = card.reported_participants
    reported = Total(
        courses=card.reported_courses,
        participants=people,
        distinct=card.reported_distinct,
        approx=card.approx and people is not None,
    )
    given = card.reported_courses is not None or people is not None
    # A choice of the reported total waits for its figures.
    prints = (card.prints or TotalSource.REPORTED) if given else TotalSource.COUNTED
    printed = reported if prints is TotalSource.REPORTED else counted["counted"]
    same = ("id", "code", "line", "audience", "call", "funding", "partner", "owner_section")
    also = ("supporters_asked", "supporters_agreed", "venues_note", "note", "planned_participants")
    return LineFigures(
        **{name: getattr(card, name) for name in (*same, *also)},
        **counted,
        **printed.model_dump(),
        reported=reported,
        planned=card.planned_courses,
        planned_approx=card.planned_approx and card.planned_participants is not None,
        prints=prints,
        reasons=list(reasons),
        venues=list(venues),
    )


def _programme(name: str, lines: list[LineFigures], kominkan: list[tuple[str, str]]) -> ProgrammeFigures:
    sources = {one.prints for one in lines}
    held = {venue.code for line in lines for venue in line.venues if venue.kind is VenueKind.KOMINKAN}
    without = [hall for code, hall in kominkan if code not in held]
    return ProgrammeFigures(
        **added(lines),
        name=name,
        lines=lines,
        prints=sources.pop() if len(sources) == 1 else None,
        # What went round the kominkan names those it left out; what was held in two of them need not name the rest.
        without=without if len(held) > len(without) else [],
    )


_OF_YEAR = COURSE.join(PROGRAMME, COURSE.c.programme_id == PROGRAMME.c.id)
# One number for a series or a course that stands alone.
_RUN = func.coalesce(COURSE.c.series_id, -COURSE.c.id)


def _counts(session: Session, years: Sequence[int], now: datetime | None) -> dict[int, dict[CourseState, Any]]:
    """One row per programme and state."""
    over = [] if now is None else [func.sum(case((COURSE.c.ends_at <= now, 1), else_=0)).label("over")]
    about = and_(COURSE.c.approx, COURSE.c.participants.is_not(None))
    query = (
        select(
            COURSE.c.programme_id,
            COURSE.c.state,
            func.count().label("courses"),
            func.count(COURSE.c.participants).label("told"),
            func.sum(COURSE.c.participants).label("participants"),
            func.sum(case((about, 1), else_=0)).label("about"),
            func.min(COURSE.c.participants_distinct).label("distinct"),
            func.min(_RUN).label("first_run"),
            func.max(_RUN).label("last_run"),
            *over,
        )
        .select_from(_OF_YEAR)
        .where(PROGRAMME.c.fiscal_year.in_(years))
        .group_by(COURSE.c.programme_id, COURSE.c.state)
    )
    found: dict[int, dict[CourseState, Any]] = defaultdict(dict)
    for row in session.connection().execute(query):
        found[row.programme_id][row.state] = row
    return found


def _series(session: Session, counts: Mapping[int, Mapping[CourseState, Any]]) -> dict[int, int]:
    """Distinct people of the series that are all that was held of a programme."""
    held = [states[CourseState.HELD] for states in counts.values() if CourseState.HELD in states]
    only = [row.first_run for row in held if row.first_run == row.last_run and row.first_run > 0]
    if not only:
        return {}
    query = select(SERIES.c.id, SERIES.c.participants_distinct).where(
        SERIES.c.id.in_(only), SERIES.c.participants_distinct.is_not(None)
    )
    return {row.id: row.participants_distinct for row in session.connection().execute(query)}


def _counted(states: Mapping[CourseState, Any], series: Mapping[int, int]) -> dict[str, Any]:
    held, planned = states.get(CourseState.HELD), states.get(CourseState.PLANNED)
    counts = {
        state.value: states[state].courses if state in states else 0
        for state in (CourseState.CANCELLED, CourseState.POSTPONED)
    }
    return {
        "counted": _total(held, series) if held else Total(),
        "waiting": getattr(planned, "over", 0) if planned else 0,
        "uncounted": held.courses - held.told if held else 0,
        **counts,
    }


def _total(held: Any, series: Mapping[int, int]) -> Total:
    distinct = None
    if held.first_run == held.last_run:
        distinct = held.distinct if held.courses == 1 else None
        distinct = series.get(held.first_run) if distinct is None else distinct
    people = None if held.participants is None else int(held.participants)
    # More people than seats taken is a slip of the pen that no report repeats.
    fits = people is not None and distinct is not None and distinct <= people
    return Total(
        courses=held.courses, participants=people, distinct=distinct if fits else None, approx=bool(held.about)
    )


def _reasons(session: Session, years: Sequence[int]) -> dict[int, list[Reason]]:
    count = func.count().label("courses")
    query = (
        select(COURSE.c.programme_id, COURSE.c.state, COURSE.c.cancel_reason, count)
        .select_from(_OF_YEAR)
        .where(
            PROGRAMME.c.fiscal_year.in_(years),
            COURSE.c.state.in_([CourseState.CANCELLED, CourseState.POSTPONED]),
        )
        .group_by(COURSE.c.programme_id, COURSE.c.state, COURSE.c.cancel_reason)
        .order_by(count.desc(), COURSE.c.state, COURSE.c.cancel_reason)
    )
    found: dict[int, list[Reason]] = defaultdict(list)
    for row in session.connection().execute(query):
        found[row.programme_id].append(Reason(state=row.state, reason=row.cancel_reason, courses=row.courses))
    return found


def _venues(session: Session, years: Sequence[int]) -> dict[int, list[HeldAt]]:
    query = (
        select(COURSE.c.programme_id, VENUE.c.code, VENUE.c.name, VENUE.c.kind, func.count().label("courses"))
        .select_from(_OF_YEAR.join(VENUE, COURSE.c.venue_id == VENUE.c.id))
        .where(PROGRAMME.c.fiscal_year.in_(years), COURSE.c.state == CourseState.HELD)
        .group_by(COURSE.c.programme_id, VENUE.c.id, VENUE.c.code, VENUE.c.name, VENUE.c.kind)
        .order_by(VENUE.c.code)
    )
    found: dict[int, list[HeldAt]] = defaultdict(list)
    for row in session.connection().execute(query):
        found[row.programme_id].append(HeldAt(code=row.code, name=row.name, kind=row.kind, courses=row.courses))
    return found


def _kominkan(session: Session) -> list[tuple[str, str]]:
    query = select(VENUE.c.code, VENUE.c.name).where(VENUE.c.kind == VenueKind.KOMINKAN).order_by(VENUE.c.code)
    return [(row.code, row.name) for row in session.connection().execute(query)]
