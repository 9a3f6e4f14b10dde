"""What a paper is drawn with: text, rules, frames and codes, as marks to put on a canvas when the sheet is known.

Every text passes here, so that what the font cannot draw is shown as 〓 and told once.
"""

from collections.abc import Callable

from reportlab.pdfgen.canvas import Canvas

from labels import fonts, qr
from labels.lines import lines_of
from labels.stock import PAGE_HEIGHT, PAGE_WIDTH

_POINT = 72 / 25.4
# A pt of type in mm.
_EM = 25.4 / 72
LEFT, RIGHT, TOP, BOTTOM = 25.0, PAGE_WIDTH - 20.0, 20.0, PAGE_HEIGHT - 14.0
"""The margins of a sheet that is filed in a binder, in mm from the top left corner."""
_SOFT = 0.35

Mark = Callable[[Canvas], None]


class Pen:
    """One document's pen. Positions are mm, ``base`` is the line the letters stand on, sizes are points."""

    def __init__(self) -> None:
        self._lacking: dict[str, None] = {}

    def warnings(self) -> list[str]:
        return [
            f"「{character}」は、この書体では刷れないので〓になります。手で書き足してください。"
            for character in self._lacking
        ]

    def width(self, content: str, bold: bool, size: float) -> float:
        return fonts.width(self._clean(content, bold), bold, size * _EM)

    def broken(self, content: str, bold: bool, size: float, room: float) -> list[str]:
        """The content in lines that fit into ``room`` mm."""
        parts = (self._clean(part, bold) for part in content.split("\n"))
        return [line for part in parts for line in lines_of(part, bold, size * _EM, room)]

    def text(self, content: str, x: float, base: float, size: float, *, bold: bool = False, soft: bool = False) -> Mark:
        clean = self._clean(content, bold)

        def mark(canvas: Canvas) -> None:
            canvas.setFillGray(_SOFT if soft else 0)
            canvas.setFont(fonts.pdf_font(bold).fontName, size)
            canvas.drawString(x * _POINT, (PAGE_HEIGHT - base) * _POINT, clean)

        return mark

    def right(self, content: str, base: float, size: float, *, right: float = RIGHT, soft: bool = False) -> Mark:
        return self.text(content, right - self.width(content, False, size), base, size, soft=soft)

    def centred(self, content: str, middle: float, base: float, size: float) -> Mark:
        return self.text(content, middle - self.width(content, False, size) / 2, base, size)

    def spaced(self, content: str, base: float, size: float) -> Mark:
        """A title in the middle of the sheet, its characters apart."""
        gap = size * _EM * 0.6
        whole = self.width(content, True, size) + gap * (len(content) - 1)
        # A title that is too long for the line is set smaller.
        scale = min(1.0, (RIGHT - LEFT) / whole) if whole else 1.0
        size, gap, whole = size * scale, gap * scale, whole * scale
        x = LEFT + (RIGHT - LEFT - whole) / 2
        clean = self._clean(content, True)

        def mark(canvas: Canvas) -> None:
            canvas.setFillGray(0)
            canvas.setFont(fonts.pdf_font(True).fontName, size)
            canvas.drawString(x * _POINT, (PAGE_HEIGHT - base) * _POINT, clean, charSpace=gap * _POINT)

        return mark

    def rule(self, x: float, y: float, to_x: float, to_y: float, thickness: float) -> Mark:
        def mark(canvas: Canvas) -> None:
            canvas.setLineWidth(thickness * _POINT)
            canvas.line(x * _POINT, (PAGE_HEIGHT - y) * _POINT, to_x * _POINT, (PAGE_HEIGHT - to_y) * _POINT)

        return mark

    def frame(self, x: float, y: float, width: float, height: float, thickness: float) -> Mark:
        def mark(canvas: Canvas) -> None:
            canvas.setLineWidth(thickness * _POINT)
            canvas.rect(x * _POINT, (PAGE_HEIGHT - y - height) * _POINT, width * _POINT, height * _POINT)

        return mark

    def code(self, content: str, x: float, y: float, size: float) -> Mark:
        """A QR code of ``size`` mm without its quiet zone, for which the margin is wide enough."""
        modules = qr.encode(content)
        cells = [
            (column, row) for row, line in enumerate(modules.rows) for column, dark in enumerate(line) if dark == "1"
        ]
        module = size / modules.size
        # Whole numbers under a matrix, one path and one fill: no seams between the modules on any screen.
        path = " ".join(f"{column} {row} 1 1 re" for column, row in cells)
        scale = module * _POINT

        def mark(canvas: Canvas) -> None:
            canvas.setFillGray(0)
            canvas.addLiteral(
                f"q {scale:.6f} 0 0 {-scale:.6f} {x * _POINT:.6f} {(PAGE_HEIGHT - y) * _POINT:.6f} cm {path} f Q"
            )

        return mark

    def _clean(self, content: str, bold: bool) -> str:
        """What the font can draw. Full-width blanks keep their place: a paragraph begins with one, a date has gaps."""
        parts = []
        for part in content.split("　"):
            clean, lacking = fonts.printable(part, bold)
            self._lacking.update(dict.fromkeys(lacking))
            parts.append(clean)
        return "　".join(parts)
