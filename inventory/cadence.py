"""When a lent device calls for a reminder: the rule for one device, and the past that it reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from inventory.tables import ReminderChannel, ReminderOutcome


@dataclass(frozen=True)
class Told:
    """A reminder of the past year, as the rule reads it."""

    on: date
    channel: ReminderChannel
    loans: frozenset[str]
    at: datetime
    outcome: ReminderOutcome | None
    note: str | None

    @property
    def counts(self) -> bool:
        """Whether it reached the borrower, as far as anybody knows."""
        return self.outcome is None or self.outcome is ReminderOutcome.SENT


def concerned(due: date, day: date, before: int | None, every: int | None) -> bool:
    """Whether a device belongs into a reminder of this day, whoever was told of it when."""
    if due >= day:
        return before is not None and (due - day).days <= before
    return every is not None


def calls_for(due: date, day: date, before: int | None, every: int | None, told: Iterable[date]) -> bool:
    """The rule for one device; ``told`` are the days on which its borrower was told of its loan."""
    if not concerned(due, day, before, every):
        return False
    if due >= day:
        assert before is not None
        return all(on < due - timedelta(days=before) for on in told)
    assert every is not None
    last = max(told, default=None)
    return last is None or (day - last).days >= every
