"""A loan as a page says it: the answer in a sentence, what is still out, until when, and its past as knots."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from api.device_views import borrower_page
from api.words import HOLD, KIND, clock_time, short_day
from inventory.calendar import today, wareki
from inventory.history import LoanAct
from inventory.loans import Due, ItemCard, LoanCard
from inventory.tables import PoolKind
from inventory.transfer_history import TransferCard

# So many numbers can be read in one line; more of them are counted.
_NAMED = 3
# A desk scans one device at a time; what one person did within these minutes is told in one knot.
_ONE_GO = timedelta(minutes=15)


@dataclass(frozen=True)
class LoanView:
    """``devices`` and ``numbers`` are what is still out, or everything once all is back; ``path`` the borrower's page.

    ``state`` is lent, installed, late, done or undone; ``days_late`` counts days, 0 when the loan is not late.
    """

    card: LoanCard
    state: str
    left: int
    devices: str
    numbers: tuple[str, ...]
    due: str
    days_late: int
    path: str | None

    @property
    def partly_back(self) -> bool:
        return 0 < self.left < len(self.card.items)


def view(card: LoanCard, now: datetime) -> LoanView:
    out = still_out(card)
    named = out or card.items
    running = "installed" if card.installed else "lent"
    state = "late" if card.overdue else running if card.open else "done" if card.items else "undone"
    return LoanView(
        card=card,
        state=state,
        left=len(out),
        devices=counted(named),
        numbers=tuple(item.asset_number for item in named) if len(named) <= _NAMED else (),
        due=due_words(card.due, now),
        days_late=(today(now) - card.due.on).days if card.overdue and card.due.on else 0,
        path=borrower_page(card.borrower),
    )


def still_out(card: LoanCard) -> list[ItemCard]:
    return [item for item in card.items if item.returned_at is None]


def counted(items: Iterable[ItemCard]) -> str:
    """タブレット3台とモバイルルーター1台"""
    kinds = Counter(item.kind for item in items)
    return "と".join(f"{_kind(kind)}{kinds[kind]}台" for kind in PoolKind if kind in kinds)


def _kind(kind: PoolKind) -> str:
    return "端末" if kind is PoolKind.OTHER else KIND[kind]


def due_words(due: Due, now: datetime) -> str:
    """11月24日（火）, with the time where one was agreed and with another year's name; なし where no day is due."""
    if due.at is not None:
        return f"{day_words(today(due.at), now)} {clock_time(due.at)}"
    if due.on is None:
        return "任期の終わり" if due.end_of_office else "なし"
    return day_words(due.on, now)


def day_words(day: date, now: datetime) -> str:
    return short_day(day) if day.year == today(now).year else wareki(day)


def headline(loan: LoanView) -> list[str]:
    """Who has how many until when, sentence by sentence."""
    card = loan.card
    who = card.borrower.name
    # 「…の代替機」 reads on without に.
    to = f"{who}として" if card.borrower.type == "substitute" else f"{who}に"
    if loan.state == "undone":
        return ["この貸出は取り消しました。"]
    if loan.state == "installed":
        return [f"{who}に、{loan.devices}を設置しています。", "返す日はありません。"]
    if loan.state == "done" and card.installed:
        return [f"{who}に設置した{loan.devices}は、すべて外しました。"]
    if loan.state == "done":
        return [f"{who}に貸した{loan.devices}は、すべて返りました。"]
    if loan.state == "late" and card.due.end_of_office:
        office = card.officer.office if card.officer else "役職者"
        return [f"{who}の{loan.devices}は、前の{office}の手元にあるはずです。", f"任期は{loan.due}に終わりました。"]
    if loan.state == "late":
        return [f"{who}から、{loan.devices}がまだ返っていません。", f"返す日を{loan.days_late}日すぎています。"]
    until = "会長の任期が終わるまでです。" if card.due.on is None else f"{loan.due}までです。"
    if card.due.end_of_office and card.due.on is not None:
        until = f"任期が終わる{until}"
    elif card.due.end_of_office and card.officer is not None:
        until = f"{card.officer.office}の任期が終わるまでです。"
    back = len(card.items) - loan.left
    lent = f"{to}、{loan.devices}を貸しています。"
    return [lent, *([f"{back}台は返りました。"] if back else []), until]


