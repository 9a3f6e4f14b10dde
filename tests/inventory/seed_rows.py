"""The working group's figures of 令和3年度, row by row, as orders for programmes."""

import csv
from pathlib import Path

from inventory.programmes import NewProgramme
from inventory.tables import Audience

_PUBLISHED = Path(__file__).parents[3] / "shared/data/seed_rows.csv"
_COPIED = Path(__file__).parents[1] / "data/seed_rows.csv"
AUDIENCES = {
    "スマホ有": Audience.PHONE,
    "スマホ無": Audience.NO_PHONE,
    "介護予防サポーター": Audience.SUPPORTER,
    "住民": Audience.RESIDENT,
}
_YEAR = 2021


def seed_orders() -> list[NewProgramme]:
    """One line of a programme per row; the published file where it is, a copy of its rows elsewhere."""
    with (_PUBLISHED if _PUBLISHED.exists() else _COPIED).open(encoding="utf-8", newline="") as file:
        return [
            NewProgramme(
                code=row["id"],
                fiscal_year=_YEAR,
                name=row["programme"],
                line=row["line"],
                audience=AUDIENCES[row["audience"]],
                funding=row["funding"],
                partner=row["partner"] or None,
                reported_courses=int(row["courses"]),
                reported_participants=int(row["participants_nobe"]),
                reported_distinct=int(row["participants_jitsu"]) if row["participants_jitsu"] else None,
                approx=row["approx"] == "1",
                venues_note=row["venues"],
                note=row["note"] or None,
            )
            for row in csv.DictReader(file)
        ]
