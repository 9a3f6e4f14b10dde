"""Cells of published tables as cities write them, read into the form that the ledger keeps. Pure.

A reader takes what stands in a cell and gives the text that belongs there; what was read differently from how it
stands is a repair and told, what cannot be read is refused with a sentence that says what to write.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from inventory.addresses import NotACode, municipality_code, postal_code
from inventory.calendar import NotADay, parse_day
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.tables import VenueKind
from inventory.text import NotAPhone, clean_name, fold, kana_to_katakana
from inventory.text import phone as phone_text

# What people write where nothing is to be written.
NOTHING = frozenset("- ー － ― − ‐ なし 無し 無 未定 不明 該当なし N/A null NULL".split())

# Degrees of JGD2011 between which Japan lies; the same bounds as in the database.
LATITUDES = (20.0, 46.0)
LONGITUDES = (122.0, 154.0)

_HYPHENS = dict.fromkeys("‐‑‒–—―−─━－", "-")
_TO_HYPHEN = str.maketrans(_HYPHENS)
_SEXAGESIMAL = re.compile(r"(\d+)[°度]([0-5]?\d)['′’分]([0-5]?\d(?:\.\d+)?)(?:[\"″”秒]|′′|'')?")
_KANA = re.compile(r"[ァ-ヺーヽヾ・\u30a0 \u30000-9A-Za-z０-９Ａ-Ｚａ-ｚ()（）.．,，&＆/／\-－]+")
_WEEKDAYS = "月火水木金土日"
_STEPS = re.compile(r"(?<=\d)(?:丁目|番地の?|番|号|の)")


@dataclass
class RowRead:
    """One line, read. ``values`` has the keys of the cells that hold something that could be read."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)

    def wrong(self, column: str, value: str, message: str) -> None:
        self.errors.append(WrongCell(line=self.line, column=column, value=value[:200], message=message))

    def repaired(self, column: str, value: str, repaired: str) -> None:
        self.repairs.append(RepairedCell(line=self.line, column=column, value=value[:200], repaired=repaired[:200]))


def read_row(line: int, cells: Mapping[str, str], kinds: Mapping[str, str]) -> RowRead:
    """Read the cells of a line. ``kinds``: the kind of cell of each key (``Layout.kinds``); other keys are texts.

    Latitude and longitude that stand in each other's column are swapped, which is a repair too.
    """
    row = RowRead(line)
    cells = _swapped(row, cells)
    for column, text in cells.items():
        try:
            value = read_cell(kinds.get(column, "text"), text)
        except ValueError as refusal:
            row.wrong(column, text, str(refusal))
            continue
        if value is not None:
            row.values[column] = value
        if text.strip() and not _says(text, value or "", kinds.get(column)):
            row.repaired(column, text, value or "")
    for one, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if one in row.values and other not in row.values and not any(cell.column == other for cell in row.errors):
            row.wrong(other, cells.get(other, ""), "緯度と経度は、両方を書くか、両方を空けてください。")
    return row


def read_cell(kind: str, text: str) -> str | None:
    """What a cell of this kind holds; None where it holds nothing.

    Raises:
        ValueError: it cannot be read. Its text is the sentence for whoever wrote the cell.
    """
    if not text.strip() or (text.strip() in NOTHING and kind not in ("ssid", "yes_no")):
        return None
    return _READERS[kind](text)


def code6(text: str) -> str:
    """全国地方公共団体コード of six digits. Spreadsheets drop a 0 at the front, and many files lack the check digit."""
    try:
        return municipality_code(text)
    except NotACode:
        raise ValueError("団体コードは、検査数字までの6桁で書いてください（例：102016）。") from None


