"""Writing a list of supporters: every new row and every change in a few statements, however long the list is."""

from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlmodel import Session

from inventory.borrowers import PERSON
from inventory.course_help import SUPPORTER
from inventory.supporter_lists import SUPPORTER_DISTRICT

_OF_PERSON = ("name", "name_kana", "phone", "email")
_OWN = ("category", "consented_on", "registered_on", "ended_on", "programme_id", "note")


def write_supporters(
    session: Session, fresh: list[dict[str, Any]], renewed: list[dict[str, Any]], entry: int
) -> list[int]:
    """Enter ``fresh`` and change ``renewed``; both hold every column and the numbers of ``districts``.

    Returns the numbers of those that were entered, in their order.
    """
    persons = _insert(session, PERSON, [_some(row, _OF_PERSON) | {"entry": entry} for row in fresh])
    rows = [
        _some(row, _OWN) | {"person_id": person, "revision": 1, "entry": entry}
        for row, person in zip(fresh, persons, strict=True)
    ]
    created = _insert(session, SUPPORTER, rows)
    _update(session, PERSON, [_some(row, _OF_PERSON) | {"id": row["person_id"]} for row in renewed])
    _update(session, SUPPORTER, [_some(row, _OWN) | {"id": row["id"]} for row in renewed])
    placed = [*zip(created, fresh, strict=True), *((row["id"], row) for row in renewed)]
    places = [
        {"supporter_id": supporter, "district_id": district}
        for supporter, row in placed
        for district in row["districts"]
    ]
    connection = session.connection()
    if renewed:
        connection.execute(
            delete(SUPPORTER_DISTRICT).where(SUPPORTER_DISTRICT.c.supporter_id.in_([row["id"] for row in renewed]))
        )
    if places:
        connection.execute(insert(SUPPORTER_DISTRICT), places)
    return created


def _some(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _insert(session: Session, table: Table, rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows in one go; their numbers in the same order.

    Both databases number rows as they come, and nobody else writes meanwhile: the rows of this entry are these.
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
