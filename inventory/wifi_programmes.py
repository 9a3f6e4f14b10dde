"""Rollouts (整備計画) and their venues: a set is followed by a new one from a day on, and never changed itself."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from inventory import journal
from inventory.calendar import today
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import BlankIsNone, Card, Day, Lines, ModelName, Name, Note, Shape
from inventory.tables import VenueKind
from inventory.venues import VenueCode
from inventory.wifi_standing import PROGRAMME, TARGET, TARGET_VENUE, VENUE

MOST = 3000
SetReason = Annotated[Annotated[str, Field(max_length=400), Lines] | None, BlankIsNone]


class NewWifiProgramme(Shape):
    """``until_on`` is the last day. The programme is measured against the plan that stood on ``baseline_on``."""

    code: VenueCode
    name: ModelName
    from_on: Day
    until_on: Day
    baseline_on: Day
    note: Note = None


class WifiProgrammeChange(Shape):
    """Fields left out stay as they are; null empties the note."""

    name: ModelName | None = None
    from_on: Day | None = None
    until_on: Day | None = None
    baseline_on: Day | None = None
    note: Note = None


class NewTarget(Shape):
    """A set of venues from ``since_on`` on; a day in the future is an enlargement that is decided already."""

    name: Name
    since_on: Day
    venues: Annotated[list[VenueCode], Field(min_length=1, max_length=MOST)]
    reason: SetReason = None


class TargetCard(Card):
    """``joined`` and ``left`` are against the set before it. ``stands``: it is the one that counts today."""

    id: str
    name: str
    since_on: date
    recorded_at: datetime
    reason: str | None
    venues: list[str]
    joined: list[str]
    left: list[str]
    stands: bool


class WifiProgrammeCard(Card):
    """``targets`` in the order in which they count, the first set first."""

    code: str
    name: str
    from_on: date
    until_on: date
    baseline_on: date
    note: str | None
    targets: list[TargetCard]
    revision: int


class WifiProgrammeLine(Card):
    """``target``: the name of the set that counts today and how many ``venues`` it has; null and 0 before the first."""

    code: str
    name: str
    from_on: date
    until_on: date
    baseline_on: date
    target: str | None
    venues: int


def create_wifi_programme(
    session: Session, order: NewWifiProgramme, *, by: By, now: datetime, op_id: str
) -> WifiProgrammeCard:
    """Raises Invalid when the code is taken or the programme would end before it begins."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    taken = select(PROGRAMME.c.id).where(PROGRAMME.c.code == order.code)
    if session.connection().execute(taken).first():
        raise Invalid.field("code", f"整備計画のコード {order.code} はもうあります。別のコードにしてください。")
    _in_order(order.from_on, order.until_on)
    session.connection().execute(insert(PROGRAMME).values(**order.model_dump(), revision=1, entry=entry))
    journal.note(session, "create_wifi_programme", programme=order.code)
    return wifi_programme_card(session, order.code, now=now)


def change_wifi_programme(
    session: Session, change: WifiProgrammeChange, *, programme: str, revision: int, by: By, now: datetime, op_id: str
) -> WifiProgrammeCard:
    """Raises NotFound, Stale; Invalid when the programme would end before it begins."""
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _row(session, programme)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    values = {name: value for name, value in given.items() if value is not None or name == "note"}
    _in_order(values.get("from_on", row.from_on), values.get("until_on", row.until_on))
    whole = update(PROGRAMME).where(PROGRAMME.c.id == row.id).values(**values, revision=row.revision + 1)
    session.connection().execute(whole)
    journal.note(session, "change_wifi_programme", programme=row.code, fields=sorted(values))
    return wifi_programme_card(session, row.code, now=now)


