"""The parts of a course's page: each has a name, a template ``courses/parts/<name>.html``, and what it shows.

A part is loaded in the page's one reading of the ledger. ``load(session, card, now, visitor)`` gets the course's card
and answers what the template finds as ``parts.<name>``; None leaves the part out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from inventory.courses import CourseCard
from inventory.sign_in import SignedIn

Load = Callable[[Session, CourseCard, datetime, SignedIn], Any]

# In the order in which they stand on the page.
PARTS: tuple[tuple[str, Load], ...] = ()


def load_parts(session: Session, card: CourseCard, now: datetime, visitor: SignedIn) -> dict[str, Any]:
    """What each part shows, by its name; parts that have nothing to show are left out."""
    found = {name: load(session, card, now, visitor) for name, load in PARTS}
    return {name: shown for name, shown in found.items() if shown is not None}
