"""A desk says that it holds the pack of a day: once, whatever it says again."""

from datetime import date, timedelta
from typing import Any

import pytest

from inventory.database import Database
from inventory.errors import Invalid
from inventory.packs_held import HoldPack, PackHeldCard, hold_pack, packs_held
from tests.inventory.city import NOON, act, later, look, refused_fields, rows, venue

DAY = date(2026, 11, 25)


def hold(database: Database, *, desk: str = "大胡1番", **given: Any) -> PackHeldCard:
    order: dict[str, Any] = {"on": DAY, "made_at": NOON, "expires_at": later(hours=30)}
    now = given.pop("now", NOON)
    return act(database, hold_pack, HoldPack(desk=desk, **(order | given)), now=now)


def test_what_desks_say_is_told_by_day_with_the_hall(database: Database) -> None:
    venue(database)
    hold(database, venue="ohgo")
    hold(database, desk="本庁", now=later(minutes=1))
    hold(database, on=DAY + timedelta(days=1), expires_at=later(hours=54))
    held = look(database, packs_held, DAY, DAY + timedelta(days=2))
    assert [(one.desk, one.venue, one.on_day, one.held_at) for one in held] == [
        ("本庁", None, DAY, later(minutes=1)),
        ("大胡1番", "ohgo", DAY, NOON),
        ("大胡1番", None, DAY + timedelta(days=1), NOON),
    ]
    assert [one.on_day for one in look(database, packs_held, DAY, DAY + timedelta(days=1))] == [DAY, DAY]
    assert look(database, packs_held, DAY, DAY) == []


def test_the_same_pack_is_held_once(database: Database) -> None:
    venue(database)
    for place in (None, "ohgo"):
        first = hold(database, venue=place)
        again = hold(database, venue=place, made_at=later(minutes=10), now=later(minutes=10))
        assert (again.id, again.held_at) == (first.id, NOON)
    assert hold(database, expires_at=later(hours=31)).id not in {one.id for one in rows(database, "pack_held")[:2]}
    assert len(rows(database, "pack_held")) == 3


def test_a_pack_of_no_hall_and_one_that_is_over_before_it_was_made_are_refused(database: Database) -> None:
    with pytest.raises(Invalid) as refusal:
        hold(database, venue="nowhere")
    assert refused_fields(refusal) == ["venue"]
    with pytest.raises(Invalid) as refusal:
        hold(database, expires_at=NOON)
    assert refused_fields(refusal) == ["expires_at"]
    assert rows(database, "pack_held") == []
