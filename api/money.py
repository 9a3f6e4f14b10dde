"""Amounts as people type them, and as pages say them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

# As many figures as nobody's budget has: beyond a few thousand the language refuses to read a number at all.
_TYPED = re.compile(r"[¥\\]?([0-9][0-9,]{0,40})(円|千円|万円|)(?:也|整)?")
_TIMES = {"円": 1, "": 1, "千円": 1_000, "万円": 10_000}


def yen_typed(text: str) -> str:
    """The digits of an amount, or the text as typed where it is none, so that the shape refuses it beside its field.

    Reads １２，３４５円, ¥12,345, 12,345円也 and 1,200千円, which budgets are written in.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text.replace("、", ",")))
    match = _TYPED.fullmatch(plain)
    return str(int(match[1].replace(",", "")) * _TIMES[match[2]]) if match else text


def amounts(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """These fields of a form as amounts; an empty one is none."""
    return {name: yen_typed(values[name]) if values.get(name) else None for name in names}


def percent(part: int, whole: int) -> str:
    """A part of a whole, in percent to one place: 98.4%."""
    return f"{100 * part / whole:.1f}%"
