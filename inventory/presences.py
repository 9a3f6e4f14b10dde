"""所在確認: once a year, whether every lent device is at hand, and how much it is used.

A *round* is open from a day to a day. A *word* is what somebody said of one device in it: at the device's label, by
telephone, on a visit. The newest word counts; the ones before it stay.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import LOAN
from inventory.calendar import month_day, today
from inventory.devices import BINDING, DEVICE, ITEM, find_device
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.shapes import BlankIsNone, Card, Day, Lines, Name, Shape, row_id
from inventory.tables import PresenceChannel, Realm, Usage
from inventory.text import tag_number_in

ROUND = SQLModel.metadata.tables["presence_round"]
PRESENCE = SQLModel.metadata.tables["presence"]

# One a year, and a century has a hundred of them.
_ALL = 100
_Note = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]


class NewRound(Shape):
    """``opens_on`` and ``closes_on`` are the first and the last day, both included."""

    name: Name
    opens_on: Day
    closes_on: Day

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> "NewRound":
        if self.closes_on < self.opens_on:
            raise ValueError("終わりの日が、始まりの日より前です。日付をたしかめてください")
        return self


class RoundCard(Card):
    """``open``: whether heads can answer at the label today."""

    id: str
    name: str
    opens_on: date
    closes_on: date
    open: bool


class OwnWord(Shape):
    """What whoever has a device says of it. How much it is used can only be said of one that is at hand."""

    in_hand: bool
    usage: Annotated[Usage | None, BlankIsNone] = None

    @model_validator(mode="after")
    def _used_where_it_is(self) -> "OwnWord":
        if self.usage is not None and not self.in_hand:
            raise ValueError("手元にない端末の使い方は記録できません。どちらかにしてください")
        return self


class Confirm(OwnWord):
    """The same as the staff heard it."""

    note: _Note = None
    channel: Annotated[
        Literal[PresenceChannel.PHONE, PresenceChannel.VISIT], Field(description="Where the word came from.")
    ] = PresenceChannel.PHONE


class WordCard(Card):
    """A word that counts for a device, or counted."""

    id: str
    round: str
    asset_number: str
    in_hand: bool
    usage: Usage | None
    channel: PresenceChannel
    note: str | None
    confirmed_at: datetime


class Heard(Card):
    """What the label's page answers: nothing that was not said there."""

    in_hand: bool
    usage: Usage | None


def create_round(session: Session, order: NewRound, *, by: By, now: datetime, op_id: str) -> RoundCard:
    """Open a round, from today or from a later day.

    Raises:
        Invalid: it would be over already, or share a day with another, and a word would belong to two.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    if order.closes_on < today(now):
        raise Invalid.field("closes_on", "終わりの日が過ぎています。今日からあとの日を書いてください。")
    beside = select(ROUND).where(ROUND.c.opens_on <= order.closes_on, ROUND.c.closes_on >= order.opens_on)
    other = session.connection().execute(beside.limit(1)).first()
    if other is not None:
        raise Invalid.field(
            "opens_on",
            f"「{other.name}」（{month_day(other.opens_on)}から{month_day(other.closes_on)}まで）と重なっています。"
            "ほかの期間にしてください。",
        )
    values = {"name": order.name, "opens_on": order.opens_on, "closes_on": order.closes_on, "entry": entry}
    made = session.connection().execute(insert(ROUND).values(values))
    assert made.inserted_primary_key is not None
    number = made.inserted_primary_key[0]
    days = {"opens_on": order.opens_on.isoformat(), "closes_on": order.closes_on.isoformat()}
    journal.note(session, "create_presence_round", round=number, **days)
    return round_card(session, str(number), now=now)


def round_card(session: Session, number: str, *, now: datetime) -> RoundCard:
    """Raises NotFound when there is no such round."""
    row = session.connection().execute(select(ROUND).where(ROUND.c.id == row_id(number))).first()
    if row is None:
        raise NotFound("その所在確認は見つかりません。一覧から選んでください。")
    return _round(row, now)


def list_rounds(session: Session, *, now: datetime) -> list[RoundCard]:
    """Every round, the newest first."""
    query = select(ROUND).order_by(ROUND.c.opens_on.desc()).limit(_ALL)
    return [_round(row, now) for row in session.connection().execute(query)]


def open_round(session: Session, *, now: datetime) -> RoundCard | None:
    """The round that heads can answer today."""
    day = today(now)
    query = select(ROUND).where(ROUND.c.opens_on <= day, ROUND.c.closes_on >= day)
    row = session.connection().execute(query).first()
    return _round(row, now) if row else None


def newest_round(session: Session, *, on: date, now: datetime) -> RoundCard | None:
    """The round that began last, on this day or before it."""
    query = select(ROUND).where(ROUND.c.opens_on <= on).order_by(ROUND.c.opens_on.desc()).limit(1)
    row = session.connection().execute(query).first()
    return _round(row, now) if row else None


def confirm(
    session: Session,
    order: Confirm,
    *,
    device: str,
    in_round: str,
    by: By,
    now: datetime,
    op_id: str,
) -> WordCard:
    """Write down what the head said on the telephone or on a visit, also after the round's last day.

    Raises:
        NotFound: there is no such round or device.
        Conflict: the round has not begun, or the device is with no association.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = round_card(session, in_round, now=now)
    if today(now) < card.opens_on:
        raise Conflict(f"この所在確認は{month_day(card.opens_on)}からです。始まってから記録してください。")
    found = find_device(session, device)
    loan = _loan_of(session, found.id)
    if loan is None or loan.association_id is None:
        raise Conflict(
            f"{found.asset_number} は、いま自治会に貸していません。端末の画面で、だれが持っているかを見られます。"
        )
    word = _write(session, order, row_id(card.id), found.id, loan, order.channel, order.note, now)
    return word_card(session, str(word))


