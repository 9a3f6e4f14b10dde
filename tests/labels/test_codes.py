"""The modules of both codes, before any ink: what they say, how strong they are, how they fail."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from labels import code128, qr
from labels.errors import LinkTooLong, LinkUnusable, NumberMalformed
from tests.labels.reading import Read, decode

NUMBERS = st.integers(0, 99_999_999).map(lambda value: f"{value:08d}")


def drawn(rows: list[str], across: int, down: int, quiet: int) -> Image.Image:
    image = Image.new("L", (len(rows[0]), len(rows)), 255)
    image.putdata([0 if module == "1" else 255 for row in rows for module in row])
    image = image.resize((image.width * across, image.height * down), Image.Resampling.NEAREST)
    page = Image.new("L", (image.width + 2 * quiet, image.height + 2 * quiet), 255)
    page.paste(image, (quiet, quiet))
    return page


@settings(max_examples=40, deadline=None)
@given(NUMBERS)
def test_qr_of_any_number_reads_back_exactly(number: str) -> None:
    url = qr.label_url("https://lend.city.example.jp", number)
    code = qr.encode(url)
    assert decode(drawn(list(code.rows), 4, 4, 16)) == [Read("QR Code", url, code.level)]


@settings(max_examples=40, deadline=None)
@given(NUMBERS)
# A set C symbol that begins with the pair 99 is what a common encoder gets wrong.
@example("99000000")
@example("99999999")
@example("00000000")
def test_code128_of_any_number_reads_back_exactly_in_79_modules(number: str) -> None:
    modules = code128.encode(number)
    assert len(modules) == code128.MODULES
    assert [(read.format, read.text) for read in decode(drawn([modules], 3, 60, 30))] == [("Code 128", number)]


@pytest.mark.parametrize("length", [1, 38, 39, 47, 48, 61, 62, 90, 91, 154, 155, 400])
def test_error_correction_is_as_strong_as_the_smallest_m_version_holds(length: int) -> None:
    code = qr.encode("A" * length)
    assert code.level in ("M", "Q", "H")
    assert code.size == 17 + 4 * code.version
    assert [(read.text, read.level) for read in decode(drawn(list(code.rows), 4, 4, 16))] == [
        ("A" * length, code.level)
    ]


def test_stronger_correction_never_costs_a_larger_code() -> None:
    # Capacities of version 3, alphanumeric, ISO/IEC 18004 table 7: M 61, Q 47, H 35; version 2: M 38.
    assert (qr.encode("A" * 38).version, qr.encode("A" * 38).level) == (2, "M")
    assert (qr.encode("A" * 47).version, qr.encode("A" * 47).level) == (3, "Q")
    assert (qr.encode("A" * 48).version, qr.encode("A" * 48).level) == (3, "M")
    assert (qr.encode("A" * 61).version, qr.encode("A" * 62).version) == (3, 4)


def test_upper_case_link_takes_fewer_modules_than_lower_case() -> None:
    link = "HTTP://KASHI.CITY.MAEBASHI.LG.JP/T/48217390"
    assert qr.encode(link).size < qr.encode(link.lower()).size


def test_text_beyond_the_largest_qr_code_is_refused() -> None:
    with pytest.raises(LinkTooLong):
        qr.encode("A" * 4000)


@pytest.mark.parametrize(
    ("public_url", "link"),
    [
        ("https://lend.city.example.jp", "HTTPS://LEND.CITY.EXAMPLE.JP/T/48217390"),
        ("https://lend.city.example.jp/", "HTTPS://LEND.CITY.EXAMPLE.JP/T/48217390"),
        ("http://127.0.0.1:8000", "HTTP://127.0.0.1:8000/T/48217390"),
        ("HTTPS://Lend.Example.JP:8443", "HTTPS://LEND.EXAMPLE.JP:8443/T/48217390"),
        ("https://貸出.example.jp", "HTTPS://XN--79QY54L.EXAMPLE.JP/T/48217390"),
    ],
)
def test_link_is_the_origin_in_upper_case(public_url: str, link: str) -> None:
    assert qr.label_url(public_url, "48217390") == link


@pytest.mark.parametrize(
    "public_url",
    [
        "",
        "lend.example.jp",
        "ftp://lend.example.jp",
        "https://lend.example.jp/ledger",
        "https://lend.example.jp?x=1",
        "https://lend.example.jp#x",
        "https://user@lend.example.jp",
        "https://lend.example.jp:port",
        "https://lend_1.example.jp",
        "https://[::1",
        "https://[::1]",
        "https://",
    ],
)
def test_anything_but_an_origin_is_refused(public_url: str) -> None:
    with pytest.raises(LinkUnusable) as refusal:
        qr.label_url(public_url, "48217390")
    assert refusal.value.field == "public_url"


@pytest.mark.parametrize("number", ["", "4821739", "482173901", "4821 739", "４８２１７３９０", "4821739²", "4821739A"])
def test_number_is_eight_ascii_digits(number: str) -> None:
    with pytest.raises(NumberMalformed):
        qr.label_url("https://lend.example.jp", number)
    with pytest.raises(NumberMalformed):
        code128.encode(number)
