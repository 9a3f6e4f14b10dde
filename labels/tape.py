"""Labels for tape printers as PNG of exact dots: one pixel is one dot of the print head, black or white."""

import io

from PIL import Image, ImageDraw

from labels import fonts
from labels.face import Label, compose
from labels.stock import tape as tape_stock


def tape_png(label: Label, stock: str = "ql-62") -> bytes:
    """A 1-bit PNG as wide as the print head has dots. Every module is a whole number of dots.

    The resolution stands in the file, so that a printer driver takes the picture at its size.

    Raises ``UnknownStock`` or ``LinkTooLong``.
    """
    roll = tape_stock(stock)
    scale = roll.dots_per_inch / 25.4
    face = compose(label, roll.layout, roll.dots_per_inch)
    grey = Image.new("L", (roll.dots, round(roll.layout.height * scale)), 255)
    pen = ImageDraw.Draw(grey)
    for text in face.texts:
        # Drawn in grey and cut at the middle: the outlines keep their weight better than when drawn in one bit at once.
        font = fonts.raster_font(text.bold, round(text.size * scale, 1))
        pen.text(
            (round(text.x * scale), round(text.baseline * scale)),
            text.content,
            fill=0,
            font=font,
            anchor="ls",
        )
    image = grey.convert("1", dither=Image.Dither.NONE)
    pen = ImageDraw.Draw(image)
    for ink in face.codes:
        left, top = round(ink.x * scale), round(ink.y * scale)
        across, down = round(ink.module * scale), round(ink.row_height * scale)
        for column, row, columns in ink.runs:
            x, y = left + column * across, top + row * down
            pen.rectangle((x, y, x + columns * across - 1, y + down - 1), fill=0)
    target = io.BytesIO()
    image.save(target, "PNG", dpi=(roll.dots_per_inch, roll.dots_per_inch), optimize=True)
    return target.getvalue()
