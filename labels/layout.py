"""Where ink stands on one face, as data: boxes for the two codes, base lines for the texts.

Millimetres from the top left corner of the face, y downwards. A box holds a code with its quiet zone.
"""

from dataclasses import dataclass, replace
from typing import Literal

Field = Literal[
    "title",  # city and pool, on a label that names a device
    "name",  # the same words large, on a label that names none (blank, venue)
    "asset_number",
    "call_number",
    "hint",
    "hint_first",
    "hint_last",
    "hint_1",
    "hint_2",
    "hint_3",
    "phone",
    "phone_number",
    "number_caption",
    "number",
    "number_first",
    "number_last",
]


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    def scaled(self, factor: float, right: float, down: float) -> "Box":
        return Box(
            self.x * factor + right,
            self.y * factor + down,
            self.width * factor,
            self.height * factor,
        )


@dataclass(frozen=True)
class Line:
    """One line of text: it starts at ``x``, or ends there if ``from_right``.

    Wider than ``width`` it shrinks from ``size`` (em, mm) to ``smallest`` and is then cut. ``beside_call`` limits it to
    labels with (True) or without (False) a call number; None prints it on both.
    """

    field: Field
    x: float
    baseline: float
    width: float
    size: float
    smallest: float
    bold: bool = False
    from_right: bool = False
    beside_call: bool | None = None


@dataclass(frozen=True)
class Layout:
    """``qr_narrowest``: the smallest QR module, in mm. ``code128`` is None where bars of 0.375 mm do not fit."""

    width: float
    height: float
    qr: Box
    qr_narrowest: float
    code128: Box | None
    lines: tuple[Line, ...]

    def fitted(self, width: float, height: float) -> "Layout":
        """The same layout enlarged to another face and centred. The smallest sizes stay: eyes do not scale."""
        factor = min(width / self.width, height / self.height)
        right, down = (
            (width - self.width * factor) / 2,
            (height - self.height * factor) / 2,
        )
        return Layout(
            width=width,
            height=height,
            qr=self.qr.scaled(factor, right, down),
            qr_narrowest=self.qr_narrowest,
            code128=self.code128 and self.code128.scaled(factor, right, down),
            lines=tuple(
                replace(
                    line,
                    x=line.x * factor + right,
                    baseline=line.baseline * factor + down,
                    width=line.width * factor,
                    size=line.size * factor,
                )
                for line in self.lines
            ),
        )


# 66.0 × 33.9 mm. The QR code left, all else right of it: the hint says 「左の四角」. The box of the bars begins in the
# quiet zone of the QR code: paper that is white for one code is white for the other.
WIDE = Layout(
    width=66.0,
    height=33.9,
    qr=Box(0.6, 0.9, 22.0, 22.0),
    qr_narrowest=0.42,
    code128=Box(20.9, 23.3, 42.0, 5.2),
    lines=(
        Line("number_caption", 3.0, 25.4, 17.3, 2.4, 2.0),
        Line("number", 3.0, 29.4, 17.3, 3.0, 2.4, bold=True),
        Line("title", 25.1, 4.9, 39.4, 2.9, 2.1),
        Line("name", 25.1, 9.2, 39.4, 5.4, 2.1, bold=True),
        Line("asset_number", 25.1, 10.5, 39.4, 5.6, 1.6, bold=True),
        Line("hint_1", 25.1, 15.0, 21.6, 2.45, 2.0, beside_call=True),
        Line("hint_2", 25.1, 18.1, 21.6, 2.45, 2.0, beside_call=True),
        Line("hint_3", 25.1, 21.2, 21.6, 2.45, 2.0, beside_call=True),
        Line("hint_first", 25.1, 15.8, 39.4, 2.8, 2.0, beside_call=False),
        Line("hint_last", 25.1, 19.9, 39.4, 2.8, 2.0, beside_call=False),
        Line("call_number", 64.5, 21.3, 17.2, 10.8, 8.0, bold=True, from_right=True),
        Line("phone", 25.1, 31.8, 39.4, 2.7, 2.0),
    ),
)

# 48.3 × 25.4 mm. The bars below, because beside the QR code they would be thinner than 0.375 mm.
COMPACT = Layout(
    width=48.3,
    height=25.4,
    qr=Box(0.4, 0.4, 17.0, 17.0),
    qr_narrowest=0.33,
    code128=Box(0.4, 17.9, 37.9, 6.2),
    lines=(
        Line("title", 17.4, 3.6, 29.9, 2.3, 1.9),
        Line("name", 17.4, 6.8, 29.9, 4.0, 1.9, bold=True),
        Line("asset_number", 17.4, 7.9, 29.9, 4.1, 1.7, bold=True),
        Line("hint", 17.4, 12.2, 16.8, 2.2, 1.8, beside_call=True),
        Line("phone_number", 17.4, 15.8, 16.8, 2.2, 1.7, beside_call=True),
        Line("hint", 17.4, 12.2, 29.9, 2.4, 1.8, beside_call=False),
        Line("phone", 17.4, 15.8, 29.9, 2.4, 1.8, beside_call=False),
        Line("call_number", 47.3, 16.1, 12.4, 7.9, 6.0, bold=True, from_right=True),
        Line("number_first", 38.6, 20.7, 8.8, 2.85, 2.2, bold=True),
        Line("number_last", 38.6, 24.0, 8.8, 2.85, 2.2, bold=True),
    ),
)

# 38.1 × 21.2 mm. The QR code and the numbers only: Code 128 with its quiet zones is 37.2 mm at the least and would
# leave no height for a QR code of a safe size.
SMALL = Layout(
    width=38.1,
    height=21.2,
    qr=Box(0.4, 0.4, 20.4, 20.4),
    qr_narrowest=0.33,
    code128=None,
    lines=(
        Line("number", 20.9, 4.6, 16.2, 2.6, 2.0, bold=True, beside_call=True),
        Line("number_first", 20.9, 8.0, 16.2, 5.2, 3.0, bold=True, beside_call=False),
        Line("number_last", 20.9, 13.2, 16.2, 5.2, 3.0, bold=True, beside_call=False),
        Line("call_number", 37.1, 14.4, 16.2, 10.6, 7.0, bold=True, from_right=True),
        Line("asset_number", 20.9, 18.4, 16.2, 2.6, 1.6, bold=True),
        Line("name", 20.9, 18.4, 16.2, 2.6, 1.6),
    ),
)

# 696 dots at 300 dpi = 58.93 mm of tape. Length is free, so the QR code is large and the bars have a row of their own.
TAPE = Layout(
    width=696 / 300 * 25.4,
    height=37.0,
    qr=Box(0.3, 0.5, 25.4, 25.4),
    qr_narrowest=0.33,
    code128=Box(0.2, 26.2, 42.0, 6.2),
    lines=(
        Line("title", 25.8, 5.2, 31.6, 2.7, 2.0),
        Line("name", 25.8, 9.6, 31.6, 5.0, 2.0, bold=True),
        Line("asset_number", 25.8, 10.8, 31.6, 4.9, 1.7, bold=True),
        Line("hint_first", 25.8, 15.4, 31.6, 2.5, 2.0),
        Line("hint_last", 25.8, 18.8, 31.6, 2.5, 2.0),
        Line("phone", 25.8, 23.2, 31.6, 2.8, 2.0),
        Line("number_caption", 4.4, 35.6, 12.0, 2.2, 2.0),
        Line("number", 16.8, 35.6, 20.9, 3.2, 2.4, bold=True),
        Line("call_number", 57.8, 35.6, 15.6, 10.2, 8.0, bold=True, from_right=True),
    ),
)
