"""Addresses: the parts of 所在地 beside the whole, postal codes, and 全国地方公共団体コード (all pure).

``data/municipalities.csv`` names Japan's 1,741 municipalities with their codes, as 総務省 publishes them. What is
parted by that list is certain; what it does not settle stays whole.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from inventory.text import code_text, fold

_FILE = Path(__file__).parent / "data" / "municipalities.csv"
# 都道府県, 市区町村, 町字, 番地以下 and 建物名等（方書）: the five parts of GIF DS-433.
PARTS = ("prefecture", "city", "town", "street", "building")
_WEIGHTS = (6, 5, 4, 3, 2)
_COUNTY = re.compile(r"[^0-9]{1,5}?郡")


class NotACode(ValueError):
    """The text is no code of a municipality."""


class NotAPostalCode(ValueError):
    """The text is no postal code. It says what to write."""


@dataclass(frozen=True)
class Municipality:
    code: str
    prefecture: str
    name: str


@dataclass(frozen=True)
class _Known:
    """``named``: municipalities of a prefecture by name. ``alone``: those whose name no other in Japan has."""

    by_code: dict[str, Municipality]
    named: dict[str, dict[str, Municipality]]
    alone: dict[str, Municipality]


@cache
def _known() -> _Known:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        every = [Municipality(row["code"], row["prefecture"], row["name"]) for row in csv.DictReader(lines)]
    named: dict[str, dict[str, Municipality]] = {}
    for one in every:
        named.setdefault(one.prefecture, {})[one.name] = one
    times = Counter(one.name for one in every)
    return _Known({one.code: one for one in every}, named, {one.name: one for one in every if times[one.name] == 1})


def municipality(code: str) -> Municipality | None:
    """The municipality with this code of six digits."""
    return _known().by_code.get(code)


def municipality_code(text: str) -> str:
    """The six digits of a municipality's code, whatever a spreadsheet made of them.

    A sheet takes the code for a number and drops its first zero, and many a city writes the five digits of JIS X 0402
    without the check digit. Which of the two it was, the list of municipalities tells.

    Raises:
        NotACode: no municipality has this code, or two could be meant.
    """
    digits = code_text(text).removesuffix(".0")
    if not digits.isdecimal() or not 4 <= len(digits) <= 6:
        raise NotACode("a code has six digits")
    readings = {digits.zfill(6), with_check_digit(digits.zfill(5)[-5:])} if len(digits) < 6 else {digits}
    if len(digits) == 4:
        readings = {with_check_digit("0" + digits)}
    found = [code for code in readings if code in _known().by_code]
    if len(found) != 1:
        raise NotACode("no municipality has this code")
    return found[0]


def with_check_digit(five: str) -> str:
    """Five digits of JIS X 0402 and 総務省's check digit behind them."""
    weighted = sum(int(digit) * weight for digit, weight in zip(five, _WEIGHTS, strict=True))
    return five + str((11 - weighted % 11) % 10)


def split_address(whole: str) -> tuple[str | None, str | None, str]:
    """Prefecture, municipality (with its 郡 where that is written), and the rest, as far as the list is sure of them.

    Without a prefecture only a city counts whose name is Japan's only one, or a town behind its 郡: 中央区, 府中市 and
    朝日町 are in several prefectures, and a quarter of a city may be called like a town.
    """
    text = whole.strip()
    known = _known()
    prefecture = next((name for name in known.named if text.startswith(name)), None)
    after = text[len(prefecture) :].lstrip() if prefecture else text
    county = _COUNTY.match(after)
    there = known.named[prefecture] if prefecture else known.alone
    for before in ("", county[0] if county else None):
        if before is None:
            continue
        name = _leading(after[len(before) :], there)
        if name is None or (before and not name.endswith(("町", "村"))):
            continue
        if prefecture is None and not before and not _stands_alone(name):
            continue
        return there[name].prefecture, before + name, after[len(before) + len(name) :].lstrip()
    return prefecture, None, after


def _leading(text: str, names: Mapping[str, Municipality]) -> str | None:
    """The longest of the names that the text begins with: 四日市市, not a city that 四日市 might begin with."""
    return next((text[:end] for end in range(min(8, len(text)), 1, -1) if text[:end] in names), None)


def _stands_alone(name: str) -> bool:
    # 津市場 and 光市民 begin with cities of one letter by chance.
    return name.endswith("市") and len(name) > 2


def whole_address(parts: Mapping[str, Any]) -> str | None:
    """所在地_連結表記 of the parts, a building behind a blank; None when nothing below the municipality is told."""
    if not any(parts.get(name) for name in PARTS[2:]):
        return None
    spelt = "".join(parts.get(name) or "" for name in PARTS[:4])
    building = parts.get("building")
    return f"{spelt} {building}".strip() if building else spelt


def settled(given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, str | None]:
    """What the address and its parts become when ``given`` is written over ``before``.

    The whole follows parts that it was made of; prefecture and municipality follow a whole that names them; a finer
    part that a new whole does not hold any more is emptied. Whoever writes both gets both.
    """
    names = ("address", *PARTS)
    new: dict[str, str | None] = {name: given.get(name, before.get(name)) for name in names}
    rewritten = new["address"] != before.get("address")
    parted = any(new[name] != before.get(name) for name in PARTS)
    if new["address"] is None or (parted and not rewritten and not _holds(new["address"], new)):
        new["address"] = whole_address(new)
    elif rewritten and not any(name in given and given[name] != before.get(name) for name in PARTS[2:]):
        prefecture, city, _ = split_address(new["address"])
        if city is not None:
            new |= {"prefecture": prefecture, "city": city}
        elif not parted:
            new["prefecture"] = prefecture or new["prefecture"]
        for name in PARTS[2:]:
            part = new[name]
            if part is not None and fold(part) not in fold(new["address"]):
                new[name] = None
    return new


def _holds(whole: str, parts: Mapping[str, str | None]) -> bool:
    text = fold(whole)
    return all(fold(part) in text for name in PARTS[2:] if (part := parts[name]))


def postal_code(text: str) -> str:
    """Seven digits, from 〒371-0000 in any width.

    Raises:
        NotAPostalCode.
    """
    digits = code_text(unicodedata.normalize("NFKC", text).replace("〒", "")).replace("-", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 7):
        raise NotAPostalCode("郵便番号は7けたの数字で書いてください（例：371-0000）")
    return digits
