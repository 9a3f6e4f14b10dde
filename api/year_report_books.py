"""A fiscal year's report as a workbook: the sheet 項目｜内容, a sheet for each programme, and the figures as a table.

Figures are numbers in their cells; 「約」 and the unit are the cell's format, so that a sum over them is right.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from api.spreadsheets import Cell, Table, timeless
from api.words import AUDIENCE
from api.year_report_papers import UNWRITTEN
from api.year_report_sheet import Item, ProgrammePage, Sheet
from api.year_report_tables import Number, SheetTable
from inventory.report_differences import SOURCES
from inventory.year_figures import Figures, LineFigures, YearSummary

_COLUMNS = (20, 34, 13, 13, 17, 13, 13)
_LAST = len(_COLUMNS)
# Characters of the text column that stand in one line of the merged cells.
_PER_LINE = sum(_COLUMNS[1:]) // 2 - 2
_LINE = Side(style="thin", color="808080")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="EEEEEE")
# A sheet's name has at most 31 characters and none of these.
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")


def year_book(sheet: Sheet, summary: YearSummary, *, standing: str) -> bytes:
    """The workbook; the same report is the same bytes."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = "報告"
    _report(first, sheet, standing)
    names = {first.title, "数値"}
    for page in sheet.programmes:
        _programme(book.create_sheet(_name(page.name, names)), page, sheet, standing)
    _numbers(book.create_sheet("数値"), figures_table(summary))
    target = io.BytesIO()
    book.save(target)
    return timeless(target)


_Row = tuple[str, str | None, LineFigures | None, Figures]
_NUMBERS: Sequence[tuple[str, Callable[[Figures], Cell]]] = (
    ("講座数", lambda one: one.courses),
    ("参加者（延べ）", lambda one: one.participants),
    ("参加者（実人員）", lambda one: one.distinct),
    ("参加者は約", lambda one: _yes(one.approx)),
    ("計画の講座数", lambda one: one.planned),
    ("計画の参加者", lambda one: one.planned_participants),
    ("計画は約", lambda one: _yes(one.planned_approx)),
    ("報告の講座数", lambda one: one.reported.courses),
    ("報告の参加者", lambda one: one.reported.participants),
    ("報告の実人員", lambda one: one.reported.distinct),
    ("報告は約", lambda one: _yes(one.reported.approx)),
    ("記録の講座数", lambda one: one.counted.courses),
    ("記録の参加者", lambda one: one.counted.participants),
    ("記録の実人員", lambda one: one.counted.distinct),
    ("記録は約", lambda one: _yes(one.counted.approx)),
    ("中止", lambda one: one.cancelled),
    ("延期", lambda one: one.postponed),
    ("実績の記録待ち", lambda one: one.waiting),
    ("人数のわからない講座", lambda one: one.uncounted),
)
_WORDS: Sequence[tuple[str, Callable[[LineFigures], Cell]]] = (
    ("事業コード", lambda line: line.code),
    ("内訳", lambda line: line.line),
    ("対象", lambda line: AUDIENCE[line.audience] if line.audience else None),
    ("財源", lambda line: line.funding),
    ("連携先", lambda line: line.partner),
    ("載せている数", lambda line: SOURCES[line.prints]),
)


def figures_table(summary: YearSummary) -> Table:
    """A row per line of a programme, per programme of several lines, and for the year; ``行`` tells them apart."""
    rows: list[_Row] = []
    for programme in summary.programmes:
        rows += [("内訳", programme.name, line, line) for line in programme.lines]
        rows.append(("事業計", programme.name, None, programme))
    rows.append(("年度計", None, None, summary.grand_total))
    header = ("年度", "行", "事業", *(name for name, _ in _WORDS), *(name for name, _ in _NUMBERS))
    cells: list[list[Cell]] = [
        [
            summary.fiscal_year,
            kind,
            name,
            *(None if line is None else word(line) for _, word in _WORDS),
            *(number(figures) for _, number in _NUMBERS),
        ]
        for kind, name, line, figures in rows
    ]
    return Table("年度の実績", header, cells)


def _yes(value: bool) -> str:
    return "はい" if value else "いいえ"


def _report(at: Worksheet, sheet: Sheet, standing: str) -> None:
    _widths(at)
    row = _title(at, f"{sheet.year}　{sheet.title}", standing)
    for item in sheet.items:
        row = _item(at, row, item)
    _text(at, row + 1, 1, f"数は{sheet.as_of}")
    _on_paper(at)


def _programme(at: Worksheet, page: ProgrammePage, sheet: Sheet, standing: str) -> None:
    _widths(at)
    row = _title(at, f"{sheet.year}　{page.name}", standing)
    for name, words in page.facts:
        row = _item(at, row, Item("", name, words))
    for item in page.items:
        row = _item(at, row, item)
    if page.photos:
        _text(at, row + 1, 1, f"開催風景の写真 {len(page.photos)}枚は、PDFにあります。")
    _on_paper(at)


