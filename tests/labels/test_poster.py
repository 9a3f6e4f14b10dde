"""Posters of venues: printed, rasterised, read back."""

from typing import Any

import pypdfium2
import pytest

from labels.paper import PaperPdf, paper_pdf
from labels.poster import Poster
from labels.qr import label_url
from tests.labels.reading import MM, decode, pages, text

URL = "https://lend.city.example.jp"


def printed(**other: Any) -> PaperPdf:
    words: dict[str, Any] = {
        "place": "大胡公民館",
        "office": "前橋市 デジタルデバイド解消WG",
        "phone": "027-898-1234",
        "hours": "平日 8:30–17:15",
        "code": label_url(URL, "48217390"),
        "address": "lend.city.example.jp/T",
        "number": "48217390",
    }
    return paper_pdf([], posters=[Poster(**(words | other))])


def test_a_poster_names_the_place_the_office_and_its_number() -> None:
    made = printed()
    assert (made.pages, made.warnings) == (1, [])
    said = "".join(text(made.pdf).split())
    for word in ("大胡公民館", "027-898-1234", "平日8:30–17:15", "48217390", "lend.city.example.jp/T"):
        assert word in said


def test_the_code_of_a_poster_leads_to_the_venues_page() -> None:
    (page,) = pages(printed().pdf)
    assert {code.text for code in decode(page)} == {label_url(URL, "48217390")}


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"place": "前橋市芳賀コミュニティセンター分館（旧芳賀東部公民館・第二研修棟）"},
        {"phone": "", "hours": "", "code": "", "address": ""},
    ],
)
def test_nothing_runs_over_the_edge(other: dict[str, Any]) -> None:
    for item in pypdfium2.PdfDocument(printed(**other).pdf)[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
        left, bottom, right, top = (length * MM for length in item.get_bounds())
        assert left >= 20 and right <= 190 and bottom >= 10 and top <= 287
