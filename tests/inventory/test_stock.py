"""Devices enter, change, stop, are released and retired; what a device is can be told from its facts alone."""

from collections.abc import Callable
from datetime import date

import pytest

from inventory.database import Database
from inventory.devices import device_card, list_devices, list_places
from inventory.errors import AlreadyLent, Invalid, NotFound, Retired, Stale
from inventory.stock import (
    BindTag,
    DeviceChange,
    ReleaseHold,
    bind_tag,
    change_device,
    release_hold,
)
from inventory.tables import DeviceState, HoldReason
from inventory.tags import PrintBlanks, print_blanks
from inventory.text import damm_valid
from tests.inventory.city import (
    NOON,
    act,
    association,
    bring_back,
    course,
    device,
    devices,
    later,
    lend,
    look,
    phones,
    refused_fields,
    retired,
    rows,
    seen,
    stop,
    tablets,
)


def test_a_device_enters_the_ledger_with_a_label(database: Database) -> None:
    tablets(database)
    made = device(
        database,
        "MB-T-0042",
        serial="SN-42",
        imei="35 209900-176148 1",
        line_number="09012345678",
        call_number=42,
        acquired_on=date(2024, 7, 1),
        price_yen=45800,
        lease_until=date(2028, 6, 30),
        monthly_cost_yen=1078,
        os_support_until=date(2029, 1, 31),
        section="情報政策課",
        place="本庁舎2階",
        note="一行目\r\n二行目",
    )
    card = look(database, device_card, "mb-t-0042")
    assert card == made
    assert (card.asset_number, card.imei, card.line_number) == ("MB-T-0042", "352099001761481", "090-1234-5678")
    assert (card.state, card.holds, card.loan, card.revision) == (DeviceState.IN_STOCK, [], None, 1)
    assert (card.pool_name, card.note, card.acquired_on) == ("自治会長タブレット", "一行目\n二行目", date(2024, 7, 1))
    assert card.tag is not None and damm_valid(card.tag)


@pytest.mark.parametrize(
    ("field", "second"),
    [
        ("asset_number", {"asset_number": "mb-t-0001"}),
        ("serial", {"serial": "SN-1"}),
        ("imei", {"imei": "352099001761481"}),
        ("call_number", {"call_number": 1}),
        ("pool", {"pool": "none"}),
    ],
)
def test_what_names_one_device_names_no_other(database: Database, field: str, second: dict[str, str]) -> None:
    tablets(database)
    device(database, "MB-T-0001", serial="SN-1", imei="352099001761481", call_number=1)
    with pytest.raises(Invalid) as refusal:
        device(database, **({"asset_number": "MB-T-0002"} | second))
    assert refused_fields(refusal) == [field]
    assert [row.asset_number for row in rows(database, "device")] == ["MB-T-0001"]


def test_a_call_number_is_of_its_pool_and_free_after_retirement(database: Database) -> None:
    tablets(database)
    phones(database)
    device(database, "MB-T-0001", call_number=7)
    assert device(database, "MB-S-0001", pool="phones", call_number=7).call_number == 7
    with pytest.raises(Invalid) as refusal:
        act(database, change_device, DeviceChange(pool="tablets"), device="MB-S-0001", revision=1)
    assert refused_fields(refusal) == ["call_number"]
    retired(database, "MB-T-0001")
    assert device(database, "MB-T-0002", call_number=7).call_number == 7


def test_the_note_of_a_retired_device_can_change_though_its_call_number_has_gone_on(database: Database) -> None:
    tablets(database)
    device(database, "MB-T-0001", call_number=7)
    retired(database, "MB-T-0001")
    device(database, "MB-T-0002", call_number=7)
    card = act(database, change_device, DeviceChange(note="廃棄の証明書あり"), device="MB-T-0001", revision=1)
    assert (card.note, card.call_number) == ("廃棄の証明書あり", 7)


def test_a_change_touches_only_what_it_names(database: Database) -> None:
    tablets(database)
    phones(database)
    device(database, "MB-T-0001", serial="SN-1", place="倉庫", note="旧")
    change = DeviceChange(pool="phones", model=None, place=None, serial="SN-9")
    card = act(database, change_device, change, device="mb-t-0001", revision=1)
    assert (card.pool, card.model, card.place, card.serial, card.note) == ("phones", "LAVIE Tab T9", None, "SN-9", "旧")
    assert card.revision == 2
    renamed = act(database, change_device, DeviceChange(pool=None, model="iPad"), device="MB-T-0001", revision=2)
    assert (renamed.pool, renamed.model) == ("phones", "iPad")
    with pytest.raises(Stale):
        act(database, change_device, DeviceChange(note="新"), device="MB-T-0001", revision=2)


