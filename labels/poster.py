"""A poster of a venue on A4: where to go when the wifi or something else in the room does not work.

Lengths are millimetres from the sheet's top left corner, y downwards; type sizes are points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labels.fridge import fitted, phrases
from labels.pen import Mark, Pen
from labels.stock import PAGE_WIDTH

_LEFT = 22.0
_ROOM = PAGE_WIDTH - 2 * _LEFT
_CODE = 84.0


@dataclass(frozen=True)
class Poster:
    """``number`` is the venue's label number of eight digits, ``code`` its link, empty where the public has no pages.

    ``address`` is where the number can be typed in.
    """

    place: str
    office: str
    phone: str
    hours: str
    code: str
    address: str
    number: str


def poster_sheets(pen: Pen, posters: Sequence[Poster]) -> list[list[Mark]]:
    """One sheet per poster."""
    return [_sheet(pen, poster) for poster in posters]


def _sheet(pen: Pen, poster: Poster) -> list[Mark]:
    marks = phrases(pen, "{困|こま}ったときは こちら", _LEFT, 46.0, 44, bold=True, room=_ROOM)[0]
    marks.append(fitted(pen, poster.place, _LEFT, 66.0, 26, room=_ROOM))
    marks.append(pen.rule(_LEFT, 72.0, _LEFT + _ROOM, 72.0, 1.0))
    marks += phrases(pen, "Wi-Fiが つながらない、 {使|つか}い{方|かた}が わからない", _LEFT, 88.0, 20, room=_ROOM)[0]
    top = 98.0
    if poster.code:
        how = "スマホで {下|した}の {二次元|にじげん}コードを {読|よ}んで、 {知|し}らせて ください。"
        marks += phrases(pen, how, _LEFT, top + 4.0, 18, room=_ROOM)[0]
        marks.append(pen.code(poster.code, (PAGE_WIDTH - _CODE) / 2, top + 14.0, _CODE))
        top += 14.0 + _CODE
    marks += phrases(pen, "{番号|ばんごう}", _LEFT, top + 16.0, 18)[0]
    spoken = f"{poster.number[:4]} {poster.number[4:]}"
    marks.append(fitted(pen, spoken, _LEFT + 26.0, top + 17.0, 40, bold=True, room=_ROOM - 26.0))
    if poster.address:
        marks.append(fitted(pen, poster.address, _LEFT + 26.0, top + 25.0, 13, room=_ROOM - 26.0))
    top += 36.0
    marks.append(pen.rule(_LEFT, top, _LEFT + _ROOM, top, 0.5))
    if poster.phone:
        marks += phrases(pen, "{電話|でんわ}でも よいです", _LEFT, top + 13.0, 18)[0]
        marks.append(fitted(pen, poster.phone, _LEFT, top + 29.0, 44, bold=True, room=_ROOM))
        top += 29.0
    foot = "　".join(words for words in (poster.office, poster.hours) if words)
    marks.append(fitted(pen, foot, _LEFT, top + 11.0, 17, room=_ROOM))
    return marks
