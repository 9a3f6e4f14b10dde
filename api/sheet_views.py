"""A paper on the screen: the same words as in print, and its code as a path."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from labels.errors import FontMissing
from labels.paper import Paper
from labels.pen import Pen
from labels.qr import encode


@dataclass(frozen=True)
class SheetView:
    """``code_path`` fills the dark modules of a square of ``code_size`` units, none where the paper has no code;
    ``drawing`` is a signature's address.

    ``warnings`` are sentences about characters that the printed paper cannot show.
    """

    paper: Paper
    code_size: int
    code_path: str
    drawing: str | None
    warnings: list[str]


def sheet_view(paper: Paper, drawing: str | None = None) -> SheetView:
    if not paper.code:
        return SheetView(paper, 0, "", drawing, _warnings(paper))
    code = encode(paper.code)
    cells = (
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(code.rows)
        for column, dark in enumerate(line)
        if dark == "1"
    )
    return SheetView(paper, code.size, "".join(cells), drawing, _warnings(paper))


def _warnings(paper: Paper) -> list[str]:
    pen = Pen()
    try:
        for text in _texts(paper):
            pen.broken(text, False, 10, 1000)
    except FontMissing:
        # Whoever installed the program is told when something is printed; the screen has its own fonts.
        return []
    return pen.warnings()


def _texts(value: Any) -> Iterator[str]:
    """Every text in a paper."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from _texts(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