def test_a_change_may_not_take_another_devices_serial(database: Database) -> None:
    tablets(database)
    device(database, "MB-T-0001", serial="SN-1")
    device(database, "MB-T-0002", serial="SN-2")
    with pytest.raises(Invalid) as refusal:
        act(database, change_device, DeviceChange(serial="SN-1"), device="MB-T-0002", revision=1)
    assert refused_fields(refusal) == ["serial"]
    same = act(database, change_device, DeviceChange(serial="SN-2", note="そのまま"), device="MB-T-0002", revision=1)
    assert same.serial == "SN-2"


def test_a_reason_is_open_once_and_released_once(database: Database) -> None:
    tablets(database)
    device(database, "MB-T-0001")
    first = stop(database, "mb-t-0001", "repair", "充電口")
    again = stop(database, "MB-T-0001", "repair", "別の人", now=later(hours=1))
    assert first == again and first.opened_at == NOON
    stop(database, "MB-T-0001", "lost")
    card = seen(database, "MB-T-0001")
    assert card.state is DeviceState.HELD
    assert [(hold.reason, hold.note) for hold in card.holds] == [("repair", "充電口"), ("lost", None)]

    released = act(database, release_hold, ReleaseHold(note="部品交換"), device="MB-T-0001", hold=first.id)
    assert [hold.reason for hold in released.holds] == [HoldReason.LOST]
    twice = act(
        database, release_hold, ReleaseHold(note="二人目"), device="MB-T-0001", hold=first.id, now=later(hours=2)
    )
    assert twice == released
    kept = next(row for row in rows(database, "hold") if str(row.id) == first.id)
    assert (kept.closed_at, kept.closing_note) == (NOON, "部品交換")
    reopened = stop(database, "MB-T-0001", "repair")
    assert reopened.id != first.id


def test_a_hold_is_released_only_on_its_own_device(database: Database) -> None:
    tablets(database)
    devices(database, "MB-T-0001", "MB-T-0002")
    hold = stop(database, "MB-T-0001", "wipe")
    for wrong in (hold.id, "999", "x", "9" * 30):
        with pytest.raises(NotFound):
            act(database, release_hold, ReleaseHold(), device="MB-T-0002", hold=wrong)
    assert seen(database, "MB-T-0001").holds[0].id == hold.id


def test_a_retired_device_keeps_its_history_and_leaves_the_list(database: Database) -> None:
    tablets(database)
    devices(database, "MB-T-0001", "MB-T-0002")
    card = retired(database, "mb-t-0001", now=later(hours=3))
    assert (card.state, card.retired_at, card.retired_reason) == (
        DeviceState.RETIRED,
        later(hours=3),
        "画面が割れて直せない",
    )
    assert [item.asset_number for item in look(database, list_devices).items] == ["MB-T-0002"]
    with pytest.raises(Retired) as refusal:
        retired(database, "MB-T-0001")
    assert refusal.value.facts == {"device": "MB-T-0001"}


def test_a_lent_device_is_not_retired(database: Database) -> None:
    tablets(database, default_days=7)
    device(database, "MB-T-0001")
    lend(database, {"section": "福祉課"}, "MB-T-0001")
    with pytest.raises(AlreadyLent) as refusal:
        retired(database, "MB-T-0001")
    assert refusal.value.facts == {"device": "MB-T-0001"}
    assert seen(database, "MB-T-0001").state is DeviceState.ON_LOAN
    bring_back(database, "MB-T-0001")
    assert retired(database, "MB-T-0001").state is DeviceState.RETIRED


def test_an_unknown_device_is_named(database: Database) -> None:
    tries: list[Callable[[], object]] = [
        lambda: retired(database, "MB-X"),
        lambda: stop(database, "MB-X", "lost"),
        lambda: act(database, release_hold, ReleaseHold(), device="MB-X", hold="1"),
        lambda: act(database, bind_tag, BindTag(), device="MB-X"),
        lambda: act(database, change_device, DeviceChange(), device="MB-X", revision=1),
        lambda: seen(database, "MB-X"),
    ]
    for attempt in tries:
        with pytest.raises(NotFound) as refusal:
            attempt()
        assert refusal.value.facts == {"device": "MB-X"}


def test_a_new_label_takes_the_place_of_the_old(database: Database) -> None:
    tablets(database)
    old = device(database, "MB-T-0001").tag
    fresh = act(database, bind_tag, BindTag(), device="MB-T-0001", now=later(hours=1)).tag
    assert fresh is not None and fresh != old
    blank = act(database, print_blanks, PrintBlanks(count=1)).numbers[0]
    card = act(database, bind_tag, BindTag(number=blank), device="MB-T-0001", now=later(hours=2))
    assert card.tag == blank
    bound = [(row.number, row.bound_at, row.unbound_at) for row in rows(database, "tag_binding")]
    assert bound == [
        (old, NOON, later(hours=1)),
        (fresh, later(hours=1), later(hours=2)),
        (blank, later(hours=2), None),
    ]


