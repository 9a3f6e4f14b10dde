"""A month and a 年度 as people write them above a column or in a cell of a list of 利用件数. Pure."""

import re
import unicodedata
from datetime import date

from inventory.calendar import ERAS

_ERA_YEAR = {word: era.first_year - 1 for era in ERAS for word in (era.name, era.letter)}
_YEAR = re.compile(r"(?:(明治|大正|昭和|平成|令和|[MTSHR])\s*([0-9]{1,2}|元)|([0-9]{4}))\s*(?:年度?)?", re.IGNORECASE)
_MONTH = re.compile(
    r"(?:(?:(明治|大正|昭和|平成|令和|[MTSHR])\s*([0-9]{1,2}|元)|([0-9]{4}))\s*[年/.\-]\s*)?([0-9]{1,2})"
    r"\s*(?:月(?:分|度)?)?(?:[/.\-]0?1(?:\s.*)?|1日)?",
    re.IGNORECASE,
)
_SIX = re.compile(r"([0-9]{4})([0-9]{2})")


def year_in(text: str) -> int | None:
    """The fiscal year in words (令和7年度, R7, 2025); None where there is none."""
    found = _YEAR.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return _year(found[1], found[2], found[3]) if found else None


def month_in(text: str, fiscal_year: int | None = None) -> date | None:
    """The first day of a month in words (令和7年4月, R7.4, 2025-04, 202504), or of one of ``fiscal_year`` (4月).

    None where the words name no month, or the year is missing.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if six := _SIX.fullmatch(plain):
        year, month = int(six[1]), int(six[2])
    else:
        found = _MONTH.fullmatch(plain)
        if found is None:
            return None
        month = int(found[4])
        named = _year(found[1], found[2], found[3])
        if named is None and fiscal_year is None:
            return None
        year = named if named is not None else (fiscal_year or 0) + (month < 4)
    return date(year, month, 1) if 1 <= month <= 12 and 1989 <= year <= 2998 else None


def _year(era: str | None, of_era: str | None, plain: str | None) -> int | None:
    if plain:
        return int(plain)
    if era is None or of_era is None:
        return None
    return _ERA_YEAR[era.upper()] + (1 if of_era == "元" else int(of_era))
