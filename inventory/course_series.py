"""Series: several dates under one title, entered in one act, and the days that a weekly rule would give."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field, model_validator
from sqlalchemy import func, select
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import COURSE
from inventory.calendar import TOKYO, today
from inventory.closures import closed_on
from inventory.course_fields import (
    SERIES,
    SHARED,
    SHARED_REFERENCES,
    CourseContent,
    Dates,
    refer,
    search_of,
    venue_name,
)
from inventory.courses import CourseCard, course_cards
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.programmes import PROGRAMME
from inventory.revisions import must_be_current
from inventory.shapes import Card, Day, Identifier, LongName, OptionalCount, Shape, row_id
from inventory.tables import Course, CourseSeries, CourseState
from inventory.venues import venue_by_code

# As many dates as a year has weeks, and some more.
MOST = 60
_CLOSED_AHEAD = 8
_A_YEAR = timedelta(days=400)


class Weekly(Shape):
    """So many ``times`` from the ``first`` day on, every so many weeks, at the same hours of Asia/Tokyo.

    ``skip_closed``: a day on which the hall is closed is passed over, and the series becomes so much longer.
    """

    first: Day
    starts: time
    ends: time
    times: Annotated[int, Field(ge=1, le=MOST)]
    every_weeks: Annotated[int, Field(ge=1, le=8)] = 1
    skip_closed: bool = False

    @model_validator(mode="after")
    def _lasts(self) -> "Weekly":
        if self.starts.tzinfo is not None or self.ends.tzinfo is not None:
            raise ValueError("時刻は、13:30 のように書いてください")
        if self.ends <= self.starts:
            raise ValueError("終わりの時刻が、始まりより前です。時刻をたしかめてください")
        return self


class NewSeries(CourseContent):
    """``dates`` as they are, or a ``weekly`` rule that gives them. Each becomes a course 「title（第1回）」."""

    programme: Identifier
    dates: Annotated[list[Dates], Field(min_length=1, max_length=MOST)] | None = None
    weekly: Weekly | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "NewSeries":
        if (self.dates is None) == (self.weekly is None):
            raise ValueError("日にちを並べるか、毎週のきまりを書くか、どちらか1つにしてください")
        return self


class MoreDates(Shape):
    dates: Annotated[list[Dates], Field(min_length=1, max_length=MOST)]


class ChangeSeries(Shape):
    """``participants_distinct``: people who came to any of the dates, each once."""

    title: LongName | None = None
    participants_distinct: OptionalCount = None


class SeriesCard(Card):
    """``participants`` is the sum (延べ) of the dates that were counted, None where none was; ``approx`` its 「約」."""

    id: str
    programme: str
    programme_name: str
    fiscal_year: int
    title: str
    participants: int | None
    participants_distinct: int | None
    approx: bool
    revision: int
    courses: list[CourseCard]


class ProposedDate(Card):
    """``closed``: why the hall is closed on that day, None where it is open or no hall is named."""

    starts_at: datetime
    ends_at: datetime
    closed: str | None


class ProposedDates(Card):
    """``passed_over``: days that the rule gives and that were left out because the hall is closed."""

    items: list[ProposedDate]
    passed_over: list[ProposedDate]


def create_series(session: Session, order: NewSeries, *, by: By, now: datetime, op_id: str) -> SeriesCard:
    """Enter a series and all its dates in one act.

    Raises:
        Invalid: what it refers to is unknown or does not go together, or a date stands twice.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    given = order.model_dump(exclude={"dates", "weekly"})
    found = refer(session, given)
    dates = order.dates
    if order.weekly is not None:
        proposed = propose(session, order.weekly, venue=found["venue_id"]).items
        if len(proposed) < order.weekly.times:
            raise Invalid.field("weekly", "休館日が続くので、回数がそろいません。曜日か回数を変えてください。")
        dates = [Dates(starts_at=one.starts_at, ends_at=one.ends_at) for one in proposed]
    assert dates is not None
    series = CourseSeries(programme_id=found["programme_id"], title=order.title, entry=entry)
    session.add(series)
    session.flush()
    references = {name: found[name] for name in SHARED_REFERENCES}
    values = {name: given[name] for name in (*SHARED, "note")} | references
    made = add_dates(session, series, values, dates, before=0, entry=entry)
    journal.note(session, "create_series", series=series.id, courses=made)
    return series_card(session, str(series.id))