def _title(at: Worksheet, title: str, standing: str) -> int:
    _text(at, 1, 1, title).font = Font(bold=True, size=14)
    cell = _text(at, 2, _LAST, standing)
    cell.alignment = Alignment(horizontal="right")
    for column, word in ((1, "項目"), (2, "内容")):
        _text(at, 3, column, word).alignment = Alignment(horizontal="center")
    at.merge_cells(start_row=3, start_column=2, end_row=3, end_column=_LAST)
    _frame(at, 3, 3, fill=_HEAD)
    return 4


def _item(at: Worksheet, row: int, item: Item) -> int:
    """The rows of one item, its name in the first column beside all of them."""
    first = row
    if item.lead:
        row = _wide(at, row, item.lead)
    if item.text or not item.tables:
        row = _wide(at, row, item.text or UNWRITTEN)
    for table in item.tables:
        row = _table(at, row, table)
    for note in item.notes:
        row = _wide(at, row, f"※{note}", size=9)
    _frame(at, first, row - 1)
    cell = _text(at, first, 1, item.heading)
    cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    if row - 1 > first:
        at.merge_cells(start_row=first, start_column=1, end_row=row - 1, end_column=1)
    return row


def _wide(at: Worksheet, row: int, text: str, size: float = 11) -> int:
    cell = _text(at, row, 2, text)
    cell.alignment, cell.font = Alignment(vertical="top", wrap_text=True), Font(size=size)
    at.merge_cells(start_row=row, start_column=2, end_row=row, end_column=_LAST)
    lines = sum(1 + len(part) // _PER_LINE for part in text.split("\n"))
    at.row_dimensions[row].height = min(409.0, 4 + 15 * lines)
    return row + 1


def _table(at: Worksheet, row: int, table: SheetTable) -> int:
    _text(at, row, 2, table.caption).font = Font(bold=True)
    row += 1
    for column, head in enumerate(table.heads, start=2):
        cell = _text(at, row, column, head)
        cell.fill, cell.alignment = _HEAD, Alignment(horizontal="center", wrap_text=True)
    _stretch(at, row, 1 + len(table.heads))
    for index, cells in enumerate(table.rows):
        row += 1
        for column, value in enumerate(cells, start=2):
            if isinstance(value, Number):
                cell = at.cell(row, column, value.value)
                about = '"約"' if value.approx else ""
                cell.number_format = f'{about}#,##0"{value.unit}"'
            else:
                cell = _text(at, row, column, value)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if value == "–":
                    cell.alignment = Alignment(horizontal="right")
            cell.font = Font(bold=index in table.sums)
        _stretch(at, row, 1 + len(cells))
    return row + 1


def _stretch(at: Worksheet, row: int, last: int) -> None:
    """The last cell of a row that has few of them takes the room that is left."""
    if last < _LAST:
        at.merge_cells(start_row=row, start_column=last, end_row=row, end_column=_LAST)


def _numbers(at: Worksheet, table: Table) -> None:
    """One header, one row per thing, no merges: what another program reads."""
    for column, name in enumerate(table.header, start=1):
        _text(at, 1, column, name).font = Font(bold=True)
        at.column_dimensions[get_column_letter(column)].width = max(12, 2 * len(name) + 3)
    for row, cells in enumerate(table.rows, start=2):
        for column, value in enumerate(cells, start=1):
            if isinstance(value, str):
                _text(at, row, column, value)
            elif value is not None:
                at.cell(row, column, value)
    at.freeze_panes = "A2"
    at.auto_filter.ref = f"A1:{get_column_letter(len(table.header))}{len(table.rows) + 1}"


def _text(at: Worksheet, row: int, column: int, text: str) -> Any:
    """A cell that is text whatever it looks like: none of them runs as a formula."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell = at.cell(row, column, clean)
    cell.data_type = "s"
    return cell


def _frame(at: Worksheet, first: int, last: int, fill: PatternFill | None = None) -> None:
    for row in range(first, last + 1):
        for column in range(1, _LAST + 1):
            cell = at.cell(row, column)
            cell.border = _BOX
            if fill:
                cell.fill = fill


def _widths(at: Worksheet) -> None:
    for column, width in enumerate(_COLUMNS, start=1):
        at.column_dimensions[get_column_letter(column)].width = width


def _on_paper(at: Worksheet) -> None:
    """A4, as wide as the sheet, however long."""
    at.page_setup.paperSize, at.page_setup.orientation = 9, "portrait"
    at.page_setup.fitToWidth, at.page_setup.fitToHeight = 1, 0
    at.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    at.sheet_view.showGridLines = False


def _name(programme: str, taken: set[str]) -> str:
    """A sheet's name that no other sheet has."""
    plain = _NOT_IN_NAMES.sub(" ", programme).strip("' ")[:28] or "事業"
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain}{number}", number + 1
    taken.add(name)
    return name
