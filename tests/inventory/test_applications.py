"""Applications: entered with whoever headed the association that day, and decided once."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from inventory.applications import (
    ApplicationCard,
    Decide,
    NewApplication,
    application_card,
    apply,
    count_waiting,
    decide,
    list_applications,
)
from inventory.database import Database
from inventory.errors import Conflict, Invalid, NotFound
from tests.inventory.city import act, association, head, led_association, look, refused_fields, rows, tablets

DAY = date(2026, 11, 20)


@pytest.fixture
def town(database: Database) -> str:
    """The id of an association with a head."""
    tablets(database)
    return led_association(database).id


def enter(database: Database, association: str, **fields: Any) -> ApplicationCard:
    usual = {"association": association, "pool": "tablets", "quantity": 1, "from": "2026-12-01", "applied_on": DAY}
    return act(database, apply, NewApplication.model_validate(usual | fields))


def settle(database: Database, application: str, decision: str = "approved", **fields: Any) -> ApplicationCard:
    usual = {"decision": decision, "decided_on": "2026-11-24", "document_number": "前情政第12号"}
    return act(database, decide, Decide.model_validate(usual | fields), application=application)


def test_an_application_is_entered_with_the_head_of_its_day(database: Database, town: str) -> None:
    card = enter(database, town, purpose="電子回覧板", note="急ぎではありません。")
    assert card.officer is not None and card.officer.name == "金井 康男"
    assert (card.state, card.decision, card.quantity, card.until) == ("open", None, 1, None)
    assert look(database, application_card, card.id) == card
    told = rows(database, "entry")[-1]
    assert told.act == "apply"
    # Free words stand in the application alone.
    assert "回覧板" not in str(told.data) and "急ぎ" not in str(told.data)
    before = enter(database, town, applied_on="2026-03-01")
    assert before.officer is None


def test_the_officer_must_be_one_of_the_association(database: Database, town: str) -> None:
    other = association(database, "茂木町自治会").id
    stranger = head(database, other, name="別の 人").id
    with pytest.raises(Invalid) as refusal:
        enter(database, town, officer=stranger)
    assert refused_fields(refusal) == ["officer"]
    own = head(database, town, name="副 会長", office="副会長").id
    card = enter(database, town, officer=own)
    assert card.officer is not None and card.officer.id == own


def test_what_cannot_be_is_refused(database: Database, town: str) -> None:
    with pytest.raises(NotFound):
        enter(database, "999")
    with pytest.raises(NotFound):
        enter(database, town, pool="none")
    with pytest.raises(Invalid) as refusal:
        enter(database, town, applied_on="2026-11-25")
    assert refused_fields(refusal) == ["applied_on"]
    for wrong in ({"until": "2026-11-30"}, {"quantity": 0}, {"quantity": 201}):
        with pytest.raises(ValidationError):
            enter(database, town, **wrong)
    assert rows(database, "application") == []


def test_a_decision_is_made_once(database: Database, town: str) -> None:
    card = enter(database, town)
    done = settle(database, card.id)
    assert (done.state, done.decision, done.document_number) == ("decided", "approved", "前情政第12号")
    assert done.decided_on == date(2026, 11, 24)
    [row] = rows(database, "application")
    assert row.decision_entry == rows(database, "entry")[-1].seq
    for decision in ("approved", "refused"):
        with pytest.raises(Conflict):
            settle(database, card.id, decision, reason="台数がたりません。")
    assert look(database, application_card, card.id) == done
    with pytest.raises(NotFound):
        settle(database, "999")


def test_a_refusal_needs_its_reason_and_a_decision_comes_after_the_application(database: Database, town: str) -> None:
    card = enter(database, town)
    with pytest.raises(Invalid) as refusal:
        settle(database, card.id, "refused", reason="  ")
    assert refused_fields(refusal) == ["reason"]
    with pytest.raises(Invalid) as refusal:
        settle(database, card.id, decided_on="2026-11-19")
    assert refused_fields(refusal) == ["decided_on"]
    done = settle(database, card.id, "refused", reason="台数がたりません。", decided_on=DAY)
    assert (done.decision, done.reason) == ("refused", "台数がたりません。")


def test_lists_have_those_that_wait_longest_first_and_the_decided_newest_first(database: Database, town: str) -> None:
    other = association(database, "茂木町自治会").id
    days = ["2026-11-10", "2026-11-03", "2026-11-10", "2026-11-01"]
    made = [enter(database, town if day != "2026-11-01" else other, applied_on=day).id for day in days]
    assert look(database, count_waiting) == 4

    def ids(**asked: Any) -> list[str]:
        return [card.id for card in look(database, list_applications, **asked).items]

    longest = [made[3], made[1], made[0], made[2]]
    assert ids(state="open") == longest
    walked, cursor = [], None
    while True:
        page = look(database, list_applications, state="open", limit=1, cursor=cursor)
        walked += [card.id for card in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert walked == longest
    assert ids(association=other) == [made[3]]
    settle(database, made[0])
    settle(database, made[3])
    assert ids(state="decided") == [made[3], made[0]]
    assert ids(state="open") == [made[1], made[2]]
    first = look(database, list_applications, limit=3)
    assert [card.id for card in first.items] == made[:0:-1] and first.next
    assert ids(cursor=first.next) == [made[0]]
    assert look(database, count_waiting) == 2
    of_another_list = look(database, list_applications, state="open", limit=1).next
    assert of_another_list
    for cursor in ("bm90IGpzb24", of_another_list):
        with pytest.raises(Invalid):
            look(database, list_applications, cursor=cursor)
