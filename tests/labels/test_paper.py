"""Papers of a loan: printed, rasterised, read back."""

import io
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageDraw

from labels import fonts
from labels.errors import LinkTooLong, NothingToPrint
from labels.lines import lines_of
from labels.paper import Cell, Head, Paper, PaperPdf, SignBox, Table, paper_pdf
from tests.labels.reading import decode, pages, text

CODE = "https://lend.city.example.jp/loans/R8-00147"


def drawing() -> bytes:
    picture = Image.new("L", (600, 200), 255)
    ImageDraw.Draw(picture).line([(20, 150), (200, 30), (400, 170), (580, 40)], fill=0, width=9)
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def paper(devices: int = 1, **other: Any) -> Paper:
    rows = tuple((f"MB-T-{n:04d}", "タブレット　TB-10A", "充電器1、ケース1", "1") for n in range(1, devices + 1))
    words: dict[str, Any] = {
        "title": "借用書",
        "number": ("貸出番号", "R8-00147"),
        "day": "令和8年4月24日",
        "code": CODE,
        "code_name": "貸出 R8-00147 の二次元コード",
        "to": "（宛先）前橋市長",
        "parties": (("借受者", "堀越町自治会"), ("役職・氏名", "会長　髙﨑 橳男")),
        "opening": "次の物品を借り受けました。",
        "terms": (("借受期間", "令和8年4月24日から令和9年3月31日まで"),),
        "tables": (Table("", ("備品番号", "品名・型番", "付属品", "数"), (27, 44, 50, 8), rows),),
        "heading": "守ること",
        "promises": ("善良な管理者の注意をもって使い、保管します。", "ほかの人に貸しません。"),
        "box": SignBox("受け取りました。", "令和　　年　　月　　日", "署名"),
        "lines": ("前橋市 情報政策課", "本文 第3版"),
        "stamps": ("貸出", "返却確認", "初期化"),
    }
    return Paper(**(words | other))


def words(made: PaperPdf) -> str:
    return "".join(text(made.pdf).split())


def test_a_paper_says_its_words_and_its_code() -> None:
    made = paper_pdf([paper()])
    assert made.pages == 1
    assert made.warnings == []
    said = words(made)
    for word in ("借用書", "前橋市長", "R8-00147", "髙﨑橳男", "MB-T-0001", "充電器1、ケース1", "第3版", "返却確認"):
        assert word in said, word
    [page] = pages(made.pdf)
    assert [(read.format, read.text) for read in decode(page)] == [("QR Code", CODE)]


def test_every_font_is_a_subset_within_the_file() -> None:
    made = paper_pdf([paper()])
    assert made.pdf.count(b"/FontFile2") == 2
    assert len(made.pdf) < 150_000


def test_the_same_paper_is_the_same_bytes() -> None:
    signed = SignBox("受け取りました。", "令和8年4月24日", "署名", "髙﨑 橳男", drawing())
    assert paper_pdf([paper(3, box=signed)]).pdf == paper_pdf([paper(3, box=signed)]).pdf


def test_many_devices_flow_onto_further_sheets_with_their_heads() -> None:
    made = paper_pdf([paper(45)])
    assert made.pages == len(pypdfium2.PdfDocument(made.pdf)) == 3
    sheets = ["".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(made.pdf)]
    assert [f"{number}／3" in sheet for number, sheet in enumerate(sheets, start=1)] == [True] * 3
    assert sum(sheet.count("品名・型番") for sheet in sheets) >= 2
    said = "".join(sheets)
    assert all(said.count(f"MB-T-{number:04d}") == 1 for number in range(1, 46))
    # The signature and the code stand on the last sheet, once.
    assert ["受け取りました" in sheet for sheet in sheets] == [False, False, True]
    assert [len(decode(page)) for page in pages(made.pdf, 150)] == [0, 0, 1]


def test_nothing_leaves_the_sheet_or_runs_into_the_foot() -> None:
    for devices in range(1, 30, 3):
        for page in pypdfium2.PdfDocument(paper_pdf([paper(devices)]).pdf):
            for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
                left, bottom, right, _ = (edge * 25.4 / 72 for edge in item.get_bounds())
                assert left >= 24.5 and right <= 190.5 and bottom >= 12, (devices, left, right, bottom)


def test_a_drawn_signature_is_black_on_the_paper_and_an_empty_box_is_white() -> None:
    signed = SignBox("受け取りました。", "令和8年4月24日", "署名", "髙﨑 橳男", drawing(), "代理（妻）")
    with_it, without = paper_pdf([paper(box=signed)]), paper_pdf([paper()])
    assert "代理（妻）" in words(with_it)
    assert _images(with_it) == 1 and _images(without) == 0


