"""One act of the demo city under way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlmodel import Session

from inventory.journal import By
from inventory.keys import Keys

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Act:
    """Calls verbs in the name of whoever acts, at the act's own time. ``today`` is the day of loading."""

    session: Session
    by: By
    now: datetime
    op_id: str
    today: date
    keys: Keys

    def __call__(self, verb: Callable[..., Answer], *orders: Any, **names: Any) -> Answer:
        return verb(self.session, *orders, by=self.by, now=self.now, op_id=self.op_id, **names)
