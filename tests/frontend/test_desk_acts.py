"""What the desk does besides lending and taking back one by one: moves, swaps, what differs, cases, what is left."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, expect
from sqlalchemy import func, select

from inventory.calendar import TOKYO
from inventory.database import reading
from inventory.devices import HOLD
from inventory.journal import ENTRY
from tests.frontend import printed
from tests.frontend.conftest import Server, axe_violations, sideways
from tests.frontend.test_desk import Desk, device, jpeg, loans_of

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
TAPS = Path(__file__).parents[2] / "docs" / "taps.md"


@pytest.fixture
def desk(server: Server, browse: Browse) -> Desk:
    """The desk, taking things back."""
    return Desk(server, browse(viewport=WIDE), "?act=return")


@pytest.fixture(scope="module")
def case(server: Server) -> str:
    """The label number of スマホ箱A, in which MB-S-0011 … MB-S-0026 lie."""
    order = {"code": "BOX-A", "name": "スマホ箱A", "place": "生涯学習課"}
    status, card = server.call("POST", "/api/cases", order, role="it")
    assert status == 201, card
    members = {"devices": [f"MB-S-{number:04d}" for number in range(11, 27)]}
    status, filled = server.call("PUT", "/api/cases/BOX-A/members", members, role="it")
    assert status == 200, filled
    return str(card["tag"])


def lend(server: Server, *devices: str, course: str | None = None, seat: str | None = None) -> Any:
    """Lend over JSON, as another desk does it; the loan's number."""
    batch, happened = str(uuid4()), datetime.now(UTC).isoformat()
    target = {"course": course} if course else {"association": server.city.association}
    items = [
        {"op_id": str(uuid4()), "seq": seq, "act": "lend", "code": code, "target": target, "batch": batch}
        | {"occurred_at": happened, "seat": seat}
        for seq, code in enumerate(devices)
    ]
    status, said = server.call("POST", "/api/scans", {"desk": "別の窓口", "items": items})
    assert status == 200 and all(result["outcome"] == "applied" for result in said["results"]), said
    return said["results"][0]["loan"]


def ready(server: Server, *devices: str) -> None:
    """These devices may go out, whatever a test before did with them: the tests of this module share them."""
    assert server.call("POST", "/api/returns", {"devices": list(devices)})[0] == 200
    for asset_number in devices:
        for hold in device(server, asset_number)["holds"]:
            path = f"/api/devices/{asset_number}/holds/{hold['id']}/release"
            assert server.call("POST", path, {}, role="it")[0] == 200


def new_course(server: Server, title: str, begins: str, ends: str, **more: Any) -> str:
    """A course of today from one time of day to another; the tests run at whatever hour."""
    day = datetime.now(TOKYO).date().isoformat()
    programme = server.get("/api/programmes")["items"][0]["id"]
    body = {"programme": programme, "title": title, "venue": server.city.venue, **more}
    body |= {"starts_at": f"{day}T{begins}:00+09:00", "ends_at": f"{day}T{ends}:00+09:00"}
    status, card = server.call("POST", "/api/courses", body)
    assert status == 201, card
    return str(card["id"])


def form_of(row: Locator) -> Locator:
    return row.locator(".under form")


# ---- Moving and swapping ----


def test_things_are_moved_to_a_place_that_is_chosen_once(server: Server, desk: Desk) -> None:
    desk.choose("move")
    desk.scan(desk.label("MB-T-0001"))
    expect(desk.page.locator("#result .no")).to_be_visible()  # Nobody has said where to.
    expect(desk.page.locator("#place-known")).to_contain_text("大胡公民館")
    desk.page.locator("#place-known").select_option("大胡公民館")
    desk.tap("#mover button[type=submit]")
    desk.scan(desk.label("MB-T-0001"))
    desk.scan(desk.label("MB-T-0002"))
    expect(desk.rows("applied")).to_have_count(2)
    desk.tap("#place-change")
    desk.page.locator("#place-other").fill("情報政策課の棚")
    desk.tap("#mover button[type=submit]")
    desk.scan(desk.label("MB-T-0002"))  # Another place: it is no longer "already".
    expect(desk.rows("applied")).to_have_count(3)
    places = [device(server, tablet)["place"] for tablet in ("MB-T-0001", "MB-T-0002")]
    assert places == ["大胡公民館", "情報政策課の棚"]
    assert [item["act"] for item in desk.scans_sent] == ["move"] * 3
    desk.tap("#undo")
    expect(desk.rows("undone")).to_have_count(1)
    assert device(server, "MB-T-0002")["place"] == "大胡公民館"


