"""Layouts of published tables (自治体標準オープンデータセット, 推奨データセット), one data file per edition. Pure.

A file ``data/open_data/<dataset>_<code>.toml`` says: ``dataset`` (the file name's word, such as public_wireless_lan),
``code`` (what ``layout=`` asks for), ``title``, ``edition``, ``source`` (where the columns are known from), ``proof``
(``seen``: the header was read in public material; ``partly``; ``unproved``), ``note``, and in their order ``columns``:

``key``
    What the column holds, in this program's words; unique in the file. Two layouts use one key for one meaning.
``name``, ``physical``
    The header in Japanese, and in ASCII.
``aliases``
    Other spellings that files have above this column. All headers are compared by ``text.fold``, without 「◎」 marks.
``required``
    ``required`` (◎), ``recommended`` (○) or ``optional``.
``cell``
    What may stand in it: one of ``CELLS``, read by ``inventory.open_data_rows``.
``proof``, ``note``, ``example``
    How sure the column is, what is to be known of it, and a cell as it should look.

A new edition is a new file, or an edit of one: nothing else in the program names a column by its header.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from inventory.text import fold

Required = Literal["required", "recommended", "optional"]
Proof = Literal["seen", "partly", "unproved"]
Cell = Literal[
    "text", "id", "code6", "corporate", "kana", "address", "latitude", "longitude", "phone", "email", "url", "postal",
    "ssid", "poi", "weekdays", "time", "day", "count", "yes_no",
]  # fmt: skip
CELLS: tuple[str, ...] = get_args(Cell)

_FOLDER = Path(__file__).parent / "data" / "open_data"
_MARKS = re.compile(r"[◎○〇◯●*＊※]+")
_BRACKETS = re.compile(r"[（(].*?[）)]")
_PHYSICAL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    key: str
    name: str
    physical: str
    required: Required
    cell: Cell
    proof: Proof = "seen"
    aliases: tuple[str, ...] = ()
    note: str = ""
    example: str = ""


@dataclass(frozen=True)
class Layout:
    """One edition of a published table."""

    dataset: str
    code: str
    title: str
    edition: str
    source: str
    proof: Proof
    note: str
    columns: tuple[LayoutColumn, ...]

    def headers(self, *, physical: bool = False) -> tuple[str, ...]:
        return tuple(column.physical if physical else column.name for column in self.columns)

    def column(self, key: str) -> LayoutColumn:
        """Raises KeyError when this layout has no such column."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    @property
    def kinds(self) -> dict[str, Cell]:
        """The kind of cell of each key."""
        return {column.key: column.cell for column in self.columns}


@dataclass(frozen=True)
class HeaderRead:
    """A header line held against a layout. ``places``: the column of the file (0 is the first) of each key.

    ``headers``: what the file says above it; ``unread``: headers that mean nothing here, as they stand.
    """

    layout: Layout
    places: Mapping[str, int]
    headers: Mapping[str, str]
    unread: tuple[str, ...]


def layout(dataset: str, code: str) -> Layout:
    """Raises KeyError when there is no such layout."""
    for found in layouts(dataset):
        if found.code == code:
            return found
    raise KeyError(f"{dataset}_{code}")


@cache
def layouts(dataset: str) -> tuple[Layout, ...]:
    """All layouts of a table, by code."""
    found = [read_layout(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob(f"{dataset}_*.toml"))]
    return tuple(one for one in found if one.dataset == dataset)


def read_layout(text: str) -> Layout:
    """The layout in the text of a data file.

    Raises:
        ValueError: it lacks something, names a column twice, or has a kind of cell that nobody reads. TOML's own
            errors are ValueErrors too.
    """
    said = tomllib.loads(text)
    try:
        columns = tuple(_column(column) for column in said.pop("columns"))
        made = Layout(columns=columns, **said)
    except (KeyError, TypeError) as error:
        raise ValueError(f"a layout lacks something, or has too much: {error}") from error
    for what in ("key", "name", "physical"):
        names = [getattr(column, what) for column in columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{made.dataset}_{made.code} has two columns of one {what}: {', '.join(twice)}")
    return made


def _column(said: Mapping[str, object]) -> LayoutColumn:
    aliases = said.get("aliases", [])
    if not isinstance(aliases, list):
        raise ValueError("aliases are a list")
    column = LayoutColumn(**{**said, "aliases": tuple(aliases)})  # type: ignore[arg-type]  # Checked below.
    for value, known in ((column.cell, CELLS), (column.required, get_args(Required)), (column.proof, get_args(Proof))):
        if value not in known:
            raise ValueError(f"column {column.key}: {value} is none of {', '.join(known)}")
    if not _PHYSICAL.fullmatch(column.physical):
        raise ValueError(f"column {column.key}: a physical name is ASCII letters, digits and _")
    return column


def header_word(header: str) -> str:
    """A header as it is compared: folded, without the marks that definition books put beside required ones."""
    return fold(_MARKS.sub("", header))


def read_header(cells: Sequence[str], known: Sequence[Layout]) -> HeaderRead:
    """Hold a line against layouts; the one with most headers of its own spelling, then with most at all, is meant."""
    tried = [(_own(cells, one), _places(cells, one), one) for one in known]
    _, places, meant = max(tried, key=lambda each: (each[0], len(each[1])))
    read = set(places.values())
    headers = {key: " ".join(cells[place].split()) for key, place in places.items()}
    unread = tuple(" ".join(cell.split()) for place, cell in enumerate(cells) if cell.strip() and place not in read)
    return HeaderRead(meant, places, headers, unread)


def find_header(
    rows: Sequence[tuple[int, list[str]]], known: Sequence[Layout], *, needed: frozenset[str], searched: int = 10
) -> tuple[int, HeaderRead] | None:
    """The first of ``searched`` rows that has all ``needed`` keys: its place in ``rows``, and what it says."""
    for at, (_, cells) in enumerate(rows[:searched]):
        read = read_header(cells, known)
        if needed <= read.places.keys():
            return at, read
    return None


def _own(cells: Sequence[str], one: Layout) -> int:
    own = {header_word(name) for column in one.columns for name in (column.name, column.physical)}
    return sum(header_word(cell) in own for cell in cells)


def _places(cells: Sequence[str], one: Layout) -> dict[str, int]:
    """Of two columns with the same meaning the first counts."""
    meaning = {header_word(alias): column.key for column in one.columns for alias in column.aliases}
    # What a column is called in this very layout goes before what it is called elsewhere.
    meaning |= {header_word(column.physical): column.key for column in one.columns}
    meaning |= {header_word(column.name): column.key for column in one.columns}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        word = header_word(cell)
        key = meaning.get(word) or meaning.get(header_word(_BRACKETS.sub("", cell)))
        if key is not None:
            found.setdefault(key, place)
    return found
