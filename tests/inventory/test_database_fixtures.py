"""The ledgers that the tests run on are real, separate and migrated."""

import pytest
from sqlalchemy import inspect, text

from inventory.database import Database, connect, reading
from inventory.schema import migrate


def test_every_test_gets_a_migrated_ledger(database: Database, backend: str) -> None:
    assert database.url.get_backend_name() == backend
    assert "loan_item" in inspect(database.reader).get_table_names()
    with reading(database) as session:
        assert session.connection().execute(text("SELECT count(*) FROM entry")).scalar_one() == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_leaves_no_other_finds(database: Database, turn: int) -> None:
    names = inspect(database.reader).get_table_names()
    assert "left_behind" not in names
    with database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (turn integer)"))
    assert "left_behind" in inspect(database.reader).get_table_names(), turn


def test_an_empty_database_can_be_migrated(empty_url: str) -> None:
    opened = connect(empty_url)
    try:
        assert inspect(opened.reader).get_table_names() == []
        assert migrate(opened)
        assert not migrate(opened)
    finally:
        opened.dispose()
