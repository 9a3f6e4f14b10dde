"""Reservations as lists show them: with whether what was promised is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from inventory.availability import free_windows, preparation_of
from inventory.reservation_lists import ReservationCard, ReservationState


@dataclass(frozen=True)
class Row:
    """A reservation as the list shows it. ``short``: at some time in it fewer are free than are promised."""

    card: ReservationCard
    state: ReservationState
    short: bool


def rows_of(session: Session, cards: Sequence[ReservationCard], now: datetime) -> list[Row]:
    """Cards with whether what was promised is there; a pool is looked at once, from the first to the last of them."""
    waiting = [card for card in cards if card.state(now) is ReservationState.OPEN and card.wanted]
    short: set[str] = set()
    for pool in {card.pool for card in waiting}:
        here = [card for card in waiting if card.pool == pool]
        spare = preparation_of(session, pool)
        begin, end = min(card.from_ for card in here) - spare, max(card.until for card in here) + spare
        missing = [window for window in free_windows(session, pool, begin, end, now=now) if window.free < 0]
        short |= {
            card.id
            for card in here
            if any(window.from_at < card.until + spare and window.until_at > card.from_ - spare for window in missing)
        }
    return [Row(card, card.state(now), card.id in short) for card in cards]
