"""A reminder as a page says it: whom, what of, and what came of trying."""

from dataclasses import dataclass
from datetime import date, datetime

from api.loan_views import day_words
from api.words import clock_time, day_and_time, short_day
from inventory.calendar import today
from inventory.reminder_lists import ReminderCard
from inventory.reminding import Call, CalledItem, ToldToday
from inventory.tables import ReminderChannel, ReminderOutcome

CHANNEL = {ReminderChannel.MAIL: "メール", ReminderChannel.PHONE: "電話", ReminderChannel.LETTER: "手紙"}
_TRIED = {
    (ReminderChannel.MAIL, ReminderOutcome.SENT): "メールを送りました",
    (ReminderChannel.MAIL, ReminderOutcome.FAILED): "メールは届きませんでした",
    (ReminderChannel.MAIL, ReminderOutcome.VOID): "メールは数えないことにしました",
    (ReminderChannel.PHONE, ReminderOutcome.SENT): "電話で話しました",
    (ReminderChannel.PHONE, ReminderOutcome.FAILED): "電話に出ませんでした",
    (ReminderChannel.PHONE, ReminderOutcome.VOID): "電話は数えないことにしました",
    (ReminderChannel.LETTER, ReminderOutcome.SENT): "手紙を出しました",
    (ReminderChannel.LETTER, ReminderOutcome.FAILED): "手紙はもどってきました",
    (ReminderChannel.LETTER, ReminderOutcome.VOID): "手紙は数えないことにしました",
}


# So many numbers can be read in one line; more of them are counted.
_NAMED = 3


@dataclass(frozen=True)
class Lot:
    """Devices of one pool that are due on the same day. ``late`` is how many days that is ago."""

    what: str
    numbers: tuple[str, ...]
    day: str
    late: int


@dataclass(frozen=True)
class CallView:
    """``who`` is the officer with the office; ``lots`` are the devices; ``tried`` what was done today already.

    ``write`` is whether a letter is the way: an association of which there is no number, or where nobody answered.
    """

    key: str
    name: str
    who: str | None
    phone: str | None
    lots: list[Lot]
    tried: list[str]
    write: bool
    association: bool


def call_view(call: Call, now: datetime, *, contacts: bool) -> CallView:
    contact = call.contact
    silent = any(one.channel is ReminderChannel.PHONE and one.outcome is ReminderOutcome.FAILED for one in call.today)
    return CallView(
        key=call.key,
        name=call.borrower.name,
        who=f"{contact.office} {contact.name}さん" if contact.name else None,
        phone=contact.phone if contacts else None,
        lots=_lots(call, now),
        tried=[f"今日{clock_time(one.at)}、{said(one)}" for one in call.today],
        write=silent or (contact.phone is None and call.borrower.type == "association"),
        association=call.borrower.type == "association",
    )


def _lots(call: Call, now: datetime) -> list[Lot]:
    lots: dict[tuple[str, date], list[CalledItem]] = {}
    for item in call.items:
        lots.setdefault((item.pool_name, item.due_on), []).append(item)
    return [
        Lot(
            what=f"{pool}{len(items)}台" if len(items) > 1 else pool,
            numbers=tuple(item.asset_number for item in items) if len(items) <= _NAMED else (),
            day=day_words(day, now),
            late=items[0].days_late,
        )
        for (pool, day), items in lots.items()
    ]


def said(told: ToldToday) -> str:
    return _TRIED[told.channel, told.outcome] if told.outcome else "メールを送りかけました"


@dataclass(frozen=True)
class Tried:
    """A reminder that was tried. ``words`` say how it ended; ``began`` when it was begun."""

    card: ReminderCard
    began: str
    when: str
    words: str
    reached: bool


def tried_view(card: ReminderCard, now: datetime) -> Tried:
    words = _TRIED[card.channel, card.outcome] if card.outcome else "届いたか、わかりません"
    return Tried(
        card=card,
        began=day_and_time(card.claimed_at),
        when=short_day(card.on) if card.on.year == today(now).year else day_words(card.on, now),
        words=words,
        reached=card.outcome is ReminderOutcome.SENT,
    )
