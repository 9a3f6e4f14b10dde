"""Letters on A4 for a window envelope 長形3号 (235 × 120 mm): one letter a sheet, folded twice to 210 × 99 mm.

The envelope's window is 90 × 45 mm, 20 mm from its left edge and 12 mm from its top; the folded sheet may slide
25 mm sideways and 21 mm down inside. ``ADDRESS`` is what stands in the window wherever the sheet slides, so the address
stays within it and everything else stays out of ``SEEN``, which is all that the window can ever show. The ledger keeps
no postal addresses: two lines above the name are left to be written in by hand.

Lengths are millimetres from the top left corner of the sheet, y downwards; type sizes are points.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from labels import fonts
from labels.errors import NothingToPrint
from labels.paper import PaperPdf
from labels.pen import BOTTOM, LEFT, RIGHT, Mark, Pen
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH

_POINT = 72 / 25.4
# left, top, right, bottom
ADDRESS = (21.0, 13.0, 85.0, 36.0)
SEEN = (0.0, 0.0, 110.0, 57.0)
FOLDS = (99.0, 198.0)
_TOP = 66.0
_NEXT_TOP = 24.0
_SIZE, _LINE = 11.0, 6.4


@dataclass(frozen=True)
class LetterRow:
    """A device: what it is, its number, its due day, and how late it is (or nothing)."""

    name: str
    number: str
    due: str
    late: str


@dataclass(frozen=True)
class Letter:
    """``to`` are the lines of the address, the reader last; ``office`` stands at the right, ``closing`` below."""

    to: tuple[str, ...]
    day: str
    office: tuple[str, ...]
    title: str
    opening: tuple[str, ...]
    rows: tuple[LetterRow, ...]
    closing: tuple[str, ...]
    number: str = ""


def letters_pdf(letters: Sequence[Letter]) -> PaperPdf:
    """Every letter on sheets of its own; the same bytes for the same letters.

    Raises:
        NothingToPrint: there is no letter.
    """
    if not letters:
        raise NothingToPrint
    for bold in (False, True):
        pdfmetrics.registerFont(fonts.pdf_font(bold))
    target = io.BytesIO()
    canvas = Canvas(
        target, pagesize=(PAGE_WIDTH * _POINT, PAGE_HEIGHT * _POINT), invariant=1, pageCompression=1, lang="ja-JP"
    )
    canvas.setTitle(letters[0].title)
    canvas.setCreator("つなぐ台帳")
    canvas.setViewerPreference("PrintScaling", "None")
    pen = Pen()
    pages = 0
    for letter in letters:
        for sheet in _set(pen, letter):
            for mark in sheet:
                mark(canvas)
            canvas.showPage()
            pages += 1
    canvas.save()
    return PaperPdf(target.getvalue(), pages, pen.warnings())


def _set(pen: Pen, letter: Letter) -> list[list[Mark]]:
    sheets = [_head(pen, letter)]
    y = _TOP
    sheets[0].append(pen.text(letter.title, LEFT, y + 5, 15, bold=True))
    y += 13

    def room(height: float) -> float:
        """Where the next part begins: here, or at the top of a new sheet."""
        if y + height <= BOTTOM:
            return y
        sheets.append([pen.text(f"{letter.title}（つづき）", LEFT, 15, 10, soft=True)])
        return _NEXT_TOP

    for paragraph in letter.opening:
        for line in pen.broken(f"　{paragraph}", False, _SIZE, RIGHT - LEFT):
            y = room(_LINE)
            sheets[-1].append(pen.text(line, LEFT, y + _LINE * 0.72, _SIZE))
            y += _LINE
    y += 3
    columns = (LEFT, LEFT + 58, LEFT + 92, LEFT + 129)
    for row in (None, *letter.rows):
        cells = (
            ("お貸ししている端末", "備品番号", "期日", "") if row is None else (row.name, row.number, row.due, row.late)
        )
        edges = (*columns[1:], RIGHT)
        wrapped = [
            pen.broken(cell, False, 10.5, edge - left - 2)
            for cell, left, edge in zip(cells, columns, edges, strict=True)
        ]
        height = 2.4 + 5.2 * max(len(lines) for lines in wrapped)
        y = room(height)
        for left, lines in zip(columns, wrapped, strict=True):
            for at, line in enumerate(lines):
                sheets[-1].append(pen.text(line, left, y + 5 + 5.2 * at, 10.5, soft=row is None))
        y += height
        sheets[-1].append(pen.rule(LEFT, y, RIGHT, y, 0.4 if row is None else 0.15))
    y += 5
    for paragraph in letter.closing:
        for line in pen.broken(f"　{paragraph}", False, _SIZE, RIGHT - LEFT):
            y = room(_LINE)
            sheets[-1].append(pen.text(line, LEFT, y + _LINE * 0.72, _SIZE))
            y += _LINE
    height = 5.0 + 7 * len(letter.office)
    y = room(height + 8) + 6
    sheets[-1].append(pen.frame(LEFT, y, RIGHT - LEFT, height, 0.4))
    for at, line in enumerate(letter.office):
        sheets[-1].append(pen.text(line, LEFT + 5, y + 8 + 7 * at, 13 if at else 12, bold=at > 0))
    return sheets


def _head(pen: Pen, letter: Letter) -> list[Mark]:
    """The address in the window, the day and the sender beside it, and where to fold."""
    left, top, right, bottom = ADDRESS
    marks = [
        pen.text("〒", left, top + 4.5, 11),
        pen.rule(left + 6, top + 5.2, right, top + 5.2, 0.15),
        pen.rule(left, top + 11, right, top + 11, 0.15),
    ]
    # The reader's line stands at the bottom of the window, what is above it below the lines for the hand.
    lines = [line for words in letter.to for line in pen.broken(words, False, 10.5, right - left)][-3:]
    step = 4.2 if len(lines) > 2 else 5.4
    for at, line in enumerate(reversed(lines)):
        marks.append(pen.text(line, left, bottom - 1 - step * at, 10.5))
    marks.append(pen.right(letter.day, 20, 11))
    for at, line in enumerate(letter.office):
        for part in pen.broken(line, False, 10, RIGHT - SEEN[2] - 2)[:1]:
            marks.append(pen.right(part, 29 + 6 * at, 10))
    if letter.number:
        marks.append(pen.right(letter.number, 14, 9, soft=True))
    marks += [pen.rule(3, fold, 8, fold, 0.15) for fold in FOLDS]
    return marks
