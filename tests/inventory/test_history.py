"""The past of a device and of a loan: every act that stands, newest first, and who did it."""

from datetime import date
from typing import Any

import pytest

from inventory.database import Database
from inventory.errors import NotFound
from inventory.extending import Extend, extend
from inventory.history import device_history, loan_history
from inventory.journal import By
from inventory.scan_shapes import Scan
from inventory.scans import scan
from inventory.stock import BindTag, bind_tag
from inventory.tables import HoldReason, Role
from inventory.undo import undo
from tests.inventory.city import (
    NOON,
    PROGRAM,
    act,
    bring_back,
    device,
    devices,
    later,
    led_association,
    lend,
    look,
    member,
    release,
    retired,
    seen,
    stop,
    tablets,
)

SECTION = {"section": "福祉課"}


def told(database: Database, number: str) -> list[str]:
    return [event.what for event in look(database, device_history, number).items]


def test_a_device_tells_its_life_backwards(database: Database) -> None:
    tablets(database, after_term="wipe", accessories=[{"name": "充電器"}])
    device(database, "T1")
    desk = member(database, "desk", Role.DESK)
    borrower = led_association(database)
    card = lend(database, {"association": borrower.id}, "T1", by=desk, now=later(hours=1), op_id="lend")
    condition = {"T1": {"note": "傷", "accessories": {"充電器": 0}}}
    bring_back(database, "T1", by=desk, now=later(hours=2), op_id="return", condition=condition)
    release(database, "T1", "wipe", "済み", by=desk, now=later(hours=3))
    act(database, bind_tag, BindTag(), device="t1", now=later(hours=4))
    retired(database, "T1", now=later(hours=5))
    events = look(database, device_history, "t1").items
    assert [(event.what, event.at, event.by) for event in events[:-2]] == [
        ("retired", later(hours=5), None),
        ("tagged", later(hours=4), None),
        ("released", later(hours=3), "desk さん"),
        *[(what, later(hours=2), "desk さん") for what in _at(events, 2)],
        ("lent", later(hours=1), "desk さん"),
    ]
    assert sorted(_at(events, 2)) == ["returned", "stopped"]
    assert sorted(event.what for event in events[-2:]) == ["created", "tagged"]
    by_what = {event.what: event for event in events[:-2]}
    lent, returned = by_what["lent"], by_what["returned"]
    assert (lent.loan, lent.op_id, lent.accessories) == (card.number, "lend", {"充電器": 1})
    assert lent.borrower is not None and (lent.borrower.type, lent.borrower.id) == ("association", borrower.id)
    assert (returned.note, returned.accessories, returned.op_id) == ("傷", {"充電器": 0}, "return")
    assert (by_what["stopped"].reason, by_what["released"].note) == (HoldReason.WIPE, "済み")
    assert by_what["tagged"].tag == seen(database, "T1").tag
    assert by_what["retired"].note == "画面が割れて直せない"
    with pytest.raises(NotFound):
        look(database, device_history, "MB-X")


def _at(events: list[Any], hours: int) -> list[str]:
    return [event.what for event in events if event.at == later(hours=hours)]


def test_an_undone_act_is_told_as_what_it_is(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "T1")
    card = lend(database, SECTION, "T1", now=later(minutes=1), op_id="lend")
    bring_back(database, "T1", now=later(minutes=2), op_id="return")
    act(database, undo, operation="return", now=later(minutes=3))
    assert told(database, "T1")[:-2] == ["lent"]
    act(database, undo, operation="lend", now=later(minutes=4))
    undone, lent = look(database, device_history, "T1").items[:2]
    assert (undone.what, undone.loan, undone.at) == ("lend_undone", card.number, later(minutes=4))
    assert lent.what == "lent"
    stop(database, "T1", "lost", now=later(minutes=5), op_id="stop")
    act(database, undo, operation="stop", now=later(minutes=6))
    assert told(database, "T1")[:2] == ["released", "stopped"]


