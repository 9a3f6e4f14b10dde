"""Writing a plan: every new row and every change in a few statements, however long the roster is."""

from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update
from sqlmodel import Session

from inventory.borrowers import ASSOCIATION, DISTRICT, OFFICER, PERSON
from inventory.people import search_of
from inventory.roster_plans import Group, Plan


def write_plan(session: Session, plan: Plan, entry: int) -> dict[str, list[Any]]:
    """Write a plan without errors. The row numbers of what is new and what changed, for the journal."""
    fresh = [group for group in plan.groups if group.id is None]
    renewed = [group for group in plan.groups if group.id is not None]
    new = [folded for folded, number in plan.districts.items() if number is None]
    districts = _insert(session, DISTRICT, [{"name": plan.district_names[one], "entry": entry} for one in new])
    plan.districts.update(zip(new, districts, strict=True))
    associations = _insert(
        session, ASSOCIATION, [_association(plan, group) | {"revision": 1, "entry": entry} for group in fresh]
    )
    for group, number in zip(fresh, associations, strict=True):
        group.id = number
    _update(session, ASSOCIATION, [_association(plan, group) | {"id": group.id} for group in renewed])
    unknown = [term for _, term in plan.terms if term.person is None]
    persons = _insert(
        session,
        PERSON,
        [
            {"name": term.name, "name_kana": term.name_kana, "phone": term.phone, "email": term.email, "entry": entry}
            for term in unknown
        ],
    )
    for term, person in zip(unknown, persons, strict=True):
        term.person = person
    officers = _insert(
        session,
        OFFICER,
        [
            {
                "association_id": group.id,
                "person_id": term.person,
                "office": term.office,
                "from_on": term.since,
                "until_on": term.until,
                "revision": 1,
                "entry": entry,
            }
            for group, term in plan.terms
        ],
    )
    moved = plan.term_changes | {ending.officer: ending.until for ending in plan.endings}
    _update(session, OFFICER, [{"id": officer, "until_on": until} for officer, until in moved.items()])
    _update(session, OFFICER, [{"id": officer} for officer in sorted(plan.touched - set(moved))])
    _update(session, PERSON, [{"id": person} | columns for person, columns in plan.person_changes.items()])
    return {
        "districts": districts,
        "associations": associations,
        "officers": officers,
        "persons": persons,
        "changed_associations": [group.id for group in renewed],
        "changed_persons": sorted(plan.person_changes),
        "changed_terms": [[officer, until.isoformat()] for officer, until in sorted(plan.term_changes.items())],
        "ended": [
            [ending.officer, ending.before.isoformat() if ending.before else None, ending.until.isoformat()]
            for ending in plan.endings
        ],
    }


def _association(plan: Plan, group: Group) -> dict[str, Any]:
    district = plan.district_names[group.district] if group.district is not None else None
    return {
        "name": group.name,
        "name_kana": group.name_kana,
        "district_id": plan.districts[group.district] if group.district is not None else None,
        "search": search_of(group.name, group.name_kana, district),
    }


def _insert(session: Session, table: Table, rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows in one go; their numbers in the same order.

    Both databases number rows as they come, and nobody else writes meanwhile: the rows of this entry are these. Asked
    to return the numbers in order, SQLite would be given one statement for each row.
    """
    if not rows:
        return []
    connection = session.connection()
    connection.execute(insert(table), rows)
    made = select(table.c.id).where(table.c.entry == rows[0]["entry"]).order_by(table.c.id)
    return [int(number) for number in connection.execute(made).scalars()]


def _update(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    """Update each row by its ``id``. Whoever has an older revision of it before them is told when they write."""
    if not rows:
        return
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    if "revision" in table.c:
        values["revision"] = table.c.revision + 1
    bound = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    session.connection().execute(update(table).where(table.c.id == bindparam("new_id")).values(values), bound)
