"""One label as SVG for a page: the same face as on paper, without script, style or outside address."""

from html import escape

from labels import fonts
from labels.face import Label, compose
from labels.layout import WIDE


def face_svg(label: Label) -> str:
    """An ``<svg class="label">`` of a 66.0 × 33.9 mm face (stock 72224); one unit is 0.1 mm, ``viewBox`` 0 0 660 339.

    All text is escaped. ``textLength`` keeps each line as wide as in print even where the browser lacks the font.
    Raises ``LinkTooLong``.
    """
    face = compose(label, WIDE)
    spoken = [f"備品番号 {label.asset_number}"] if label.asset_number else [label.title]
    if label.call_number is not None:
        spoken.append(f"呼び番号 {label.call_number}")
    spoken.append(f"ラベル番号 {label.spoken_number}")
    about = escape(_clean("ラベルの見本。" + "、".join(spoken)))
    width, height = f"{WIDE.width * 10:.0f}", f"{WIDE.height * 10:.0f}"
    parts = [
        f'<svg class="label" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{about}"><rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for ink in face.codes:
        # Cells in the units of the grid keep the path short; the transform gives them their size.
        cells = "".join(f"M{column} {row}h{columns}v1h-{columns}z" for column, row, columns in ink.runs)
        parts.append(
            f'<path fill="#000" transform="translate({ink.x * 10:.3f} {ink.y * 10:.3f})'
            f' scale({ink.module * 10:.4f} {ink.row_height * 10:.4f})" d="{cells}"/>'
        )
    for text in face.texts:
        weight = ' font-weight="700"' if text.bold else ""
        parts.append(
            f'<text x="{text.x * 10:.1f}" y="{text.baseline * 10:.1f}" font-size="{text.size * 10:.2f}"{weight}'
            f' fill="#000" font-family="{fonts.FAMILY}, sans-serif" textLength="{text.width * 10:.1f}"'
            f' lengthAdjust="spacingAndGlyphs">{escape(text.content)}</text>'
        )
    parts.append("</svg>")
    return "".join(parts)


def _clean(text: str) -> str:
    """Without the control characters that XML forbids."""
    return "".join(character if character.isprintable() else " " for character in text)