def test_a_swap_keeps_the_seat_and_the_loan_and_tells_what_is_wrong(server: Server, desk: Desk) -> None:
    loan = lend(server, "MB-T-0003", seat="A-3")
    desk.choose("swap")
    desk.scan(desk.label("MB-T-0003"))
    expect(desk.page.locator("#swap-step")).to_contain_text("MB-T-0003")
    desk.scan(desk.label("MB-T-0003"))  # The same one again is no replacement.
    expect(desk.page.locator("#result .again")).to_be_visible()
    desk.tap("#swap-wrong summary")
    desk.page.locator("#swap-differs [type=checkbox]").check()
    desk.page.get_by_role("button", name="電源が入らない").click()
    desk.scan(desk.label("MB-T-0004"))
    expect(desk.row("applied", "MB-T-0004")).to_be_visible()
    expect(desk.page.locator("#swap-wrong")).to_be_hidden()
    [card] = loans_of(server, "MB-T-0004")
    assert card["number"] == loan
    seats = {item["asset_number"]: (item["seat"], bool(item["returned_at"])) for item in card["items"]}
    assert seats == {"MB-T-0003": ("A-3", True), "MB-T-0004": ("A-3", False)}
    worn = device(server, "MB-T-0003")
    assert sorted(hold["reason"] for hold in worn["holds"]) == ["inspect", "wipe"]
    assert [item["act"] for item in desk.scans_sent] == ["swap"]
    assert desk.scans_sent[0]["target"] == {"device": "MB-T-0003"}


# ---- Only what differs ----


def test_a_missing_charger_and_a_broken_screen_with_a_picture_are_told_after_the_scan(
    server: Server, desk: Desk
) -> None:
    loan = lend(server, "MB-T-0005")
    desk.scan(desk.label("MB-T-0005"))
    row = desk.row("applied", "MB-T-0005")
    expect(row).to_be_visible()
    desk.tap(row.get_by_role("button", name="ちがうところがある"))
    form = form_of(desk.page.locator("#runs > li", has_text="MB-T-0005").first)
    desk.tap(form.get_by_role("button", name=re.compile("充電器を1つ減らす")))
    form.locator("[type=checkbox]").check()
    form.get_by_role("button", name="画面が割れている").click()
    photo = jpeg(printed.photo([printed.label_of(server.url, "MB-T-0005", server.city.tags["MB-T-0005"])]))
    form.locator("[type=file]").set_input_files(photo)
    expect(form.locator(".shots img")).to_have_count(1)
    desk.tap(form.locator("[type=submit]"))
    expect(desk.page.locator("#bar-words")).to_be_empty()
    expect(row).to_contain_text("充電器が1つ足りません")
    [card] = loans_of(server, "MB-T-0005")
    assert card["number"] == loan
    [item] = card["items"]
    assert item["returned_at"] and item["returned_accessories"] == {"充電器": 0}
    assert item["condition_ok"] is False and item["condition_note"] == "画面が割れている"
    holds = {hold["reason"]: hold["note"] for hold in device(server, "MB-T-0005")["holds"]}
    assert holds == {"wipe": "画面が割れている", "inspect": "画面が割れている"}
    pictures = server.get("/api/devices/MB-T-0005/pictures")["items"]
    assert [max(picture["width"], picture["height"]) <= 1600 for picture in pictures] == [True]
    assert pictures[0]["loan"] == loan


