"""A paper on the screen: the same words as in print, and its code as a path."""

from dataclasses import dataclass

from labels.paper import Paper
from labels.qr import encode


@dataclass(frozen=True)
class SheetView:
    """``code_path`` fills the dark modules of a square of ``code_size`` units; ``drawing`` is a signature's address."""

    paper: Paper
    code_size: int
    code_path: str
    drawing: str | None


def sheet_view(paper: Paper, drawing: str | None = None) -> SheetView:
    code = encode(paper.code)
    cells = (
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(code.rows)
        for column, dark in enumerate(line)
        if dark == "1"
    )
    return SheetView(paper, code.size, "".join(cells), drawing)
