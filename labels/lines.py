"""Breaking Japanese text into lines: between any two characters but where the rules of 禁則 (JIS X 4051) forbid it."""

from collections.abc import Iterator

from labels import fonts

# What may not begin a line, and what may not end one.
_NOT_FIRST = set("、。，．・：；？！）］｝」』】〕〉》’”ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ%％.,:;?!)]}")
_NOT_LAST = set("（［｛「『【〔〈《‘“([{")


def lines_of(text: str, bold: bool, size: float, room: float) -> list[str]:
    """``text`` as lines no wider than ``room`` (in the unit of ``size``). At least one line, which may be empty.

    Words of letters and digits stay whole unless one alone is wider than the room.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and fonts.width((line + piece).rstrip(), bold, size) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
        while len(line) > 1 and fonts.width(line.rstrip(), bold, size) > room:
            cut = _cut(line, bold, size, room)
            lines.append(line[:cut])
            line = line[cut:]
    lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Iterator[str]:
    """The parts between which a line may break."""
    piece = ""
    for character in text:
        if piece and _may_part(piece[-1], character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_part(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or after == " ":
        return False
    # A number stays with what it counts: ケース1.
    if after.isdigit() and before not in "、。，．・ 　":
        return False
    return not (_in_word(before) and _in_word(after))


def _in_word(character: str) -> bool:
    return "!" <= character <= "~"


def _cut(line: str, bold: bool, size: float, room: float) -> int:
    """How many characters of an unbreakable line fit; at least one."""
    for count in range(len(line) - 1, 1, -1):
        if fonts.width(line[:count], bold, size) <= room:
            return count
    return 1
