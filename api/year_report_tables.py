"""The tables of a fiscal year's report: a figure with its unit, a table, and those that stand beside the courses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inventory.calendar import fiscal_year_name, wareki
from inventory.year_figures import Total
from inventory.year_reports import YearOfProgramme, YearReport

NOTHING = "–"


@dataclass(frozen=True)
class Number:
    """``value`` with what stands around it: 約2,429名."""

    value: int
    unit: str = ""
    approx: bool = False

    @property
    def said(self) -> str:
        return f"{'約' if self.approx else ''}{self.value:,}{self.unit}"


Said = str | Number


@dataclass(frozen=True)
class SheetTable:
    """``sums`` are the rows, counted from 0, that add up others. ``widths`` are shares of the line."""

    caption: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Said, ...], ...]
    sums: frozenset[int] = frozenset()

    @property
    def numbers(self) -> frozenset[int]:
        """The columns of figures, also of those that nobody knows."""
        return frozenset(
            at for row in self.rows for at, cell in enumerate(row) if isinstance(cell, Number) or cell == NOTHING
        )


def number(value: int | None, unit: str, approx: bool = False) -> Said:
    return NOTHING if value is None else Number(value, unit, approx)


def side_tables(report: YearReport, total: Total) -> tuple[SheetTable, ...]:
    """Three fiscal years and the plans of the last and the next, side by side: courses, participants, what was in hand.

    ``total`` is the grand total as it is printed here: the sum of the report's own year says no more than it.
    """
    compared = report.compared
    names = [fiscal_year_name(year) for year in compared.years]
    heads = (*(f"{name}実績" for name in names[:2]), f"{names[2]}計画", f"{names[2]}実績", f"{names[3]}計画")
    rows = [(one.name, one.years) for one in compared.programmes]
    own = compared.total[2]
    if own is not None:
        own = own.model_copy(update={"approx": total.approx})
    rows.append(("計", [*compared.total[:2], own, compared.total[3]]))
    last = frozenset({len(rows) - 1})
    hand = compared.in_hand
    in_hand = (
        ("貸した端末", *(number(one.devices, "台") for one in hand)),
        ("Wi-Fiを使える会場", *(number(one.wifi_in_service, "館") for one in hand)),
    )
    return (
        SheetTable(
            "3か年と計画　講座数",
            ("事業", *heads),
            _SIDES,
            tuple((name, *_side_by_side(years, _courses, _courses_planned)) for name, years in rows),
            last,
        ),
        SheetTable(
            "3か年と計画　参加者数（延べ）",
            ("事業", *heads),
            _SIDES,
            tuple((name, *_side_by_side(years, _people, _people_planned)) for name, years in rows),
            last,
        ),
        SheetTable("3か年の端末とWi-Fi", ("項目", *names[:3]), (46.0, 29.0, 29.0, 29.0), in_hand),
    )


# The year itself has the longest figures: 約12,345名.
_SIDES = (38.0, 23.5, 23.5, 24.0, 30.0, 24.0)
_Cell = Callable[[YearOfProgramme], Said]


def _side_by_side(years: Sequence[YearOfProgramme | None], brought: _Cell, planned: _Cell) -> tuple[Said, ...]:
    """What two years brought, what the third planned and brought, what the fourth plans."""
    shown = ((0, brought), (1, brought), (2, planned), (2, brought), (3, planned))
    return tuple(NOTHING if (one := years[at]) is None else cell(one) for at, cell in shown)


def _courses(one: YearOfProgramme) -> Said:
    return number(one.courses, "講座")


def _courses_planned(one: YearOfProgramme) -> Said:
    return number(one.planned, "講座")


def _people(one: YearOfProgramme) -> Said:
    return number(one.participants, "名", one.approx)


def _people_planned(one: YearOfProgramme) -> Said:
    return number(one.planned_participants, "名", one.planned_approx)


def beside_table(report: YearReport) -> SheetTable:
    """What the city had in hand that year besides the courses."""
    beside = report.beside
    rows: list[tuple[Said, ...]] = [
        (f"貸した端末　{pool.name}", Number(pool.devices, "台"), f"延べ{pool.times:,}台・{pool.loans:,}件の貸出")
        for pool in beside.lent
    ]
    times = "" if beside.times is None else f"延べ{beside.times:,}台・{beside.loans:,}件の貸出"
    rows.append(("貸した端末　計", number(beside.devices, "台"), times))
    rows.append(
        ("Wi-Fiを使える会場", number(beside.wifi_in_service, "館"), f"{wareki(beside.on)}現在" if beside.on else "")
    )
    agreed = f"講座で{beside.asked:,}名に呼びかけ" if beside.asked is not None else ""
    rows.append(("サポーターになった人", number(beside.agreed, "名"), agreed))
    standing = (
        f"{wareki(beside.on)}現在の登録は{beside.standing:,}名" if beside.on and beside.standing is not None else ""
    )
    rows.append(("登録したサポーター", number(beside.registered, "名"), standing))
    rows.append(("困りごとの受付", number(beside.issues, "件"), ""))
    return SheetTable("端末・Wi-Fi・サポーターなど", ("項目", "数", "内わけなど"), (50.0, 24.0, 60.0), tuple(rows))
