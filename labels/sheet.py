"""A4 label sheets as vector PDF: no raster image, fonts embedded as subsets, the same bytes for the same order."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from labels import fonts
from labels.errors import (
    CopiesOutOfRange,
    NothingToPrint,
    OffsetOutOfRange,
    StartOutOfRange,
    TooManyLabels,
)
from labels.face import Face, Ink, Label, compose
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH, Sheet
from labels.stock import sheet as sheet_stock

MOST_COPIES = 50
MOST_LABELS = 5000
MOST_OFFSET = 10.0

_POINT = 72 / 25.4

# PDF streams may be binary. The library's default wraps them as ASCII text, a quarter larger, by a slow loop.
rl_config.useA85 = 0


@dataclass(frozen=True)
class SheetPdf:
    """``warnings``: Japanese sentences about text that prints otherwise than written, each once."""

    pdf: bytes
    pages: int
    warnings: list[str]


def sheet_pdf(
    labels: Sequence[Label],
    stock: str = "72224",
    *,
    start: int = 1,
    copies: int = 1,
    offset_x: float = 0.0,
    offset_y: float = 0.0,
    frame: bool = False,
) -> SheetPdf:
    """The labels on A4 sheets of ``stock``, from face ``start`` (1 = top left, then along the row) of the first sheet.

    Each label is printed ``copies`` times in a row. The offsets (mm, right and down, at most 10 either way) correct a
    printer. ``frame`` draws the outlines of all faces and a 100 mm ruler for a test on plain paper; without labels it
    gives one page of outlines. The PDF asks the viewer not to scale (ISO 32000-1, 12.2, PrintScaling).

    Raises ``UnknownStock``, ``StartOutOfRange``, ``CopiesOutOfRange``, ``OffsetOutOfRange``, ``NothingToPrint``,
    ``TooManyLabels`` (5,000 faces) or ``LinkTooLong``.
    """
    paper = sheet_stock(stock)
    if not 1 <= start <= paper.faces:
        raise StartOutOfRange(start, paper.faces)
    if not 1 <= copies <= MOST_COPIES:
        raise CopiesOutOfRange(copies, MOST_COPIES)
    for field, value in (("offset_x", offset_x), ("offset_y", offset_y)):
        if not abs(value) <= MOST_OFFSET:  # Written so that NaN is refused too.
            raise OffsetOutOfRange(field, MOST_OFFSET)
    if not labels and not frame:
        raise NothingToPrint
    if len(labels) * copies > MOST_LABELS:
        raise TooManyLabels(MOST_LABELS)

    for bold in (False, True):
        pdfmetrics.registerFont(fonts.pdf_font(bold))
    target = io.BytesIO()
    canvas = Canvas(
        target,
        pagesize=(PAGE_WIDTH * _POINT, PAGE_HEIGHT * _POINT),
        invariant=1,
        pageCompression=1,
        lang="ja-JP",
    )
    canvas.setTitle(f"管理ラベル {paper.name}")
    canvas.setCreator("つなぐ台帳")
    canvas.setViewerPreference("PrintScaling", "None")

    warnings: dict[str, None] = {}
    position, pages = start - 1, 1
    if frame:
        _frames(canvas, paper, offset_x, offset_y, numbered=not labels)
    for label in labels:
        face = compose(label, paper.layout)
        warnings.update(dict.fromkeys(face.warnings))
        for _ in range(copies):
            if position == paper.faces:
                canvas.showPage()
                position, pages = 0, pages + 1
                if frame:
                    _frames(canvas, paper, offset_x, offset_y, numbered=False)
            position += 1
            left, top = paper.corner(position)
            _draw(canvas, face, left + offset_x, top + offset_y)
    canvas.showPage()
    canvas.save()
    return SheetPdf(target.getvalue(), pages, list(warnings))


def _draw(canvas: Canvas, face: Face, left: float, top: float) -> None:
    for ink in face.codes:
        canvas.addLiteral(_path(ink, left, top))
    lines = canvas.beginText()
    for text in face.texts:
        lines.setFont(fonts.pdf_font(text.bold).fontName, round(text.size * _POINT, 3))
        lines.setTextOrigin((left + text.x) * _POINT, (PAGE_HEIGHT - top - text.baseline) * _POINT)
        lines.textOut(text.content)
    canvas.drawText(lines)


def _path(ink: Ink, left: float, top: float) -> str:
    """One path and one fill for a whole code, in whole numbers under a matrix: short, and without seams on a screen.

    The matrix is written with six decimals (under a nanometre), so that the last module of a code stands where it
    should.
    """
    x, y = (left + ink.x) * _POINT, (PAGE_HEIGHT - top - ink.y) * _POINT
    cells = " ".join(f"{column} {row} {columns} 1 re" for column, row, columns in ink.runs)
    return f"q {ink.module * _POINT:.6f} 0 0 {-ink.row_height * _POINT:.6f} {x:.6f} {y:.6f} cm {cells} f Q"


def _frames(canvas: Canvas, paper: Sheet, offset_x: float, offset_y: float, *, numbered: bool) -> None:
    """Outlines of all faces, and a ruler in the top margin that shows whether the printer scales."""
    canvas.saveState()
    canvas.setLineWidth(0.15 * _POINT)
    canvas.setStrokeGray(0.35)
    for face in range(1, paper.faces + 1):
        x, y = paper.corner(face)
        left, bottom = (
            (x + offset_x) * _POINT,
            (PAGE_HEIGHT - y - offset_y - paper.face_height) * _POINT,
        )
        canvas.roundRect(
            left,
            bottom,
            paper.face_width * _POINT,
            paper.face_height * _POINT,
            1.5 * _POINT,
        )
        if numbered:
            canvas.setFont(fonts.pdf_font(False).fontName, 4 * _POINT)
            middle = left + paper.face_width * _POINT / 2
            canvas.drawCentredString(middle, bottom + (paper.face_height / 2 - 1.5) * _POINT, str(face))
    canvas.setStrokeGray(0)
    ruler, begin, end = (PAGE_HEIGHT - 6.5) * _POINT, 10 * _POINT, 110 * _POINT
    canvas.line(begin, ruler, end, ruler)
    for tick in (begin, end):
        canvas.line(tick, ruler - _POINT, tick, ruler + _POINT)
    canvas.setFont(fonts.pdf_font(False).fontName, 3 * _POINT)
    canvas.drawString(end + 2 * _POINT, ruler - _POINT, "線の長さが100 mmなら、倍率は100％です。")
    canvas.restoreState()
