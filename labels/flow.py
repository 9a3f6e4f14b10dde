"""Filling sheets from the top: one paper's marks, sheet after sheet."""

from labels.pen import BOTTOM, LEFT, RIGHT, TOP, Mark, Pen


class Flow:
    """Fills one sheet after the other from the top. ``name`` stands on top of every sheet but the first."""

    def __init__(self, pen: Pen, name: str) -> None:
        self.pen, self.name = pen, name
        self.sheets: list[list[Mark]] = [[]]
        self.y = TOP

    def need(self, height: float) -> bool:
        """Go on to a new sheet unless this much is free; True when it did."""
        if self.y + height <= BOTTOM:
            return False
        self.sheets.append([])
        self.add(self.pen.text(self.name, LEFT, 12, 10, soft=True))
        self.y = TOP
        return True

    def add(self, *marks: Mark) -> None:
        self.sheets[-1].extend(marks)

    def lines(self, text: str, size: float, leading: float, *, left: float = LEFT, right: float = RIGHT) -> None:
        for line in self.pen.broken(text, False, size, right - left):
            self.need(leading)
            self.add(self.pen.text(line, left, self.y + leading * 0.72, size))
            self.y += leading
