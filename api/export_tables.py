"""The lists of the ledger as tables with Japanese headers: every row of a list, read in one session."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlmodel import Session

from api.codes import TITLES
from api.spreadsheets import Cell, Table
from api.words import BORROWER, CHOICE, DEMAND, HANDOVER, HOLD, KIND, ROLE, STATE, VENUE
from inventory.calendar import FIRST_GREGORIAN_DAY, today, wareki
from inventory.cases import CaseCard, list_cases
from inventory.conflicts import ConflictCard, Side, list_conflicts
from inventory.devices import DeviceCard, list_devices
from inventory.loans import ItemCard, LoanCard, list_loans
from inventory.open_data_layouts import layout
from inventory.pools import PoolCard, list_pools
from inventory.staff import StaffCard, list_staff
from inventory.venues import VenueCard, list_venues

C = TypeVar("C")
Column = tuple[str, Callable[[C], Cell]]

# Rows a statement reads at once: large enough to be quick, small enough for SQLite's limit of bound values.
STEP = 500


def _every(session: Session, verb: Callable[..., Any], filters: dict[str, Any]) -> list[Any]:
    """All pages of a list. One session sees one state of the ledger, so no row is missed or seen twice."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        page = verb(session, limit=STEP, cursor=cursor, **filters)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _table(title: str, columns: Sequence[Column[C]], things: Sequence[C]) -> Table:
    return Table(
        title,
        tuple(name for name, _ in columns),
        [[cell(thing) for _, cell in columns] for thing in things],
    )


def _era(day: date | None) -> str | None:
    """令和8年11月24日; days before Japan wrote this calendar have no such name."""
    return wareki(day) if day is not None and day >= FIRST_GREGORIAN_DAY else None


def _yes(value: bool) -> str:
    return "はい" if value else "いいえ"


def _counts(accessories: dict[str, int] | None) -> str | None:
    return "、".join(f"{name}×{count}" for name, count in accessories.items()) if accessories else None


_DEVICES: Sequence[Column[DeviceCard]] = (
    ("備品番号", lambda card: card.asset_number),
    ("貸出区分コード", lambda card: card.pool),
    ("貸出区分", lambda card: card.pool_name),
    ("種類", lambda card: KIND[card.kind]),
    ("呼び番号", lambda card: card.call_number),
    ("品名・型番", lambda card: card.model),
    ("シリアル番号", lambda card: card.serial),
    ("IMEI", lambda card: card.imei),
    ("回線番号", lambda card: card.line_number),
    ("ラベル番号", lambda card: card.tag),
    ("状態", lambda card: "設置中" if card.loan and card.loan.installed else STATE[card.state]),
    ("貸出停止", lambda card: "・".join(dict.fromkeys(HOLD[hold.reason] for hold in card.holds)) or None),
    ("貸出番号", lambda card: card.loan.number if card.loan else None),
    ("貸出先", lambda card: card.loan.borrower.name if card.loan else None),
    ("返す日", lambda card: card.loan.due_on if card.loan else None),
    ("返す日（和暦）", lambda card: _era(card.loan.due_on) if card.loan else None),
    ("貸出ケース番号", lambda card: card.case.code if card.case else None),
    ("貸出ケース", lambda card: card.case.name if card.case else None),
    ("置き場所", lambda card: card.place),
    ("所管課", lambda card: card.section),
    ("取得日", lambda card: card.acquired_on),
    ("取得金額（円）", lambda card: card.price_yen),
    ("リース終了日", lambda card: card.lease_until),
    ("リース終了日（和暦）", lambda card: _era(card.lease_until)),
    ("毎月の費用（円）", lambda card: card.monthly_cost_yen),
    ("OS更新終了日", lambda card: card.os_support_until),
    ("メモ", lambda card: card.note),
    ("除却日", lambda card: today(card.retired_at) if card.retired_at else None),
    ("除却の理由", lambda card: card.retired_reason),
)


def devices_table(session: Session, /, **filters: Any) -> Table:
    return _table("端末", _DEVICES, _every(session, list_devices, filters))


_CASES: Sequence[Column[CaseCard]] = (
    ("ケース番号", lambda card: card.code),
    ("ケース名", lambda card: card.name),
    ("ラベル番号", lambda card: card.tag),
    ("場所", lambda card: card.place),
    ("入っている台数", lambda card: len(card.members)),
    ("そろっている台数", lambda card: len(card.members) - len(card.missing)),
    ("入っている端末", lambda card: "、".join(member.asset_number for member in card.members) or None),
    ("そろっていない端末", lambda card: "、".join(card.missing) or None),
    ("メモ", lambda card: card.note),
    ("使うのをやめた日", lambda card: today(card.retired_at) if card.retired_at else None),
)


def cases_table(session: Session, /, **filters: Any) -> Table:
    return _table("貸出ケース", _CASES, _every(session, list_cases, filters))


