"""Until when a loan goes: a day, a time, or the end of the officer's term."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import model_validator
from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import COURSE
from inventory.calendar import today
from inventory.errors import Invalid
from inventory.shapes import Day, Instant, Shape


class DueBy(Shape):
    """Exactly one of: the last day, a time, or the end of the officer's term."""

    on: Day | None = None
    at: Instant | None = None
    end_of_office: bool | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "DueBy":
        if sum((self.on is not None, self.at is not None, bool(self.end_of_office))) != 1:
            raise ValueError("返す日、返す時刻、任期の終わりのどれか1つを選んでください")
        return self


def default_due(session: Session, borrower: dict[str, Any], devices: Sequence[Any], now: datetime) -> dict[str, Any]:
    """The due columns of a loan nobody gave a due day: the course's end, the end of office, or the pool's days.

    Raises:
        Invalid: none of the three is known.
    """
    if borrower["course_id"] is not None:
        ends_at = (
            session.connection()
            .execute(select(COURSE.c.ends_at).where(COURSE.c.id == borrower["course_id"]))
            .scalar_one()
        )
        # A course that is over still gets its phones booked out when the papers are done late: due is today then.
        return {"due_on": max(today(ends_at), today(now)), "due_at": max(ends_at, now), "end_of_office": False}
    if borrower["officer_id"] is not None:
        return {"due_on": None, "due_at": None, "end_of_office": True}
    days = [device.default_days for device in devices if device.default_days is not None]
    if days:
        return {"due_on": today(now) + timedelta(days=min(days)), "due_at": None, "end_of_office": False}
    raise Invalid.field("due", "返す日を書いてください。")


def given_due(due: DueBy, officer: int | None, now: datetime) -> dict[str, Any]:
    """The due columns of a loan with this due day.

    Raises:
        Invalid: the day is past, or it is the end of an office nobody holds.
    """
    if due.end_of_office:
        if officer is None:
            raise Invalid.field(
                "due", "任期の終わりまで貸せるのは、役職者のいる自治会だけです。返す日を書いてください。"
            )
        return {"due_on": None, "due_at": None, "end_of_office": True}
    day = due.on or today(due.at)  # type: ignore[arg-type]
    if day < today(now):
        raise Invalid.field("due", "返す日が過ぎています。今日からあとの日を書いてください。")
    return {"due_on": day, "due_at": due.at, "end_of_office": False}
