"""A plan: what a roster would do to the ledger, row by row, with the associations and terms as they will be."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from inventory.roster_rows import RepairedCell, WrongCell
from inventory.shapes import Card

Kind = Literal["new_association", "new_officer", "changed", "unchanged"]


@dataclass(eq=False)
class Term:
    """Somebody's term as it will be, with the row (``line``) that names it.

    ``id`` is None for a term that the roster brings, ``person`` for somebody who never held an office here.
    """

    id: int | None
    person: int | None
    office: str
    name: str
    name_kana: str
    since: date
    until: date | None
    phone: str | None
    email: str | None
    erased: bool = False
    line: int | None = None

    def is_before(self, day: date) -> bool:
        return self.since < day and (self.until is None or self.until >= day)


@dataclass(eq=False)
class Group:
    """An association as it will be, with its terms. ``id`` is None for a new one; ``district`` is a folded name.

    ``changed`` names the columns that take another value; ``told`` those of them that a row has told of.
    """

    id: int | None
    name: str
    name_kana: str
    district: str | None
    terms: list[Term] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    kana_line: int | None = None


class Ending(Card):
    """Whom somebody follows in office. ``moved``: the term ends for that, otherwise it was to end before anyway."""

    officer: int
    office: str
    name: str
    before: date | None
    until: date
    moved: bool = True


class PlannedRow(Card):
    """What a row does. ``changes`` names the columns that take another value.

    ``notes``: ``again`` the same person serves another term, ``elsewhere`` an association of this name is in another
    district, ``several`` more than one holds this office, and nobody's term is ended for it.
    """

    line: int
    kind: Kind
    district: str | None
    association: str
    association_id: str | None
    office: str | None
    name: str | None
    since: date | None
    until: date | None
    ends: list[Ending]
    changes: list[str]
    notes: list[str]


@dataclass
class Plan:
    """``rows`` stand in the order of the file. Nothing of a plan with ``errors`` can be done.

    ``groups`` are the associations that are new or change, ``terms`` the new terms, ``districts`` the row numbers of
    all districts by folded name, None for a new one. ``term_changes`` maps officers to the last day that the roster
    names, ``person_changes`` persons to all their columns; ``touched`` are the officers whose contacts change.
    """

    rows: list[PlannedRow] = field(default_factory=list)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    districts: dict[str, int | None] = field(default_factory=dict)
    district_names: dict[str, str] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)
    terms: list[tuple[Group, Term]] = field(default_factory=list)
    term_changes: dict[int, date] = field(default_factory=dict)
    person_changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)

    @property
    def created(self) -> int:
        return sum(row.kind.startswith("new_") for row in self.rows)

    @property
    def changed(self) -> int:
        return sum(row.kind == "changed" for row in self.rows)

    @property
    def unchanged(self) -> int:
        return sum(row.kind == "unchanged" for row in self.rows)

    @property
    def new_associations(self) -> int:
        return sum(row.kind == "new_association" for row in self.rows)

    @property
    def successions(self) -> int:
        """Rows by which somebody follows another in office."""
        return sum(row.kind == "new_officer" and bool(row.ends) and "again" not in row.notes for row in self.rows)

    @property
    def new_districts(self) -> list[str]:
        return [self.district_names[folded] for folded, number in self.districts.items() if number is None]

    @property
    def digest(self) -> str:
        """The same for two plans that do the same to the same ledger."""
        rows = [row.model_dump(mode="json") for row in self.rows]
        new = [[group.id, group.name, asdict(term)] for group, term in self.terms]
        done = [rows, new, self.term_changes, self.person_changes, self.new_districts]
        return hashlib.sha256(json.dumps(done, sort_keys=True, default=str).encode()).hexdigest()
