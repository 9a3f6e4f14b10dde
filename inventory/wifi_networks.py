"""What a phone sees at the halls: access points of one name at one venue are one network, which has one poster."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session

from inventory.access_point_lists import AccessPointCard, list_access_points
from inventory.borrowers import VENUE
from inventory.calendar import today
from inventory.devices import BINDING
from inventory.shapes import Card
from inventory.tables import VenueKind, WifiAuth
from inventory.wifi_standing import programme_row, target_id, target_venues


class Network(Card):
    """``tag`` is the label number of the venue; ``until`` the first day on which a passphrase of it changes.

    ``points`` are the ids of its access points, ``without`` those of them that have no passphrase though they take one.
    """

    venue: str
    venue_name: str
    kind: VenueKind
    tag: str | None
    ssid: str
    auth: WifiAuth
    disaster: bool
    until: date | None
    areas: list[str]
    points: list[str]
    without: list[str]


def list_networks(
    session: Session,
    *,
    now: datetime,
    venues: Collection[str] | None = None,
    programme: str | None = None,
    kind: VenueKind | None = None,
) -> list[Network]:
    """The networks on the air today, by venue and name, in three statements for any number of venues.

    ``programme`` keeps the venues of its target set as it stands today.

    Raises:
        NotFound: there is no programme of this code.
    """
    places = _places(session, now, venues, programme, kind)
    narrowed = venues is not None or programme is not None or kind is not None
    points = list_access_points(session, list(places) if narrowed else None, on=today(now))
    found: dict[tuple[str, str, WifiAuth], list[AccessPointCard]] = {}
    for point in points:
        found.setdefault((point.venue, point.ssid, point.auth), []).append(point)
    return [_network(places[venue], members) for (venue, _, _), members in sorted(found.items())]


def _places(
    session: Session, now: datetime, venues: Collection[str] | None, programme: str | None, kind: VenueKind | None
) -> dict[str, Any]:
    """The venues asked for, by code, with their label numbers."""
    query = select(VENUE.c.code, VENUE.c.name, VENUE.c.kind, BINDING.c.number).select_from(
        VENUE.outerjoin(BINDING, and_(BINDING.c.venue_id == VENUE.c.id, BINDING.c.unbound_at.is_(None)))
    )
    if venues is not None:
        query = query.where(VENUE.c.code.in_(list(venues)))
    if kind is not None:
        query = query.where(VENUE.c.kind == kind)
    if programme is not None:
        row = programme_row(session, programme)
        target = target_id(session, row.id, on=today(now)) if row else None
        query = query.where(VENUE.c.id.in_(target_venues(target or 0)))
    return {row.code: row for row in session.connection().execute(query)}


def _network(place: Any, members: Sequence[AccessPointCard]) -> Network:
    first = members[0]
    days = [point.passphrase_until for point in members if point.passphrase_until is not None]
    areas = [point.area or (point.room.name if point.room else "") for point in members]
    return Network(
        venue=place.code,
        venue_name=place.name,
        kind=place.kind,
        tag=place.number,
        ssid=first.ssid,
        auth=first.auth,
        disaster=any(point.disaster_ssid for point in members),
        until=min(days, default=None),
        areas=list(dict.fromkeys(area for area in areas if area)),
        points=[point.id for point in members],
        without=[point.id for point in members if first.auth is WifiAuth.PASSPHRASE and not point.has_passphrase],
    )