def extend_series(session: Session, order: MoreDates, *, series: str, by: By, now: datetime, op_id: str) -> SeriesCard:
    """Add dates to a series: each is like the one that begins last.

    Raises:
        Invalid: the series has no date to follow, or one of these dates already, or would have too many.
        NotFound: there is no such series.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _series(session, series)
    query = select(COURSE).where(COURSE.c.series_id == row.id).order_by(COURSE.c.starts_at.desc(), COURSE.c.id.desc())
    there = session.connection().execute(query).all()
    if not there:
        raise Invalid.field(
            "dates", "この連続講座には、もとになる日がありません。講座を加えるときに、この連続講座を選んでください。"
        )
    if len(there) + len(order.dates) > MOST:
        raise Invalid.field("dates", f"1つの連続講座は{MOST}回までです。新しい連続講座を作ってください。")
    taken = {one.starts_at for one in there if one.state in (CourseState.PLANNED, CourseState.HELD)}
    if any(one.starts_at in taken for one in order.dates):
        raise Invalid.field("dates", "同じ日時の回が、もうあります。日時をたしかめてください。")
    values = {name: getattr(there[0], name) for name in (*SHARED, *SHARED_REFERENCES)}
    made = add_dates(session, row, values, order.dates, before=len(there), entry=entry)
    journal.note(session, "extend_series", series=row.id, courses=made)
    return series_card(session, series)


def change_series(
    session: Session, change: ChangeSeries, *, series: str, revision: int, by: By, now: datetime, op_id: str
) -> SeriesCard:
    """Change the title or how many people came.

    Raises:
        Invalid: more people than were counted at all dates together.
        NotFound, Stale.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _series(session, series)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    fields = {name: value for name, value in given.items() if value is not None or name != "title"}
    people = fields.get("participants_distinct")
    counted = select(func.sum(COURSE.c.participants)).where(COURSE.c.series_id == row.id)
    visits = session.connection().execute(counted).scalar()
    if people is not None and visits is not None and people > visits:
        raise Invalid.field(
            "participants_distinct",
            f"実人員が、各回の延べ人数の計（{visits}人）より多くなっています。数をたしかめてください。",
        )
    row.sqlmodel_update(fields)
    row.revision += 1
    session.add(row)
    session.flush()
    journal.note(session, "change_series", series=row.id, fields=sorted(fields))
    return series_card(session, series)


def series_card(session: Session, series: str) -> SeriesCard:
    """Raises NotFound when there is no such series."""
    query = select(SERIES, PROGRAMME.c.name.label("programme_name"), PROGRAMME.c.fiscal_year).join_from(
        SERIES, PROGRAMME, SERIES.c.programme_id == PROGRAMME.c.id
    )
    row = session.connection().execute(query.where(SERIES.c.id == row_id(series))).first()
    if row is None:
        raise _no_series()
    numbers = session.connection().execute(select(COURSE.c.id).where(COURSE.c.series_id == row.id)).scalars()
    courses = course_cards(session, list(numbers))
    told = [one for one in courses if one.state == CourseState.HELD and one.participants is not None]
    return SeriesCard(
        id=str(row.id),
        programme=str(row.programme_id),
        programme_name=row.programme_name,
        fiscal_year=row.fiscal_year,
        title=row.title,
        participants=sum(one.participants or 0 for one in told) if told else None,
        participants_distinct=row.participants_distinct,
        approx=any(one.approx for one in told),
        revision=row.revision,
        courses=courses,
    )


