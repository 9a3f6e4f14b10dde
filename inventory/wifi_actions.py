"""What is to be done next for the wifi of a venue, by whom and until when. One is open per venue."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import NotFound
from inventory.journal import By
from inventory.shapes import Card, Line, OptionalDay, OptionalName, Shape, row_id
from inventory.tables import SlipCause, WifiStage
from inventory.venues import venue_by_code
from inventory.wifi_slips import lateness
from inventory.wifi_standing import VENUE, standings

ACTION = SQLModel.metadata.tables["wifi_action"]


class ActionOrder(Shape):
    """``owner``: who does it, a person or a section."""

    action: Line
    owner: OptionalName = None
    due_on: OptionalDay = None


class ActionCard(Card):
    """``action`` is null where it was erased. ``ended_at``: since when it is done or another stands in its place."""

    id: str
    venue: str
    venue_name: str
    action: str | None
    owner: str | None
    due_on: date | None
    opened_at: datetime
    ended_at: datetime | None


class Outstanding(Card):
    """A venue with something to do. ``next_stage`` to ``cause``: the step that is overdue, none with 0 days."""

    venue: str
    venue_name: str
    stage: WifiStage | None
    days_in_stage: int | None
    next_stage: WifiStage | None
    planned_on: date | None
    overdue_days: int
    cause: SlipCause | None
    action: ActionCard | None
    action_overdue_days: int


def set_action(session: Session, order: ActionOrder, *, venue: str, by: By, now: datetime, op_id: str) -> ActionCard:
    """Write down what is next; what was open before ends.

    Raises:
        NotFound: there is no such venue.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = venue_by_code(session, venue)
    if row is None:
        raise NotFound(f"会場 {venue} は見つかりません。一覧から選んでください。")
    connection = session.connection()
    still_open = (ACTION.c.venue_id == row, ACTION.c.ended_at.is_(None))
    connection.execute(update(ACTION).where(*still_open).values(ended_at=now, ended_entry=entry))
    values = {"venue_id": row, **order.model_dump(), "opened_at": now, "entry": entry}
    made = connection.execute(insert(ACTION).values(values))
    assert made.inserted_primary_key is not None
    number = int(made.inserted_primary_key[0])
    journal.note(session, "set_wifi_action", venue=venue, action=number, due_on=order.due_on and str(order.due_on))
    return action_card(session, str(number))


def finish_action(session: Session, *, venue: str, action: str, by: By, now: datetime, op_id: str) -> ActionCard:
    """Note that it is done. What has ended already stays as it is.

    Raises:
        NotFound: the venue has no such action.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = action_card(session, action)
    if card.venue != venue:
        raise _none()
    if card.ended_at is None:
        done = update(ACTION).where(ACTION.c.id == row_id(action)).values(ended_at=now, ended_entry=entry)
        session.connection().execute(done)
    journal.note(session, "finish_wifi_action", venue=venue, action=row_id(action))
    return action_card(session, action)


def action_card(session: Session, action: str) -> ActionCard:
    """Raises NotFound when there is no such action."""
    query = _cards().where(ACTION.c.id == row_id(action))
    row = session.connection().execute(query).first()
    if row is None:
        raise _none()
    return _card(row)


def open_actions(session: Session, *, venues: Sequence[int] | None = None) -> dict[int, ActionCard]:
    """What is next, by the venue's row number; of all venues when ``venues`` is left out."""
    query = _cards().where(ACTION.c.ended_at.is_(None)).order_by(VENUE.c.name_kana, VENUE.c.code)
    if venues is not None:
        query = query.where(ACTION.c.venue_id.in_(list(venues)))
    return {row.venue_id: _card(row) for row in session.connection().execute(query)}


def things_to_do(session: Session, *, on: date) -> list[Outstanding]:
    """Every venue with an open action or an overdue step: overdue steps first, then overdue actions, then by day."""
    standing = standings(session, on=on)
    late = {venue: one for venue, one in lateness(session, on=on, standing=standing).items() if one.overdue_days}
    actions = open_actions(session)
    names = select(VENUE.c.id, VENUE.c.code, VENUE.c.name).where(VENUE.c.id.in_(list(late.keys() | actions.keys())))
    found = []
    for venue in session.connection().execute(names.order_by(VENUE.c.name_kana, VENUE.c.code)):
        here, behind, action = standing.get(venue.id), late.get(venue.id), actions.get(venue.id)
        due = action.due_on if action else None
        found.append(
            Outstanding(
                venue=venue.code,
                venue_name=venue.name,
                stage=here.stage if here else None,
                days_in_stage=(on - here.since).days if here else None,
                next_stage=behind.stage if behind else None,
                planned_on=behind.planned_on if behind else None,
                overdue_days=behind.overdue_days if behind else 0,
                cause=behind.cause if behind else None,
                action=action,
                action_overdue_days=max((on - due).days, 0) if due else 0,
            )
        )
    return sorted(found, key=_most_urgent)


def _most_urgent(one: Outstanding) -> tuple[int, int, date]:
    due = one.action.due_on if one.action else None
    return -one.overdue_days, -one.action_overdue_days, due or date.max


def _cards() -> Any:
    return select(ACTION, VENUE.c.code, VENUE.c.name).join(VENUE, ACTION.c.venue_id == VENUE.c.id)


def _card(row: Any) -> ActionCard:
    return ActionCard(
        id=str(row.id),
        venue=row.code,
        venue_name=row.name,
        action=row.action,
        owner=row.owner,
        due_on=row.due_on,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
    )


def _none() -> NotFound:
    return NotFound("この「つぎにすること」は見つかりません。会場のページから選んでください。")