def test_a_paper_to_write_on_has_lines_and_rows() -> None:
    rows = (("", "", "", ""),) * 3
    blank = paper(
        number=("用紙番号", "4821 7390"),
        parties=(("借受者", ""), ("役職・氏名", ""), ("連絡先", "")),
        terms=(("借受期間", ""), ("使用目的", "")),
        tables=(Table("", ("備品番号", "品名・型番", "付属品", "数"), (27, 44, 50, 8), rows),),
        promises=("善良な管理者の注意をもって使い、保管します。",) * 6,
    )
    made = paper_pdf([blank, blank])
    # Each form is one sheet: whoever takes it into a hall hands out one page.
    assert made.pages == 2
    assert len(decode(pages(made.pdf)[0])) == 1


def test_what_the_font_lacks_is_marked_and_told() -> None:
    made = paper_pdf([paper(parties=(("役職・氏名", "会長　𠮷野 花子"),))])
    assert "〓野" in words(made)
    assert [warning for warning in made.warnings if "𠮷" in warning] == made.warnings
    assert len(made.warnings) == 1


def test_no_paper_and_an_endless_code_are_refused() -> None:
    with pytest.raises(NothingToPrint):
        paper_pdf([])
    with pytest.raises(LinkTooLong):
        paper_pdf([paper(code="x" * 4000)])


def test_lines_break_where_japanese_breaks() -> None:
    room = fonts.width("あいうえおか", False, 1.0)
    for line in lines_of("あいうえお、かきくけこ。さしすせそ「たちつてと」なにぬ", False, 1.0, room):
        assert fonts.width(line, False, 1.0) <= room
        assert line[0] not in "、。」" and line[-1] != "「", line
    whole = fonts.width("MB-T-0042", False, 1.0)
    assert lines_of("番号は MB-T-0042 です", False, 1.0, whole) == ["番号は", "MB-T-0042", "です"]


def test_a_word_longer_than_the_line_is_cut_and_nothing_is_lost() -> None:
    broken = lines_of("A" * 50, False, 1.0, fonts.width("A" * 12, False, 1.0))
    assert "".join(broken) == "A" * 50 and len(broken) == 5
    assert lines_of("", False, 1.0, 5) == [""]
    assert lines_of("あ", False, 10.0, 1.0) == ["あ"]


def _images(made: PaperPdf) -> int:
    page = pypdfium2.PdfDocument(made.pdf)[0]
    return len(list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])))


def form(**other: Any) -> Paper:
    """What somebody hands in to the city: a ruled table, a list to tick off, two who sign, no code."""
    cells = (Cell("物品", "タブレット"), Cell("使用目的", "", 20.0), Cell("警察への届出", "□ した\n□ していない", 17.0))
    signing = (SignBox("前の使用者", "令和　　年　　月　　日", "署名"), SignBox("新しい使用者", "", "署名"))
    words: dict[str, Any] = {"title": "引き継ぎ確認書", "head": Head.REQUEST, "form_number": "様式第6号（第12条関係）"}
    words |= {"number": ("", ""), "code": "", "box": None, "grid": cells, "ticked": True, "boxes": signing}
    return paper(**(words | other))


def test_a_form_has_its_number_its_ruled_table_and_no_code() -> None:
    made = paper_pdf([form()])
    assert (made.pages, made.warnings) == (1, [])
    said = words(made)
    for word in ("様式第6号（第12条関係）", "（宛先）前橋市長", "□していない", "前の使用者", "新しい使用者"):
        assert word in said, word
    assert "□ほかの人に貸しません。" in said and "2.ほかの人に" not in said
    assert decode(pages(made.pdf)[0]) == []


def test_a_notice_names_its_reader_before_its_title() -> None:
    made = paper_pdf(
        [form(head=Head.NOTICE, to="堀越町自治会\n会長　髙﨑 橳男　様", issuer="前橋市長", number=("", "前情政第12号"))]
    )
    said = words(made)
    at = [said.index(word) for word in ("前情政第12号", "令和8年4月24日", "髙﨑橳男様", "前橋市長", "引き継ぎ確認書")]
    assert at == sorted(at)


@pytest.mark.parametrize("head", list(Head))
@pytest.mark.parametrize("value", ["長い文。" * 250, "\n".join(["行"] * 500), "W" * 400])
def test_whatever_is_written_in_a_form_stays_on_its_sheets(head: Head, value: str) -> None:
    made = paper_pdf(
        [
            form(
                head=head,
                grid=(Cell("備考" * 20, value, 17.0),),
                to=value[:120],
                issuer=value[:12],
                title="長い題" * 13,
            )
        ]
    )
    written = 0
    for page in pypdfium2.PdfDocument(made.pdf):
        for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT, pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
            left, bottom, right, top = (edge * 25.4 / 72 for edge in item.get_bounds())
            assert 20 < left and right < 195 and bottom > 10 and top < 292, (left, bottom, right, top)
            written += 1
    assert written > 20
