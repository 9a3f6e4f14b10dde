"""A fiscal year's report for the ink: the ``Sheet`` as words and photos on A4."""

from collections.abc import Mapping

from api.year_report_sheet import Item, ProgrammePage, Sheet, with_photos
from api.year_report_tables import Number, Said, SheetTable
from inventory.settings import Settings
from labels.year_report import PrintedPhoto, ReportRow, ReportSection, ReportTable, YearPaper

UNWRITTEN = "（まだ書いていません）"


def year_paper(sheet: Sheet, photos: Mapping[str, bytes], settings: Settings, *, standing: str) -> YearPaper:
    """``standing`` tells a draft from an edition; ``photos`` are the bytes of those that may be printed, by id."""
    sheet = with_photos(sheet, photos)
    # A draft is dated in its head already.
    counted = "" if sheet.as_of in standing else f"数は{sheet.as_of}"
    return YearPaper(
        title=sheet.title,
        year=sheet.year,
        standing=standing,
        rows=tuple(_row(item) for item in sheet.items),
        sections=tuple(_section(page, photos) for page in sheet.programmes),
        lines=("　".join(part for part in (settings.city_name, settings.office_name, counted) if part),),
    )


def _row(item: Item) -> ReportRow:
    text = "\n".join(part for part in (item.lead, item.text) if part)
    text = text or ("" if item.tables else UNWRITTEN)
    return ReportRow(item.heading, text, tuple(_table(table) for table in item.tables), item.notes)


def _table(table: SheetTable) -> ReportTable:
    rows = tuple(tuple(said(cell) for cell in row) for row in table.rows)
    return ReportTable(table.caption, table.heads, table.widths, rows, table.numbers, table.sums)


def said(cell: Said) -> str:
    return cell.said if isinstance(cell, Number) else cell


def _section(page: ProgrammePage, photos: Mapping[str, bytes]) -> ReportSection:
    shown = tuple(PrintedPhoto(photos[photo.picture], photo.caption or "") for photo in page.photos)
    note = f"写真{page.gone}枚は、いまは載せられません（同意の取り下げか、削除のため）。" if page.gone else ""
    return ReportSection(page.name, page.facts, tuple(_row(item) for item in page.items), shown, note)
