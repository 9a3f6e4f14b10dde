"""A device as a page says it: the answer in a sentence, until when it is out, and its past as knots of the thread."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from api.words import HOLD, clock_time, short_day
from inventory.borrowers import Borrower
from inventory.calendar import era_of, today, wareki
from inventory.devices import DeviceCard, LoanOfDevice
from inventory.history import Event
from inventory.tables import HoldReason
from inventory.text import spoken

_STOPPED = {
    HoldReason.INSPECT: "点検がまだです。",
    HoldReason.WIPE: "初期化がまだです。",
    HoldReason.REPAIR: "修理に出しています。",
    HoldReason.LOST: "紛失しています。",
    HoldReason.MISSING: "どこにあるか、わかっていません。",
}
_RELEASED = {
    HoldReason.INSPECT: "点検しました",
    HoldReason.WIPE: "初期化しました",
    HoldReason.REPAIR: "修理が終わりました",
    HoldReason.LOST: "見つかりました",
    HoldReason.MISSING: "見つかりました",
}
_PAGES = {
    "association": "/associations/{}",
    "course": "/courses/{}",
    "venue": "/venues/{}",
    "substitute": "/devices/{}",
}


class ListedDevice(DeviceCard):
    """A card as a list shows it. ``due`` is empty for what is not out."""

    overdue: bool
    due: str


def listed(cards: Iterable[DeviceCard], now: datetime) -> list[ListedDevice]:
    return [
        ListedDevice(**dict(card), overdue=is_overdue(card.loan, now), due=due_words(card.loan, now)) for card in cards
    ]


def borrower_page(borrower: Borrower) -> str | None:
    """Where the borrower's own page is; a section of the city hall has none."""
    path = _PAGES.get(borrower.type)
    return path.format(borrower.id) if path else None


def is_overdue(loan: LoanOfDevice | None, now: datetime) -> bool:
    return loan is not None and loan.due_on is not None and loan.due_on < today(now)


def due_words(loan: LoanOfDevice | None, now: datetime) -> str:
    """11月24日（火）, with the time where one was agreed and with another year's name; なし where no day is due."""
    if loan is None:
        return ""
    if loan.due_at is not None:
        return f"{_day(today(loan.due_at), now)} {clock_time(loan.due_at)}"
    if loan.installed:
        return "なし"
    return _day(loan.due_on, now) if loan.due_on else "任期の終わり"


def headline(card: DeviceCard, now: datetime) -> list[str]:
    """The answer to 「いまどうなっている？」, sentence by sentence."""
    reasons = list(dict.fromkeys(hold.reason for hold in card.holds))
    if card.retired_at is not None:
        return [f"{wareki(today(card.retired_at))}に除却しました。"]
    if card.loan is not None:
        return [*_lent(card.loan, now), *(_STOPPED[reason] for reason in reasons if reason is HoldReason.LOST)]
    if reasons:
        return ["いまは貸せません。", *(_STOPPED[reason] for reason in reasons)]
    return [f"{card.place}にあります。いま貸せます。" if card.place else "いま貸せます。"]


def _lent(loan: LoanOfDevice, now: datetime) -> list[str]:
    late = is_overdue(loan, now)
    if loan.installed:
        return [f"{loan.borrower.name}に設置しています。"]
    if loan.borrower.type == "substitute":
        lent = f"{loan.borrower.id} の代替機として貸しています。"
    else:
        lent = f"{loan.borrower.name}{'から、まだ返っていません。' if late else 'に貸しています。'}"
    if late:
        return [lent, f"返す日は{due_words(loan, now)}でした。"]
    if loan.end_of_office:
        return [lent, f"任期が終わる{due_words(loan, now)}まで。" if loan.due_on else "任期が終わるまで。"]
    return [lent, f"{due_words(loan, now)}まで。"]


def _day(day: date, now: datetime) -> str:
    return short_day(day) if day.year == today(now).year else wareki(day)


@dataclass(frozen=True)
class Knot:
    """One knot of 「これまで」. ``year`` is empty in the running year; ``mark`` and ``tone`` are those of the look."""

    year: str
    day: str
    time: str
    mark: str
    tone: str
    what: str
    details: tuple[str, ...]
    loan: str | None
    by: str | None


def knots(events: Iterable[Event], now: datetime) -> list[Knot]:
    """The past, the newest first. What one act did at once (a return and the stop that it asked for) is one knot."""
    acts: list[list[Event]] = []
    for event in events:
        if acts and event.op_id is not None and acts[-1][0].op_id == event.op_id:
            acts[-1].append(event)
        else:
            acts.append([event])
    return [_knot(act, now) for act in acts]


# Of several events of one act the first of these gives the knot its words; the others follow as details.
_LEADING = (
    "created", "retired", "returned", "lent", "lend_undone", "released", "worked", "stopped", "moved", "tagged",
)  # fmt: skip
_MARKS = {
    "created": ("stock", "take"),
    "tagged": ("full", "ai"),
    "lent": ("lent", "ai"),
    "returned": ("stock", "take"),
    "lend_undone": ("undo", "ai"),
    "stopped": ("hold", "kaki"),
    "released": ("done", "take"),
    "worked": ("done", "take"),
    "moved": ("arrow", "ai"),
    "retired": ("gone", "soft"),
}


def _knot(act: list[Event], now: datetime) -> Knot:
    act = sorted(act, key=lambda event: _LEADING.index(event.what))
    first, rest = act[0], act[1:]
    stops = [event.reason for event in rest if event.what == "stopped" and event.reason]
    what = _words(first)
    if stops:
        what += "。" + "・".join(HOLD[reason] for reason in stops)
    mark, tone = _MARKS["stopped" if stops else first.what]
    if HoldReason.LOST in (*stops, first.reason) and (stops or first.what == "stopped"):
        mark, tone = "lost", "shu"
    details = [event.note for event in act if event.note]
    details += [f"ラベル {spoken(event.tag)}" for event in rest if event.tag]
    details += [f"付属品：{_counted(event.accessories)}" for event in act if event.accessories]
    if first.known_at is not None:
        details.append(f"台帳に届いたのは {_day(today(first.known_at), now)} {clock_time(first.known_at)}")
    day = today(first.at)
    year = "" if day.year == today(now).year else _year(day)
    return Knot(
        year=year,
        day=f"{day.month}月{day.day}日",
        time=clock_time(first.at),
        mark=mark,
        tone=tone,
        what=what,
        details=tuple(dict.fromkeys(details)),
        loan=first.loan,
        by="　".join(word for word in (first.desk, first.by) if word) or None,
    )


def _words(event: Event) -> str:
    borrower = event.borrower.name if event.borrower else ""
    if event.what == "lent":
        return f"{borrower}に設置" if event.installed else f"{borrower}へ貸出"
    if event.what == "returned":
        return f"{borrower}から取り外し" if event.installed else f"{borrower}から返却"
    if event.what == "lend_undone":
        return f"{borrower}への{'設置' if event.installed else '貸出'}を取り消し"
    if event.what == "moved":
        return f"{event.place}へ移動"
    if event.what == "tagged":
        return f"ラベル {spoken(event.tag or '')} をつけました"
    if event.reason is not None:
        return f"{HOLD[event.reason]}にしました" if event.what == "stopped" else _RELEASED[event.reason]
    return {"created": "台帳に加えました", "retired": "除却しました"}[event.what]


def _counted(accessories: dict[str, int]) -> str:
    return "、".join(f"{name}{count}" for name, count in accessories.items())


def _year(day: date) -> str:
    era = era_of(day)
    number = day.year - era.first_year + 1
    return f"{era.name}{'元' if number == 1 else number}年"
