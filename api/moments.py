"""A moment in a form: a day and a time, each in a field of its own."""

from collections.abc import Mapping
from datetime import date, datetime, time

from inventory.calendar import TOKYO
from inventory.errors import Invalid
from inventory.text import code_text


def moment_of(values: Mapping[str, str], day: str, clock: str, field: str) -> datetime:
    """The moment in Japan that the fields ``day`` and ``clock`` name; ``field`` is where a refusal is told.

    Raises:
        Invalid: one of the two is missing or cannot be read.
    """
    try:
        on, at = date.fromisoformat(values.get(day, "")), time.fromisoformat(code_text(values.get(clock, "")))
    except ValueError:
        raise Invalid.field(field, "日と時刻を書いてください。") from None
    return datetime.combine(on, at.replace(tzinfo=None), tzinfo=TOKYO)


def fields_of_moment(moment: datetime, day: str, clock: str) -> dict[str, str]:
    """The two fields as they show a moment, in Japan."""
    local = moment.astimezone(TOKYO)
    return {day: f"{local:%Y-%m-%d}", clock: f"{local:%H:%M}"}
