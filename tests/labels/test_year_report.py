"""The report of a fiscal year on A4."""

import io

import pypdfium2
from PIL import Image

from labels.pen import BOTTOM, LEFT, RIGHT
from labels.stock import PAGE_HEIGHT
from labels.year_report import PrintedPhoto, ReportRow, ReportSection, ReportTable, YearPaper, year_report_pdf
from tests.labels.reading import pages, paths, text

HEADS = ("事業", "講座数", "参加者数（延べ）")


def table(rows: int) -> ReportTable:
    cells = tuple((f"事業{at}", f"{at}講座", f"{at}名") for at in range(rows))
    return ReportTable("事業別", HEADS, (60.0, 20.0, 30.0), cells, frozenset({1, 2}), frozenset({rows - 1}))


def jpeg(width: int, height: int) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), (200, 40, 40)).save(target, "JPEG")
    return target.getvalue()


def paper(*rows: ReportRow, sections: tuple[ReportSection, ...] = ()) -> YearPaper:
    return YearPaper("取組", "令和3年度", "案", rows, sections, ("前橋市",))


def test_the_sheet_has_items_beside_their_contents() -> None:
    made = year_report_pdf(
        paper(ReportRow("①実現したい未来", "つながる"), ReportRow("⑦実績", "", (table(3),), ("注",)))
    )
    said = text(made.pdf)
    assert made.pages == 1 and made.warnings == []
    for words in ("令和3年度", "項目", "内容", "①実現したい未来", "つながる", "2講座", "2名", "※注", "1／1"):
        assert words in said
    assert year_report_pdf(paper(ReportRow("①", "つながる"))) == year_report_pdf(paper(ReportRow("①", "つながる")))


def test_a_long_row_goes_on_with_its_name_on_the_next_page() -> None:
    words = "\n".join(f"{number}行目の文です。" for number in range(90))
    made = year_report_pdf(paper(ReportRow("⑤取組の内容", words), ReportRow("⑦実績", "", (table(60),))))
    said = text(made.pdf)
    assert made.pages >= 4
    assert [f"{number}行目の文です。" in said for number in (0, 45, 89)] == [True] * 3
    assert "⑤取組の内容（つづき）" in "".join(said.split()) and "59講座" in said
    # A table that goes on begins with its head again.
    assert said.count("講座数") >= 2
    for page in range(made.pages):
        for area in paths(made.pdf, page):
            assert area.left >= LEFT - 0.5 and area.right <= RIGHT + 0.5
            assert area.bottom <= BOTTOM + 3 < PAGE_HEIGHT


def test_a_programme_has_a_sheet_of_its_own_with_its_photos() -> None:
    photos = tuple(PrintedPhoto(jpeg(400, 300), f"写真{number}") for number in range(6))
    section = ReportSection("教室", (("対象", "住民"),), (ReportRow("①事業概要", "概要"),), photos, "1枚は載せません")
    made = year_report_pdf(paper(ReportRow("①", "x"), sections=(section, ReportSection("相談会"))))
    said = text(made.pdf)
    assert made.pages in (3, 4)
    for words in ("教室", "対象", "住民", "開催風景", "写真0", "写真5", "※1枚は載せません", "相談会"):
        assert words in said
    kind = [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert sum(len(list(page.get_objects(filter=kind))) for page in pypdfium2.PdfDocument(made.pdf)) == 6


def test_what_the_font_cannot_draw_is_told() -> None:
    made = year_report_pdf(paper(ReportRow("①", "𠮷"), ReportRow("②", "🙂")))
    assert made.warnings and len(pages(made.pdf)) == 1
