"""Series on screen: its dates are proposed, looked at, and entered in one act; then its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError

from api.course_choices import beside_fields, load_choices, moments
from api.forms import Sent, Submitted, Wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import DESK, READERS
from api.words import jst
from inventory.course_copies import CopySeries, copy_series
from inventory.course_fields import Dates
from inventory.course_series import (
    MOST,
    ChangeSeries,
    MoreDates,
    NewSeries,
    ProposedDates,
    Weekly,
    change_series,
    create_series,
    extend_series,
    propose_dates,
    series_card,
    why_closed,
)
from inventory.errors import Invalid, NotFound, Stale
from inventory.shapes import Day

pages = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(alias="series", max_length=60)]
_RULE = ("first", "starts", "ends", "times", "every_weeks")
_DAY, _TIME = TypeAdapter[date](Day), TypeAdapter[time](time)


@dataclass(frozen=True)
class Row:
    """One date as the form shows it; ``closed`` is why the hall is closed on it."""

    day: str
    starts: str
    ends: str
    closed: str | None = None


@pages.get("/courses/series/new", dependencies=[DESK])
async def ask_series(request: Request, look: Look) -> Response:
    asked = {name: request.query_params.get(name, "") for name in ("programme", "venue")}
    return await _form(request, look, {"times": "5", "every_weeks": "1", **asked}, [])


@pages.post("/courses/series/new", dependencies=[DESK])
async def add_series(request: Request, sent: Sent, look: Look) -> Response:
    """``step`` says what was pressed: propose the days, pass over closed ones, look again, or enter the series."""
    step, rows = sent.values.get("step", "add"), _rows(sent)
    try:
        if step in ("dates", "skip"):
            proposed = await look.read(propose_dates, _rule(sent, step == "skip"), sent.values.get("venue"))
            return await _form(request, look, sent.values, _proposed(proposed))
        if step == "check":
            return await _form(request, look, sent.values, await _checked(look, sent, rows))
        order = {**sent.given(*NewSeries.model_fields), "dates": _dates(rows)}
        card = await sent.act(create_series, NewSeries.model_validate(order), status=201)
    except Wrong as error:
        return await _form(request, look, sent.values, await _checked(look, sent, rows), error)
    return see_other(f"/courses/series/{card.id}", done="series-created")


@pages.get("/courses/series/{series}", dependencies=[READERS])
async def one_series(request: Request, series: Id, look: Look, now: Now) -> Response:
    return await _page(request, look, now, series, {})


@pages.post("/courses/series/{series}/edit", dependencies=[DESK])
async def edit_series(request: Request, series: Id, sent: Sent, look: Look, now: Now) -> Response:
    try:
        change = ChangeSeries.model_validate(sent.values)
        await sent.act(change_series, change, series=series, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return await _page(request, look, now, series, sent.values, error)
    return see_other(f"/courses/series/{series}", done="changed")


@pages.post("/courses/series/{series}/dates", dependencies=[DESK])
async def more_dates(request: Request, series: Id, sent: Sent, look: Look, now: Now) -> Response:
    try:
        row = Row(*(sent.values.get(name, "") for name in ("day", "starts", "ends")))
        order = MoreDates(dates=_dates([row], suffix=""))
        await sent.act(extend_series, order, status=201, series=series)
    except NotFound:
        raise
    except Wrong as error:
        return await _page(request, look, now, series, sent.values, error)
    return see_other(f"/courses/series/{series}", done="series-dates")


@pages.post("/courses/series/{series}/copy", dependencies=[DESK])
async def copy(request: Request, series: Id, sent: Sent, look: Look, now: Now) -> Response:
    try:
        order = CopySeries.model_validate(sent.given("first"))
        card = await sent.act(copy_series, order, status=201, series=series)
    except NotFound:
        raise
    except Wrong as error:
        return await _page(request, look, now, series, sent.values, error)
    return see_other(f"/courses/series/{card.id}", done="series-created")


def _rule(sent: Submitted, skip_closed: bool) -> Weekly:
    return Weekly.model_validate({**sent.given(*_RULE), "skip_closed": skip_closed})


def _rows(sent: Submitted) -> list[Row]:
    """The dates that the form has; a line without a day is dropped."""
    found = []
    for number in range(1, MOST + 1):
        day, starts, ends = (sent.values.get(f"{name}-{number}", "") for name in ("day", "starts", "ends"))
        if day:
            found.append(Row(day, starts, ends))
    return found


def _dates(rows: list[Row], suffix: str = "-{}") -> list[Dates]:
    """What the rows say. Raises Invalid, by the field of the row, for a day or a time that is none."""
    found = []
    for number, row in enumerate(rows, start=1):
        tail = suffix.format(number)
        starts_at, ends_at = _moments(row, tail)
        found.append(Dates(starts_at=starts_at, ends_at=ends_at))
    if not found:
        raise Invalid.field("first", "日にちがありません。「日にちを見る」を押して、日にちをたしかめてください。")
    return found


def _moments(row: Row, tail: str) -> tuple[datetime, datetime]:
    try:
        day = _DAY.validate_python(row.day)
    except ValidationError:
        raise Invalid.field(f"day{tail}", "日にちを選んでください。") from None
    try:
        return moments(day, _TIME.validate_python(row.starts), _TIME.validate_python(row.ends))
    except (ValidationError, Invalid):
        raise Invalid.field(f"ends{tail}", "始まりと終わりの時刻を、この順に書いてください（例：13:30）。") from None


def _proposed(told: ProposedDates) -> list[Row]:
    return [
        Row(
            jst(one.starts_at).date().isoformat(),
            f"{jst(one.starts_at):%H:%M}",
            f"{jst(one.ends_at):%H:%M}",
            one.closed,
        )
        for one in told.items
    ]


async def _checked(look: Look, sent: Submitted, rows: list[Row]) -> list[Row]:
    """The rows with why the hall is closed on their days."""
    days = {row.day: day for row in rows if (day := _day(row.day)) is not None}
    closed = await look.read(why_closed, sent.values.get("venue"), list(days.values()))
    return [Row(row.day, row.starts, row.ends, closed.get(days[row.day]) if row.day in days else None) for row in rows]


def _day(text: str) -> date | None:
    try:
        return _DAY.validate_python(text)
    except ValidationError:
        return None


async def _form(
    request: Request, look: Look, values: Mapping[str, str], rows: list[Row], error: Exception | None = None
) -> Response:
    return render(
        request,
        "courses/series_form.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        values=values,
        rows=rows,
        choices=await look.read(load_choices),
        errors=beside_fields(error, values) if error else {},
    )


async def _page(
    request: Request,
    look: Look,
    now: datetime,
    series: str,
    values: Mapping[str, str],
    error: Exception | None = None,
) -> Response:
    card = await look.read(series_card, series)
    return render(
        request,
        "courses/series.html",
        nav="courses",
        status=wrong_status(error) if error else 200,
        card=card,
        now=now,
        values=values,
        stale=isinstance(error, Stale),
        errors=beside_fields(error, values) if error else {},
    )
