"""BIZ UDPGothic (SIL OFL 1.1) for every ink: where the files are, which characters they hold, how wide a text is.

The two TrueType files are fetched at installation and never committed.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont
from reportlab.pdfbase.ttfonts import TTFont

from labels.errors import FontMissing

FAMILY = "BIZ UDPGothic"
FOLDER = Path(__file__).parent / "fonts"
FILES = {False: "BIZUDPGothic-Regular.ttf", True: "BIZUDPGothic-Bold.ttf"}
GETA = "〓"
"""The printers' mark for "no such type here" (JIS X 0208 02-14)."""


def font_file(bold: bool) -> Path:
    """Path of the font file. Raises ``FontMissing`` when it is not installed."""
    path = FOLDER / FILES[bold]
    if not path.is_file():
        raise FontMissing(f"{path.name} is missing: run `make assets` to fetch the label fonts into labels/fonts/")
    return path


@lru_cache(maxsize=2)
def pdf_font(bold: bool) -> TTFont:
    """The face as reportlab knows it; parsed once per process (about 70 ms). Not yet registered with a document."""
    return TTFont(
        f"{FAMILY.replace(' ', '')}-{'Bold' if bold else 'Regular'}",
        str(font_file(bold)),
    )


@lru_cache(maxsize=64)
def raster_font(bold: bool, dots: float) -> ImageFont.FreeTypeFont:
    """The face for drawing in dots; ``dots`` is the height of the em square."""
    return ImageFont.truetype(str(font_file(bold)), dots, layout_engine=ImageFont.Layout.BASIC)


def has_glyph(character: str, bold: bool) -> bool:
    """True if the font's own character map draws this character."""
    return ord(character) in pdf_font(bold).face.charToGlyph


def width(text: str, bold: bool, size: float) -> float:
    """Advance width of ``text`` in the unit of ``size`` (the em)."""
    return float(pdf_font(bold).stringWidth(text, size))


def printable(text: str, bold: bool) -> tuple[str, str]:
    """``(what can be printed, the characters that were replaced by 〓)``.

    The text is composed (NFC), so that a voiced kana typed as two code points is one glyph; runs of blanks and control
    characters become one blank. Variation selectors ask for the shape of the character before them. The font holds one
    shape each, so a selector for an ideographic variant counts as missing with its character, while the emoji selectors
    U+FE00–FE0F are dropped.
    """
    lacking: dict[str, None] = {}
    out: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if character.isspace() or unicodedata.category(character) in (
            "Cc",
            "Cf",
            "Zl",
            "Zp",
        ):
            if out and out[-1] != " ":
                out.append(" ")
        elif "\ufe00" <= character <= "\ufe0f":
            continue
        elif "\U000e0100" <= character <= "\U000e01ef" and out:
            # A name printed in another shape than its owner writes is worth a word from us, not a silent change.
            lacking[out[-1] + character] = None
            out[-1] = GETA
        elif has_glyph(character, bold):
            out.append(character)
        else:
            lacking[character] = None
            out.append(GETA)
    return "".join(out).strip(), "".join(lacking)
