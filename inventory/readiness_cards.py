"""What a check of a course answers: how bad it is, in which words, and what ends it."""

from datetime import datetime
from enum import StrEnum

from inventory.calendar import TOKYO, month_day, today
from inventory.readiness_stock import Stock
from inventory.shapes import Card


class Level(StrEnum):
    """How bad it is, from nothing to a course that cannot be held like this."""

    OK = "ok"
    CAUTION = "caution"
    NO_GO = "no_go"


class Do(StrEnum):
    """What ends a trouble. The doors know its address and its words."""

    RESERVE_ROUTER = "reserve_router"
    RESERVE_PHONES = "reserve_phones"
    SEE_RESERVATIONS = "see_reservations"
    WIPE = "wipe"
    INSPECT = "inspect"
    CHANGE_COURSE = "change_course"
    ASK_SUPPORTERS = "ask_supporters"
    SEE_CASE = "see_case"
    HOLD_PACK = "hold_pack"
    SEE_ISSUES = "see_issues"
    END_OUTAGE = "end_outage"


class Act(Card):
    """``quantity`` devices of ``pool``, where it is about devices."""

    do: Do
    pool: str | None = None
    quantity: int | None = None


class Check(Card):
    """``ok`` is whether ``level`` is ok; ``detail`` says it in a sentence, ``note`` what stands behind it."""

    name: str
    ok: bool
    level: Level
    detail: str
    note: str | None = None
    act: Act | None = None


def made(
    name: str,
    level: Level,
    detail: str,
    note: str | None = None,
    do: Do | None = None,
    stock: Stock | None = None,
    quantity: int | None = None,
) -> Check:
    act = Act(do=do, pool=stock.id if stock else None, quantity=quantity) if do else None
    return Check(name=name, ok=level is Level.OK, level=level, detail=detail, note=note or None, act=act)


def moment_of(moment: datetime, after: datetime | None = None) -> str:
    """11月26日（木）10:00, or 11:30 alone on the same day as ``after``."""
    local = moment.astimezone(TOKYO)
    clock = f"{local.hour}:{local.minute:02d}"
    return clock if after is not None and today(after) == today(moment) else f"{month_day(today(moment))}{clock}"
