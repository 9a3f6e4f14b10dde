"""Months and fiscal years as they stand above columns and in cells."""

from datetime import date

import pytest

from inventory.usage_words import month_in, year_in


@pytest.mark.parametrize(
    "text",
    [
        "2025-04",
        "2025/4",
        "2025年4月",
        "令和7年4月",
        "令和７年４月分",
        "R7.4",
        "r7/4",
        "202504",
        "2025-04-01",
        "2025/04/01",
    ],
)
def test_a_month_that_says_its_year(text: str) -> None:
    assert month_in(text, 1999) == date(2025, 4, 1)
    assert month_in(text) == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("text", "month"), [("4月", date(2025, 4, 1)), ("3", date(2026, 3, 1)), ("１２月", date(2025, 12, 1))]
)
def test_a_month_of_a_fiscal_year(text: str, month: date) -> None:
    assert month_in(text, 2025) == month
    assert month_in(text) is None


@pytest.mark.parametrize("text", ["13月", "0月", "合計", "", "令和0x年", "四月", "1988-04"])
def test_what_is_no_month(text: str) -> None:
    assert month_in(text, 2025) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("令和7年度", 2025),
        ("令和元年度", 2019),
        ("R7", 2025),
        ("２０２５年度", 2025),
        ("平成30", 2018),
        ("7", None),
        ("", None),
    ],
)
def test_a_fiscal_year_in_words(text: str, year: int | None) -> None:
    assert year_in(text) == year