@dataclass(frozen=True)
class Knot:
    """What one person did in one go. ``undo`` is the op_id of its newest act when the visitor may take that back."""

    at: datetime
    until: datetime
    mark: str
    tone: str
    what: str
    devices: tuple[str, ...]
    details: tuple[str, ...]
    by: str | None
    undo: str | None
    undo_names: str


_MARKS = {
    "lent": ("lent", "ai"),
    "returned": ("stock", "take"),
    "lend_undone": ("undo", "ai"),
    "extended": ("full", "ai"),
    "transferred": ("arrow", "ai"),
    "transfer_undone": ("undo", "ai"),
    "checked": ("done", "take"),
}
# Acts that are told one by one, however soon one follows the other.
_ALONE = ("extended", "transferred", "transfer_undone", "checked")


def knots(acts: Iterable[LoanAct], now: datetime, *, installed: bool = False) -> list[Knot]:
    """The past of a loan, or of what was installed, the newest first."""
    goes: list[list[LoanAct]] = []
    for act in acts:
        last = goes[-1][-1] if goes else None
        same = (
            last is not None
            and (last.what, last.by, last.desk) == (act.what, act.by, act.desk)
            and act.what not in _ALONE
        )
        if same and last is not None and last.at - act.at <= _ONE_GO:
            goes[-1].append(act)
        else:
            goes.append([act])
    return [_knot(go, now, installed) for go in goes]


def _knot(go: list[LoanAct], now: datetime, installed: bool) -> Knot:
    newest, oldest = go[0], go[-1]
    devices = [number for act in reversed(go) for number in act.devices]
    reasons = dict.fromkeys(HOLD[reason] for act in go for reason in act.holds)
    mark, tone = _MARKS[newest.what]
    if reasons:
        mark, tone = "hold", "kaki"
    undo = next((act for act in go if act.undoable), None)
    return Knot(
        at=oldest.at,
        until=newest.at,
        mark=mark,
        tone=tone,
        what=_said(newest, len(devices), now, installed),
        devices=tuple(devices),
        details=(*(f"{reason}にしました" for reason in reasons), *(note for act in reversed(go) for note in act.notes)),
        by="　".join(word for word in (newest.desk, newest.by) if word) or None,
        undo=undo.op_id if undo else None,
        undo_names="、".join(undo.devices[:_NAMED]) if undo and len(undo.devices) < len(devices) else "",
    )


def _said(act: LoanAct, count: int, now: datetime, installed: bool) -> str:
    if act.what == "extended":
        until = day_words(act.due_on, now) if act.due_on else "任期の終わり"
        return f"返す日を{until}に変えました"
    if act.transfer is not None:
        return _passed_on(act.what, act.transfer)
    verbs = {"lent": "貸しました", "returned": "返りました", "lend_undone": "貸出を取り消しました"}
    if installed:
        verbs = {"lent": "設置しました", "returned": "外しました", "lend_undone": "設置を取り消しました"}
    return f"{count}台{'の' if act.what == 'lend_undone' else ''}{verbs[act.what]}"


def _passed_on(what: str, passed: TransferCard) -> str:
    before = f"{passed.from_officer.name}さんから" if passed.from_officer else ""
    to = f"{passed.to_officer.office} {passed.to_officer.name}さんに"
    if passed.from_association != passed.to_association:
        to = f"{passed.to_association}の{to}"
    return {
        "transferred": f"{before}{to}引き継ぎました",
        "transfer_undone": f"{to}引き継いだのを取り消しました",
        "checked": f"{before}{to}渡したのを確認しました",
    }[what]


def last_transfer(acts: Iterable[LoanAct]) -> TransferCard | None:
    """How the loan came to whoever has it now; None when it never passed on."""
    passed = (act.transfer for act in acts if act.what == "transferred" and act.transfer and not act.transfer.undone)
    return next(passed, None)
