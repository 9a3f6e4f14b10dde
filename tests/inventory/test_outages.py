"""Outages of a venue's wifi: from a report, open, over, and how long they lasted."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from inventory.database import Database
from inventory.errors import Conflict, Invalid, NotFound
from inventory.outages import (
    BeginOutage,
    EndOutage,
    OutageCard,
    begin_outage,
    end_outage,
    list_outages,
    open_outages,
    outage_of_issue,
)
from tests.inventory.city import NOON, act, later, look, refused_fields, rows, venue


def begin(database: Database, at: datetime, code: str = "ohgo", **fields: Any) -> OutageCard:
    return act(database, begin_outage, BeginOutage(began_at=at, **fields), venue=code)


def end(database: Database, outage: str, at: datetime, code: str = "ohgo") -> OutageCard:
    return act(database, end_outage, EndOutage(ended_at=at), venue=code, outage=outage)


def test_an_outage_is_open_until_somebody_says_that_it_is_over(database: Database) -> None:
    venue(database)
    venue(database, "miyagi", name="宮城公民館")
    card = begin(database, later(hours=-3), note="ルーターの電源が落ちている")
    assert (card.minutes, card.ended_at, card.issue) == (180, None, None)
    assert look(database, open_outages) == {1: later(hours=-3)}
    with pytest.raises(Conflict):
        begin(database, later(hours=-1))
    over = end(database, card.id, later(hours=-1))
    assert (over.minutes, over.ended_at) == (120, later(hours=-1))
    assert look(database, open_outages) == {}
    # Whoever presses twice changes nothing.
    assert end(database, card.id, NOON).ended_at == later(hours=-1)
    begin(database, later(minutes=-30), "miyagi")
    assert look(database, open_outages) == {2: later(minutes=-30)}


def test_hours_of_the_last_twelve_months(database: Database) -> None:
    venue(database)
    for began, lasted in ((400, 40), (100, 1), (10, 2)):
        made = begin(database, later(days=-began))
        end(database, made.id, later(days=-began) + timedelta(days=lasted))
    begin(database, later(hours=-5))
    found = look(database, list_outages, "ohgo", now=NOON)
    # Of the first only the part within the 365 days counts: it began 35 days before them and lasted 40.
    assert found.down_minutes == (5 + 1 + 2) * 24 * 60 + 5 * 60
    assert [one.began_at for one in found.items] == sorted((one.began_at for one in found.items), reverse=True)


def test_what_is_refused(database: Database) -> None:
    venue(database)
    venue(database, "miyagi", name="宮城公民館")
    with pytest.raises(Invalid) as early:
        begin(database, later(hours=1))
    assert refused_fields(early) == ["began_at"]
    made = begin(database, later(hours=-3))
    with pytest.raises(Invalid) as before:
        end(database, made.id, later(hours=-4))
    assert refused_fields(before) == ["ended_at"]
    with pytest.raises(Invalid) as future:
        end(database, made.id, later(hours=1))
    assert refused_fields(future) == ["ended_at"]
    with pytest.raises(NotFound):
        end(database, made.id, NOON, "miyagi")
    end(database, made.id, later(hours=-1))
    with pytest.raises(Invalid) as within:
        begin(database, later(hours=-2))
    assert refused_fields(within) == ["began_at"]
    with pytest.raises(NotFound):
        begin(database, later(hours=-1), issue="77")
    with pytest.raises(NotFound):
        look(database, outage_of_issue, "77", now=NOON)
    assert len(rows(database, "wifi_outage")) == 1


def test_an_outage_that_is_over_is_told_of_later_before_and_between_others(database: Database) -> None:
    venue(database)
    end(database, begin(database, later(hours=-10)).id, later(hours=-8))
    begin(database, later(hours=-2))
    for began, ended in ((-20, -19), (-12, -10), (-8, -2)):
        card = begin(database, later(hours=began), ended_at=later(hours=ended))
        assert (card.ended_at, card.minutes) == (later(hours=ended), (ended - began) * 60)
    for began, ended in ((-20, -19), (-21, -18), (-11, -9), (-9, -8)):
        with pytest.raises(Invalid) as overlapping:
            begin(database, later(hours=began), ended_at=later(hours=ended))
        assert refused_fields(overlapping) == ["began_at"]
    with pytest.raises(Conflict):
        begin(database, later(hours=-1), ended_at=later(minutes=-30))
    for began, ended in ((-30, -31), (-1, 1)):
        with pytest.raises(Invalid) as wrong:
            begin(database, later(hours=began), ended_at=later(hours=ended))
        assert refused_fields(wrong) == ["ended_at"]
    assert len(rows(database, "wifi_outage")) == 5
