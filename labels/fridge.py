"""冷蔵庫カード: half of an A5 to hang up at home, for whoever stands before a dark screen with the telephone in hand.

Four cards of 105 × 148.5 mm on an A4 sheet, to be cut along its middle lines. A card names the device and the office,
never who has the device. Lengths are millimetres from the card's top left corner, y downwards; type sizes are points.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labels.pen import Mark, Pen
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH

WIDTH, HEIGHT = PAGE_WIDTH / 2, PAGE_HEIGHT / 2
MARGIN = 9.0
PER_SHEET = 4
_ROOM = WIDTH - 2 * MARGIN
_EM = 25.4 / 72
_RUBY = re.compile(r"\{(?P<word>[^|}]+)\|(?P<kana>[^}]+)\}|(?P<plain>[^{]+)")
_CODE = 29.0

# Blanks part the phrases between which a line may break; {word|kana} has its reading above it.
_WITH_CODE = (
    "30{分|ぷん} {充電|じゅうでん}して、 {電源|でんげん}を {入|い}れます。",
    "つかなければ、 {電源|でんげん}ボタンを 10{秒|びょう} おします。",
    "{下|した}の {二次元|にじげん}コードを スマホで {読|よ}んで、 {知|し}らせます。",
    "わからないときは、 {電話|でんわ}で {番号|ばんごう}を {言|い}います。",
)
_WITHOUT_CODE = (*_WITH_CODE[:2], "{下|した}の 8けたの {番号|ばんごう}を メモします。", _WITH_CODE[3])


@dataclass(frozen=True)
class FridgeCard:
    """``number`` is the label number of eight digits; ``code`` is its link, empty where the public has no pages.

    ``lost_phone`` is the number for a lost device at night, empty where there is none besides ``phone``; ``address`` is
    where the number can be typed in.
    """

    kind: str
    office: str
    phone: str
    hours: str
    lost_phone: str
    code: str
    address: str
    number: str
    asset_number: str


def card_sheets(pen: Pen, cards: Sequence[FridgeCard]) -> list[list[Mark]]:
    """The cards as A4 sheets of four, the last one perhaps with free places, each with its marks to cut by."""
    sheets = []
    for start in range(0, len(cards), PER_SHEET):
        marks = list(_cuts(pen))
        for at, card in enumerate(cards[start : start + PER_SHEET]):
            marks += _card(pen, card, WIDTH * (at % 2), HEIGHT * (at // 2))
        sheets.append(marks)
    return sheets


def _cuts(pen: Pen) -> Iterator[Mark]:
    """Ticks at the edges and a cross in the middle: nothing runs through a card."""
    tick = 7.0
    for at in (0.0, HEIGHT - tick / 2, PAGE_HEIGHT - tick):
        yield pen.rule(WIDTH, at, WIDTH, at + tick, 0.25)
    for at in (0.0, WIDTH - tick / 2, PAGE_WIDTH - tick):
        yield pen.rule(at, HEIGHT, at + tick, HEIGHT, 0.25)


def _card(pen: Pen, card: FridgeCard, x: float, y: float) -> list[Mark]:
    left = x + MARGIN
    marks = phrases(pen, f"{card.kind}で {{困|こま}}ったとき", left, y + 19.0, 18, bold=True)[0]
    marks.append(pen.rule(left, y + 22.5, left + _ROOM, y + 22.5, 0.8))
    marks.append(fitted(pen, card.office, left, y + 28.6, 11))
    if card.phone:
        marks.append(fitted(pen, card.phone, left, y + 41.0, 34, bold=True))
    if card.hours:
        marks.append(fitted(pen, card.hours, left, y + 47.4, 12))
    top = y + 51.0
    if card.lost_phone:
        marks.append(pen.frame(left, top, _ROOM, 16.0, 0.6))
        night = "なくしたとき （{夜|よる}・{休|やす}みの{日|ひ}も）"
        marks += phrases(pen, night, left + 3, top + 6.2, 10.5, bold=True)[0]
        marks.append(fitted(pen, card.lost_phone, left + 3, top + 13.9, 20, bold=True, room=_ROOM - 6))
        top += 21.0
    else:
        lost = "なくしたときも、 すぐに {電話|でんわ}してください。"
        marks += phrases(pen, lost, left, top + 5.0, 11.5, bold=True)[0]
        top += 12.0
    for number, step in enumerate(_WITH_CODE if card.code else _WITHOUT_CODE, start=1):
        marks.append(pen.text(f"{number}", left, top + 3.6, 13, bold=True))
        written, count = phrases(pen, step, left + 6.5, top + 3.6, 11, room=_ROOM - 6.5)
        marks += written
        top += 7.0 * count
    return marks + _foot(pen, card, left, y + HEIGHT - MARGIN)


def _foot(pen: Pen, card: FridgeCard, left: float, bottom: float) -> list[Mark]:
    marks = []
    aside = left
    if card.code:
        marks.append(pen.code(card.code, left, bottom - _CODE, _CODE))
        aside = left + _CODE + 5.0
    room = left + _ROOM - aside
    spoken = f"{card.number[:4]} {card.number[4:]}"
    marks += phrases(pen, "{番号|ばんごう}", aside, bottom - 24.0, 10.5)[0]
    marks.append(fitted(pen, spoken, aside, bottom - 13.6, 30, bold=True, room=room))
    marks.append(fitted(pen, f"備品番号 {card.asset_number}", aside, bottom - 6.6, 11, room=room))
    if card.address:
        marks.append(fitted(pen, card.address, aside, bottom - 0.6, 10, room=room))
    return marks


def fitted(
    pen: Pen, content: str, x: float, base: float, size: float, *, bold: bool = False, room: float = _ROOM
) -> Mark:
    """One line, in smaller type where it would be too long."""
    wide = pen.width(content, bold, size)
    return pen.text(content, x, base, size * min(1.0, room / wide) if wide else size, bold=bold)


def phrases(
    pen: Pen, written: str, x: float, base: float, size: float, *, bold: bool = False, room: float = _ROOM
) -> tuple[list[Mark], int]:
    """Marks of a text with readings above its words, and how many lines of 7 mm it took."""
    marks: list[Mark] = []
    at, line = x, 0
    for phrase in written.split(" "):
        parts = [(found["word"] or found["plain"], found["kana"] or "") for found in _RUBY.finditer(phrase)]
        wide = sum(_wide(pen, word, kana, bold, size) for word, kana in parts)
        if at > x and at + wide > x + room:
            at, line = x, line + 1
        for word, kana in parts:
            taken = _wide(pen, word, kana, bold, size)
            inset = (taken - pen.width(word, bold, size)) / 2
            marks.append(pen.text(word, at + inset, base + 7.0 * line, size, bold=bold))
            if kana:
                over = pen.width(kana, False, size / 2)
                marks.append(pen.text(kana, at + (taken - over) / 2, base + 7.0 * line - size * _EM * 0.98, size / 2))
            at += taken
        at += size * _EM * 0.22
    return marks, line + 1


def _wide(pen: Pen, word: str, kana: str, bold: bool, size: float) -> float:
    return max(pen.width(word, bold, size), pen.width(kana, False, size / 2) if kana else 0.0)
