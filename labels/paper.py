"""A4 papers of a loan (借用書, 返却確認書) as vector PDF: the font a subset, the same bytes for the same paper.

A ``Paper`` is words; ``paper_pdf`` sets them. The screen shows the same ``Paper``, so that what is signed is what is
printed. Lengths are millimetres from the top left corner of the sheet, y downwards; type sizes are points.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from labels import fonts
from labels.errors import NothingToPrint
from labels.pen import BOTTOM, LEFT, RIGHT, TOP, Pen
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH

_POINT = 72 / 25.4

Pairs = tuple[tuple[str, str], ...]
"""Name and value. An empty value is a line to write on."""


@dataclass(frozen=True)
class Table:
    """``widths`` are shares of the line; a row without any text is a row to write into."""

    caption: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


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
    """One paper. ``code`` is what its QR code says, ``code_name`` what the code is called where it cannot be seen.

    ``number`` is the name of the paper's number and the number; ``lines`` stand beside the code; ``stamps`` are boxes
    for the seals of whoever did the work; ``issuer`` is who gives the paper, where that is not the signer.
    """

    title: str
    number: tuple[str, str]
    day: str
    code: str
    code_name: str
    to: str = ""
    issuer: str = ""
    parties: Pairs = ()
    opening: str = ""
    terms: Pairs = ()
    tables: tuple[Table, ...] = ()
    heading: str = ""
    promises: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    box: SignBox | None = None
    lines: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperPdf:
    """``warnings``: Japanese sentences about text that prints otherwise than written, each once."""

    pdf: bytes
    pages: int
    warnings: list[str] = field(default_factory=list)


def paper_pdf(papers: Sequence[Paper]) -> PaperPdf:
    """Every paper on sheets of its own. The PDF asks the viewer not to scale.

    Raises ``NothingToPrint`` without papers and ``LinkTooLong`` for a code beyond the largest QR code.
    """
    if not papers:
        raise NothingToPrint
    for bold in (False, True):
        pdfmetrics.registerFont(fonts.pdf_font(bold))
    target = io.BytesIO()
    canvas = Canvas(
        target, pagesize=(PAGE_WIDTH * _POINT, PAGE_HEIGHT * _POINT), invariant=1, pageCompression=1, lang="ja-JP"
    )
    canvas.setTitle(f"{papers[0].title} {papers[0].number[1]}")
    canvas.setCreator("つなぐ台帳")
    canvas.setViewerPreference("PrintScaling", "None")
    pen = Pen()
    pages = 0
    for paper in papers:
        sheets = _set(pen, paper)
        for at, sheet in enumerate(sheets, start=1):
            for mark in sheet:
                mark(canvas)
            if len(sheets) > 1:
                pen.right(f"{at}／{len(sheets)}", 12, 10, soft=True)(canvas)
            canvas.showPage()
        pages += len(sheets)
    canvas.save()
    return PaperPdf(target.getvalue(), pages, pen.warnings())


Mark = Callable[[Canvas], None]


class _Flow:
    """Fills one sheet after the other from the top."""

    def __init__(self, pen: Pen, paper: Paper) -> None:
        self.pen, self.paper = pen, paper
        self.sheets: list[list[Mark]] = [[]]
        self.y = TOP

    def need(self, height: float) -> bool:
        """Go on to a new sheet unless this much is free; True when it did."""
        if self.y + height <= BOTTOM:
            return False
        self.sheets.append([])
        number = " ".join(self.paper.number)
        self.add(self.pen.text(f"{self.paper.title}（つづき）　{number}", LEFT, 12, 10, soft=True))
        self.y = TOP
        return True

    def add(self, *marks: Mark) -> None:
        self.sheets[-1].extend(marks)

    def lines(self, text: str, size: float, leading: float, *, left: float = LEFT, right: float = RIGHT) -> None:
        for line in self.pen.broken(text, False, size, right - left):
            self.need(leading)
            self.add(self.pen.text(line, left, self.y + leading * 0.72, size))
            self.y += leading


def _set(pen: Pen, paper: Paper) -> list[list[Mark]]:
    flow = _Flow(pen, paper)
    _head(flow)
    if paper.opening:
        flow.lines("　" + paper.opening, 12, 7)
        flow.y += 2
    _pairs(flow, paper.terms, LEFT, 11.5)
    flow.y += 2
    for table in paper.tables:
        _table(flow, table)
    if paper.promises:
        _promises(flow)
    for remark in paper.remarks:
        flow.lines(remark, 11, 6.5)
    closing = (46.0 if paper.box else 0.0) + 24.0
    flow.need(closing)
    if paper.box:
        _box(flow, paper.box)
    _foot(flow)
    return flow.sheets


def _head(flow: _Flow) -> None:
    pen, paper = flow.pen, flow.paper
    name, number = paper.number
    if paper.to:
        flow.add(pen.text(paper.to, LEFT, flow.y + 4, 12))
    flow.add(pen.right(f"{name}　{number}", flow.y + 4, 12))
    flow.add(pen.right(paper.day, flow.y + 11, 12))
    flow.add(pen.spaced(paper.title, flow.y + 26, 24))
    flow.y += 34
    _pairs(flow, paper.parties, 96.0, 12)
    if paper.issuer:
        flow.add(pen.right(paper.issuer, flow.y + 5, 12))
        flow.y += 9
    flow.y += 3


def _pairs(flow: _Flow, pairs: Pairs, left: float, size: float) -> None:
    """Names in one column, values in the next. What is to be written in has room for a hand."""
    if not pairs:
        return
    column = left + max(flow.pen.width(name, False, size) for name, _ in pairs) + 4
    for name, value in pairs:
        height = 6.6 if value else 9.5
        flow.need(height)
        base = flow.y + height - 2
        flow.add(flow.pen.text(name, left, base, size, soft=True))
        if value:
            for at, line in enumerate(flow.pen.broken(value, False, size, RIGHT - column)):
                if at:
                    flow.need(height)
                    base = flow.y + height - 2
                flow.add(flow.pen.text(line, column, base, size))
                flow.y += height
        else:
            flow.add(flow.pen.rule(column, base + 1, RIGHT, base + 1, 0.2))
            flow.y += height


def _table(flow: _Flow, table: Table) -> None:
    room = RIGHT - LEFT
    widths = [room * share / sum(table.widths) for share in table.widths]
    lefts = [LEFT + sum(widths[:at]) for at in range(len(widths))]

    def row(cells: tuple[str, ...], size: float, *, head: bool = False) -> None:
        wrapped = [
            flow.pen.broken(cell, at == 0 and not head, size, width - 5)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        height = 2.6 + 5.2 * max(len(lines) for lines in wrapped)
        if not any(cells):
            height = 9.0
        if flow.need(height) and not head:
            row(table.heads, 10, head=True)
        for at, lines in enumerate(wrapped):
            flow.add(flow.pen.frame(lefts[at], flow.y, widths[at], height, 0.3))
            for index, line in enumerate(lines):
                base = flow.y + 5.2 + 5.2 * index
                flow.add(flow.pen.text(line, lefts[at] + 2.5, base, size, bold=at == 0 and not head))
        flow.y += height

    if table.caption:
        flow.need(24)
        flow.add(flow.pen.text(table.caption, LEFT, flow.y + 4.5, 12, bold=True))
        flow.y += 7
    flow.need(20)
    row(table.heads, 10, head=True)
    for cells in table.rows:
        row(cells, 11)
    flow.y += 5


def _promises(flow: _Flow) -> None:
    flow.need(16)
    flow.add(flow.pen.text(flow.paper.heading, LEFT, flow.y + 4.5, 12, bold=True))
    flow.y += 7.5
    for number, promise in enumerate(flow.paper.promises, start=1):
        flow.need(6.8)
        flow.add(flow.pen.text(f"{number}.", LEFT, flow.y + 4.9, 12))
        flow.lines(promise, 12, 6.8, left=LEFT + 8)
    flow.y += 4


def _box(flow: _Flow, box: SignBox) -> None:
    pen, left, width = flow.pen, LEFT, RIGHT - LEFT
    top, middle, height = flow.y, flow.y + 10, 42.0
    part = left + 46
    flow.add(
        pen.frame(left, top, width, height, 0.6),
        pen.rule(left, middle, RIGHT, middle, 0.3),
        pen.rule(part, middle, part, top + height, 0.3),
        pen.text(box.statement, left + 4, top + 6.6, 12),
        pen.text("日付", left + 4, middle + 6, 10, soft=True),
        pen.text(box.day, left + 4, middle + 15, 12),
        pen.text(box.label, part + 4, middle + 6, 10, soft=True),
    )
    if box.drawing:
        flow.add(_drawing(box.drawing, part + 4, middle + 7.5, RIGHT - part - 8, 17))
        flow.add(pen.text(box.name, part + 4, top + height - 3, 11))
    elif box.name:
        flow.add(pen.text(box.name, part + 4, middle + 17, 16))
    if box.note:
        flow.add(pen.right(box.note, top + height - 3, 10, right=RIGHT - 4))
    flow.y = top + height + 4


def _drawing(png: bytes, x: float, y: float, width: float, height: float) -> Mark:
    """A signature as large as the room allows, at its left edge, in its own proportions."""
    picture = ImageReader(io.BytesIO(png))
    across, down = picture.getSize()
    scale = min(width / across, height / down)

    def mark(canvas: Canvas) -> None:
        canvas.drawImage(
            picture,
            x * _POINT,
            (PAGE_HEIGHT - y - down * scale) * _POINT,
            across * scale * _POINT,
            down * scale * _POINT,
        )

    return mark


def _foot(flow: _Flow) -> None:
    """The code, the office and the boxes for seals, at the bottom of the last sheet."""
    pen, paper = flow.pen, flow.paper
    flow.add(pen.code(paper.code, LEFT, BOTTOM - 21, 21))
    for at, line in enumerate(reversed(paper.lines)):
        flow.add(pen.text(line, LEFT + 26, BOTTOM - 0.6 - 5 * at, 10, soft=True))
    wide = 21.0
    for at, stamp in enumerate(paper.stamps):
        left = RIGHT - wide * (len(paper.stamps) - at)
        flow.add(
            pen.frame(left, BOTTOM - 20, wide, 20, 0.3),
            pen.rule(left, BOTTOM - 14, left + wide, BOTTOM - 14, 0.3),
            pen.centred(stamp, left + wide / 2, BOTTOM - 15.6, 9.5),
        )
