"""Folding, codes, telephone numbers and label numbers, as people in Japan type them."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inventory import text

SEVEN_DIGITS = st.text(alphabet="0123456789", min_size=7, max_size=7)
STORABLE = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("髙﨑 渡邉", "高崎渡辺"),
        ("渡邊澤濵", "渡辺沢浜"),
        ("齋藤", "斉藤"),
        ("齊藤", "斎藤"),
        ("ﾏｴﾊﾞｼ", "まえばし"),
        ("まえはﾞし", "マエバシ"),
        ("コンピューター", "コンピュータ"),
        ("ＭＢ－Ｔ－００４２", "mbt0042"),
        ("MB‐T–0042", "mb−t—0042"),
        ("前橋　太郎", "前橋太郎"),
        ("霞ヶ関", "霞ケ関"),
        ("𠮷田", "吉田"),
        ("葛\U000e0100城", "葛城"),
        ("Straße", "STRASSE"),
        ("前橋\u200b市", "前橋市"),
        ("027-898-1234", "０２７８９８１２３４"),
    ],
)
def test_what_looks_or_sounds_the_same_is_found(typed: str, asked: str) -> None:
    assert text.fold(typed) == text.fold(asked) != ""


def test_folding_keeps_different_names_apart() -> None:
    assert len({text.fold(name) for name in ("高崎", "川崎", "タカサキ", "カワサキ", "かわざき")}) == 5


@pytest.mark.parametrize("act", [text.fold, text.clean_name, text.code_text])
@given(typed=STORABLE)
def test_doing_it_twice_changes_nothing(act: Callable[[str], str], typed: str) -> None:
    once = act(typed)
    assert act(once) == once


@pytest.mark.parametrize("act", [text.fold, text.clean_name, text.code_text])
def test_a_lone_surrogate_is_refused(act: Callable[[str], str]) -> None:
    with pytest.raises(text.NotText):
        act("前橋\ud800")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  髙﨑　太郎  ", "髙﨑　太郎"),
        ("髙﨑　　太郎", "髙﨑　太郎"),
        ("髙﨑 \t 太郎", "髙﨑 太郎"),
        ("前橋\u200b\u202e太郎\u0007", "前橋太郎"),
        ("か\u3099くえん", "がくえん"),
        ("福\ufa1b田", "福\ufa1b田"),
        ("Ｍａｅｂａｓｈｉ", "Ｍａｅｂａｓｈｉ"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("　", ""),
    ],
)
def test_a_name_stays_as_typed_but_for_its_blanks(typed: str, kept: str) -> None:
    assert text.clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("mb-t-0042", "MB-T-0042"),
        ("ＭＢ－Ｔ－００４２", "MB-T-0042"),
        ("ＭＢーＴー００４２", "MB-T-0042"),
        ("mbｰtｰ0042", "MB-T-0042"),
        ("MB‐T–0042\r\n", "MB-T-0042"),
        (" MB—T―0042 ", "MB-T-0042"),
        ("MB−T─0042", "MB-T-0042"),
        ("\x1dMB-T-\u200b0042", "MB-T-0042"),
        ("4821 7397", "48217397"),
        ("a_b.c", "A_B.C"),
        ("タブレットー1", "タブレットー1"),
    ],
)
def test_a_code_is_read_whichever_way_it_was_typed(typed: str, code: str) -> None:
    assert text.code_text(typed) == code


@pytest.mark.parametrize(
    ("typed", "kana"),
    [
        ("まえばし", "マエバシ"),
        ("ﾏｴﾊﾞｼ", "マエバシ"),
        ("ゔぁいおりん", "ヴァイオリン"),
        ("ｶﾞｸ ABC", "ガク ABC"),
        ("漢字", "漢字"),
    ],
)
def test_a_reading_is_katakana(typed: str, kana: str) -> None:
    assert text.kana_to_katakana(typed) == kana


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("027-898-1234", "027-898-1234"),
        ("０２７（８９８）１２３４", "027-898-1234"),
        ("(027)898-1234", "027-898-1234"),
        ("027 898 1234", "027-898-1234"),
        ("027ー898ー1234", "027-898-1234"),
        ("027.898.1234", "027-898-1234"),
        ("+81 27-898-1234", "027-898-1234"),
        ("+81-(0)27-898-1234", "027-898-1234"),
        ("+819012345678", "090-1234-5678"),
        ("09012345678", "090-1234-5678"),
        ("0120123456", "0120-123-456"),
        ("08001234567", "08001234567"),
        ("0278981234", "0278981234"),
    ],
)
def test_a_telephone_number_is_digits_and_hyphens(typed: str, normal: str) -> None:
    assert text.phone(typed) == normal
    assert text.phone(normal) == normal


@pytest.mark.parametrize(
    "typed", ["", "なし", "898-1234", "127-898-1234", "027-898-12345678", "027-898-123a", "٠٢٧٨٩٨١٢٣٤"]
)
def test_what_is_not_a_telephone_number_is_refused(typed: str) -> None:
    with pytest.raises(text.NotAPhone):
        text.phone(typed)


def test_the_check_digit_is_damms() -> None:
    assert text.damm_check("0000572") == "4"  # The worked example of the literature: 572 → 4.
    assert text.damm_check("4821739") == "7"
    assert text.damm_valid("48217397")
    assert not text.damm_valid("48217390")


@given(SEVEN_DIGITS, st.integers(0, 7), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(digits: str, place: int, shift: int) -> None:
    number = digits + text.damm_check(digits)
    wrong = str((int(number[place]) + shift) % 10)
    assert text.damm_valid(number)
    assert not text.damm_valid(number[:place] + wrong + number[place + 1 :])


@given(SEVEN_DIGITS, st.integers(0, 6))
def test_every_swap_of_neighbours_is_found(digits: str, place: int) -> None:
    number = digits + text.damm_check(digits)
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert not text.damm_valid(swapped)


@pytest.mark.parametrize("digits", ["", "123456", "12345678", "123456a", "１２３４５６７", "١٢٣٤٥٦٧"])
def test_a_check_digit_needs_seven_ascii_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="seven digits"):
        text.damm_check(digits)
    assert not text.damm_valid(digits + "0")


def test_a_new_number_keeps_its_leading_zeros() -> None:
    asked: list[int] = []

    def draw(below: int) -> int:
        asked.append(below)
        return 572

    assert text.new_tag_number(draw) == "00005724"
    assert asked == [10_000_000]


def test_new_numbers_are_valid_and_differ() -> None:
    numbers = {text.new_tag_number() for _ in range(200)}
    assert all(text.damm_valid(number) for number in numbers)
    assert len(numbers) > 190


def test_a_number_is_read_out_in_two_groups() -> None:
    assert text.spoken("48217397") == "4821 7397"
    assert text.tag_number_in(text.spoken("48217397")) == "48217397"


@pytest.mark.parametrize(
    "scanned",
    [
        "48217397",
        "4821 7397",
        "4821-7397",
        "４８２１　７３９７",
        "4821ー7397\r",
        "4 8 2 1 7 3 9 7",
        "HTTP://127.0.0.1:8000/T/48217397",
        "https://daicho.example.lg.jp/t/48217397",
        "https://daicho.example.lg.jp/t/48217397/",
        "https://daicho.example.lg.jp/T/48217397?from=camera",
        "ｈｔｔｐｓ：／／ｄａｉｃｈｏ．ｅｘａｍｐｌｅ／Ｔ／４８２１７３９７",
        "ｈｔｔｐ：・・１２７。０。０。１・ｔ・４８２１７３９７",
        "/T/48217397",
        "T/48217397",
    ],
)
def test_a_label_is_read_from_whatever_was_scanned(scanned: str) -> None:
    assert text.tag_number_in(scanned) == "48217397"


@pytest.mark.parametrize(
    "scanned",
    [
        "",
        "48217390",
        "4821739",
        "482173977",
        "MB-T-0042",
        "https://example.com/48217397",
        "https://example.com/R/48217397",
        "https://example.com/PRINT/48217397/x",
        "https://example.com/AT/48217397",
        "https://example.com/T/48217390",
        "https://example.com/T/4821-7397",
        "٤٨٢١٧٣٩٧",
        "4821739七",
        "48217397\ud800",
    ],
)
def test_anything_else_is_no_label(scanned: str) -> None:
    assert text.tag_number_in(scanned) is None


@pytest.mark.parametrize(
    ("new", "old", "same"),
    [
        ("葛城公民館", "葛\U000e0100城公民館", True),  # cp932 has no variation selectors
        ("一行 二行", "一行\n二行", True),
        ("8:30～17:15", "8:30〜17:15", True),
        ("〓田さん", "𠮷田さん", True),
        ("〓田さん", "𠮷川さん", False),
        ("〓", "", False),
        ("大胡", "大胡 ", True),
        ("大胡", "宮城", False),
    ],
)
def test_what_a_file_cannot_hold_is_no_change(new: str, old: str, same: bool) -> None:
    assert text.same_text(new, old) is same
