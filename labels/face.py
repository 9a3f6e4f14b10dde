"""One label, composed: modules and lines of text at their places. Sheet, tape and preview draw the same face."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from labels import code128, fonts, qr
from labels.errors import (
    CallNumberOutOfRange,
    LinkTooLong,
    NumberMalformed,
    NumberMismatch,
)
from labels.layout import Field, Layout, Line

SHEET_DOTS_PER_INCH = 600
"""Office laser printers. A module of a whole number of their dots comes out as wide as its neighbour."""

_RUN = re.compile("1+")


@dataclass(frozen=True)
class Label:
    """What one label says. ``asset_number`` None: a blank label to be claimed later, or a venue with its title only.

    ``url`` is the text of the QR code (see ``qr.label_url``) and ends with ``number``, the eight digits of the Code
    128. ``title`` is city and pool; an empty ``phone`` prints none. Raises ``NumberMalformed``, ``NumberMismatch`` or
    ``CallNumberOutOfRange``.
    """

    url: str
    number: str
    asset_number: str | None
    call_number: int | None
    title: str
    phone: str

    def __post_init__(self) -> None:
        if not qr.is_number(self.number):
            raise NumberMalformed(self.number)
        if not self.url.endswith(self.number):
            raise NumberMismatch(self.url, self.number)
        if self.call_number is not None and not 1 <= self.call_number <= 99:
            raise CallNumberOutOfRange(self.call_number)

    @property
    def spoken_number(self) -> str:
        """``4821 7390``: as it is printed and read out."""
        return f"{self.number[:4]} {self.number[4:]}"


@dataclass(frozen=True)
class Ink:
    """A code: dark runs ``(column, row, columns)`` on a grid of cells ``module`` × ``row_height`` mm from (x, y)."""

    x: float
    y: float
    module: float
    row_height: float
    runs: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Text:
    """A line of text from (x, baseline) rightwards; ``size`` is the em and ``width`` the advance, in mm."""

    field: Field
    x: float
    baseline: float
    size: float
    width: float
    bold: bool
    content: str


@dataclass(frozen=True)
class Face:
    codes: tuple[Ink, ...]
    texts: tuple[Text, ...]
    warnings: tuple[str, ...]


def _words(label: Label) -> dict[Field, str]:
    named = label.asset_number is not None
    return {
        "title": label.title if named else "",
        "name": "" if named else label.title,
        "asset_number": label.asset_number or "",
        "call_number": "" if label.call_number is None else str(label.call_number),
        "hint": "困ったときは",
        "hint_first": "困ったときは、左の四角を",
        "hint_last": "カメラで読み取ってください",
        "hint_1": "困ったときは、",
        "hint_2": "左の四角をカメラで",
        "hint_3": "読み取ってください",
        "phone": f"電話 {label.phone}" if label.phone else "",
        "phone_number": label.phone,
        "number_caption": "ラベル番号",
        "number": label.spoken_number,
        "number_first": label.number[:4],
        "number_last": label.number[4:],
    }


@lru_cache(maxsize=4096)
def fit(text: str, bold: bool, room: float, size: float, smallest: float) -> tuple[str, float, float, tuple[str, ...]]:
    """``(content, size, width, warnings)`` of a text in ``room`` mm: shrunk to ``smallest``, then cut with 「…」."""
    content, lacking = fonts.printable(text, bold)
    warnings = [f"「{text}」の「{lacking}」は書体にないため、〓で刷ります。"] if lacking else []
    em = fonts.width(content, bold, 1.0)
    if em * size > room:
        size = max(smallest, room / em)
    if em * size > room * 1.0001:  # The division above may overshoot by a rounding error.
        kept = content
        while kept and fonts.width(kept.rstrip() + "…", bold, size) > room:
            kept = kept[:-1]
        content = kept.rstrip() + "…"
        em = fonts.width(content, bold, 1.0)
        warnings.append(f"「{text}」は面におさまらないため、「{content}」と刷ります。")
    return content, size, em * size, tuple(warnings)


def _module(room: float, modules: int, dots_per_inch: int) -> float:
    """The widest module of whole printer dots with which ``modules`` of them fit into ``room``, in mm."""
    return int(room / 25.4 * dots_per_inch / modules + 1e-6) * 25.4 / dots_per_inch


def _qr(label: Label, layout: Layout, dots_per_inch: int) -> Ink:
    symbol = qr.encode(label.url)
    whole = symbol.size + 2 * qr.QUIET
    module = _module(min(layout.qr.width, layout.qr.height), whole, dots_per_inch)
    if module < layout.qr_narrowest:
        raise LinkTooLong(label.url)
    runs = tuple(
        (run.start(), y, run.end() - run.start()) for y, row in enumerate(symbol.rows) for run in _RUN.finditer(row)
    )
    left = layout.qr.x + (layout.qr.width - symbol.size * module) / 2
    top = layout.qr.y + (layout.qr.height - symbol.size * module) / 2
    return Ink(left, top, module, module, runs)


def _bars(label: Label, layout: Layout, dots_per_inch: int) -> Ink | None:
    box = layout.code128
    if box is None:
        return None
    whole = code128.MODULES + 2 * code128.QUIET
    module = _module(box.width, whole, dots_per_inch)
    runs = tuple((run.start(), 0, run.end() - run.start()) for run in _RUN.finditer(code128.encode(label.number)))
    # Begun where unrounded modules would begin, so that the bars stand under the text whatever the rounding took off.
    return Ink(box.x + code128.QUIET * box.width / whole, box.y, module, box.height, runs)


def _text(line: Line, content: str) -> tuple[Text, tuple[str, ...]]:
    content, size, width, warnings = fit(content, line.bold, line.width, line.size, line.smallest)
    x = line.x - width if line.from_right else line.x
    return Text(line.field, x, line.baseline, size, width, line.bold, content), warnings


def compose(label: Label, layout: Layout, dots_per_inch: int = SHEET_DOTS_PER_INCH) -> Face:
    """Everything on one face, with module widths in whole dots of the printer.

    Raises ``LinkTooLong`` when the QR code would fall below the layout's smallest module, ``FontMissing`` without
    fonts.
    """
    words = _words(label)
    texts: list[Text] = []
    warnings: list[str] = []
    for line in layout.lines:
        if line.beside_call is not None and line.beside_call is not (label.call_number is not None):
            continue
        if words[line.field]:
            text, doubts = _text(line, words[line.field])
            texts.append(text)
            warnings.extend(doubts)
    bars = _bars(label, layout, dots_per_inch)
    codes = (_qr(label, layout, dots_per_inch), *((bars,) if bars else ()))
    return Face(codes, tuple(texts), tuple(warnings))


def warnings(labels: Iterable[Label], layout: Layout) -> list[str]:
    """What would print otherwise than written, each sentence once, without drawing anything."""
    return list(dict.fromkeys(doubt for label in labels for doubt in compose(label, layout).warnings))
