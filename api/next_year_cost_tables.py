"""The costs of the next year as tables: one a part and their sum for a workbook, one long one for CSV."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from api.spreadsheets import Cell, Table
from inventory.calendar import fiscal_year_name, wareki
from inventory.next_year_costs import ContractCost, LineCost, NextYearCosts
from inventory.next_year_devices import DeviceCost, PoolCost, RepairCost, SupportEnd

PART = {"devices": "端末のリース", "lines": "回線", "contracts": "Wi-Fi整備の契約", "repairs": "修理"}
UNIT = {"devices": "台", "lines": "本", "contracts": "件", "repairs": "件"}
CONTRACT = {"recorded": "この年度の契約", "carried": "前の年度からの繰越", "ends": "この年度に終わる契約"}

_POOLS: Sequence[tuple[str, Callable[[PoolCost], Cell]]] = (
    ("種類", lambda one: one.pool_name),
    ("費用のかかる端末（台）", lambda one: one.devices),
    ("年度末までに終わるリース（台）", lambda one: one.leases_ending),
    ("見込み（円）", lambda one: one.yen),
    ("更新したときの追加（円）", lambda one: one.renewed_yen),
)
_DEVICES: Sequence[tuple[str, Callable[[DeviceCost], Cell]]] = (
    ("管理番号", lambda one: one.asset_number),
    ("種類", lambda one: one.pool_name),
    ("型番", lambda one: one.model),
    ("リースの終わり", lambda one: one.lease_until),
    ("年度末までに終わる", lambda one: "有" if one.ends else "無"),
    ("毎月の費用（円）", lambda one: one.monthly_yen),
    ("月数（か月）", lambda one: one.months),
    ("見込み（円）", lambda one: one.yen),
    ("更新したときの追加（円）", lambda one: one.renewed_yen),
)
_LINES: Sequence[tuple[str, Callable[[LineCost], Cell]]] = (
    ("会場コード", lambda one: one.venue),
    ("会場", lambda one: one.venue_name),
    ("事業者", lambda one: one.provider),
    ("使い始めた日", lambda one: one.from_on),
    ("最後の日", lambda one: one.until_on),
    ("毎月の費用（円）", lambda one: one.monthly_yen),
    ("月数（か月）", lambda one: one.months),
    ("見込み（円）", lambda one: one.yen),
)
# An amount of nothing would say that a contract costs nothing.
_CONTRACTS: Sequence[tuple[str, Callable[[ContractCost], Cell]]] = (
    ("契約番号", lambda one: one.number),
    ("件名", lambda one: one.title),
    ("契約の相手", lambda one: one.contractor),
    ("区分", lambda one: CONTRACT[one.kind]),
    ("履行期限", lambda one: one.until_on),
    ("見込み（円）", lambda one: None if one.kind == "ends" else one.yen),
)
_SUPPORT: Sequence[tuple[str, Callable[[SupportEnd], Cell]]] = (
    ("管理番号", lambda one: one.asset_number),
    ("種類", lambda one: one.pool_name),
    ("型番", lambda one: one.model),
    ("サポートの終わり", lambda one: one.os_support_until),
    ("もう終わっている", lambda one: "有" if one.ended else "無"),
    ("リースの終わり", lambda one: one.lease_until),
    ("取得価格（円）", lambda one: one.price_yen),
)
_LONG = ("年度", "区分", "番号", "内容", "期間の終わり", "毎月の費用（円）", "月数（か月）", "見込み（円）")


def assumptions(found: NextYearCosts) -> list[tuple[str, str]]:
    """How the figures were made, each with what it is about."""
    if found.repair_yen is None:
        repairs = "1件あたりの額が入っていないため、件数だけです。合計には入っていません。"
    else:
        repairs = f"直近12か月の件数に、1件あたり{found.repair_yen:,}円を掛けました。"
    return [
        ("いつの台帳か", f"{wareki(found.as_of)}の台帳から作りました。これから決める購入や契約は入っていません。"),
        ("月の数え方", "1日でも使う月を1か月と数えます。額は税込みの円です。"),
        (PART["devices"], "毎月の費用に、リースの終わる日（除却した端末は除却した日）までの月数を掛けました。"),
        ("リースの更新", "年度末までに終わるリースをつづける額は「更新したときの追加」です。合計には入っていません。"),
        (PART["lines"], "毎月の費用に月数を掛けました。最後の日のない回線は、年度末までつづくと見ます。"),
        (PART["contracts"], "この年度の契約の予算現額（なければ契約金額）と、前の年度からの翌年度繰越額です。"),
        (PART["repairs"], repairs),
        ("OSのサポート", "買い替えの費用は合計に入っていません。取得価格は目安です。"),
    ]


def sheets(found: NextYearCosts) -> list[Table]:
    """計 first, then a sheet a part; the last says how the figures were made."""
    sums: list[Sequence[Cell]] = [[PART[part.key], part.count, UNIT[part.key], part.yen] for part in found.parts]
    sums.append(["計", None, None, found.total_yen])
    return [
        Table("計", ("区分", "数", "単位", f"{fiscal_year_name(found.fiscal_year)}の見込み（円）"), sums),
        _table("リースの種類ごと", _POOLS, found.pools),
        _table("リースの端末", _DEVICES, found.devices),
        _table(PART["lines"], _LINES, found.lines),
        _table(PART["contracts"], _CONTRACTS, found.contracts),
        _repairs(found.repairs, found.repair_yen),
        _table("OSのサポート", _SUPPORT, found.support_ends),
        Table("前提", ("項目", "内容"), [list(pair) for pair in assumptions(found)]),
    ]


def _table(title: str, columns: Sequence[tuple[str, Callable[[Any], Cell]]], things: Sequence[Any]) -> Table:
    header = tuple(name for name, _ in columns)
    return Table(title, header, [[cell(thing) for _, cell in columns] for thing in things])


def _repairs(repairs: Sequence[RepairCost], price: int | None) -> Table:
    years = [fiscal_year_name(year.fiscal_year) for year in repairs[0].years] if repairs else []
    header = ("種類", *(f"{year}（件）" for year in years), "直近12か月（件）", "1件あたり（円）", "見込み（円）")
    rows = [
        [one.pool_name, *(year.count for year in one.years), one.last_twelve_months, price, one.yen] for one in repairs
    ]
    return Table(PART["repairs"], header, rows)


def long_table(found: NextYearCosts) -> Table:
    """A row for each thing that costs something: a column can be added up, and nothing stands in it twice."""
    name = fiscal_year_name(found.fiscal_year)
    return Table("費用の見込み", _LONG, [[name, *cells] for cells in _things(found)])


def _things(found: NextYearCosts) -> Iterator[tuple[Cell, ...]]:
    for one in found.devices:
        if one.months:
            what = f"{one.pool_name}　{one.model}"
            yield (PART["devices"], one.asset_number, what, one.lease_until, one.monthly_yen, one.months, one.yen)
    for line in found.lines:
        what = f"{line.venue_name}　{line.provider}"
        yield (PART["lines"], line.venue, what, line.until_on, line.monthly_yen, line.months, line.yen)
    for contract in found.contracts:
        if contract.kind != "ends":
            yield (PART["contracts"], contract.number, contract.title, contract.until_on, None, None, contract.yen)
    for repair in found.repairs:
        if repair.last_twelve_months:
            what = f"{repair.pool_name}　直近12か月に{repair.last_twelve_months}件"
            yield (PART["repairs"], repair.pool, what, None, None, None, repair.yen)
