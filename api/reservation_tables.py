"""Reservations as a file."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from inventory.calendar import TOKYO
from inventory.reservation_lists import ReservationCard, ReservationState, list_reservations

STATE = {ReservationState.OPEN: "これから", ReservationState.OVER: "終わり", ReservationState.RELEASED: "取りやめ"}
_STEP = 500
_Line = tuple[ReservationCard, datetime]
_COLUMNS: Sequence[tuple[str, Callable[[_Line], Cell]]] = (
    ("予約番号", lambda line: line[0].id),
    ("貸出区分", lambda line: line[0].pool),
    ("貸出区分の名前", lambda line: line[0].pool_name),
    ("台数", lambda line: line[0].quantity),
    ("渡した台数", lambda line: line[0].handed),
    ("始まり", lambda line: line[0].from_.astimezone(TOKYO).replace(tzinfo=None)),
    ("終わり", lambda line: line[0].until.astimezone(TOKYO).replace(tzinfo=None)),
    ("だれのため", lambda line: {"course": "講座", "association": "自治会"}[line[0].borrower.type]),
    ("名前", lambda line: line[0].borrower.name),
    ("ようす", lambda line: STATE[line[0].state(line[1])]),
    ("足りなくても予約した理由", lambda line: line[0].override_reason),
    ("メモ", lambda line: line[0].note),
)


def reservations_table(session: Session, /, *, now: datetime, **filters: Any) -> Table:
    """A row for each reservation, in the order they begin."""
    lines: list[_Line] = []
    cursor: str | None = None
    while True:
        page = list_reservations(session, now=now, limit=_STEP, cursor=cursor, **filters)
        lines += [(card, now) for card in page.items]
        cursor = page.next
        if cursor is None:
            header = tuple(name for name, _ in _COLUMNS)
            return Table("予約", header, [[cell(line) for _, cell in _COLUMNS] for line in lines])