def coordinate(text: str, bounds: tuple[float, float], word: str) -> str:
    """Degrees with six decimals, which is about 11 cm. Degrees, minutes and seconds are read too."""
    plain = unicodedata.normalize("NFKC", text).strip()
    parts = _SEXAGESIMAL.fullmatch(re.sub(r"^(北緯|東経|[NE])\s*", "", plain))
    try:
        degrees = int(parts[1]) + int(parts[2]) / 60 + float(parts[3]) / 3600 if parts else float(plain)
    except ValueError:
        raise ValueError(f"{word}は、36.389509 のような度の小数で書いてください。") from None
    low, high = bounds
    if not low <= degrees <= high:
        raise ValueError(f"{word}が日本の範囲（{low:g}～{high:g}）にありません。数字をたしかめてください。")
    return f"{degrees:.6f}"


def kana(text: str) -> str:
    """A reading in full-width katakana."""
    reading = clean_name(kana_to_katakana(text))
    if not _KANA.fullmatch(reading):
        raise ValueError("カナは、全角カタカナで書いてください。")
    return reading


def phone(text: str) -> str:
    """One telephone number in half-width digits and hyphens. A spreadsheet drops the 0 before a number."""
    digits = _narrow(text)
    try:
        return phone_text("0" + digits if re.fullmatch(r"[1-9][0-9]{8,9}", digits) else text)
    except NotAPhone:
        raise ValueError("電話番号を1つだけ、市外局番から書いてください（例：027-898-1234）。") from None


def address_key(text: str) -> str:
    """An address as it is compared: 木町１９８６番地 and 木町1986, １−９ and 1-9 are the same place."""
    plain = unicodedata.normalize("NFKC", text).translate(_TO_HYPHEN)
    plain = re.sub(r"(?<=[0-9])ー(?=[0-9])", "-", plain)
    return _STEPS.sub("-", re.sub(r"\s", "", plain)).replace("--", "-").strip("-")


def venue_kind(name: str, poi: str | None = None) -> VenueKind:
    """What a hall is, by its POIコード (GIF 491-3-1) or else by its name."""
    by_poi = {
        "1307": VenueKind.KOMINKAN,
        "1309": VenueKind.COMMUNITY_CENTER,
        "1304": VenueKind.BRANCH_OFFICE,
        "1512": VenueKind.LIBRARY,
    }
    if poi in by_poi:
        return by_poi[poi]
    words = (
        ("公民館", VenueKind.KOMINKAN),
        ("コミュニティ", VenueKind.COMMUNITY_CENTER),
        ("福祉", VenueKind.WELFARE_CENTER),
        ("支所", VenueKind.BRANCH_OFFICE),
        ("出張所", VenueKind.BRANCH_OFFICE),
        ("図書館", VenueKind.LIBRARY),
    )
    folded = fold(name)
    return next((kind for word, kind in words if fold(word) in folded), VenueKind.OTHER)


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _swapped(row: RowRead, cells: Mapping[str, str]) -> Mapping[str, str]:
    """The cells, with coordinates in their own columns."""
    north, east = cells.get("latitude", ""), cells.get("longitude", "")
    if not (_within(north, LONGITUDES) and _within(east, LATITUDES)):
        return cells
    row.repaired("latitude", north, east.strip())
    row.repaired("longitude", east, north.strip())
    return {**cells, "latitude": east, "longitude": north}


def _says(text: str, value: str, kind: str | None) -> bool:
    """Whether a cell says its value already: a number may lack zeros at its end."""
    if kind in ("latitude", "longitude") and re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text) == float(value)
    return text == value


def _within(text: str, bounds: tuple[float, float]) -> bool:
    try:
        return bounds[0] <= float(_narrow(text)) <= bounds[1]
    except ValueError:
        return False


def _text(text: str) -> str:
    return clean_name(re.sub(r"\s*[\r\n]+\s*", " ", text.strip()))


def _identifier(text: str) -> str:
    plain = _narrow(text)
    if re.fullmatch(r"[0-9.]+[Ee]\+?[0-9]+", plain):
        raise ValueError("表計算ソフトが番号を書き換えています。もとの番号を文字として入れ直してください。")
    if not re.fullmatch(r"[!-~]{1,60}", plain):
        raise ValueError("番号は、半角の英数字で書いてください。")
    return plain


