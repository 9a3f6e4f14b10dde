"""The parts of a venue's page: each has a name, a template ``venues/parts/<name>.html``, and what it shows.

A part is loaded in the page's one reading of the ledger. ``load(session, venue, now, visitor)`` gets the venue's code
and answers what the template finds as ``parts.<name>``; None leaves the part out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.lines_part import load_lines
from api.measure_parts import PARTS as MEASURES
from api.points_part import load_points
from api.timeline_part import load_timeline
from api.wifi_plan_views import plans_part
from inventory.rooms import RoomCard, list_rooms
from inventory.sign_in import SignedIn
from inventory.tables import Role

Load = Callable[[Session, str, datetime, SignedIn], Any]


def _rooms(session: Session, venue: str, now: datetime, visitor: SignedIn) -> list[RoomCard] | None:
    """The rooms; without any, only who may add one is told so."""
    found = list_rooms(session, venue=venue).items
    return found if found or visitor.roles & {Role.IT, Role.ADMIN} else None


# In the order in which they stand on the page.
PARTS: tuple[tuple[str, Load], ...] = (
    ("timeline", load_timeline),
    ("plans", plans_part),
    ("rooms", _rooms),
    *MEASURES,
    ("points", load_points),
    ("lines", load_lines),
)


def load_parts(session: Session, venue: str, now: datetime, visitor: SignedIn) -> dict[str, Any]:
    """What each part shows, by its name; parts that have nothing to show are left out."""
    found = {name: load(session, venue, now, visitor) for name, load in PARTS}
    return {name: shown for name, shown in found.items() if shown is not None}
