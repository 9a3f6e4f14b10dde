"""Text as people in Japan type it: widths, kana, variant characters, codes, telephone numbers, label numbers.

Everything here is pure. What a person typed as a name is kept as typed; only the search column and machine codes are
folded. A string with a lone surrogate is refused everywhere, since neither database can store it.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable


class NotText(ValueError):
    """The string holds a lone surrogate, so it is not text that can be stored or sent."""


class NotAPhone(ValueError):
    """The text is not one Japanese telephone number."""


# Hiragana ぁ–ゖ and the iteration marks ゝゞ stand 0x60 below their katakana.
_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}

# Old, variant and vendor forms that stand in names and addresses, folded to the form of the 常用漢字 table.
# NFKC leaves them alone, because each is a character of its own.
_VARIANTS = str.maketrans(
    dict(
        pair
        for forms, common in (
            ("髙", "高"), ("﨑嵜", "崎"), ("邉邊", "辺"), ("澤", "沢"), ("齋齊斎", "斉"), ("濵濱", "浜"),
            ("嶋嶌", "島"), ("廣", "広"), ("國", "国"), ("惠", "恵"), ("德", "徳"), ("瀨", "瀬"), ("眞", "真"),
            ("龍", "竜"), ("桒", "桑"), ("𠮷", "吉"), ("彥", "彦"), ("栁桺", "柳"), ("曾", "曽"), ("櫻", "桜"),
            ("會", "会"), ("學", "学"), ("縣", "県"), ("區", "区"), ("舘", "館"), ("條", "条"), ("渕渊", "淵"),
            ("檜", "桧"), ("藪", "薮"), ("籠", "篭"), ("峯", "峰"), ("舩", "船"), ("柗枩", "松"), ("藏", "蔵"),
            ("靜", "静"), ("榮", "栄"), ("壽", "寿"), ("彌", "弥"), ("豐", "豊"), ("萬", "万"), ("與", "与"),
            ("鐵", "鉄"), ("關", "関"), ("圓", "円"), ("淺", "浅"), ("瀧", "滝"), ("冨", "富"), ("亞", "亜"),
            ("圡", "土"), ("槇", "槙"), ("增", "増"), ("黑", "黒"), ("橫", "横"),
            ("ヶ", "ケ"), ("ヵ", "カ"),
        )
        for pair in ((form, common) for form in forms)
    )
)  # fmt: skip

# Every stroke that a keyboard, an input method or a spreadsheet offers for "-". The long vowel mark ー is not among
# them: it is a letter in a name and a hyphen only inside a code.
_HYPHENS = "-\u02d7\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2501\u2796\u2e3a\u2e3b\ufe58\ufe63\uff0d"
_TO_HYPHEN = str.maketrans(dict.fromkeys(_HYPHENS, "-"))
_ASCII_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SEPARATORS = frozenset(_HYPHENS + "ー・〜~")

_BLANKS = re.compile(r"[\s\u3000]+")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPLIT_VOICING = re.compile("[\u3041-\u30ff][\u3099\u309a]")
_LONG_MARK_IN_CODE = re.compile("(?<=[!-~])ー+")


def fold(text: str) -> str:
    """``text`` as the ``search`` column holds it: what looks or sounds the same becomes the same.

    Width and compatibility forms (NFKC), case, hiragana and katakana, variant characters (髙→高, 﨑→崎, 邉→辺), and
    blanks, hyphens, long vowel marks and middle dots, which people leave out. Folding twice changes nothing.

    Raises:
        NotText: for a lone surrogate.
    """
    _refuse_surrogates(text)
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    letters = _VARIATION_SELECTORS.sub("", wide).translate(_TO_KATAKANA).translate(_VARIANTS)
    kept = "".join(c for c in letters if c not in _SEPARATORS and not _is_blank(c))
    # A blank that fell out may have parted a letter from its accent (NFKC writes ¯ as blank + accent).
    return unicodedata.normalize("NFC", kept)


# Unicode has two characters where Windows-31J has one, and keyboards other than Windows' give the one it lacks.
# The dash of 8:30–17:15 it lacks altogether, and has a stroke for it that nobody reads otherwise.
_TO_WINDOWS = str.maketrans("〜‖−–¢£¬—", "～∥－－￠￡￢―")
# What stands in a cp932 file for a character that it does not have.
_GETA = "〓"


def windows_text(text: str) -> str:
    """``text`` in the characters that Windows has of two that look alike, without variation selectors."""
    return _VARIATION_SELECTORS.sub("", text.translate(_TO_WINDOWS))


def same_text(new: str, old: str) -> bool:
    """Whether a file's text is the ledger's, but for what a file cannot hold: lines of a note in a pasted list, and
    characters that Windows-31J (cp932) has in another form or, written as 〓, not at all."""
    plain, kept = (" ".join(windows_text(text).split()) for text in (new, old))
    if _GETA not in plain:
        return plain == kept
    return re.fullmatch(re.escape(plain).replace(re.escape(_GETA), ".{1,3}?"), kept) is not None


def clean_name(text: str) -> str:
    """A name as typed, without blanks at its ends, doubled blanks inside, or characters that nobody can see.

    There is no NFKC here: 髙﨑 stays 髙﨑. A run of blanks becomes one, full-width when it began with one. A kana whose
    voicing mark came as a character of its own (files from macOS) is put together again.

    Raises:
        NotText: for a lone surrogate.
    """
    _refuse_surrogates(text)
    visible = "".join(c for c in text if c.isspace() or not _is_blank(c))
    joined = _SPLIT_VOICING.sub(lambda match: unicodedata.normalize("NFC", match[0]), visible)
    return _BLANKS.sub(lambda match: "\u3000" if match[0][0] == "\u3000" else " ", joined).strip()


def code_text(text: str) -> str:
    """What a scanner sent or a person typed, as a code is stored: half-width, ASCII upper-case, no blanks, plain "-".

    A long vowel mark that follows an ASCII character was the minus key under an input method, so it is a hyphen.

    Raises:
        NotText: for a lone surrogate.
    """
    _refuse_surrogates(text)
    narrow = unicodedata.normalize("NFKC", text).translate(_TO_HYPHEN)
    visible = unicodedata.normalize("NFC", "".join(c for c in narrow if not _is_blank(c)))
    return _LONG_MARK_IN_CODE.sub(lambda match: "-" * len(match[0]), visible).translate(_ASCII_UPPER)


def kana_to_katakana(text: str) -> str:
    """A reading (フリガナ) in full-width katakana, whichever kana and width it was typed in; other characters stay."""
    kana = re.sub("[\uff65-\uff9f]+", lambda match: unicodedata.normalize("NFKC", match[0]), text)
    joined = _SPLIT_VOICING.sub(lambda match: unicodedata.normalize("NFC", match[0]), kana)
    return joined.translate(_TO_KATAKANA)


def phone(text: str) -> str:
    """A Japanese telephone number as digits and hyphens: 027-898-1234.

    Full-width digits, brackets, blanks, dots and any hyphen are read; +81 becomes the leading 0. The parts stay where
    the person put them. Written without any part, only numbers whose parts are the same all over Japan are parted
    (mobile 3-4-4, free dial 4-3-3): an area code has two to five digits and no rule tells which.

    Raises:
        NotAPhone: when it is not a number of ten or eleven digits that begins with 0.
    """
    code = re.sub(r"[().]", "-", unicodedata.normalize("NFKC", text).translate(_TO_HYPHEN)).replace("ー", "-")
    parts = re.sub(r"[-\s]+", "-", code).strip("-")
    parts = re.sub(r"^\+81-?0?-?", "0", parts)
    digits = parts.replace("-", "")
    if not re.fullmatch(r"0[0-9]{9,10}", digits):
        raise NotAPhone("not a telephone number")
    if parts != digits:
        return parts
    if re.fullmatch(r"0[5-9]0[0-9]{8}", digits) and not digits.startswith("0800"):
        return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"
    if digits.startswith("0120") and len(digits) == 10:
        return f"{digits[:4]}-{digits[4:7]}-{digits[7:]}"
    return digits


# The weakly totally anti-symmetric quasigroup of order 10 in H. M. Damm, "Total anti-symmetrische Quasigruppen",
# dissertation, Philipps-Universität Marburg, 2004, p. 111. Its diagonal is 0, so a valid number ends in state 0; it
# finds every single wrong digit and every swap of neighbours, which are the slips of typing and of reading aloud.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)  # fmt: skip

_EIGHT_DIGITS = re.compile(r"[0-9]{8}")
# Under an input method the slash key gives a middle dot, so a wedge scanner may send ・T・ for /T/.
_LABEL_URL = re.compile(r"(?:.*[/・])?T[/・]([0-9]{8})[/・]?(?:[?#].*)?")


def damm_check(digits7: str) -> str:
    """The check digit that makes the seven ``digits7`` a label number.

    Raises:
        ValueError: when ``digits7`` is not seven ASCII digits.
    """
    if not re.fullmatch(r"[0-9]{7}", digits7):
        raise ValueError("a label number has seven digits before its check digit")
    return _damm_state(digits7)


def damm_valid(number8: str) -> bool:
    """Whether ``number8`` is eight ASCII digits of which the last is the Damm check digit of the others."""
    return _EIGHT_DIGITS.fullmatch(number8) is not None and _damm_state(number8) == "0"


def new_tag_number(random: Callable[[int], int] | None = None) -> str:
    """A fresh label number: seven random digits (the first may be 0) and the check digit.

    ``random(n)`` gives a whole number in ``[0, n)``; without it the operating system's source is used, so that nobody
    can guess the next label from the last one. Whether the number is free is for the caller's transaction to see.
    """
    draw = secrets.randbelow if random is None else random
    digits = f"{draw(10_000_000):07d}"
    return digits + damm_check(digits)


def spoken(number8: str) -> str:
    """A label number in the two groups in which it is printed and read out: ``4821 7397``."""
    return f"{number8[:4]} {number8[4:]}"


def tag_number_in(text: str) -> str | None:
    """The label number in what was scanned or typed, or None.

    Reads a bare number in any width with blanks or hyphens anywhere, and a label address of any host (``…/T/48217397``)
    in any case and width. A number whose check digit does not fit is None: at 150 dpi two decoders agreed on a wrong
    reading of Code 128, so the code's own checksum is not enough.
    """
    try:
        code = code_text(text)
    except NotText:
        return None
    url = _LABEL_URL.fullmatch(code)
    number = url[1] if url else code.replace("-", "")
    return number if damm_valid(number) else None


_LOAN_CODE = re.compile(r"(?:.*[/・]LOANS[/・])?([MTSHR][1-9][0-9]?-[0-9]{5,8})(?:[/・?#].*)?")


def loan_number_in(text: str) -> str | None:
    """The loan number in what was scanned or typed (``R8-00012``, or the address of a loan on any host), or None."""
    try:
        found = _LOAN_CODE.fullmatch(code_text(text))
    except NotText:
        return None
    return found[1] if found else None


def _damm_state(digits: str) -> str:
    state = "0"
    for digit in digits:
        state = _DAMM[int(state)][int(digit)]
    return state


def _is_blank(character: str) -> bool:
    """Blanks of every kind, controls, and format characters that take no room."""
    return unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc", "Cf"}


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotText("a lone surrogate is not text") from error