def _corporate(text: str) -> str:
    digits = _narrow(text)
    if not re.fullmatch(r"[0-9]{13}", digits):
        raise ValueError("法人番号は、13桁の数字で書いてください。")
    return digits


def _email(text: str) -> str:
    plain = _narrow(text)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", plain):
        raise ValueError("メールアドレスを1つだけ書いてください。")
    return plain


def _url(text: str) -> str:
    plain = text.strip()
    if not re.fullmatch(r"https?://[!-~]{1,290}", plain):
        raise ValueError("URLは、https:// から半角で1つだけ書いてください。")
    return plain


def _postal(text: str) -> str:
    # A spreadsheet drops the 0 of Hokkaido and the north.
    digits = _narrow(text)
    return postal_code("0" + digits if re.fullmatch(r"[0-9]{6}", digits) else text)


def _ssid(text: str) -> str:
    # A blank inside a network's name is part of it; those at its ends came with the sheet.
    plain = text.strip()
    if not 1 <= len(plain.encode()) <= 32 or not plain.isprintable():
        raise ValueError("SSIDは、半角で32文字（かな・漢字で10文字）まで、1つだけ書いてください。")
    return plain


def _poi(text: str) -> str:
    digits = _narrow(text)
    if not re.fullmatch(r"[0-9]{4}", digits):
        raise ValueError("POIコードは、4桁の数字で書いてください（公民館は1307）。")
    return digits


def _weekdays(text: str) -> str:
    plain = re.sub(r"曜日?|[・、,，\s]", "", unicodedata.normalize("NFKC", text))
    span = re.fullmatch(r"([月火水木金土日])[~～〜-]([月火水木金土日])", plain.translate(_TO_HYPHEN))
    if span and _WEEKDAYS.index(span[1]) <= _WEEKDAYS.index(span[2]):
        plain = _WEEKDAYS[_WEEKDAYS.index(span[1]) : _WEEKDAYS.index(span[2]) + 1]
    if not plain or set(plain) - set(_WEEKDAYS):
        raise ValueError("曜日は、月火水木金土日 のうちから続けて書いてください（例：火水木金土日）。")
    return "".join(day for day in _WEEKDAYS if day in plain)


def _time(text: str) -> str:
    parts = re.fullmatch(r"([0-9]{1,2})(?::|時)([0-9]{2})?(?::00|分)?", _narrow(text))
    if not parts or int(parts[1]) > 24 or int(parts[2] or 0) > 59:
        raise ValueError("時刻は、09:00 のように半角で書いてください。")
    return f"{int(parts[1]):02d}:{int(parts[2] or 0):02d}"


def _day(text: str) -> str:
    try:
        return parse_day(re.sub(r"[ T]0{1,2}:00(:00)?$", "", _narrow(text))).isoformat()
    except NotADay:
        raise ValueError("日付は、2027-04-01 や 令和9年4月1日 のように書いてください。") from None


def _count(text: str) -> str:
    digits = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", _narrow(text)).removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        raise ValueError("数は、半角の数字だけで書いてください。")
    return str(int(digits))


def _yes_no(text: str) -> str:
    plain = _narrow(text)
    if plain in ("有", "あり", "有り", "○", "〇", "◯", "1", "はい"):
        return "有"
    if plain in ("無", "なし", "無し", "×", "✕", "0", "いいえ", "-"):
        return "無"
    raise ValueError("「有」か「無」を書いてください。")


_READERS: dict[str, Callable[[str], str]] = {
    "text": _text,
    "address": _text,
    "id": _identifier,
    "code6": code6,
    "corporate": _corporate,
    "kana": kana,
    "latitude": lambda text: coordinate(text, LATITUDES, "緯度"),
    "longitude": lambda text: coordinate(text, LONGITUDES, "経度"),
    "phone": phone,
    "email": _email,
    "url": _url,
    "postal": _postal,
    "ssid": _ssid,
    "poi": _poi,
    "weekdays": _weekdays,
    "time": _time,
    "day": _day,
    "count": _count,
    "yes_no": _yes_no,
}
