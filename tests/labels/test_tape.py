"""Tape labels: exact dots, whole dots per module, decoded from the file as it goes to the printer."""

import pytest

from labels.errors import UnknownStock
from labels.face import Label
from labels.tape import tape_png
from tests.labels.reading import Read, decode, label, labels, png, runs


@pytest.mark.parametrize("one", labels(12), ids=lambda one: str(one.number))
def test_tape_label_decodes_from_its_exact_dots(one: Label) -> None:
    image = png(tape_png(one))
    assert image.mode == "1" and image.width == 696
    assert [round(resolution) for resolution in image.info["dpi"]] == [300, 300]
    assert decode(image.convert("L")) == [
        Read("Code 128", one.number, ""),
        Read("QR Code", one.url, "Q"),
    ]


def rows(data: bytes) -> list[list[bool]]:
    image = png(data)
    pixels = [value == 0 for value in image.convert("L").tobytes()]
    return [pixels[y * image.width : (y + 1) * image.width] for y in range(image.height)]


def test_bars_are_whole_dots_of_at_least_0_375_mm() -> None:
    # The row with the most changes is a row of bars: no line of text has so many.
    bars = max((runs(row) for row in rows(tape_png(label(call_number=None)))[320:370]), key=len)
    quiet, modules = bars[0][1], [length for _, length in bars[1:-1]]
    narrowest = min(modules)
    assert narrowest >= 5 and narrowest * 25.4 / 300 >= 0.375
    assert all(length % narrowest == 0 for length in modules) and sum(modules) == 79 * narrowest
    assert quiet >= 10 * narrowest and bars[-1][1] >= 10 * narrowest


def test_qr_modules_are_whole_dots_and_its_quiet_zone_is_white() -> None:
    pixels = rows(tape_png(label()))
    top = next(y for y, row in enumerate(pixels) if any(row[:280]))
    finder = runs(pixels[top])
    module, rest = divmod(finder[1][1], 7)
    assert rest == 0 and module >= 4
    left, size = finder[0][1], 29 * module
    assert top >= 4 * module and left >= 4 * module
    for y in range(top - 4 * module, top + size + 4 * module):
        inside = pixels[y][left - 4 * module : left + size + 4 * module]
        if top <= y < top + size:
            dark = inside[4 * module : -4 * module]
            assert not any(inside[: 4 * module]) and not any(inside[-4 * module :])
            assert [dark[x] for x in range(0, size, module)] == [dark[x + module - 1] for x in range(0, size, module)]
        else:
            assert not any(inside)


def test_tape_prints_the_call_number_only_where_there_is_one() -> None:
    with_number, without = rows(tape_png(label())), rows(tape_png(label(call_number=None)))
    corner = [any(row[520:690]) for row in with_number[330:425]]
    assert all(corner[10:80])
    assert not any(any(row[520:690]) for row in without[300:])


def test_same_label_gives_the_same_bytes() -> None:
    assert tape_png(label()) == tape_png(label())


def test_sheet_is_no_tape() -> None:
    with pytest.raises(UnknownStock):
        tape_png(label(), "72224")