def confirm_by_label(
    session: Session,
    order: OwnWord,
    *,
    number: str,
    by: By,
    now: datetime,
    op_id: str,
    realm: Realm = Realm.PUBLIC,
) -> Heard:
    """Take the word of whoever stands before the device. Lent or not, the answer is the same.

    Raises:
        NotFound: the number is on no device now.
        Conflict: no round is open today.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id, realm=realm)
    bound = select(BINDING.c.device_id).where(
        BINDING.c.number == (tag_number_in(number) or ""),
        BINDING.c.unbound_at.is_(None),
        BINDING.c.device_id.is_not(None),
    )
    device = session.connection().execute(bound).scalar()
    if device is None:
        raise NotFound("この番号のラベルは見つかりません。番号をもう一度お確かめください。")
    card = open_round(session, now=now)
    if card is None:
        raise Conflict("いまは所在確認をしていません。")
    loan = _loan_of(session, device)
    _write(session, order, row_id(card.id), device, loan, PresenceChannel.LABEL, None, now)
    return Heard(in_hand=order.in_hand, usage=order.usage)


def word_card(session: Session, word: str) -> WordCard:
    """One word by its id."""
    query = (
        select(PRESENCE, DEVICE.c.asset_number)
        .join(DEVICE, PRESENCE.c.device_id == DEVICE.c.id)
        .where(PRESENCE.c.id == row_id(word))
    )
    row = session.connection().execute(query).one()
    return WordCard(
        id=str(row.id),
        round=str(row.round_id),
        asset_number=row.asset_number,
        in_hand=row.in_hand,
        usage=row.usage,
        channel=row.channel,
        note=row.note,
        confirmed_at=row.confirmed_at,
    )


def _loan_of(session: Session, device: int) -> Any | None:
    """The loan that a device is out on: its number, association and officer."""
    query = (
        select(LOAN.c.id, LOAN.c.association_id, LOAN.c.officer_id)
        .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
        .where(ITEM.c.device_id == device, ITEM.c.returned_at.is_(None))
    )
    return session.connection().execute(query).first()


def _write(
    session: Session,
    order: OwnWord,
    round_number: int,
    device: int,
    loan: Any | None,
    channel: PresenceChannel,
    note: str | None,
    now: datetime,
) -> int:
    values = {
        "round_id": round_number,
        "device_id": device,
        "loan_id": loan.id if loan else None,
        "officer_id": loan.officer_id if loan else None,
        "channel": channel,
        "in_hand": order.in_hand,
        "usage": order.usage,
        "note": note,
        "confirmed_at": now,
        "entry": journal.open_entry_number(session),
    }
    made = session.connection().execute(insert(PRESENCE).values(values))
    assert made.inserted_primary_key is not None
    journal.note(
        session,
        "confirm_presence",
        round=round_number,
        device=device,
        channel=channel.value,
        in_hand=order.in_hand,
        usage=order.usage.value if order.usage else None,
    )
    return int(made.inserted_primary_key[0])


def _round(row: Any, now: datetime) -> RoundCard:
    day = today(now)
    is_open = row.opens_on <= day <= row.closes_on
    return RoundCard(id=str(row.id), name=row.name, opens_on=row.opens_on, closes_on=row.closes_on, open=is_open)
