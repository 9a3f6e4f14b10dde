"""The wifi poster of a hall on A4: the name of the network, its passphrase, a code that joins it, where to tell of
trouble, and the rules of use in easy Japanese.

Lengths are millimetres from the sheet's top left corner, y downwards; type sizes are points.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from labels import fonts
from labels.errors import NothingToPrint
from labels.fridge import fitted, phrases
from labels.paper_words import PaperPdf
from labels.pen import Mark, Pen
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH

_POINT = 72 / 25.4
_LEFT = 20.0
_ROOM = PAGE_WIDTH - 2 * _LEFT
_JOIN = 50.0
_TROUBLE = 34.0
_SPECIAL = '\\;,:"'

# Blanks part the phrases between which a line may break; {word|kana} has its reading above it.
_WAYS = {
    "passphrase": "スマホの Wi-Fiの {画面|がめん}で {名前|なまえ}を えらび、 パスワードを {入|い}れます。",
    "open": "スマホの Wi-Fiの {画面|がめん}で {名前|なまえ}を えらびます。 パスワードは ありません。",
    "portal": (
        "{名前|なまえ}を えらんで つなぐと、 {登録|とうろく}の {画面|がめん}が {出|で}ます。 "
        "{画面|がめん}の とおりに {進|すす}みます。"
    ),
}
_RULES = (
    "だれでも、 ただで {使|つか}えます。",
    "ほかの {人|ひと}の {迷惑|めいわく}に なることは しないでください。",
    "カードの {番号|ばんごう}など、 {大事|だいじ}なものは {入|い}れないでください。",
)
_KEPT = "このポスターの {写真|しゃしん}を、 インターネットに {出|だ}さないでください。"
_FALSE = (
    "{災害|さいがい}のときは 「00000JAPAN」でも つながります。 パスワードは いりません。",
    "{災害|さいがい}でないのに {見|み}えたら、 にせものです。 つながないでください。",
    "「00000JAPAN」では、 {大事|だいじ}な パスワードや お{金|かね}の {番号|ばんごう}を {入|い}れないでください。",
)


@dataclass(frozen=True)
class WifiPoster:
    """One network of a place. ``passphrase`` is None for a network without one.

    ``changes_on`` is the day of the next change in words; ``code`` the link of the venue's label number, ``number``
    its eight digits, ``address`` where it can be typed in: empty where there is none. ``disaster``: the network opens
    as 00000JAPAN in a disaster.
    """

    place: str
    ssid: str
    auth: Literal["open", "passphrase", "portal"]
    passphrase: str | None
    changes_on: str
    disaster: bool
    office: str
    phone: str
    hours: str
    code: str
    number: str
    address: str


def join_code(ssid: str, passphrase: str | None) -> str:
    """What a phone joins a network by: ``WIFI:T:WPA;S:…;P:…;;``, ``T:nopass`` without a passphrase.

    The characters ``\\ ; , : "`` stand behind a backslash (the format of ZXing, "Barcode contents", which phones
    read). Its quotation marks around what looks like hexadecimal digits are left out: a passphrase is
    shorter than the 64 digits of a key, and not every camera takes them off again.
    """
    if passphrase is None:
        return f"WIFI:T:nopass;S:{_escaped(ssid)};;"
    return f"WIFI:T:WPA;S:{_escaped(ssid)};P:{_escaped(passphrase)};;"


def wifi_posters_pdf(posters: Sequence[WifiPoster]) -> PaperPdf:
    """One sheet per poster, as vectors with a subset of the font, the same bytes every time.

    The PDF asks the viewer not to scale. Raises ``NothingToPrint`` without any poster.
    """
    if not posters:
        raise NothingToPrint
    for bold in (False, True):
        pdfmetrics.registerFont(fonts.pdf_font(bold))
    target = io.BytesIO()
    size = (PAGE_WIDTH * _POINT, PAGE_HEIGHT * _POINT)
    canvas = Canvas(target, pagesize=size, invariant=1, pageCompression=1, lang="ja-JP")
    canvas.setTitle("Wi-Fiのポスター")
    canvas.setCreator("つなぐ台帳")
    canvas.setViewerPreference("PrintScaling", "None")
    pen = Pen()
    for poster in posters:
        for mark in _sheet(pen, poster):
            mark(canvas)
        canvas.showPage()
    canvas.save()
    return PaperPdf(target.getvalue(), len(posters), pen.warnings())


def _escaped(words: str) -> str:
    return "".join(f"\\{character}" if character in _SPECIAL else character for character in words)


def _sheet(pen: Pen, poster: WifiPoster) -> list[Mark]:
    marks = [
        fitted(pen, poster.place, _LEFT, 27.0, 22, room=_ROOM),
        pen.text("Wi-Fi", _LEFT, 46.0, 48, bold=True),
        *phrases(pen, "{無料|むりょう}で {使|つか}えます", _LEFT + 62.0, 44.5, 22, room=_ROOM - 62.0)[0],
        pen.rule(_LEFT, 51.0, _LEFT + _ROOM, 51.0, 1.0),
    ]
    marks += _network(pen, poster)
    top = 142.0
    way, lines = phrases(pen, _WAYS[poster.auth], _LEFT, top, 14, room=_ROOM)
    marks += way
    top += 7.0 * (lines - 1) + 5.0
    marks.append(pen.rule(_LEFT, top, _LEFT + _ROOM, top, 0.5))
    marks += phrases(pen, "{利用|りよう}の {決|き}まり", _LEFT, top + 10.0, 16, bold=True)[0]
    top += 18.0
    for rule in (*_RULES, *([_KEPT] if poster.passphrase else [])):
        top = _item(pen, marks, rule, top, _LEFT)
    if poster.disaster:
        top = _disaster(pen, marks, top)
    marks += _trouble(pen, poster, 242.0)
    return marks


def _network(pen: Pen, poster: WifiPoster) -> list[Mark]:
    """The name and, beside it, the code that joins; below them the passphrase over the whole width."""
    room = _ROOM - _JOIN - 8.0
    code = join_code(poster.ssid, poster.passphrase if poster.auth == "passphrase" else None)
    marks = [
        *phrases(pen, "Wi-Fiの {名前|なまえ}（SSID）", _LEFT, 64.0, 14, room=room)[0],
        fitted(pen, poster.ssid, _LEFT, 79.0, 34, bold=True, room=room),
        pen.code(code, _LEFT + _ROOM - _JOIN, 57.0, _JOIN),
        *phrases(
            pen,
            "{右|みぎ}の {二次元|にじげん}コードを スマホの カメラで {読|よ}むと つながります。",
            _LEFT,
            93.0,
            13,
            room=room,
        )[0],
    ]
    lines = _broken(pen, poster.passphrase or "")
    together = "（2{行|ぎょう}で 1つの パスワードです）" if len(lines) > 1 else ""
    marks += phrases(pen, f"パスワード {together}".rstrip(), _LEFT, 117.0, 14, room=_ROOM)[0]
    if poster.passphrase is None:
        plain = "なし" if poster.auth == "open" else "なし（はじめに {登録|とうろく}します）"
        marks += phrases(pen, plain, _LEFT, 131.0, 28, bold=True, room=_ROOM)[0]
    elif len(lines) == 1:
        marks.append(fitted(pen, lines[0], _LEFT, 131.5, 36, bold=True, room=_ROOM))
    else:
        marks += [
            fitted(pen, line, _LEFT, 126.0 + 8.5 * at, 22, bold=True, room=_ROOM) for at, line in enumerate(lines)
        ]
    if poster.changes_on:
        words = f"つぎに {{変|か}}わる{{日|ひ}}： {poster.changes_on}"
        marks += phrases(pen, words, _LEFT + _ROOM - 76.0, 117.0, 13, room=78.0)[0]
    return marks


def _broken(pen: Pen, passphrase: str) -> list[str]:
    """A passphrase on one line, or on two where it would become too small to be read from a chair.

    It is never broken behind a hyphen, which a reader would take for one that only parts the lines.
    """
    if pen.width(passphrase, True, 36) <= _ROOM * 2:
        return [passphrase]
    cut = len(passphrase) // 2
    while cut > 1 and "-" in passphrase[cut - 1 : cut + 1]:
        cut -= 1
    return [passphrase[:cut], passphrase[cut:]]


def _item(pen: Pen, marks: list[Mark], words: str, top: float, left: float) -> float:
    """A rule with its bullet; where the next one begins."""
    marks.append(pen.text("・", left, top, 13))
    written, lines = phrases(pen, words, left + 6.0, top, 13, room=_ROOM - 7.0 - (left - _LEFT))
    marks.extend(written)
    return top + 7.0 * (lines - 1) + 7.8


def _disaster(pen: Pen, marks: list[Mark], top: float) -> float:
    begin = top - 3.0
    marks += phrases(pen, "{災害|さいがい}の とき", _LEFT + 4.0, top + 5.0, 14, bold=True)[0]
    top += 13.0
    for words in _FALSE:
        top = _item(pen, marks, words, top, _LEFT + 4.0)
    marks.append(pen.frame(_LEFT, begin, _ROOM, top - begin - 4.0, 0.6))
    return top


def _trouble(pen: Pen, poster: WifiPoster, top: float) -> list[Mark]:
    """Where to tell of trouble: the code and number of the venue's label, the telephone of the office."""
    marks = [pen.rule(_LEFT, top, _LEFT + _ROOM, top, 0.5)]
    marks += phrases(pen, "{困|こま}ったときは こちら", _LEFT, top + 9.5, 16, bold=True)[0]
    room = _ROOM
    if not (poster.code or poster.phone or poster.number):
        marks += phrases(
            pen, "この {会場|かいじょう}の {人|ひと}に {聞|き}いてください。", _LEFT, top + 22.0, 14, room=room
        )[0]
    if poster.code:
        room -= _TROUBLE + 6.0
        marks.append(pen.code(poster.code, _LEFT + _ROOM - _TROUBLE, top + 4.0, _TROUBLE))
    if poster.phone:
        marks.append(fitted(pen, poster.phone, _LEFT, top + 22.0, 28, bold=True, room=room * 0.62))
        marks.append(fitted(pen, poster.hours, _LEFT + room * 0.62 + 3.0, top + 22.0, 12, room=room * 0.38 - 3.0))
    if poster.number:
        spoken = f"{poster.number[:4]} {poster.number[4:]}"
        marks += phrases(pen, "{番号|ばんごう}", _LEFT, top + 32.0, 12)[0]
        marks.append(fitted(pen, spoken, _LEFT + 14.0, top + 32.0, 18, bold=True, room=room * 0.4))
        if poster.address:
            marks.append(fitted(pen, poster.address, _LEFT + 62.0, top + 32.0, 11, room=room - 62.0))
    marks.append(fitted(pen, poster.office, _LEFT, top + 40.0, 12, room=room))
    return marks
