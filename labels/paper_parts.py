"""The parts of a paper: how it begins, its tables, what is promised, where somebody signs, its foot."""

import io

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from labels.flow import Flow
from labels.paper_words import Cell, Head, Pairs, Paper, SignBox, Table
from labels.pen import BOTTOM, LEFT, RIGHT, TOP, Mark
from labels.stock import PAGE_HEIGHT

_POINT = 72 / 25.4
# Where the column begins in which whoever hands in a paper, or gives it, is named.
_PARTY = 96.0
# As many lines as a cell of a ruled table has at most; a sheet has room for a few more.
_MOST_LINES = 38


def head(flow: Flow, paper: Paper) -> None:
    """Everything above the first sentence."""
    if paper.form_number:
        flow.add(flow.pen.text(paper.form_number, LEFT, TOP - 4, 10.5))
    {Head.SHEET: _sheet_head, Head.REQUEST: _request_head, Head.NOTICE: _notice_head}[paper.head](flow, paper)


def _sheet_head(flow: Flow, paper: Paper) -> None:
    pen = flow.pen
    name, number = paper.number
    flow.add(pen.right(f"{name}　{number}", flow.y + 4, 12))
    flow.add(pen.right(paper.day, flow.y + 11, 12))
    top = flow.y
    flow.lines(paper.to, 12, 5.6, right=LEFT + 100)
    # A long name pushes the title down; the usual one leaves it where it is.
    flow.y = max(top, flow.y - 11.2)
    flow.add(pen.spaced(paper.title, flow.y + 26, 24))
    flow.y += 34
    pairs(flow, paper.parties, _PARTY, 12)
    if paper.issuer:
        flow.add(pen.right(paper.issuer, flow.y + 5, 12))
        flow.y += 9
    flow.y += 3


def _request_head(flow: Flow, paper: Paper) -> None:
    """As the rules of cities have it: title, day at the right, addressee at the left, who hands it in at the right."""
    pen = flow.pen
    flow.add(pen.spaced(paper.title, flow.y + 10, 20))
    flow.y += 18
    if paper.number[1]:
        flow.add(pen.right("　".join(paper.number), flow.y + 4, 11))
        flow.y += 7
    flow.add(pen.right(paper.day, flow.y + 4, 12))
    flow.y += 8
    flow.lines(paper.to, 12, 5.6)
    flow.y += 3.4
    pairs(flow, paper.parties, _PARTY, 12)
    flow.y += 5


def _notice_head(flow: Flow, paper: Paper) -> None:
    """As an office writes: number and day at the right, whom it is for, who gives it, and the title after that."""
    pen = flow.pen
    flow.add(pen.right(paper.number[1], flow.y + 4, 12))
    flow.add(pen.right(paper.day, flow.y + 11, 12))
    flow.y += 17
    for line in paper.to.split("\n"):
        flow.lines(line, 12, 7, right=RIGHT - 40)
    flow.y += 5
    flow.add(pen.right(paper.issuer, flow.y + 5, 12, right=RIGHT - 14))
    flow.y += 18
    flow.add(pen.spaced(paper.title, flow.y + 5, 20))
    flow.y += 16


def _parts(flow: Flow, cell: Cell, room: float) -> list[list[str]]:
    """The lines of a cell, in as many rows as it takes for each to fit on a sheet."""
    lines = flow.pen.broken(cell.value, False, 11.5, room)
    return [lines[at : at + _MOST_LINES] for at in range(0, len(lines), _MOST_LINES)]


def grid(flow: Flow, cells: tuple[Cell, ...]) -> None:
    """A ruled table of names and values, as forms have it."""
    if not cells:
        return
    pen, name_width = flow.pen, 38.0
    rows = [(cell, part) for cell in cells for part in _parts(flow, cell, RIGHT - LEFT - name_width - 7)]
    for cell, values in rows:
        names = pen.broken(cell.name, False, 11, name_width - 6)
        height = max(cell.height, 4.4 + 6 * len(values), 4.4 + 5.4 * len(names))
        flow.need(height)
        flow.add(
            pen.frame(LEFT, flow.y, name_width, height, 0.3),
            pen.frame(LEFT + name_width, flow.y, RIGHT - LEFT - name_width, height, 0.3),
        )
        base = flow.y + height / 2 - 5.4 * (len(names) - 1) / 2 + 1.4
        for line in names:
            flow.add(pen.text(line, LEFT + 3, base, 11))
            base += 5.4
        # What is written stands in the middle; room that is to be written in has its printed words on top.
        base = flow.y + 6.4 if cell.height > 16 else flow.y + height / 2 - 6 * (len(values) - 1) / 2 + 1.5
        for line in values:
            flow.add(pen.text(line, LEFT + name_width + 3.5, base, 11.5))
            base += 6
        flow.y += height
    flow.y += 5


