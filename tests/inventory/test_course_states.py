"""Cancel, postpone, plan again: which moves are legal, and what becomes of what was promised and lent."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from inventory.course_states import (
    CancelCourse,
    PostponeCourse,
    StateChanged,
    cancel_course,
    loans_out,
    may_become,
    plan_again,
    postpone_course,
)
from inventory.courses import CourseCard, course_card
from inventory.database import Database
from inventory.errors import Conflict, Invalid, NotFound, Stale
from inventory.reservations import NewReservation, reservations_of, reserve
from inventory.tables import CourseState
from tests.inventory.city import NOON, act, bring_back, course, devices, later, lend, look, phones, rows, venue


def stocked(database: Database) -> None:
    phones(database, preparation_minutes=60)
    devices(database, "SP-1", "SP-2", "SP-3", pool="phones")


def promise(database: Database, of: CourseCard, quantity: int, hours_before: int = 0) -> None:
    order = {"pool": "phones", "quantity": quantity, "from": of.starts_at, "until": of.ends_at, "course": of.id}
    order["from"] = of.starts_at.replace(hour=of.starts_at.hour - hours_before)
    act(database, reserve, NewReservation.model_validate(order))


def promised(database: Database, course: str) -> list[tuple[int, datetime, datetime]]:
    found = look(database, reservations_of, [int(course)])[int(course)]
    return [(one.quantity, one.from_, one.until) for one in found]


def card_of(database: Database, course: str) -> CourseCard:
    return look(database, course_card, course)


def cancelled(database: Database, card: CourseCard, reason: str = "台風") -> StateChanged:
    return act(database, cancel_course, CancelCourse(reason=reason), course=card.id, revision=card.revision)


def postponed(database: Database, card: CourseCard, **to: Any) -> StateChanged:
    order = PostponeCourse.model_validate(to)
    return act(database, postpone_course, order, course=card.id, revision=card.revision)


def planned_again(database: Database, card: CourseCard) -> StateChanged:
    return act(database, plan_again, course=card.id, revision=card.revision)


def test_a_cancelled_course_lets_go_of_what_it_was_promised_and_tells_what_is_out(database: Database) -> None:
    stocked(database)
    card = course(database, starts_at=later(days=1))
    promise(database, card, 2)
    loan = lend(database, {"course": card.id}, "SP-1", now=later(hours=20))
    told = cancelled(database, card)
    assert (told.state, len(told.released), told.loans_out) == (CourseState.CANCELLED, 1, [loan.number])
    assert promised(database, card.id) == []
    after = card_of(database, card.id)
    assert (after.state, after.cancel_reason, after.revision) == (CourseState.CANCELLED, "台風", card.revision + 1)
    # The loan is as it was, and goes from the list by being returned.
    assert look(database, loans_out, int(card.id)) == [loan.number]
    bring_back(database, "SP-1")
    assert look(database, loans_out, int(card.id)) == []
    again = planned_again(database, after)
    assert (again.state, again.reserved, promised(database, card.id)) == (CourseState.PLANNED, [], [])
    assert card_of(database, card.id).cancel_reason is None


def test_a_postponed_course_takes_its_reservations_to_the_new_date(database: Database) -> None:
    stocked(database)
    venue(database)
    venue(database, "jonan", name="城南公民館")
    card = course(database, starts_at=later(days=1), venue="ohgo", capacity=15, note="鍵は管理人", published=True)
    promise(database, card, 2, hours_before=1)
    new = {"starts_at": later(days=8), "ends_at": later(days=8, hours=3)}
    told = postponed(database, card, **new, venue="jonan", reason="大雪")
    assert (told.state, len(told.released), len(told.reserved), told.shortage) == (CourseState.POSTPONED, 1, 1, [])
    assert told.to is not None
    old, to = card_of(database, card.id), card_of(database, told.to)
    assert (old.state, old.postponed_to, old.cancel_reason) == (CourseState.POSTPONED, to.id, "大雪")
    assert (to.state, to.title, to.capacity, to.venue, to.published) == (
        CourseState.PLANNED, card.title, 15, "jonan", True
    )  # fmt: skip
    assert (to.starts_at, to.ends_at, to.note, to.cancel_reason) == (*new.values(), None, None)
    assert promised(database, card.id) == []
    assert promised(database, to.id) == [(2, later(days=8, hours=-1), later(days=8, hours=3))]
    # It stands in for the old one: that is neither planned again nor postponed once more.
    for move in (planned_again, postponed):
        with pytest.raises(Conflict):
            move(database, old)
    cancelled(database, to)
    assert planned_again(database, old).state == CourseState.PLANNED
    assert card_of(database, card.id).postponed_to is None


def test_a_postponement_stands_where_the_new_date_has_too_few(database: Database) -> None:
    stocked(database)
    card, other = course(database, starts_at=later(days=1)), course(database, starts_at=later(days=2))
    promise(database, card, 2)
    promise(database, other, 2)
    told = postponed(database, card, starts_at=later(days=2), ends_at=later(days=2, hours=1))
    assert told.to is not None
    assert [(one.pool, one.quantity, one.missing) for one in told.shortage] == [("phones", 2, 1)]
    assert (told.reserved, promised(database, told.to), promised(database, card.id)) == ([], [], [])
    assert card_of(database, card.id).state == CourseState.POSTPONED
    # What was tried and did not succeed left nothing in the journal.
    acts = [name for entry in rows(database, "entry") for name, _ in entry.data["notes"]]
    assert acts.count("reserve") == 2 and acts[-1] == "postpone_course"


def test_a_course_may_wait_for_its_new_date(database: Database) -> None:
    card = course(database, starts_at=later(days=1))
    told = postponed(database, card, reason="会場が使えない")
    assert (told.to, card_of(database, card.id).cancel_reason) == (None, "会場が使えない")
    told = postponed(database, card_of(database, card.id), starts_at=later(days=5), ends_at=later(days=5, hours=1))
    after = card_of(database, card.id)
    assert (after.postponed_to, after.cancel_reason) == (told.to, "会場が使えない")
    waiting = course(database)
    postponed(database, waiting)
    assert cancelled(database, card_of(database, waiting.id)).state == CourseState.CANCELLED
    waiting = course(database)
    postponed(database, waiting)
    assert planned_again(database, card_of(database, waiting.id)).state == CourseState.PLANNED


@pytest.mark.parametrize(
    ("state", "to_cancelled", "to_postponed", "to_planned"),
    [("planned", True, True, False), ("held", False, False, True), ("cancelled", False, False, True)],
)
def test_the_moves_of_a_course(
    database: Database, state: str, to_cancelled: bool, to_postponed: bool, to_planned: bool
) -> None:
    for move, legal, wanted in (
        (cancelled, to_cancelled, "cancelled"),
        (postponed, to_postponed, "postponed"),
        (planned_again, to_planned, "planned"),
    ):
        fields: dict[str, Any] = {"cancel_reason": "雨"} if state == "cancelled" else {}
        card = course(database, starts_at=later(days=-1), state=state, **fields)
        assert may_become(CourseState(state), CourseState(wanted)) is legal
        if legal:
            assert move(database, card).state == wanted
            continue
        with pytest.raises(Conflict):
            move(database, card)
        assert card_of(database, card.id) == card


def test_what_was_counted_goes_with_the_state_and_stays_in_the_journal(database: Database) -> None:
    held = course(
        database, starts_at=later(days=-1), state="held", participants=12, participants_distinct=9, approx=True
    )
    planned_again(database, held)
    after = card_of(database, held.id)
    assert (after.participants, after.participants_distinct, after.approx) == (None, None, False)
    assert rows(database, "entry")[-1].data["notes"][-1][1]["participants"] == "12"


def test_what_cannot_be_is_refused(database: Database) -> None:
    card = course(database)
    with pytest.raises(Invalid):
        postponed(database, card, starts_at=NOON, ends_at=later(hours=1))
    with pytest.raises(Invalid):
        postponed(database, card, starts_at=later(days=1), ends_at=later(days=1, hours=1), venue="nowhere")
    for wrong in ({"starts_at": NOON}, {"venue": "ohgo"}, {"starts_at": NOON, "ends_at": NOON}):
        with pytest.raises(ValidationError):
            PostponeCourse.model_validate(wrong)
    with pytest.raises(ValidationError):
        CancelCourse(reason=" ")
    with pytest.raises(Stale):
        act(database, cancel_course, CancelCourse(reason="雨"), course=card.id, revision=9)
    with pytest.raises(NotFound):
        act(database, cancel_course, CancelCourse(reason="雨"), course="99", revision=1)
    assert len(rows(database, "course")) == 1


def test_a_reason_does_not_enter_the_journal(database: Database) -> None:
    cancelled(database, course(database), "金井さんが入院した")
    assert "金井" not in str([entry.data["notes"] for entry in rows(database, "entry")])