def test_what_differs_is_kept_without_a_network_and_takes_the_place_of_the_first_scan(
    server: Server, desk: Desk
) -> None:
    lend(server, "MB-T-0006")
    # From now on the desk opens without a network, too.
    desk.page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    desk.page.context.set_offline(True)
    desk.scan(desk.label("MB-T-0006"))
    row = desk.row("waiting", "MB-T-0006").first
    row.get_by_role("button", name="ちがうところがある").click()
    form = form_of(desk.page.locator("#runs > li").first)
    form.locator("[type=checkbox]").check()
    photo = jpeg(printed.photo([printed.label_of(server.url, "MB-T-0006", server.city.tags["MB-T-0006"])]))
    form.locator("[type=file]").set_input_files(photo)
    expect(form.locator(".shots img")).to_have_count(1)
    form.locator("[type=submit]").click()
    expect(desk.page.locator("#bar-words")).to_contain_text("写真")
    desk.page.reload()
    desk.page.context.set_offline(False)
    desk.page.goto("/desk?act=return")
    expect(desk.row("undone", "MB-T-0006")).to_have_count(1)
    expect(desk.row("applied", "MB-T-0006")).to_have_count(1)
    expect(desk.page.locator("#bar-words")).to_be_empty()
    [card] = loans_of(server, "MB-T-0006")
    assert card["items"][0]["condition_ok"] is False
    assert len(server.get("/api/devices/MB-T-0006/pictures")["items"]) == 1
    assert desk.scans_sent[-1]["condition"]["ok"] is False


def test_a_correction_never_returns_what_somebody_else_has_by_now(server: Server, desk: Desk) -> None:
    lend(server, "MB-S-0010")
    desk.scan(desk.label("MB-S-0010"))
    row = desk.row("applied", "MB-S-0010")
    desk.tap(row.get_by_role("button", name="ちがうところがある"))
    form_of(row).locator("[type=checkbox]").check()
    ready(server, "MB-S-0010")
    other = lend(server, "MB-S-0010")
    desk.tap(form_of(row).locator("[type=submit]"))
    expect(desk.page.locator("#result .no")).to_contain_text("書き直せませんでした")
    expect(row).to_contain_text("書き直せませんでした")
    expect(desk.page.locator("#bar-words")).to_be_empty()
    assert device(server, "MB-S-0010")["loan"]["number"] == other
    assert len(desk.scans_sent) == 1


def test_nothing_differs_after_all(server: Server, desk: Desk) -> None:
    lend(server, "MB-T-0007")
    desk.scan(desk.label("MB-T-0007"))
    row = desk.row("applied", "MB-T-0007")
    desk.tap(row.get_by_role("button", name="ちがうところがある"))
    desk.tap(form_of(row).locator("[type=submit]"))
    expect(form_of(row)).to_have_count(0)
    assert len(desk.scans_sent) == 1


# ---- Cases ----


def test_a_case_goes_out_and_comes_back_without_the_one_that_is_missing(server: Server, desk: Desk, case: str) -> None:
    course = new_course(server, "午後の講座", "00:01", "23:58")
    desk.page.goto(f"/desk?course={course}")
    desk.page.locator("#desk[data-ready]").wait_for()
    desk.scan(f"{server.url}/T/{case}".upper())
    row = desk.row("applied", "スマホ箱A")
    expect(row).to_contain_text("16台")
    expect(desk.page.locator("#result")).to_contain_text("16台")
    assert desk.page.locator("#count").inner_text() == "16"
    desk.tap(row.get_by_role("button", name="足りない端末がある"))
    form = form_of(row)
    form.locator("label", has_text="MB-S-0026").locator("input").check()
    desk.tap(form.locator("[type=submit]"))
    expect(desk.row("applied", "スマホ箱A")).to_contain_text("15台")
    expect(desk.row("applied", "スマホ箱A").locator(".leftout")).to_contain_text("MB-S-0026")
    [loan] = server.get(f"/api/loans?course={course}")["items"]
    assert len(loan["items"]) == 15 and "MB-S-0026" not in {item["asset_number"] for item in loan["items"]}
    assert device(server, "MB-S-0026")["state"] == "in_stock"
    # Back it comes without another one, which somebody is still looking for.
    desk.choose("return")
    desk.scan(case)
    row = desk.row("applied", "スマホ箱A").first
    expect(row).to_contain_text("返りました")
    desk.tap(row.get_by_role("button", name="足りない端末がある"))
    form = form_of(row)
    form.locator("label", has_text="MB-S-0011").locator("input").check()
    desk.tap(form.locator("[type=submit]"))
    expect(desk.row("applied", "スマホ箱A").first.locator(".leftout")).to_contain_text("MB-S-0011")
    expect(desk.page.locator("#bar-words")).to_be_empty()
    assert device(server, "MB-S-0011")["state"] == "on_loan"
    assert {device(server, f"MB-S-{number:04d}")["state"] for number in range(12, 26)} == {"held"}
    desk.scan("MB-S-0011")
    desk.choose("inspect")
    desk.scan(case)
    expect(desk.row("applied", "点検を記録しました")).to_have_count(1)
    expect(desk.page.locator("#bar-words")).to_be_empty()
    assert {device(server, f"MB-S-{number:04d}")["state"] for number in range(11, 27)} == {"in_stock"}


