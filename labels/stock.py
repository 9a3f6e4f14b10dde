"""Label stocks as data. Millimetres; where several sources disagree, the figure is the one that two agree on.

Makers' sheets differ by a few tenths and printers by more: the offset of ``sheet_pdf`` and its frame page are for that.
"""

from dataclasses import dataclass

from labels.errors import UnknownStock
from labels.layout import COMPACT, SMALL, TAPE, WIDE, Layout

PAGE_WIDTH = 210.0
PAGE_HEIGHT = 297.0


@dataclass(frozen=True)
class Sheet:
    """An A4 sheet of equal faces, counted along the rows from the top left, beginning with 1."""

    id: str
    name: str
    columns: int
    rows: int
    left: float
    top: float
    face_width: float
    face_height: float
    pitch_x: float
    pitch_y: float
    layout: Layout

    @property
    def faces(self) -> int:
        return self.columns * self.rows

    @property
    def has_code128(self) -> bool:
        """False where the face is too small for 0.375 mm bars: such a label carries the QR code alone."""
        return self.layout.code128 is not None

    @property
    def size(self) -> str:
        """For the list of stocks: 「A4に24面　66.0×33.9 mm」."""
        return f"A4に{self.faces}面　{self.face_width:.1f}×{self.face_height:.1f} mm"

    def corner(self, face: int) -> tuple[float, float]:
        """Top left corner on the page of face 1 … ``faces``."""
        row, column = divmod(face - 1, self.columns)
        return self.left + column * self.pitch_x, self.top + row * self.pitch_y


@dataclass(frozen=True)
class Tape:
    """Endless tape: ``dots`` is the printable width of the print head."""

    id: str
    name: str
    dots: int
    dots_per_inch: int
    layout: Layout

    @property
    def has_code128(self) -> bool:
        return self.layout.code128 is not None

    @property
    def size(self) -> str:
        return "ロール紙　1枚ずつ切れます"


STOCKS: dict[str, Sheet | Tape] = {
    stock.id: stock
    for stock in (
        Sheet("72224", "エーワン 72224", 3, 8, 6.0, 12.9, 66.0, 33.9, 66.0, 33.9, WIDE),
        Sheet("72244", "エーワン 72244", 4, 11, 8.4, 8.8, 48.3, 25.4, 48.3, 25.4, COMPACT),
        Sheet(
            "72212",
            "エーワン 72212",
            2,
            6,
            18.6,
            21.2,
            86.4,
            42.3,
            86.4,
            42.3,
            WIDE.fitted(86.4, 42.3),
        ),
        Sheet("72265", "エーワン 72265", 5, 13, 9.75, 10.7, 38.1, 21.2, 38.1, 21.2, SMALL),
        Sheet(
            "31514",
            "エーワン 31514",
            2,
            5,
            14.0,
            11.0,
            91.0,
            55.0,
            91.0,
            55.0,
            WIDE.fitted(91.0, 55.0),
        ),
        Tape("ql-62", "ブラザー QL 62 mm", 696, 300, TAPE),
    )
}


def sheet(stock: str) -> Sheet:
    """The A4 sheet of this id. Raises ``UnknownStock``, also for a tape."""
    found = STOCKS.get(stock)
    if not isinstance(found, Sheet):
        raise UnknownStock(stock)
    return found


def tape(stock: str) -> Tape:
    """The tape of this id. Raises ``UnknownStock``, also for a sheet."""
    found = STOCKS.get(stock)
    if not isinstance(found, Tape):
        raise UnknownStock(stock)
    return found
