"""The burn-up as pages show it: the drawing for wide screens and phones, the table beside it, and what it comes to."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from api.burnup_svg import Chart, draw
from inventory.calendar import fiscal_year, fiscal_year_days, fiscal_year_name, month_day, today, wareki
from inventory.wifi_burnup import Rollout, count_on, rollout

WIDE, HALF, PHONE = 700, 536, 328
# Month ends that the table names before and after today, where the whole time is too long to name them all.
_PAST, _COMING, _ALL = 5, 2, 14


@dataclass(frozen=True, slots=True)
class Row:
    """The counts of one day. ``actual`` is None where it is not known yet."""

    on: date
    words: str
    total: int
    baseline: int
    plan: int
    actual: int | None

    @property
    def difference(self) -> int | None:
        return None if self.actual is None else self.actual - self.plan


@dataclass(frozen=True, slots=True)
class BurnupView:
    """``known`` is the day from which one looks; ``total``, ``done``, ``planned`` and ``first`` are the counts of
    then, or of the last day shown where that is earlier. ``years`` and ``months`` are rows.
    """

    rollout: Rollout
    known: date
    total: int
    done: int
    planned: int
    first: int
    years: list[Row]
    months: list[Row]
    wide: Chart
    phone: Chart
    title: str

    @property
    def day(self) -> date:
        """The day of the counts."""
        return max(self.rollout.since, self.rollout.last)

    @property
    def programme(self) -> Any | None:
        return self.rollout.programme


def load_burnup(
    session: Session,
    *,
    now: datetime,
    programme: str | None = None,
    everything: bool = False,
    since: date | None = None,
    until: date | None = None,
    known_at: datetime | None = None,
    width: int = WIDE,
) -> BurnupView:
    """The section of a page in one statement. Raises what ``wifi_burnup.rollout`` raises."""
    found = rollout(
        session, now=now, programme=programme, everything=everything, since=since, until=until, known_at=known_at
    )
    return view(found, today(known_at or now), audit=known_at is not None, width=width)


def view(found: Rollout, known: date, *, audit: bool, width: int = WIDE) -> BurnupView:
    """``known`` is the day from which one looks."""
    day = max(found.since, found.last)
    at = row(found, day, "")
    done = at.actual or 0
    words = {
        "actual": f"実績 {done:,}館",
        "plan": f"{'その日の' if audit else 'いまの'}計画 {at.plan:,}館",
        "baseline": f"はじめの計画 {at.baseline:,}館",
        "denominator": f"対象 {at.total:,}館",
    }
    now = f"{day.month}月{day.day}日" if audit else "今日"
    years, months = _years(found), _months(found, known)
    if len(_month_ends(found)) <= _ALL:
        years = []
    return BurnupView(
        found,
        known,
        at.total,
        done,
        at.plan,
        at.baseline,
        years,
        months,
        draw(found, words, width=width, height=320 if width < WIDE else 480 if years else 400, now=now),
        draw(found, words, width=PHONE, height=290, now=now),
        f"運用を始めた館の数。{'、'.join(words.values())}。数は表にあります。",
    )


def pace(burnup: BurnupView) -> list[str]:
    """Whether the count of a day holds to the plan it began with and to the one of now; both where they differ.

    A sentence a line.
    """
    done, coming = burnup.done, count_on(burnup.rollout.lines.plan, burnup.rollout.until)
    if done < burnup.total and done == burnup.first == burnup.planned == coming and burnup.day < burnup.rollout.until:
        # Without a plan for the rest nobody can say that it holds.
        return ["のこりの館が使えるようになる日は、まだ決まっていません。"]
    if done == burnup.first == burnup.planned:
        # Of the count alone: a hall that is not due yet may be late with an earlier stage.
        return ["計画どおりの数です。"]
    if burnup.first == burnup.planned:
        return [_against("計画", done - burnup.planned)]
    first, now = done - burnup.first, done - burnup.planned
    if first < 0 and now < 0:
        return [f"はじめの計画より{-first:,}館、いまの計画より{-now:,}館おくれています。"]
    if first > 0 and now > 0:
        return [f"はじめの計画より{first:,}館、いまの計画より{now:,}館すすんでいます。"]
    return [_against("はじめの計画", first), _against("いまの計画", now)]


def _against(plan: str, ahead: int) -> str:
    if not ahead:
        return f"{plan}どおりです。"
    return f"{plan}より{abs(ahead):,}館{'すすんで' if ahead > 0 else 'おくれて'}います。"


def row(found: Rollout, day: date, words: str) -> Row:
    lines = found.lines
    return Row(
        day,
        words,
        count_on(lines.denominator, day),
        count_on(lines.baseline, day),
        count_on(lines.plan, day),
        count_on(lines.actual, day) if found.since <= day <= found.last else None,
    )


def year_ends(found: Rollout) -> list[date]:
    """The last days of the fiscal years in the time of a burn-up."""
    first, last = fiscal_year(found.since), fiscal_year(found.until)
    ends = (fiscal_year_days(year)[1] - timedelta(days=1) for year in range(first, last + 1))
    return [day for day in ends if day <= found.until]


def year_end_words(day: date) -> str:
    return f"{fiscal_year_name(fiscal_year(day))}末"


def _years(found: Rollout) -> list[Row]:
    return [row(found, day, year_end_words(day)) for day in year_ends(found)]


def _month_ends(found: Rollout) -> list[date]:
    ends = []
    month = found.since.year * 12 + found.since.month
    while (day := date(month // 12, month % 12 + 1, 1) - timedelta(days=1)) <= found.until:
        ends.append(day)
        month += 1
    return ends


def _months(found: Rollout, known: date) -> list[Row]:
    """Month ends around the day from which one looks, and that day itself; all of them where they are few."""
    ends = _month_ends(found)
    if len(ends) > _ALL:
        passed = sum(1 for day in ends if day < known)
        ends = ends[max(0, min(passed, len(ends)) - _PAST) : passed + _COMING]
    if found.since <= known <= found.until:
        ends = sorted({*ends, known})
    rows: list[Row] = []
    for day in ends:
        whole = not rows or day.year != rows[-1].on.year
        words = wareki(day) if whole else month_day(day).partition("（")[0]
        if (day + timedelta(days=1)).day == 1:
            words = words[: words.index("月") + 1]
        rows.append(row(found, day, words))
    return rows