def test_what_a_case_went_without_follows_once_it_is_inspected(server: Server, desk: Desk, case: str) -> None:
    phones = [f"MB-S-{number:04d}" for number in range(11, 27)]
    ready(server, *phones)
    assert server.call("POST", "/api/devices/MB-S-0020/holds", {"reason": "inspect"}, role="it")[0] == 201
    course = new_course(server, "点検が1台まだの講座", "00:05", "23:54")
    desk.page.goto(f"/desk?course={course}")
    desk.page.locator("#desk[data-ready]").wait_for()
    desk.scan(case)
    row = desk.row("applied", "スマホ箱A")
    expect(row).to_contain_text("15台")
    expect(row.locator(".leftout li")).to_have_count(1)
    expect(row.locator(".leftout")).to_contain_text("MB-S-0020")
    desk.choose("inspect")
    desk.scan(case)
    expect(desk.row("applied", "点検を記録しました")).to_have_count(1)
    desk.choose("lend")
    desk.page.wait_for_timeout(3_000)  # Within them the same label is the same scan.
    desk.scan(case)
    expect(desk.page.locator("#count")).to_have_text("16")
    expect(desk.page.locator("#bar-words")).to_be_empty()
    [loan] = server.get(f"/api/loans?course={course}")["items"]
    assert sorted(item["asset_number"] for item in loan["items"]) == phones


def test_sixteen_phones_serve_two_courses_in_a_day_with_one_check_between_and_no_wipe(
    server: Server, browse: Browse, case: str
) -> None:
    morning = new_course(server, "朝の講座", "09:00", "12:00")
    evening = new_course(server, "夕方の講座", "13:00", "17:00")
    desk = Desk(server, browse(viewport=PHONE), f"?course={morning}")
    phones = [f"MB-S-{number:04d}" for number in range(11, 27)]
    ready(server, *phones)
    before = _last_entry(server)

    def scan_case(act: str, words: str) -> None:
        desk.scan(f"{server.url}/T/{case}".upper())
        expect(desk.row("applied", "スマホ箱A").first).to_contain_text(words)
        expect(desk.page.locator("#bar-words")).to_be_empty()
        assert desk.scans_sent[-1]["act"] == act

    scan_case("lend", "貸出しました　16台")
    desk.choose("return")
    scan_case("return", "返りました　16台")
    assert {tuple(hold["reason"] for hold in device(server, phone)["holds"]) for phone in phones} == {("inspect",)}
    desk.choose("inspect")
    scan_case("inspect", "点検を記録しました")
    desk.page.goto(f"/desk?course={evening}")
    desk.page.locator("#desk[data-ready]").wait_for()
    scan_case("lend", "貸出しました　16台")
    desk.choose("return")
    scan_case("return", "返りました　16台")
    assert [item["act"] for item in desk.scans_sent] == ["lend", "return", "inspect", "lend", "return"]
    for course in (morning, evening):
        [loan] = server.get(f"/api/loans?course={course}")["items"]
        assert sorted(item["asset_number"] for item in loan["items"]) == phones
        assert all(item["returned_at"] for item in loan["items"])
    assert not {reason for reason in _holds_since(server, before) if reason != "inspect"}
    assert "wipe" not in json.dumps(_journal_since(server, before))


