"""One table as a file: CSV (RFC 4180) in UTF-8 or cp932, and XLSX. Header on line 1, one row per thing, no merges."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from inventory.calendar import TOKYO
from inventory.text import windows_text

Encoding = Literal["utf-8-sig", "cp932"]
Cell = str | int | float | date | datetime | None
GETA = "〓"

# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV Injection); Excel in Japanese folds
# the full-width signs to the plain ones first.
_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
# One of them chooses among shapes of the character before it.
_MADE_AT = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_COMPATIBILITY = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@dataclass(frozen=True)
class Table:
    """``title`` names the sheet and the file. Times are instants; they are written as those of Tokyo."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class File:
    """``lost`` counts the characters that the encoding could not hold: each stands as 〓."""

    content: bytes
    lost: int = 0


def guard(text: str) -> str:
    """The text as a CSV cell that no spreadsheet runs. ``unguard`` gives the text back, whatever it was.

    An apostrophe goes before a text that would run, and before one that already looks guarded, so that taking one
    away is always right.
    """
    return "'" + text if _RUNS.match(text) else text


def unguard(text: str) -> str:
    """The text that ``guard`` made this cell of; any other text stays as it is."""
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text


def csv_file(table: Table, encoding: Encoding = "utf-8-sig") -> File:
    """CSV with CRLF. UTF-8 has a byte order mark, without which Excel takes it for cp932."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    lost = 0
    for row in (table.header, *table.rows):
        texts = []
        for cell in row:
            text = _plain(cell)
            if encoding == "cp932" and not text.isascii():
                text, missing = to_cp932(text)
                lost += missing
            # Last, because cp932 turns a minus sign that does not run into one that does.
            texts.append(guard(text) if isinstance(cell, str) else text)
        writer.writerow(texts)
    return File(target.getvalue().encode(encoding), lost)


def to_cp932(text: str) -> tuple[str, int]:
    """The text in characters of Windows-31J, and how many of its characters had to be left out or became 〓."""
    plain, lost = windows_text(text), len(_SELECTOR.findall(text))
    try:
        plain.encode("cp932")
    except UnicodeEncodeError:
        kept = []
        for character in composed(plain):
            try:
                character.encode("cp932")
                kept.append(character)
            except UnicodeEncodeError:
                kept.append(GETA)
                lost += 1
        plain = "".join(kept)
    return plain, lost


def composed(text: str) -> str:
    """Voicing marks and accents put together with their letters.

    NFC alone would change a name: it replaces compatibility ideographs such as 神 (U+FA19), which stay as they are.
    """
    parts = _COMPATIBILITY.split(text)
    return "".join(part if _COMPATIBILITY.fullmatch(part) else unicodedata.normalize("NFC", part) for part in parts)


def xlsx_file(table: Table) -> File:
    """XLSX with a frozen, filterable header. Texts are typed as texts, so none of them runs and no zero is lost."""
    return xlsx_book([table])


def xlsx_book(tables: Sequence[Table]) -> File:
    """A workbook with a sheet a table, in their order; titles are at most 31 letters and each is there once."""
    book = Workbook(write_only=True)
    for table in tables:
        _add_sheet(book, table)
    target = io.BytesIO()
    book.save(target)
    return File(timeless(target))


def _add_sheet(book: Workbook, table: Table) -> None:
    # The library's stubs do not know what a write-only sheet shares with others.
    sheet: Any = book.create_sheet(table.title)
    sheet.freeze_panes = "A2"
    last = get_column_letter(len(table.header))
    sheet.auto_filter.ref = f"A1:{last}{len(table.rows) + 1}"
    for at, width in enumerate(_widths(table), start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    bold = Font(bold=True)
    header = [WriteOnlyCell(sheet, name) for name in table.header]
    for cell in header:
        cell.font = bold
    sheet.append(header)
    for row in table.rows:
        sheet.append([_typed(sheet, value) for value in row])


def timeless(made: io.BytesIO) -> bytes:
    """The workbook without the second in which it was made: the same rows are the same bytes, whenever they are asked
    for, and whoever publishes the file sees whether anything changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(made) as package, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == "docProps/core.xml":
                content = _MADE_AT.sub(b"", content)
            part = zipfile.ZipInfo(name)
            part.external_attr = 0o600 << 16
            copy.writestr(part, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _typed(sheet: Any, value: Cell) -> object:
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)
        if not _RUNS.match(text) and not text.startswith("#"):
            return text
        cell = WriteOnlyCell(sheet, text)
        # The library takes a text that begins with "=" for a formula, and one such as "#N/A" for a failed one.
        cell.data_type = "s"
        if _RUNS.match(text):
            cell.quotePrefix = True
        return cell
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value.astimezone(TOKYO).replace(tzinfo=None, microsecond=0))
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # A day is among what a cell takes.
        cell.number_format = "yyyy-mm-dd"
        return cell
    return value


def _plain(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _widths(table: Table) -> list[int]:
    """As wide as the header and the first rows need; a long note is not."""
    widths = [_width(name) + 4 for name in table.header]
    for row in table.rows[:200]:
        widths = [max(width, min(_width(_plain(cell)) + 2, 50)) for width, cell in zip(widths, row, strict=True)]
    return widths


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "FWA" else 1 for character in text)
