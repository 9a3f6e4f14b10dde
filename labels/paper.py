"""A4 papers of a loan (借用書, 申請書, 返却確認書 …) as vector PDF: a subset of the font, the same bytes every time.

A ``Paper`` is words; ``paper_pdf`` sets them. The screen shows the same ``Paper``, so that what is signed is what is
printed. Lengths are millimetres from the top left corner of the sheet, y downwards; type sizes are points.
"""

import io
from collections.abc import Sequence

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from labels import fonts
from labels.errors import NothingToPrint
from labels.flow import Flow
from labels.fridge import FridgeCard, card_sheets
from labels.paper_parts import box, boxes, foot, grid, head, pairs, promises, table
from labels.paper_words import Cell as Cell
from labels.paper_words import Head as Head
from labels.paper_words import Pairs as Pairs
from labels.paper_words import Paper as Paper
from labels.paper_words import PaperPdf as PaperPdf
from labels.paper_words import SignBox as SignBox
from labels.paper_words import Table as Table
from labels.pen import LEFT, Mark, Pen
from labels.poster import Poster, poster_sheets
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH

_POINT = 72 / 25.4


def paper_pdf(papers: Sequence[Paper], cards: Sequence[FridgeCard] = (), posters: Sequence[Poster] = ()) -> PaperPdf:
    """Every paper on sheets of its own, then the cards for the refrigerator, then the posters.

    The PDF asks the viewer not to scale.

    Raises ``NothingToPrint`` without any of them and ``LinkTooLong`` for a code beyond the largest QR code.
    """
    if not papers and not cards and not posters:
        raise NothingToPrint
    for bold in (False, True):
        pdfmetrics.registerFont(fonts.pdf_font(bold))
    target = io.BytesIO()
    canvas = Canvas(
        target, pagesize=(PAGE_WIDTH * _POINT, PAGE_HEIGHT * _POINT), invariant=1, pageCompression=1, lang="ja-JP"
    )
    canvas.setTitle(_title(papers, cards))
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
    for sheet in [*card_sheets(pen, cards), *poster_sheets(pen, posters)]:
        for mark in sheet:
            mark(canvas)
        canvas.showPage()
        pages += 1
    canvas.save()
    return PaperPdf(target.getvalue(), pages, pen.warnings())


def _title(papers: Sequence[Paper], cards: Sequence[FridgeCard]) -> str:
    if papers:
        return f"{papers[0].title} {papers[0].number[1]}".strip()
    return "冷蔵庫カード" if cards else "困ったときのポスター"


def _set(pen: Pen, paper: Paper) -> list[list[Mark]]:
    number = " ".join(paper.number)
    flow = Flow(pen, f"{paper.title}（つづき）　{number}".rstrip())
    head(flow, paper)
    if paper.opening:
        flow.lines("　" + paper.opening, 12, 7)
        flow.y += 2
    pairs(flow, paper.terms, LEFT, 11.5)
    flow.y += 2
    grid(flow, paper.grid)
    for one in paper.tables:
        table(flow, one)
    if paper.promises:
        promises(flow, paper)
    for remark in paper.remarks:
        flow.lines(remark, 11, 6.5)
    flow.need((46.0 if paper.box else 0.0) + (40.0 if paper.boxes else 0.0) + 24.0)
    if paper.box:
        box(flow, paper.box)
    if paper.boxes:
        flow.y += 2
        boxes(flow, paper.boxes)
    foot(flow, paper)
    return flow.sheets
