"""The rows of a list of access points (公衆無線LANアクセスポイント一覧), read into what the ledger keeps."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from inventory.open_data import read_conditions
from inventory.open_data_rows import RowRead, read_row
from inventory.roster_rows import Text
from inventory.shapes import OptionalDay, Shape
from inventory.tables import WifiAuth
from inventory.text import windows_text

# What one act may bring. The longest list that is public, Tokyo's, has 737.
MOST_ROWS = 3000
# Characters of an area, as the ledger keeps it.
LONGEST_AREA = 120
# What stands in cp932 files where a character was lost. Nobody wrote it, so it changes nothing.
GETA = "〓"


class SentPoint(Shape):
    """One line of a file. ``cells``: what stands in each column, by the keys of its layout."""

    line: Annotated[int, Field(ge=1)]
    cells: dict[str, Text]


class SentPoints(Shape):
    """A list as it was written. ``kinds``: the kind of cell of each key.

    ``new_venues``: venues that the ledger lacks are added. ``auth``: how one gets in where a row does not say.
    ``since``: the day from which new access points are in place, today where it is not said. ``digest`` is that of the
    plan that was seen before; without it, whatever the list means now is done.
    """

    rows: Annotated[list[SentPoint], Field(max_length=MOST_ROWS)]
    kinds: dict[str, str]
    new_venues: bool = False
    auth: WifiAuth = WifiAuth.OPEN
    since: OptionalDay = None
    digest: str | None = Field(default=None, max_length=64)


@dataclass
class PointRow:
    """One line, read. ``auth`` is None where the line does not say how one gets in; ``rest`` is what else 備考 says."""

    read: RowRead
    cells: Mapping[str, str]
    values: dict[str, str]
    auth: WifiAuth | None
    disaster: bool
    rest: str

    @property
    def line(self) -> int:
        return self.read.line


def read_point(row: SentPoint, kinds: Mapping[str, str]) -> PointRow:
    """Read the cells of a line. What cannot be read is told of in ``read.errors``."""
    read = read_row(row.line, row.cells, kinds)
    for key in [key for key, value in read.values.items() if GETA in value]:
        read.repaired(key, read.values.pop(key), "")
    if len(read.values.get("area", "")) > LONGEST_AREA:
        read.wrong("area", read.values.pop("area"), f"提供エリアは、{LONGEST_AREA}文字までで書いてください。")
    if not row.cells.get("name", "").strip():
        read.wrong("name", "", "会場の名称を書いてください。")
    auth, disaster, rest = read_conditions(read.values.get("note", ""))
    return PointRow(read, row.cells, read.values, auth, disaster, rest)


def spelt(text: str) -> str:
    """A text as it comes back from a file of any encoding: voicing marks are put together, look-alikes are one."""
    return unicodedata.normalize("NFC", windows_text(text))