Lent = tuple[LoanCard, ItemCard]
_LOANS: Sequence[Column[Lent]] = (
    ("貸出番号", lambda lent: lent[0].number),
    ("貸出先の種類", lambda lent: BORROWER[lent[0].borrower.type]),
    ("貸出先コード", lambda lent: lent[0].borrower.id),
    ("貸出先", lambda lent: lent[0].borrower.name),
    ("役職", lambda lent: lent[0].officer.office if lent[0].officer else None),
    ("役職者", lambda lent: lent[0].officer.name if lent[0].officer else None),
    ("備品番号", lambda lent: lent[1].asset_number),
    ("呼び番号", lambda lent: lent[1].call_number),
    ("品名・型番", lambda lent: lent[1].model),
    ("席", lambda lent: lent[1].seat),
    ("貸した日時", lambda lent: lent[1].lent_at),
    ("返す日", lambda lent: lent[0].due.on),
    ("返す日（和暦）", lambda lent: _era(lent[0].due.on)),
    ("返す日時", lambda lent: lent[0].due.at),
    ("任期の終わりまで", lambda lent: _yes(lent[0].due.end_of_office)),
    ("返却日時", lambda lent: lent[1].returned_at),
    ("状態", lambda lent: _lent_state(*lent)),
    ("貸した付属品", lambda lent: _counts(lent[1].accessories)),
    ("戻った付属品", lambda lent: _counts(lent[1].returned_accessories)),
    ("返却時の気になるところ", lambda lent: lent[1].condition_note),
    ("用途", lambda lent: lent[0].purpose),
    ("メモ", lambda lent: lent[0].note),
    ("それでも貸した理由", lambda lent: lent[0].override),
)


def _lent_state(loan: LoanCard, item: ItemCard) -> str:
    if item.returned_at is not None:
        return "返却ずみ"
    return "延滞" if loan.overdue else "設置中" if loan.installed else "貸出中"


def loans_table(session: Session, /, **filters: Any) -> Table:
    """One row per lent device: a loan of several is several rows of the same number."""
    loans: list[LoanCard] = _every(session, list_loans, filters)
    return _table("貸出", _LOANS, [(loan, item) for loan in loans for item in loan.items])


def _whose(side: Side | None) -> str | None:
    return side.borrower.name if side and side.borrower else None


_CONFLICTS: Sequence[Column[ConflictCard]] = (
    ("要確認コード", lambda card: card.id),
    ("備品番号", lambda card: card.device.asset_number),
    ("呼び番号", lambda card: card.device.call_number),
    ("わけ", lambda card: TITLES[card.code][1]),
    ("読み取りの貸出先", lambda card: _whose(card.claim)),
    ("取り替えた端末", lambda card: card.worn),
    ("読み取りの日時", lambda card: card.claim.happened_at),
    ("読み取りが届いた日時", lambda card: card.claim.known_at),
    ("読み取りの窓口", lambda card: card.claim.desk),
    ("読み取った人", lambda card: card.claim.by),
    ("台帳の貸出番号", lambda card: card.ledger.loan if card.ledger else None),
    ("台帳の貸出先", lambda card: _whose(card.ledger)),
    ("台帳の貸した日時", lambda card: card.ledger.happened_at if card.ledger else None),
    ("台帳の窓口", lambda card: card.ledger.desk if card.ledger else None),
    ("台帳の貸した人", lambda card: card.ledger.by if card.ledger else None),
    ("決めた日時", lambda card: card.settled.at if card.settled else None),
    ("決め方", lambda card: CHOICE[card.settled.choice] if card.settled else None),
    ("決めた人", lambda card: card.settled.by if card.settled else None),
    ("決めたわけ", lambda card: card.settled.reason if card.settled else None),
)


def conflicts_table(session: Session, /, **filters: Any) -> Table:
    return _table("要確認", _CONFLICTS, _every(session, list_conflicts, filters))


def _of_venue(key: str) -> Callable[[VenueCard], Cell]:
    if key == "kind":
        return lambda card: VENUE[card.kind]
    if key == "postal_code":
        return lambda card: card.postal_code and f"{card.postal_code[:3]}-{card.postal_code[3:]}"
    if key in ("shelter", "disaster_open"):
        return lambda card: "有" if getattr(card, key) else "無"
    name = "code" if key == "venue_code" else key
    return lambda card: getattr(card, name) or None


# The layout that the import reads our own list by, so that the list comes back as it was.
_VENUES: Sequence[Column[VenueCard]] = [
    (column.name, _of_venue(column.key)) for column in layout("venues", "ledger").columns
]


def venues_table(session: Session, /, **filters: Any) -> Table:
    return _table("会場", _VENUES, _every(session, list_venues, filters))


_POOLS: Sequence[Column[PoolCard]] = (
    ("貸出区分コード", lambda card: card.id),
    ("貸出区分", lambda card: card.name),
    ("種類", lambda card: KIND[card.kind]),
    ("講座のあと", lambda card: DEMAND[card.after_course]),
    ("そのほかのあと", lambda card: DEMAND[card.after_term]),
    ("引き継ぎ", lambda card: HANDOVER[card.handover]),
    ("借用書が要る", lambda card: _yes(card.agreement_required)),
    ("付属品", lambda card: _counts({accessory.name: accessory.count for accessory in card.accessories})),
    ("準備の時間（分）", lambda card: card.preparation_minutes),
    ("ふつうの日数", lambda card: card.default_days),
    ("1つの貸出先に1台", lambda card: _yes(card.one_per_borrower)),
    ("返す日の何日前に知らせるか", lambda card: card.remind_before_days),
    ("すぎたら何日ごとに知らせるか", lambda card: card.remind_every_days),
)


def pools_table(session: Session, /) -> Table:
    return _table("貸出区分", _POOLS, list_pools(session))


_STAFF: Sequence[Column[StaffCard]] = (
    ("ユーザー名", lambda card: card.username),
    ("名前", lambda card: card.name),
    ("所属", lambda card: card.section),
    ("役割", lambda card: "・".join(ROLE[role] for role in card.roles)),
    ("使える最後の日", lambda card: card.appointed_until),
    ("サインインできる", lambda card: _yes(card.active)),
)


def staff_table(session: Session, /, *, now: datetime) -> Table:
    return _table("職員", _STAFF, list_staff(session, now=now))
