"""The names of places that are in use, so that nobody types one twice in two ways."""

from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import VENUE
from inventory.cases import list_case_places
from inventory.devices import list_places


def places_in_use(session: Session) -> list[str]:
    """Where devices and cases are kept, and the halls, each once: those in use first, then the other halls."""
    kept = sorted({*list_places(session), *list_case_places(session)})
    halls = session.connection().execute(select(VENUE.c.name).order_by(VENUE.c.name_kana, VENUE.c.code)).scalars()
    return list(dict.fromkeys([*kept, *halls]))
