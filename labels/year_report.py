"""A fiscal year's report on A4: the working group's sheet 項目｜内容, then a sheet for each programme with its photos.

A row of the sheet may be longer than a page: it goes on, with its name, on the next. Vector text, the same bytes for
the same report. Lengths are millimetres from the top left corner of the sheet, y downwards; type sizes are points.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from labels import fonts
from labels.flow import Flow
from labels.paper_parts import pairs
from labels.paper_words import Pairs, PaperPdf
from labels.pen import BOTTOM, LEFT, RIGHT, Mark, Pen
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH

_POINT = 72 / 25.4
_NAMES = 36.5
_INSIDE = LEFT + _NAMES + 3.5
_ROOM = RIGHT - _INSIDE - 3.0
_SIZE, _LEADING = 10.5, 5.6
_SMALL, _SMALL_LEADING = 9.0, 4.7
_HEADS = 8.0
_PHOTO = (74.0, 55.5)
_CAPTION = 9.5


@dataclass(frozen=True)
class ReportTable:
    """Texts; every column but the first is set to the right where ``numbers`` holds its place. ``sums`` are bold."""

    caption: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    sums: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ReportRow:
    name: str
    text: str = ""
    tables: tuple[ReportTable, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrintedPhoto:
    """``content`` is a JPEG or PNG."""

    content: bytes
    caption: str = ""


@dataclass(frozen=True)
class ReportSection:
    """A programme: its facts, its rows, its photos (開催風景)."""

    title: str
    facts: Pairs = ()
    rows: tuple[ReportRow, ...] = ()
    photos: tuple[PrintedPhoto, ...] = ()
    photo_note: str = ""


@dataclass(frozen=True)
class YearPaper:
    """``standing`` says whether this is a draft or which edition; ``lines`` stand under the sheet."""

    title: str
    year: str
    standing: str
    rows: tuple[ReportRow, ...]
    sections: tuple[ReportSection, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Unit:
    """What does not part: so high, drawn at a y. ``again`` is drawn above it where a new page begins."""

    height: float
    draw: Callable[[float], Sequence[Mark]]
    again: "_Unit | None" = None


def year_report_pdf(paper: YearPaper) -> PaperPdf:
    """The whole report; every page has its number."""
    for bold in (False, True):
        pdfmetrics.registerFont(fonts.pdf_font(bold))
    target = io.BytesIO()
    size = (PAGE_WIDTH * _POINT, PAGE_HEIGHT * _POINT)
    canvas = Canvas(target, pagesize=size, invariant=1, pageCompression=1, lang="ja-JP")
    canvas.setTitle(f"{paper.year} {paper.title}")
    canvas.setCreator("つなぐ台帳")
    canvas.setViewerPreference("PrintScaling", "None")
    pen = Pen()
    sheets = _sheet(pen, paper)
    for section in paper.sections:
        sheets += _section(pen, paper, section)
    for at, sheet in enumerate(sheets, start=1):
        for mark in sheet:
            mark(canvas)
        pen.right(f"{at}／{len(sheets)}", 12, 10, soft=True)(canvas)
        canvas.showPage()
    canvas.save()
    return PaperPdf(target.getvalue(), len(sheets), pen.warnings())


def _sheet(pen: Pen, paper: YearPaper) -> list[list[Mark]]:
    flow = Flow(pen, f"{paper.year}　{paper.title}（つづき）")
    flow.add(pen.text(paper.year, LEFT, flow.y + 4, 12), pen.right(paper.standing, flow.y + 4, 10.5))
    flow.add(pen.spaced(paper.title, flow.y + 17, 18))
    flow.y += 24
    _head(flow)
    for row in paper.rows:
        _row(flow, row)
    flow.y += 4
    for line in paper.lines:
        flow.lines(line, _SMALL, _SMALL_LEADING)
    return flow.sheets


def _section(pen: Pen, paper: YearPaper, section: ReportSection) -> list[list[Mark]]:
    flow = Flow(pen, f"{section.title}（つづき）　{paper.year}")
    flow.add(pen.text(paper.year, LEFT, flow.y + 4, 11, soft=True), pen.right(paper.standing, flow.y + 4, 10.5))
    flow.y += 9
    for line in pen.broken(section.title, True, 15, RIGHT - LEFT):
        flow.add(pen.text(line, LEFT, flow.y + 5.5, 15, bold=True))
        flow.y += 7.5
    flow.y += 3
    pairs(flow, section.facts, LEFT, _SIZE)
    flow.y += 2
    _head(flow)
    for row in section.rows:
        _row(flow, row)
    if section.photos or section.photo_note:
        _photos(flow, section)
    return flow.sheets


def _head(flow: Flow) -> None:
    height = 7.4
    flow.add(
        flow.pen.frame(LEFT, flow.y, _NAMES, height, 0.3),
        flow.pen.frame(LEFT + _NAMES, flow.y, RIGHT - LEFT - _NAMES, height, 0.3),
        flow.pen.centred("項目", LEFT + _NAMES / 2, flow.y + 5, _SIZE),
        flow.pen.centred("内容", (LEFT + _NAMES + RIGHT) / 2, flow.y + 5, _SIZE),
    )
    flow.y += height


def _row(flow: Flow, row: ReportRow) -> None:
    """One row of 項目｜内容, on as many pages as it takes."""
    units = _units(flow.pen, row) or [_Unit(_LEADING, lambda y: ())]
    names = flow.pen.broken(row.name, True, _SIZE, _NAMES - 6)
    least = max(2 * 2.4 + 5.4 * len(names), 9.0)
    flow.need(max(least, units[0].height + 4.8))
    top, y = flow.y, flow.y + 2.4
    marks: list[Mark] = []

    def close(bottom: float) -> None:
        flow.add(
            flow.pen.frame(LEFT, top, _NAMES, bottom - top, 0.3),
            flow.pen.frame(LEFT + _NAMES, top, RIGHT - LEFT - _NAMES, bottom - top, 0.3),
            *(flow.pen.text(line, LEFT + 3, top + 6.2 + 5.4 * at, _SIZE, bold=True) for at, line in enumerate(names)),
            *marks,
        )
        flow.y = bottom

    for unit in units:
        flow.y = y
        if marks and not _holds(flow, unit.height + 2.4):
            close(max(y + 1.2, top + least))
            flow.need(PAGE_HEIGHT)
            names = flow.pen.broken(f"{row.name}（つづき）", True, _SIZE, _NAMES - 6)
            top, y, marks = flow.y, flow.y + 2.4, []
            if unit.again:
                marks += unit.again.draw(y)
                y += unit.again.height
        marks += unit.draw(y)
        y += unit.height
    close(max(y + 2.4, top + least))


def _holds(flow: Flow, height: float) -> bool:
    """Whether this much is free on the sheet."""
    return flow.y + height <= BOTTOM


def _units(pen: Pen, row: ReportRow) -> list[_Unit]:
    units = _texts(pen, row.text, _SIZE, _LEADING) if row.text else []
    for table in row.tables:
        units += _table(pen, table)
    for note in row.notes:
        units += _texts(pen, f"※{note}", _SMALL, _SMALL_LEADING)
    return units


def _texts(pen: Pen, text: str, size: float, leading: float) -> list[_Unit]:
    def unit(line: str) -> _Unit:
        return _Unit(leading, lambda y: (pen.text(line, _INSIDE, y + leading * 0.72, size),))

    return [unit(line) for line in pen.broken(text, False, size, _ROOM)]


def _table(pen: Pen, table: ReportTable) -> list[_Unit]:
    widths = [_ROOM * share / sum(table.widths) for share in table.widths]
    lefts = [_INSIDE + sum(widths[:at]) for at in range(len(widths))]

    def row(cells: tuple[str, ...], *, bold: bool = False, head: bool = False, again: _Unit | None = None) -> _Unit:
        size = _HEADS if head else _SMALL
        wrapped = [pen.broken(cell, bold, size, width - 3) for cell, width in zip(cells, widths, strict=True)]
        height = 2.4 + _SMALL_LEADING * max(len(lines) for lines in wrapped)

        def draw(y: float) -> list[Mark]:
            marks: list[Mark] = []
            for at, lines in enumerate(wrapped):
                marks.append(pen.frame(lefts[at], y, widths[at], height, 0.2))
                for index, line in enumerate(lines):
                    base = y + 4.6 + _SMALL_LEADING * index
                    x = lefts[at] + 1.5
                    if at in table.numbers and not head:
                        x = lefts[at] + widths[at] - 1.5 - pen.width(line, bold, size)
                    marks.append(pen.text(line, x, base, size, bold=bold, soft=head))
            return marks

        return _Unit(height, draw, again)

    heads = row(table.heads, head=True)
    above = 6.4 if table.caption else 1.6

    def begin(y: float) -> list[Mark]:
        caption = [pen.text(table.caption, _INSIDE, y + 4.8, _SMALL, bold=True)] if table.caption else []
        return [*caption, *heads.draw(y + above)]

    rows = [row(cells, bold=at in table.sums, again=heads) for at, cells in enumerate(table.rows)]
    # A head never stands alone at the foot of a page.
    first = rows[0] if rows else _Unit(0.0, lambda y: ())
    joined = _Unit(above + heads.height + first.height, lambda y: [*begin(y), *first.draw(y + above + heads.height)])
    return [joined, *rows[1:], _Unit(2.4, lambda y: ())]


def _photos(flow: Flow, section: ReportSection) -> None:
    flow.y += 5
    wide, high = _PHOTO
    flow.need(8 + (high + _CAPTION if section.photos else 0))
    flow.add(flow.pen.text("開催風景", LEFT, flow.y + 4.6, 12, bold=True))
    flow.y += 8
    gap = RIGHT - LEFT - 2 * wide
    for at in range(0, len(section.photos), 2):
        flow.need(high + _CAPTION)
        for side, photo in enumerate(section.photos[at : at + 2]):
            x = LEFT + side * (wide + gap)
            flow.add(_picture(photo.content, x, flow.y, wide, high))
            for line in flow.pen.broken(photo.caption, False, _SMALL, wide)[:1]:
                flow.add(flow.pen.text(line, x, flow.y + high + 4.6, _SMALL))
        flow.y += high + _CAPTION
    if section.photo_note:
        flow.lines(f"※{section.photo_note}", _SMALL, _SMALL_LEADING)


def _picture(content: bytes, x: float, y: float, width: float, height: float) -> Mark:
    """A photo as large as its room allows, in its own proportions."""
    across, down = Image.open(io.BytesIO(content)).size
    scale = min(width / across, height / down)
    wide, high = across * scale, down * scale

    def mark(canvas: Canvas) -> None:
        canvas.drawImage(
            ImageReader(io.BytesIO(content)),
            (x + (width - wide) / 2) * _POINT,
            (PAGE_HEIGHT - y - (height + high) / 2) * _POINT,
            wide * _POINT,
            high * _POINT,
        )

    return mark