def _last_entry(server: Server) -> int:
    with reading(server.database) as session:
        return int(session.connection().execute(select(func.max(ENTRY.c.seq))).scalar_one())


def _journal_since(server: Server, seq: int) -> list[Any]:
    with reading(server.database) as session:
        return list(session.connection().execute(select(ENTRY.c.data).where(ENTRY.c.seq > seq)).scalars())


def _holds_since(server: Server, seq: int) -> list[str]:
    with reading(server.database) as session:
        return [
            str(one) for one in session.connection().execute(select(HOLD.c.reason).where(HOLD.c.entry > seq)).scalars()
        ]


# ---- What a course still has out ----


def test_what_is_left_of_a_course_is_seen_at_both_desks(server: Server, browse: Browse) -> None:
    course = new_course(server, "二つの窓口の講座", "00:02", "23:57")
    phones = [f"MB-S-{number:04d}" for number in range(1, 5)]
    lend(server, *phones, course=course)
    one, other = (Desk(server, browse(viewport=WIDE), f"?act=return&course={course}") for _ in range(2))
    for desk in (one, other):
        expect(desk.page.locator("#remaining-title")).to_contain_text("4")
    one.scan(one.label("MB-S-0001"))
    expect(one.row("applied", "MB-S-0001")).to_be_visible()
    for desk in (one, other):
        expect(desk.page.locator("#remaining-list > li")).to_have_count(3)
        expect(desk.page.locator("#remaining-list")).to_contain_text("2番")
    # Without a network the desk counts its own returns, and says that they are on their way.
    other.page.context.set_offline(True)
    other.scan(other.label("MB-S-0002"))
    expect(other.page.locator("#remaining-list > li.here")).to_contain_text("MB-S-0002")
    expect(other.page.locator("#remaining-title")).to_contain_text("2")
    assert one.page.locator("#remaining-list > li").count() == 3
    other.page.context.set_offline(False)
    expect(one.page.locator("#remaining-list > li")).to_have_count(2)
    link = one.page.locator("#remaining-list a", has_text="MB-S-0004")
    with one.page.context.expect_page() as opened:
        link.click()
    form = opened.value
    assert form.locator("[name=reason]").input_value() == "missing"
    form.locator("form[action$='/holds'] [type=submit]").click()
    expect(form.locator("body")).to_contain_text("所在不明")
    form.close()
    expect(one.page.locator("#remaining-list > li", has_text="MB-S-0004")).to_contain_text("所在不明")
    for phone in ("MB-S-0003", "MB-S-0004"):
        one.scan(one.label(phone))
    expect(one.page.locator("#remaining-title")).to_contain_text("全部もどりました")
    expect(other.page.locator("#remaining-title")).to_contain_text("全部もどりました")


def test_fifteen_out_fourteen_back_one_missing_takes_the_taps_that_are_written_down(
    server: Server, browse: Browse
) -> None:
    course = new_course(server, "十五人の講座", "00:03", "23:56", capacity=15)
    phones = [f"MB-S-{number:04d}" for number in range(1, 16)]
    ready(server, *phones)
    desk = Desk(server, browse(viewport=WIDE), f"?course={course}")
    for phone in phones[:12]:
        desk.scan(desk.label(phone))
    expect(desk.page.locator("#count-of")).to_contain_text("15台")
    expect(desk.page.locator("#count-of")).to_contain_text("あと3台")
    for phone in phones[12:]:
        desk.scan(desk.label(phone))
    desk.choose("return")
    for phone in phones[:14]:
        desk.scan(desk.label(phone))
    expect(desk.page.locator("#remaining-list")).to_contain_text("15番")
    report_missing(desk)
    # The address of the course came from 今日, where one tap opens it.
    assert (desk.taps + 1, len(desk.scans_sent)) == written("つなぐ台帳, phone by phone")


