"""Wifi posters: printed, rasterised, and every code read back."""

from typing import Any

import pypdfium2
import pytest

from labels.errors import NothingToPrint
from labels.qr import label_url
from labels.wifi_poster import WifiPoster, join_code, wifi_posters_pdf
from tests.labels.reading import MM, decode, pages, text

LINK = label_url("https://lend.city.example.jp", "48217390")


def poster(**other: Any) -> WifiPoster:
    words: dict[str, Any] = {
        "place": "大胡公民館",
        "ssid": "Maebashi-Free-WiFi",
        "auth": "passphrase",
        "passphrase": "kamo-sube-tani-4738",
        "changes_on": "令和9年4月1日",
        "disaster": False,
        "office": "前橋市 デジタルデバイド解消WG",
        "phone": "027-898-1234",
        "hours": "平日 8:30–17:15",
        "code": LINK,
        "number": "48217390",
        "address": "lend.city.example.jp/T",
    }
    return WifiPoster(**(words | other))


def said(*posters: WifiPoster) -> str:
    return "".join(text(wifi_posters_pdf(posters).pdf).split())


def unescaped(field: str) -> str:
    """What a reader of the format makes of a field: the backslashes fall away."""
    found, escaped = "", False
    for character in field:
        if character == "\\" and not escaped:
            escaped = True
        else:
            found, escaped = found + character, False
    return found


def joined(code: str) -> dict[str, str]:
    """The fields of a joining code, parted at semicolons that stand behind no backslash."""
    assert code.startswith("WIFI:") and code.endswith(";;")
    fields: dict[str, str] = {}
    part, escaped = "", False
    for character in code[5:-1]:
        if character == ";" and not escaped:
            name, _, value = part.partition(":")
            fields[name] = unescaped(value)
            part = ""
            continue
        escaped = character == "\\" and not escaped
        part += character
    return fields


def test_a_poster_says_how_to_get_in_and_where_to_ask() -> None:
    made = wifi_posters_pdf([poster()])
    assert (made.pages, made.warnings) == (1, [])
    for word in (
        "大胡公民館", "Maebashi-Free-WiFi", "kamo-sube-tani-4738", "令和9年4月1日", "027-898-1234",
        "平日8:30–17:15", "48217390", "lend.city.example.jp/T",
    ):  # fmt: skip
        assert word in said(poster()), word
    assert "00000JAPAN" not in said(poster())
    assert "00000JAPAN" in said(poster(disaster=True))


def test_one_sheet_a_poster_and_the_same_bytes_every_time() -> None:
    two = [poster(), poster(place="敷島公民館", auth="open", passphrase=None, changes_on="")]
    made = wifi_posters_pdf(two)
    assert (made.pages, len(pypdfium2.PdfDocument(made.pdf))) == (2, 2)
    assert made.pdf == wifi_posters_pdf(two).pdf
    with pytest.raises(NothingToPrint):
        wifi_posters_pdf([])


@pytest.mark.parametrize(
    ("ssid", "passphrase"),
    [
        ("Maebashi-Free-WiFi", "kamo-sube-tani-4738"),
        ("前橋市公民館の無線", "~" * 63),
        ('a;b:c,d\\e"f', '\\;,:"\\;,:"'),
        ("deadBEEF", "0123456789abcdef"),
        ("open", None),
    ],
)
def test_every_code_is_read_back(ssid: str, passphrase: str | None) -> None:
    auth = "passphrase" if passphrase else "open"
    (page,) = pages(wifi_posters_pdf([poster(ssid=ssid, passphrase=passphrase, auth=auth)]).pdf)
    codes = {code.text for code in decode(page)}
    assert codes == {LINK, join_code(ssid, passphrase)}
    (join,) = codes - {LINK}
    secret = {"P": passphrase} if passphrase else {}
    assert joined(join) == {"T": "WPA" if passphrase else "nopass", "S": ssid} | secret


def test_what_parts_the_fields_is_escaped() -> None:
    assert join_code("net", "plain;word") == "WIFI:T:WPA;S:net;P:plain\\;word;;"
    assert join_code("cafe", "12345678") == "WIFI:T:WPA;S:cafe;P:12345678;;"
    assert join_code("a:b", None) == "WIFI:T:nopass;S:a\\:b;;"


@pytest.mark.parametrize(
    "other",
    [
        {"disaster": True},
        {"disaster": True, "auth": "portal", "passphrase": None, "changes_on": ""},
        {"auth": "open", "passphrase": None, "changes_on": ""},
        {"passphrase": "W" * 63, "ssid": "W" * 32, "disaster": True},
        {"place": "前橋市芳賀コミュニティセンター分館（旧芳賀東部公民館・第二研修棟）", "ssid": "前橋市公民館の無線"},
        {"phone": "", "hours": "", "code": "", "address": "", "number": "", "disaster": True},
    ],
)
def test_nothing_runs_over_the_edge_or_into_a_code(other: dict[str, Any]) -> None:
    made = wifi_posters_pdf([poster(**other)])
    boxes = [
        tuple(length * MM for length in item.get_bounds())
        for item in pypdfium2.PdfDocument(made.pdf)[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
    ]
    for left, bottom, right, top in boxes:
        assert left >= 18 and right <= 193 and bottom >= 9 and top <= 288
    # The codes stand from 140 mm on beside the name, and from 156 mm on at the foot; heights from the bottom edge.
    codes = [(140.0, 190.0, 240.0)] + ([(156.0, 17.0, 51.0)] if other.get("code", LINK) else [])
    for left, bottom, right, top in boxes:
        assert not any(right > x and top > low and bottom < high for x, low, high in codes), (left, bottom, right, top)
    assert len(decode(pages(made.pdf)[0])) == len(codes)


def test_a_poster_without_a_number_or_a_telephone_still_says_whom_to_ask() -> None:
    alone = said(poster(code="", number="", address="", phone="", hours=""))
    # No other sentence of the poster has this word, and readings stand apart from it.
    assert "聞" in alone and "聞" not in said(poster())