def pairs(flow: Flow, named: Pairs, left: float, size: float) -> None:
    """Names in one column, values in the next. What is to be written in has room for a hand."""
    if not named:
        return
    column = left + max(flow.pen.width(name, False, size) for name, _ in named) + 4
    for name, value in named:
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


def table(flow: Flow, shown: Table) -> None:
    room = RIGHT - LEFT
    widths = [room * share / sum(shown.widths) for share in shown.widths]
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
            row(shown.heads, 10, head=True)
        for at, lines in enumerate(wrapped):
            flow.add(flow.pen.frame(lefts[at], flow.y, widths[at], height, 0.3))
            for index, line in enumerate(lines):
                base = flow.y + 5.2 + 5.2 * index
                flow.add(flow.pen.text(line, lefts[at] + 2.5, base, size, bold=at == 0 and not head))
        flow.y += height

    if shown.caption:
        flow.need(24)
        flow.add(flow.pen.text(shown.caption, LEFT, flow.y + 4.5, 12, bold=True))
        flow.y += 7
    flow.need(20)
    row(shown.heads, 10, head=True)
    for cells in shown.rows:
        row(cells, 11)
    flow.y += 5


def promises(flow: Flow, paper: Paper) -> None:
    """What is promised, with numbers; or a list to tick off, with boxes."""
    flow.need(16)
    if paper.heading:
        flow.add(flow.pen.text(paper.heading, LEFT, flow.y + 4.5, 12, bold=True))
        flow.y += 7.5
    for number, promise in enumerate(paper.promises, start=1):
        flow.need(6.8)
        flow.add(flow.pen.text("□" if paper.ticked else f"{number}.", LEFT, flow.y + 4.9, 12))
        flow.lines(promise, 12, 6.8, left=LEFT + 8)
    flow.y += 4


def box(flow: Flow, shown: SignBox, height: float = 42.0) -> None:
    pen, left, width = flow.pen, LEFT, RIGHT - LEFT
    top, middle = flow.y, flow.y + 10
    part = left + 46
    flow.add(
        pen.frame(left, top, width, height, 0.6),
        pen.rule(left, middle, RIGHT, middle, 0.3),
        pen.rule(part, middle, part, top + height, 0.3),
        pen.text(shown.statement, left + 4, top + 6.6, 12),
        pen.text("日付", left + 4, middle + 6, 10, soft=True),
        pen.text(shown.day, left + 4, middle + 15, 12),
        pen.text(shown.label, part + 4, middle + 6, 10, soft=True),
    )
    if shown.drawing:
        flow.add(_drawing(shown.drawing, part + 4, middle + 7.5, RIGHT - part - 8, 17))
        flow.add(pen.text(shown.name, part + 4, top + height - 3, 11))
    elif shown.name:
        flow.add(pen.text(shown.name, part + 4, middle + 17, 16))
    if shown.note:
        flow.add(pen.right(shown.note, top + height - 3, 10, right=RIGHT - 4))
    flow.y = top + height + 4


def boxes(flow: Flow, shown: tuple[SignBox, ...]) -> None:
    """Who signs, one beside the other: a day and a name each."""
    pen, gap, height = flow.pen, 6.0, 34.0
    width = (RIGHT - LEFT - gap * (len(shown) - 1)) / len(shown)
    for at, one in enumerate(shown):
        left, top = LEFT + at * (width + gap), flow.y
        flow.add(
            pen.frame(left, top, width, height, 0.6),
            pen.rule(left, top + 8.5, left + width, top + 8.5, 0.3),
            pen.text(one.statement, left + 3, top + 5.9, 11.5),
            pen.text(one.day, left + 3, top + 15, 11),
            pen.text(one.label, left + 3, top + 21.5, 9.5, soft=True),
        )
        if one.name:
            flow.add(pen.text(one.name, left + 3, top + height - 4.5, 13))
    flow.y += height + 4


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


def foot(flow: Flow, paper: Paper) -> None:
    """The code, the office and the boxes for seals, at the bottom of the last sheet."""
    pen = flow.pen
    aside = LEFT
    if paper.code:
        flow.add(pen.code(paper.code, LEFT, BOTTOM - 21, 21))
        aside += 26
    for at, line in enumerate(reversed(paper.lines)):
        flow.add(pen.text(line, aside, BOTTOM - 0.6 - 5 * at, 10, soft=True))
    wide = 21.0
    for at, stamp in enumerate(paper.stamps):
        left = RIGHT - wide * (len(paper.stamps) - at)
        flow.add(
            pen.frame(left, BOTTOM - 20, wide, 20, 0.3),
            pen.rule(left, BOTTOM - 14, left + wide, BOTTOM - 14, 0.3),
            pen.centred(stamp, left + wide / 2, BOTTOM - 15.6, 9.5),
        )
