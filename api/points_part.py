"""Access points on the page of their venue, by room or area."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from inventory.access_point_lists import AccessPointCard, list_access_points
from inventory.loans import list_loans
from inventory.sign_in import SignedIn
from inventory.tables import Role


@dataclass(frozen=True)
class PointsPart:
    """``places``: standing access points by where they are; ``loose``: devices installed here that send none."""

    places: list[tuple[str, list[AccessPointCard]]]
    removed: list[AccessPointCard]
    loose: list[str]
    standing: int


def load_points(session: Session, venue: str, now: datetime, visitor: SignedIn) -> PointsPart | None:
    """The part of a venue's page; None where there is nothing to see and the visitor could not change that."""
    points = list_access_points(session, [venue])
    standing = [point for point in points if point.removed_on is None]
    installed = list_loans(session, now=now, venue=venue, state="installed", limit=200).items
    named = {point.device.asset_number for point in standing if point.device}
    loose = [
        item.asset_number
        for loan in installed
        for item in loan.items
        if item.returned_at is None and item.asset_number not in named
    ]
    if not points and not loose and not visitor.roles & {Role.IT, Role.ADMIN}:
        return None
    places: dict[str, list[AccessPointCard]] = {}
    for point in standing:
        places.setdefault(point.room.name if point.room else point.area or "場所の記録なし", []).append(point)
    gone = sorted(
        (point for point in points if point.removed_on), key=lambda point: str(point.removed_on), reverse=True
    )
    return PointsPart(list(places.items()), gone, loose, len(standing))