def set_targets(
    session: Session, order: NewTarget, *, programme: str, by: By, now: datetime, op_id: str
) -> WifiProgrammeCard:
    """Add a set of venues. The sets before it stay, and count for the days before it.

    Raises:
        NotFound: there is no such programme. Invalid: a venue is not there, or the set is the one before it again.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _row(session, programme)
    codes = sorted(set(order.venues))
    found = {
        venue.code: venue.id
        for venue in session.connection().execute(select(VENUE.c.id, VENUE.c.code).where(VENUE.c.code.in_(codes)))
    }
    missing = [code for code in codes if code not in found]
    if missing:
        raise Invalid.field("venues", f"会場 {'、'.join(missing[:5])} は見つかりません。一覧から選んでください。")
    before = [one for one in _targets(session, row.id, today(now)) if one.since_on <= order.since_on]
    if before and before[-1].venues == codes:
        raise Invalid.field("venues", f"「{before[-1].name}」と同じ館です。加える館か、外す館を選んでください。")
    values = {"programme_id": row.id, "name": order.name, "since_on": order.since_on, "recorded_at": now}
    made = session.connection().execute(insert(TARGET).values(**values, reason=order.reason, entry=entry))
    assert made.inserted_primary_key is not None
    target = int(made.inserted_primary_key[0])
    members = [{"target_id": target, "venue_id": found[code], "entry": entry} for code in codes]
    session.connection().execute(insert(TARGET_VENUE), members)
    journal.note(session, "set_wifi_targets", programme=row.code, target=target, since_on=str(order.since_on))
    return wifi_programme_card(session, row.code, now=now)


def wifi_programme_card(session: Session, programme: str, *, now: datetime) -> WifiProgrammeCard:
    """Raises NotFound when there is no such programme."""
    row = _row(session, programme)
    return WifiProgrammeCard(
        code=row.code,
        name=row.name,
        from_on=row.from_on,
        until_on=row.until_on,
        baseline_on=row.baseline_on,
        note=row.note,
        targets=_targets(session, row.id, today(now)),
        revision=row.revision,
    )


def list_wifi_programmes(session: Session, *, now: datetime) -> list[WifiProgrammeLine]:
    """Every programme, the newest first."""
    newest = (
        select(TARGET.c.id)
        .where(TARGET.c.programme_id == PROGRAMME.c.id, TARGET.c.since_on <= today(now))
        .order_by(TARGET.c.since_on.desc(), TARGET.c.id.desc())
        .limit(1)
        .correlate(PROGRAMME)
        .scalar_subquery()
    )
    count = select(func.count()).where(TARGET_VENUE.c.target_id == TARGET.c.id).correlate(TARGET).scalar_subquery()
    query = (
        select(PROGRAMME, TARGET.c.name.label("target"), count.label("venues"))
        .outerjoin(TARGET, TARGET.c.id == newest)
        .order_by(PROGRAMME.c.from_on.desc(), PROGRAMME.c.id.desc())
    )
    return [
        WifiProgrammeLine(
            code=row.code,
            name=row.name,
            from_on=row.from_on,
            until_on=row.until_on,
            baseline_on=row.baseline_on,
            target=row.target,
            venues=row.venues or 0,
        )
        for row in session.connection().execute(query)
    ]


def venue_names(session: Session) -> dict[str, tuple[VenueKind, str]]:
    """Kind and name of every venue, by its code, in the order of kana."""
    query = select(VENUE.c.code, VENUE.c.kind, VENUE.c.name).order_by(VENUE.c.name_kana, VENUE.c.code)
    return {row.code: (row.kind, row.name) for row in session.connection().execute(query)}


def _in_order(from_on: date, until_on: date) -> None:
    if until_on < from_on:
        raise Invalid.field("until_on", "終わりの日が、始まりの日より前です。どちらかを直してください。")


def _row(session: Session, programme: str) -> Any:
    row = session.connection().execute(select(PROGRAMME).where(PROGRAMME.c.code == programme)).first()
    if row is None:
        raise NotFound("その整備計画は見つかりません。一覧から選んでください。")
    return row


def _targets(session: Session, programme: int, day: date) -> list[TargetCard]:
    query = select(TARGET).where(TARGET.c.programme_id == programme).order_by(TARGET.c.since_on, TARGET.c.id)
    rows = session.connection().execute(query).all()
    members: dict[int, list[str]] = {row.id: [] for row in rows}
    codes = (
        select(TARGET_VENUE.c.target_id, VENUE.c.code)
        .join(VENUE, TARGET_VENUE.c.venue_id == VENUE.c.id)
        .where(TARGET_VENUE.c.target_id.in_(list(members)))
    )
    for row in session.connection().execute(codes):
        members[row.target_id].append(row.code)
    standing = max((n for n, row in enumerate(rows) if row.since_on <= day), default=None)
    cards: list[TargetCard] = []
    for number, row in enumerate(rows):
        venues, before = sorted(members[row.id]), sorted(members[rows[number - 1].id]) if number else []
        cards.append(
            TargetCard(
                id=str(row.id),
                name=row.name,
                since_on=row.since_on,
                recorded_at=row.recorded_at,
                reason=row.reason,
                venues=venues,
                joined=_without(venues, before),
                left=_without(before, venues),
                stands=number == standing,
            )
        )
    return cards


def _without(codes: Iterable[str], others: Iterable[str]) -> list[str]:
    gone = set(others)
    return [code for code in codes if code not in gone]
