"""A case as a page says it: the answer in sentences, what is not there with the tap that ends it, and its past."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from api.words import HOLD, clock_time, short_day
from inventory.calendar import today, wareki
from inventory.case_history import CaseEvent
from inventory.cases import CaseCard, CaseMember
from inventory.tables import DeviceState, HoldReason
from inventory.text import spoken

# So many devices are named one by one; more of them are counted.
_NAMED = 6


@dataclass(frozen=True)
class Absent:
    """Members that cannot go out with the case, for one reason. ``kind`` is lent, held or away.

    ``what`` says where they are, ``loan`` is the loan they are out on, ``reason`` why they are stopped.
    """

    kind: str
    mark: str
    tone: str
    what: str
    members: tuple[CaseMember, ...]
    loan: str | None = None
    reason: HoldReason | None = None


def absent(card: CaseCard) -> list[Absent]:
    """What is missing, reason by reason: out on each loan, stopped, elsewhere."""
    groups: dict[tuple[str, str], list[CaseMember]] = {}
    for member in card.members:
        if not member.here:
            groups.setdefault(_why(member), []).append(member)
    order = ("lent", "held", "away")
    return [
        _absent(kind, members) for (kind, _), members in sorted(groups.items(), key=lambda one: order.index(one[0][0]))
    ]


def _why(member: CaseMember) -> tuple[str, str]:
    if member.loan is not None:
        return "lent", member.loan.number
    if member.holds:
        return "held", member.holds[0]
    return "away", member.place or ""


def _absent(kind: str, members: list[CaseMember]) -> Absent:
    first = members[0]
    if first.loan is not None:
        return Absent(
            kind, "lent", "ai", f"{first.loan.borrower.name}に貸しています", tuple(members), first.loan.number
        )
    if first.holds:
        lost = first.holds[0] is HoldReason.LOST
        mark, tone = ("lost", "shu") if lost else ("hold", "kaki")
        return Absent(kind, mark, tone, f"{HOLD[first.holds[0]]}です", tuple(members), reason=first.holds[0])
    return Absent(kind, "ask", "yama", f"{first.place}にあります", tuple(members))


def headline(card: CaseCard) -> list[str]:
    """The answer to 「この箱は、いま貸せる？」, sentence by sentence."""
    if card.retired_at is not None:
        return [f"{wareki(today(card.retired_at))}に、使うのをやめました。"]
    place = [f"{card.place}にあります。"] if card.place else []
    if not card.members:
        return ["まだ端末が入っていません。", *place]
    total, away = len(card.members), len(card.missing)
    if not away:
        return [f"{total}台がそろっています。", *place]
    if away == total:
        return [f"{total}台とも、いまは貸せません。", *_counts(card), *place]
    return [f"{total}台のうち{total - away}台がそろっています。", *_counts(card), *place]


def _counts(card: CaseCard) -> list[str]:
    """10台は貸出中、2台は点検待ちです。"""
    words: dict[str, int] = {}
    for member in card.members:
        if not member.here:
            word = _word(member)
            words[word] = words.get(word, 0) + 1
    return ["、".join(f"{count}台は{word}" for word, count in words.items()) + "です。"]


def _word(member: CaseMember) -> str:
    if member.state is DeviceState.ON_LOAN:
        return "貸出中"
    return HOLD[member.holds[0]] if member.holds else "ほかの場所"


@dataclass(frozen=True)
class Knot:
    """One knot of 「これまで」. ``year`` is empty in the running year."""

    year: str
    day: str
    time: str
    mark: str
    tone: str
    what: str
    details: tuple[str, ...]
    by: str | None


_MARKS = {
    "created": ("stock", "take"),
    "tagged": ("full", "ai"),
    "joined": ("full", "ai"),
    "left": ("ring", "soft"),
    "moved": ("arrow", "ai"),
    "retired": ("gone", "soft"),
}


def knots(events: Iterable[CaseEvent], now: datetime) -> list[Knot]:
    """The past of a case, the newest first."""
    return [_knot(event, now) for event in events]


def _knot(event: CaseEvent, now: datetime) -> Knot:
    day = today(event.at)
    mark, tone = _MARKS[event.what]
    named = "、".join(event.devices) if len(event.devices) <= _NAMED else ""
    return Knot(
        year="" if day.year == today(now).year else wareki(day).split("年")[0] + "年",
        day=short_day(day).split("（")[0],
        time=clock_time(event.at),
        mark=mark,
        tone=tone,
        what=_words(event),
        details=(named,) if named else (),
        by=event.by,
    )


def _words(event: CaseEvent) -> str:
    count = f"{len(event.devices)}台"
    return {
        "created": "台帳に加えました",
        "tagged": f"ラベル {spoken(event.tag or '')} をつけました",
        "joined": f"{count}を入れました",
        "left": f"{count}を外しました",
        "moved": f"{event.place or '場所の記録なし'}へ移しました（{count}）",
        "retired": "使うのをやめました",
    }[event.what]
