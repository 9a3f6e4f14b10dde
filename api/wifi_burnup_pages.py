"""The burn-up on screen: by when it happened, and beside it what the ledger knew on a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.burnup_views import HALF, WIDE, BurnupView, Row, pace, row, view, year_end_words, year_ends
from api.forms import Wrong, wrong, wrong_status
from api.pages import query_of, render
from api.transactions import Look, Now
from api.visitors import READERS
from api.words import long_day
from inventory.calendar import NotADay, jst_day_bounds, parse_day, today
from inventory.errors import Invalid, NotFound
from inventory.shapes import BlankIsNone
from inventory.wifi_burnup import rollout
from inventory.wifi_standing import PROGRAMME

pages = APIRouter(include_in_schema=False)
Word = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
EVERYTHING = "-"
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class Beside:
    """A day by both clocks: as the ledger has it now, and as it had it on the day of the audit."""

    now: Row
    then: Row

    @property
    def late(self) -> int | None:
        """How many halls more the ledger knows of now."""
        return None if self.now.actual is None or self.then.actual is None else self.now.actual - self.then.actual


@dataclass(frozen=True)
class _Loaded:
    burnup: BurnupView
    audit: BurnupView | None
    beside: list[Beside]
    programmes: list[tuple[str, str]]


def _load(session: Session, /, *, now: datetime, known_on: date | None, **asked: Any) -> _Loaded:
    found = rollout(session, now=now, **asked)
    known_at = min(now, jst_day_bounds(known_on)[1] - timedelta(microseconds=1)) if known_on else None
    burnup = view(found, today(now), audit=False, width=HALF if known_at else WIDE)
    programmes = session.connection().execute(
        PROGRAMME.select().with_only_columns(PROGRAMME.c.code, PROGRAMME.c.name).order_by(PROGRAMME.c.from_on.desc())
    )
    named = [(code, name) for code, name in programmes]
    if known_at is None:
        return _Loaded(burnup, None, [], named)
    # Both are drawn over the same days, so that their lines can be compared.
    same = {**asked, "since": found.since, "until": found.until}
    # What is known now is what the first answer tells.
    then = found if known_at >= now else rollout(session, now=now, known_at=known_at, **same)
    audit = view(then, today(known_at), audit=True, width=HALF)
    days = sorted({*year_ends(found), *(one.on for one in audit.months)})
    beside = [Beside(row(found, day, _words(day)), row(then, day, _words(day))) for day in days]
    return _Loaded(burnup, audit, beside, named)


def _words(day: date) -> str:
    """令和5年度末, 令和6年1月 for the end of a month, else the day itself."""
    following = day + timedelta(days=1)
    if following.day > 1:
        return long_day(day)
    return year_end_words(day) if following.month == 4 else long_day(day).partition("月")[0] + "月"


@pages.get("/wifi/burnup", dependencies=[READERS])
async def burnup_page(
    request: Request,
    look: Look,
    now: Now,
    since: Annotated[Word, Query(alias="from")] = None,
    until: Word = None,
    known_at: Word = None,
    programme: Word = None,
) -> Response:
    values: dict[str, str | None] = {"from": since, "until": until, "known_at": known_at}
    error: Exception | None = None
    asked: dict[str, Any] = {"programme": programme, "everything": programme == EVERYTHING}
    try:
        days = _days(values)
        loaded = await look.read(
            _load, now=now, known_on=days["known_at"], since=days["from"], until=days["until"], **asked
        )
        values |= {name: day.isoformat() if day else None for name, day in days.items()}
    except NotFound:
        raise
    except Wrong as refused:
        error = refused
        loaded = await look.read(_load, now=now, known_on=None, **asked)
    burnup = loaded.burnup
    chosen = EVERYTHING if asked["everything"] else burnup.programme.code if burnup.programme else None
    return render(
        request,
        "wifi/burnup.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        burnup=burnup,
        audit=loaded.audit,
        beside=loaded.beside,
        ends=[
            (end, year_end_words(end), query_of(request, known_at=end.isoformat()))
            for end in reversed(year_ends(burnup.rollout))
            if end < today(now)
        ][:6],
        without=query_of(request, known_at=None),
        programmes=loaded.programmes,
        chosen=chosen,
        values=values,
        errors=wrong(error) if error else {},
        sentences=sentences(burnup, loaded.audit),
    )


def _days(values: dict[str, str | None]) -> dict[str, date | None]:
    """The days of the form, however they were written.

    Raises:
        Invalid: one of them is no day.
    """
    found: dict[str, date | None] = {}
    wrong_ones = []
    for name, text in values.items():
        try:
            found[name] = _within(parse_day(text)) if text else None
        except NotADay:
            wrong_ones.append({"field": name, "message": "日は、2026-03-31 や 令和8年3月31日 のように書いてください。"})
    if wrong_ones:
        raise Invalid(wrong_ones[0]["message"], wrong_ones)
    return found


def _within(day: date) -> date:
    """The day, where it is one that the ledger may hold (``shapes.Day``): the calendar of the program ends not far off.

    Raises:
        NotADay: nobody can mean it.
    """
    if not FIRST <= day <= LAST:
        raise NotADay(f"out of the ledger's time: {day}")
    return day


def sentences(burnup: BurnupView, audit: BurnupView | None) -> list[str]:
    """What the page answers."""
    if not burnup.total and not burnup.done:
        return ["数えられる館は、まだありません。"]
    if audit is None:
        if burnup.day < burnup.known:
            return [f"{long_day(burnup.day)}には、{burnup.total:,}館のうち{burnup.done:,}館で使えていました。"]
        # Without a programme only halls that the ledger knows something of are counted; the board counts them all.
        asked = "" if burnup.programme else "段階か見込みの記録がある"
        return [f"{asked}{burnup.total:,}館のうち{burnup.done:,}館で使えます。", *pace(burnup)]
    day = audit.known
    now, then = row(burnup.rollout, day, "").actual, row(audit.rollout, day, "").actual
    if now is None or then is None:
        return ["この日は、えらんだ期間の外です。"]
    word = long_day(day)
    if now == then:
        return [f"{word}に使えていたのは{now:,}館です。", "その日の台帳も、同じ数でした。"]
    return [f"{word}に使えていたのは{now:,}館です。", f"その日の台帳では{then:,}館でした。"]