def test_a_case_out_and_back_with_one_missing_takes_the_taps_that_are_written_down(
    server: Server, browse: Browse, case: str
) -> None:
    course = new_course(server, "箱ごとの講座", "00:04", "23:55")
    ready(server, *(f"MB-S-{number:04d}" for number in range(11, 27)))
    desk = Desk(server, browse(viewport=WIDE), f"?course={course}")
    desk.scan(case)
    expect(desk.row("applied", "スマホ箱A")).to_contain_text("16台")
    desk.choose("return")
    desk.scan(case)
    expect(desk.row("applied", "スマホ箱A")).to_have_count(2)
    desk.tap(desk.row("applied", "スマホ箱A").first.get_by_role("button", name="足りない端末がある"))
    form = form_of(desk.page.locator("#runs > li").first)
    desk.tap(form.locator("label", has_text="MB-S-0012"))
    desk.tap(form.locator("[type=submit]"))
    expect(desk.page.locator("#remaining-list")).to_contain_text("12番")
    report_missing(desk)
    # The correction sends the return once more, which is no scan of anybody's.
    scans = [item for item in desk.scans_sent if not item.get("without")]
    assert (desk.taps + 1, len(scans)) == written("つなぐ台帳, with a 貸出ケース")


def report_missing(desk: Desk) -> None:
    """見つからない, and the form that it opens."""
    expect(desk.page.locator("#remaining-list > li")).to_have_count(1)
    with desk.page.context.expect_page() as opened:
        desk.tap("#remaining-list a")
    desk.taps += 1
    opened.value.locator("form[action$='/holds'] [type=submit]").click()
    expect(opened.value.locator("body")).to_contain_text("所在不明")


def written(system: str) -> tuple[int, int]:
    """Taps and scans of a line of docs/taps.md."""
    [found] = re.findall(rf"^\| {system} \| *(\d+) *\| *(\d+) *\|", TAPS.read_text("utf-8"), re.M)
    return int(found[0]), int(found[1])


# ---- For everybody ----


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("act", ["return", "swap", "move", "inspect"])
def test_every_act_can_be_used_by_everybody(server: Server, browse: Browse, act: str, width: int) -> None:
    desk = Desk(
        server, browse(viewport={"width": width, "height": 900}), f"?act={act}&course={server.city.course_today}"
    )
    if act == "return":
        phone = {360: "MB-S-0008", 1280: "MB-S-0009"}[width]
        ready(server, phone)
        lend(server, phone)
        desk.scan(desk.label(phone))
        row = desk.row("applied", phone)
        desk.tap(row.get_by_role("button", name="ちがうところがある"))
        form_of(row).locator("[type=checkbox]").check()
    elif act == "swap":
        desk.scan(desk.label("MB-T-0008"))
        expect(desk.page.locator("#swap-step")).to_contain_text("MB-T-0008")
        desk.tap("#swap-wrong summary")
    assert axe_violations(desk.page) == []
    for narrow in (width, 640, 320):  # 1280 px at a zoom of 200 % and of 400 %.
        desk.page.set_viewport_size({"width": narrow, "height": 900})
        wide = sideways(desk.page)
        assert wide <= 0, (act, narrow)


def test_who_may_not_lend_may_move_and_check(server: Server, browse: Browse) -> None:
    desk = Desk(server, browse("it", viewport=PHONE), "?act=move")
    acts = desk.page.locator("#acts input").evaluate_all("(all) => all.map((one) => one.value)")
    assert acts == ["move", "inspect", "wipe", "see"]
    desk.page.locator("#place-known").select_option("大胡公民館")
    desk.tap("#mover button[type=submit]")
    desk.scan(desk.label("MB-S-0005"))
    expect(desk.row("applied", "MB-S-0005")).to_be_visible()
    assert device(server, "MB-S-0005")["place"] == "大胡公民館"
