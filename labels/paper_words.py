"""A4 papers as words: what stands on them, before anybody knows where. Lengths are millimetres."""

from dataclasses import dataclass, field
from enum import StrEnum

Pairs = tuple[tuple[str, str], ...]
"""Name and value. An empty value is a line to write on."""


class Head(StrEnum):
    """How a paper begins: as a sheet of the ledger, as what somebody hands in to the city, as what the city sends."""

    SHEET = "sheet"
    REQUEST = "request"
    NOTICE = "notice"


@dataclass(frozen=True)
class Table:
    """``widths`` are shares of the line; a row without any text is a row to write into."""

    caption: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Cell:
    """One row of the ruled table of a form: its name, what is written in it, and how high it is at least."""

    name: str
    value: str = ""
    height: float = 11.0


@dataclass(frozen=True)
class SignBox:
    """Where somebody signs. ``name`` and ``drawing`` (a PNG) are what they signed with; without them it is empty."""

    statement: str
    day: str
    label: str
    name: str = ""
    drawing: bytes | None = None
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """One paper. ``code`` is what its QR code says, ``code_name`` what the code is called where it cannot be seen;
    a form that is about nothing yet has none.

    ``number`` is the name of the paper's number and the number; ``form_number`` is the number that the rules give to
    the form (様式第1号); ``lines`` stand beside the code; ``stamps`` are boxes for the seals of whoever did the work;
    ``issuer`` is who gives the paper, where that is not the signer. ``ticked``: the promises are a list to tick off.
    ``boxes`` are for papers that more than one signs.
    """

    title: str
    number: tuple[str, str]
    day: str
    code: str
    code_name: str
    head: Head = Head.SHEET
    form_number: str = ""
    to: str = ""
    issuer: str = ""
    parties: Pairs = ()
    opening: str = ""
    terms: Pairs = ()
    grid: tuple[Cell, ...] = ()
    tables: tuple[Table, ...] = ()
    heading: str = ""
    promises: tuple[str, ...] = ()
    ticked: bool = False
    remarks: tuple[str, ...] = ()
    box: SignBox | None = None
    boxes: tuple[SignBox, ...] = ()
    lines: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperPdf:
    """``warnings``: Japanese sentences about text that prints otherwise than written, each once."""

    pdf: bytes
    pages: int
    warnings: list[str] = field(default_factory=list)
