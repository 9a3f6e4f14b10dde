"""Which moves between stages are plain, and which need a reason."""

from itertools import pairwise

import pytest

from inventory.tables import WifiStage
from inventory.wifi_stages import CHECKLISTS, PLAIN, ROAD, Move, move, next_stage, standing_place

S = WifiStage
BESIDE = (S.ON_HOLD, S.EXCLUDED, S.REMOVED)


def test_the_road_is_walked_without_a_reason_and_only_forward_by_one() -> None:
    assert move(None, None, S.SURVEY) is Move.STEP
    for before, after in pairwise(ROAD):
        assert move(before, before, after) is Move.STEP
    for here, before in enumerate(ROAD):
        for there, to in enumerate(ROAD):
            kind = move(before, before, to)
            assert (kind in PLAIN) == (there == here + 1), (before, to)
            if there > here + 1:
                assert kind is Move.SKIP
            if there < here:
                assert kind is Move.BACK
            if there == here:
                assert kind is Move.NOWHERE


def test_a_venue_that_begins_in_the_middle_skips() -> None:
    assert {move(None, None, to) for to in ROAD[1:]} == {Move.SKIP}


@pytest.mark.parametrize("place", [None, *ROAD])
def test_a_hold_leads_back_to_where_it_began(place: WifiStage | None) -> None:
    assert move(place, place, S.ON_HOLD) is Move.HOLD
    for to in ROAD:
        kind = move(S.ON_HOLD, place, to)
        if place is not None and to is place:
            assert kind is Move.RESUME
        elif to is next_stage(place):
            assert kind is Move.STEP
        else:
            assert kind in (Move.SKIP, Move.BACK), (place, to)


def test_what_lies_beside_the_road() -> None:
    assert move(S.IN_SERVICE, S.IN_SERVICE, S.REMOVED) is Move.REMOVE
    assert move(S.ON_HOLD, S.IN_SERVICE, S.REMOVED) is Move.REMOVE
    for before in ROAD[:-1]:
        assert move(before, before, S.REMOVED) is Move.SKIP
    for stood in (None, *ROAD):
        assert move(stood, stood, S.EXCLUDED) is Move.EXCLUDE
    for before in (S.EXCLUDED, S.REMOVED):
        assert {move(before, None, to) for to in ROAD} == {Move.RESTART}
    assert {Move.HOLD, Move.EXCLUDE, Move.RESTART, Move.SKIP, Move.BACK}.isdisjoint(PLAIN)


def test_where_a_venue_on_hold_goes_on() -> None:
    assert standing_place([]) is None
    assert standing_place([S.SURVEY, S.DESIGN, S.ON_HOLD]) is S.DESIGN
    assert standing_place([S.SURVEY, S.DESIGN, S.ON_HOLD, S.SURVEY]) is S.SURVEY
    assert standing_place([S.IN_SERVICE, S.REMOVED, S.ON_HOLD]) is None
    assert standing_place([S.EXCLUDED, S.SURVEY]) is S.SURVEY


def test_every_stage_of_the_road_has_a_checklist_and_no_code_stands_in_two() -> None:
    assert tuple(CHECKLISTS) == ROAD
    codes = [code for checklist in CHECKLISTS.values() for code in checklist]
    assert len(codes) == len(set(codes)) and all(code.isascii() for code in codes)
    assert next_stage(S.IN_SERVICE) is None and next_stage(None) is S.SURVEY
    assert set(ROAD) | set(BESIDE) == set(S)
