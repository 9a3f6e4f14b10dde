"""Correcting what was written about an officer: a name misheard, a number that changed, a day entered wrongly."""

from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import OFFICER, PERSON
from inventory.errors import Conflict, Invalid
from inventory.journal import By
from inventory.officers import OfficerCard, find_officer, officer_card
from inventory.revisions import must_be_current
from inventory.shapes import Day, Name, OptionalDay, OptionalEmail, OptionalKana, OptionalPhone, Shape, ShortName

_OF_PERSON = ("name", "name_kana", "phone", "email")


class OfficerChange(Shape):
    """Fields left out stay as they are; null empties a field. ``until`` is null while the end is not known."""

    name: Name | None = None
    name_kana: OptionalKana = None
    office: ShortName | None = None
    from_: Day | None = Field(default=None, alias="from")
    until: OptionalDay = None
    phone: OptionalPhone = None
    email: OptionalEmail = None


def change_officer(
    session: Session,
    change: OfficerChange,
    *,
    association: str,
    officer: str,
    revision: int,
    by: By,
    now: datetime,
    op_id: str,
) -> OfficerCard:
    """Correct an officer. The journal keeps which fields changed and the days, no names and no contacts.

    Raises:
        NotFound: the association has no such officer.
        Stale: somebody changed the officer in between.
        Conflict: the person was erased.
        Invalid: the last day would be before the first.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = find_officer(session, association, officer)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    # A name, an office and a first day cannot be emptied, so null leaves them as well.
    given = {name: value for name, value in given.items() if value is not None or name not in _KEPT}
    if row.erased_at is not None and any(name in given for name in _OF_PERSON):
        raise Conflict("この方の名前と連絡先は消去ずみです。任期と役職だけ直せます。")
    first, last = given.get("from_", row.from_on), given.get("until", row.until_on)
    if last is not None and last < first:
        raise Invalid.field("until", "任期の終わりが、始まりより前です。日付をたしかめてください。")
    values = {
        "office": given.get("office", row.office),
        "from_on": first,
        "until_on": last,
        "revision": row.revision + 1,
    }
    session.connection().execute(update(OFFICER).where(OFFICER.c.id == row.id).values(values))
    personal: dict[str, Any] = {name: given[name] for name in _OF_PERSON if name in given}
    if "name_kana" in personal:
        personal["name_kana"] = personal["name_kana"] or ""
    if personal:
        session.connection().execute(update(PERSON).where(PERSON.c.id == row.person_id).values(personal))
    journal.note(
        session,
        "change_officer",
        officer=row.id,
        fields=sorted(name.rstrip("_") for name in given),
        before=[row.from_on.isoformat(), row.until_on.isoformat() if row.until_on else None],
        after=[first.isoformat(), last.isoformat() if last else None],
    )
    return officer_card(session, str(row.id), now=now)


_KEPT = frozenset({"name", "office", "from_"})