def test_a_number_is_never_bound_twice(database: Database) -> None:
    tablets(database)
    old = device(database, "MB-T-0001").tag
    act(database, bind_tag, BindTag(), device="MB-T-0001")
    current = seen(database, "MB-T-0001").tag
    device(database, "MB-T-0002")
    # In use, used up, and never printed by this ledger.
    for number in (current, old, "00000000"):
        with pytest.raises(Invalid) as refusal:
            act(database, bind_tag, BindTag(number=number), device="MB-T-0002")
        assert refused_fields(refusal) == ["number"]
    assert seen(database, "MB-T-0001").tag == current


def test_each_device_is_in_one_state(database: Database) -> None:
    tablets(database, default_days=7)
    devices(database, "STOCK", "HELD", "OUT", "OUT-HELD", "GONE")
    for number in ("HELD", "OUT-HELD", "GONE"):
        if number == "OUT-HELD":
            lend(database, {"section": "福祉課"}, number)
        stop(database, number, "missing")
    lend(database, {"section": "福祉課"}, "OUT")
    retired(database, "GONE")

    def listed(state: DeviceState) -> list[str]:
        return [card.asset_number for card in look(database, list_devices, state=state).items]

    assert {state: listed(state) for state in DeviceState} == {
        DeviceState.IN_STOCK: ["STOCK"],
        DeviceState.HELD: ["HELD"],
        DeviceState.ON_LOAN: ["OUT", "OUT-HELD"],
        DeviceState.RETIRED: ["GONE"],
    }
    for state in DeviceState:
        assert {card.state for card in look(database, list_devices, state=state).items} == {state}
    assert [card.asset_number for card in look(database, list_devices, hold=HoldReason.MISSING).items] == [
        "HELD",
        "OUT-HELD",
    ]


def test_devices_are_found_by_what_people_type(database: Database) -> None:
    tablets(database)
    phones(database)
    tagged = device(database, "MB-T-0001", place="髙崎線の倉庫", serial="ABC100%", call_number=1)
    device(database, "MB-T-0002", model="ｉＰａｄ", note="<script>alert(1)</script>")
    device(database, "MB-S-0001", pool="phones", line_number="090-1234-5678")

    def found(**query: str) -> list[str]:
        return [card.asset_number for card in look(database, list_devices, **query).items]

    assert found(q="高崎") == ["MB-T-0001"]
    assert found(q="ＭＢ－Ｔ") == found(q="mbt") == ["MB-T-0001", "MB-T-0002"]
    assert found(q="ipad") == ["MB-T-0002"]
    assert found(q="<SCRIPT>") == ["MB-T-0002"]
    assert found(q="100%") == ["MB-T-0001"]
    assert found(q="%") == ["MB-T-0001"] and found(q="_") == []
    assert found(q="09012345678") == ["MB-S-0001"]
    assert tagged.tag is not None
    assert found(q=f"{tagged.tag[:4]} {tagged.tag[4:]}") == ["MB-T-0001"]
    assert found(pool="phones") == ["MB-S-0001"]
    assert found(place="髙崎線の倉庫") == ["MB-T-0001"]
    act(database, change_device, DeviceChange(place="富士見"), device="MB-T-0001", revision=1)
    assert found(q="高崎") == [] and found(q="冨士見") == ["MB-T-0001"]


def test_places_are_named_while_something_is_there(database: Database) -> None:
    tablets(database)
    for number, place in (("T1", "本庁"), ("T2", "倉庫"), ("T3", "本庁"), ("T4", None), ("T5", "閉じた館")):
        device(database, number, place=place)
    retired(database, "T5")
    assert look(database, list_places) == ["倉庫", "本庁"]


def test_pages_of_devices_hold_each_device_once(database: Database) -> None:
    tablets(database)
    numbers = [f"MB-T-{number:04d}" for number in range(7)]
    devices(database, *reversed(numbers))
    walked, cursor = [], None
    while True:
        page = look(database, list_devices, limit=3, cursor=cursor)
        assert page.total == 7 and len(page.items) <= 3
        walked += [card.asset_number for card in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert walked == numbers
    assert look(database, list_devices, limit=7).next is None


def test_a_lent_device_says_who_has_it(database: Database) -> None:
    tablets(database)
    devices(database, "MB-T-0001", "MB-T-0002")
    borrower = association(database)
    out = lend(database, {"association": borrower.id}, "MB-T-0001", due={"on": "2026-12-01"})
    lesson = course(database)
    lend(database, {"course": lesson.id}, "MB-T-0002")
    first, second = (seen(database, number).loan for number in ("MB-T-0001", "MB-T-0002"))
    assert first is not None and second is not None
    assert (first.number, first.borrower.type, first.borrower.id) == (out.number, "association", borrower.id)
    assert (first.due_on, first.due_at, first.lent_at) == (date(2026, 12, 1), None, NOON)
    assert (second.due_on, second.due_at, second.end_of_office) == (date(2026, 11, 24), lesson.ends_at, False)
