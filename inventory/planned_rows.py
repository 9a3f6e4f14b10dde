"""What a list of any kind would do, counted: the part that the plans of all lists have in common."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from inventory.shapes import Card

Act = Literal["new", "changed", "unchanged"]


class ActedRow(Card):
    """What the row on a line of the file does."""

    line: int
    act: Act


Row = TypeVar("Row", bound=ActedRow)


@dataclass
class PlannedRows(Generic[Row]):
    """``rows`` stand in the order of the file. ``fresh`` are the columns of new things, ``renewed`` those of things
    that change, with their row numbers."""

    rows: list[Row] = field(default_factory=list)
    fresh: list[dict[str, Any]] = field(default_factory=list)
    renewed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def created(self) -> int:
        return self._count("new")

    @property
    def changed(self) -> int:
        return self._count("changed")

    @property
    def unchanged(self) -> int:
        return self._count("unchanged")

    def _count(self, act: Act) -> int:
        return sum(row.act == act for row in self.rows)

    @property
    def digest(self) -> str:
        """The same for two plans that do the same to the same ledger."""
        done = [[row.model_dump(mode="json") for row in self.rows], self.fresh, self.renewed]
        return hashlib.sha256(json.dumps(done, sort_keys=True, default=str).encode()).hexdigest()