def series_of(session: Session, programme: str) -> list[tuple[str, str]]:
    """Id and title of a programme's series, the newest first."""
    query = select(SERIES.c.id, SERIES.c.title).where(SERIES.c.programme_id == row_id(programme))
    rows = session.connection().execute(query.order_by(SERIES.c.id.desc()).limit(200))
    return [(str(row.id), row.title) for row in rows]


def propose_dates(session: Session, rule: Weekly, venue: str | None) -> ProposedDates:
    """The days that a rule gives at a venue (its code); an unknown venue has no closed days."""
    return propose(session, rule, venue=venue_by_code(session, venue) if venue else None)


def propose(session: Session, rule: Weekly, *, venue: int | None) -> ProposedDates:
    """The days that a rule gives; ``venue`` is a row number."""
    step = timedelta(weeks=rule.every_weeks)
    most = rule.times + (_CLOSED_AHEAD if rule.skip_closed else 0)
    days = [rule.first + step * number for number in range(most)]
    closed: dict[date, str] = {}
    if venue is not None:
        closed = closed_on(session, [venue], days[0], days[-1] + timedelta(days=1))[venue]
    proposed = [_proposed(day, rule, closed.get(day)) for day in days]
    if not rule.skip_closed:
        return ProposedDates(items=proposed, passed_over=[])
    kept = [one for one in proposed if one.closed is None][: rule.times]
    last = kept[-1].starts_at if kept else proposed[-1].starts_at
    passed = [one for one in proposed if one.closed is not None and one.starts_at < last]
    return ProposedDates(items=kept, passed_over=passed)


def why_closed(session: Session, venue: str | None, days: Sequence[date]) -> dict[date, str]:
    """Why a venue (its code) is closed on those of the days on which it is."""
    number = venue_by_code(session, venue) if venue and days else None
    if number is None:
        return {}
    told = closed_on(session, [number], min(days), min(max(days), min(days) + _A_YEAR) + timedelta(days=1))[number]
    return {day: why for day, why in told.items() if day in days}


def add_dates(
    session: Session, series: CourseSeries, values: dict[str, Any], dates: list[Dates], *, before: int, entry: int
) -> list[int]:
    """Write the dates of a series, in the order they begin; the row numbers. ``before``: how many it has already.

    Raises:
        Invalid: two of the dates begin together.
    """
    ordered = sorted(dates, key=lambda one: one.starts_at)
    if len({one.starts_at for one in ordered}) < len(ordered):
        raise Invalid.field("dates", "同じ日時が2つあります。日にちをたしかめてください。")
    hall = venue_name(session, values["venue_id"])
    rows: list[Course] = []
    for number, one in enumerate(ordered, start=before + 1):
        title = _numbered(series.title, number)
        same = values | {"title": title, "series_id": series.id, "programme_id": series.programme_id}
        same["search"] = search_of(title, hall)
        rows.append(Course(**same, starts_at=one.starts_at, ends_at=one.ends_at, entry=entry))
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows if row.id is not None]


def _numbered(title: str, number: int) -> str:
    """「title（第2回）」 in at most 120 characters."""
    tail = f"（第{number}回）"
    return title[: 120 - len(tail)] + tail


def _proposed(day: date, rule: Weekly, closed: str | None) -> ProposedDate:
    starts_at, ends_at = (datetime.combine(day, at, tzinfo=TOKYO) for at in (rule.starts, rule.ends))
    return ProposedDate(starts_at=starts_at, ends_at=ends_at, closed=closed)


def shifted(moment: datetime, days: int) -> datetime:
    """The same hour of Asia/Tokyo so many days later."""
    local = moment.astimezone(TOKYO)
    return datetime.combine(today(moment) + timedelta(days=days), local.timetz().replace(tzinfo=None), tzinfo=TOKYO)


def _series(session: Session, series: str) -> CourseSeries:
    row = session.get(CourseSeries, row_id(series))
    if row is None:
        raise _no_series()
    return row


def _no_series() -> NotFound:
    return NotFound("その連続講座は見つかりません。講座の一覧から選んでください。")
