"""Single days on which a venue is closed, and rule and single days together."""

from datetime import date

import pytest
from sqlalchemy import update

from inventory.closures import NewClosure, add_closure, closed_on, list_closures, take_closure_back
from inventory.database import Database, writing
from inventory.errors import Invalid, NotFound
from inventory.venue_records import VENUE
from tests.inventory.city import act, look, refused_fields, rows, venue


def closure(
    database: Database, first: str, last: str | None = None, venue: str = "ohgo", reason: str | None = None
) -> str:
    order = NewClosure.model_validate({"from": first, "until": last, "reason": reason})
    return act(database, add_closure, order, venue=venue).id


def test_rule_and_single_days_together(database: Database) -> None:
    venue(database, closed_days="月曜、年末年始")
    venue(database, "miyagi", name="宮城公民館")
    closure(database, "2026-11-26", "2026-11-28", reason="床の張りかえ")
    ids = {row.code: row.id for row in rows(database, "venue")}
    days = look(database, closed_on, list(ids.values()), date(2026, 11, 27), date(2026, 12, 2))
    assert list(days[ids["ohgo"]]) == [date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)]
    assert days[ids["ohgo"]][date(2026, 11, 28)] == "床の張りかえ"
    assert days[ids["miyagi"]] == {}
    assert look(database, closed_on, [ids["ohgo"]], date(2026, 11, 28), date(2026, 11, 28)) == {ids["ohgo"]: {}}


def test_a_rule_in_words_that_nobody_can_read_closes_nothing(database: Database) -> None:
    venue(database)
    with writing(database) as session:
        session.connection().execute(update(VENUE).values(closed_days="館長が定める日"))
    ids = [row.id for row in rows(database, "venue")]
    assert look(database, closed_on, ids, date(2026, 11, 1), date(2026, 12, 1)) == {ids[0]: {}}


def test_one_that_was_taken_back_stays_and_does_not_count(database: Database) -> None:
    venue(database)
    made = closure(database, "2026-11-26")
    assert [card.until for card in look(database, list_closures, "ohgo").items] == [date(2026, 11, 26)]
    taken = act(database, take_closure_back, venue="ohgo", closure=made)
    assert taken.taken_back
    assert look(database, list_closures, "ohgo").items == []
    assert look(database, closed_on, [1], date(2026, 11, 1), date(2026, 12, 1)) == {1: {}}
    (row,) = rows(database, "venue_closure")
    entry = row.undone_entry
    act(database, take_closure_back, venue="ohgo", closure=made)
    assert rows(database, "venue_closure")[0].undone_entry == entry
    # After that the same days may be entered anew.
    closure(database, "2026-11-26")


def test_what_is_refused(database: Database) -> None:
    venue(database)
    venue(database, "miyagi", name="宮城公民館")
    made = closure(database, "2026-11-26")
    with pytest.raises(Invalid) as twice:
        closure(database, "2026-11-26", "2026-11-26")
    assert refused_fields(twice) == ["from"]
    with pytest.raises(NotFound):
        act(database, take_closure_back, venue="miyagi", closure=made)
    with pytest.raises(NotFound):
        closure(database, "2026-11-27", venue="nowhere")
    for wrong in (("2026-11-27", "2026-11-26"), ("2026-11-27", "2036-11-27")):
        with pytest.raises(ValueError, match="日付をたしかめて"):
            closure(database, *wrong)
    assert len(rows(database, "venue_closure")) == 1