def test_a_loan_tells_each_act_once(database: Database) -> None:
    tablets(database, after_term="wipe", default_days=7)
    devices(database, "T1", "T2", "T3")
    desk, other = member(database, "desk", Role.DESK), member(database, "other", Role.DESK)
    boss = member(database, "boss", Role.ADMIN)
    number = lend(database, SECTION, "T1", "T2", by=desk, op_id="lend").number
    lend(database, SECTION, "T3", by=desk)
    longer = Extend.model_validate({"due": {"on": "2026-12-24"}})
    act(database, extend, longer, loan=number, by=desk, now=later(minutes=1))
    condition = {"T2": {"ok": False, "note": "割れ"}}
    bring_back(database, "T2", "T3", by=desk, now=later(minutes=2), op_id="return", condition=condition)

    def acts(by: By, **now: float) -> list[Any]:
        return look(database, loan_history, number, by=by, now=later(**now))

    returned, extended, lent = acts(desk, minutes=3)
    assert (returned.what, returned.at, returned.by, returned.op_id) == (
        "returned",
        later(minutes=2),
        "desk さん",
        "return",
    )
    assert (returned.devices, returned.notes, returned.holds) == (
        ["T2"],
        ["割れ"],
        [HoldReason.WIPE, HoldReason.INSPECT],
    )
    assert (extended.what, extended.due_on, extended.end_of_office) == ("extended", date(2026, 12, 24), False)
    assert (lent.what, lent.devices, lent.op_id) == ("lent", ["T1", "T2"], "lend")
    # The lend has a device back, so its return has to be undone first; an extension is no act that can be undone.
    assert [one.undoable for one in (returned, extended, lent)] == [True, False, False]
    assert [one.undoable for one in acts(boss, minutes=3)] == [True, False, False]
    for by, minutes in ((other, 3.0), (PROGRAM, 3.0), (desk, 17.01)):
        assert not any(one.undoable for one in acts(by, minutes=minutes))
    assert acts(desk, minutes=17)[0].undoable
    act(database, undo, operation="return", by=desk, now=later(minutes=4))
    assert [(one.what, one.undoable) for one in acts(desk, minutes=5)] == [("extended", False), ("lent", True)]
    act(database, undo, operation="lend", by=desk, now=later(minutes=6))
    assert [one.what for one in acts(desk, minutes=7)] == ["lend_undone", "extended", "lent"]
    with pytest.raises(NotFound):
        look(database, loan_history, "R8-99999", by=desk, now=NOON)


def test_an_extension_to_the_end_of_office_names_no_day(database: Database) -> None:
    tablets(database)
    device(database, "T1")
    borrower = {"association": led_association(database).id}
    number = lend(database, borrower, "T1", due={"on": "2026-12-01"}).number
    act(database, extend, Extend.model_validate({"due": {"end_of_office": True}}), loan=number)
    extended = look(database, loan_history, number, by=PROGRAM, now=NOON)[0]
    assert (extended.what, extended.due_on, extended.end_of_office) == ("extended", None, True)


def test_a_loan_of_one_batch_tells_every_scan(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "T1", "T2")
    for seq, code in enumerate(("T1", "T2")):
        item = Scan.model_validate(
            {
                "op_id": code,
                "seq": seq,
                "act": "lend",
                "code": code,
                "target": SECTION,
                "batch": "b",
                "occurred_at": NOON,
            }
        )
        act(database, scan, item, desk="窓口", op_id=code, now=later(minutes=seq))
    acts = look(database, loan_history, "R8-00001", by=PROGRAM, now=NOON)
    assert [(one.what, one.devices, one.op_id) for one in acts] == [("lent", ["T2"], "T2"), ("lent", ["T1"], "T1")]


def test_a_devices_past_stands_in_the_order_in_which_it_happened(database: Database) -> None:
    """What a desk told of the next morning stands where it belongs, and says when the ledger heard of it."""
    tablets(database, after_term="wipe")
    device(database, "T1")
    told = [
        ("return", 30, {}),
        ("wipe", 40, {}),
        ("lend", 10, {"target": SECTION, "due": {"on": "2999-01-01"}}),
        ("move", 50, {"target": {"place": "大胡公民館"}}),
    ]
    for seq, (verb, minutes, more) in enumerate(told):
        what = {"op_id": verb, "seq": seq, "act": verb, "code": "T1", "occurred_at": later(minutes=minutes)}
        item = Scan.model_validate(what | more)
        act(database, scan, item, desk="大胡1番", op_id=verb, now=later(days=1))
    events = look(database, device_history, "T1").items
    assert [(one.what, one.at) for one in events[:4]] == [
        ("moved", later(minutes=50)),
        ("worked", later(minutes=40)),
        ("returned", later(minutes=30)),
        ("lent", later(minutes=10)),
    ]
    assert {(one.desk, one.known_at) for one in events[:4]} == {("大胡1番", later(days=1))}
    assert events[0].place == "大胡公民館" and events[1].reason is HoldReason.WIPE
    assert {one.known_at for one in events[4:]} == {None}
