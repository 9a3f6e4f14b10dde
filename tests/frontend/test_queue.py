"""What waits on a machine: nothing that was read is lost, nothing is sent twice, and every page says how much it is."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from inventory.calendar import today
from inventory.database import writing
from inventory.journal import By
from inventory.sign_in import hash_password
from inventory.staff import NewStaff, StaffCard, StaffChange, add_staff, change_staff
from inventory.tables import Role
from tests.frontend import seed
from tests.frontend.conftest import Server, axe_violations, sideways
from tests.frontend.test_desk import Desk, device, loans_of
from tests.frontend.test_offline_desk import sign_in, until

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]
SCANS = "**/api/scans"


@pytest.fixture
def desk(server: Server, browse: Browse) -> Desk:
    """The desk, lending to the association."""
    return Desk(server, browse(viewport={"width": 1280, "height": 900}), f"?association={server.city.association}")


@pytest.fixture
def calm(server: Server, browse: Browse) -> Desk:
    """The desk, noting inspections: acts that any device takes at any time."""
    return Desk(server, browse(viewport={"width": 1280, "height": 900}), "?act=inspect")


def cut(desk: Desk) -> None:
    desk.page.context.route(SCANS, lambda route: route.abort())


def mend(desk: Desk) -> None:
    desk.page.context.unroute(SCANS)
    desk.page.evaluate("dispatchEvent(new Event('online'))")


def again(desk: Desk) -> None:
    desk.page.reload()
    desk.page.locator("#desk[data-ready]").wait_for()


def store(page: Page, script: str, argument: Any = None) -> Any:
    """Run ``script``, an expression over ``store`` (the page's own module) and ``given``."""
    return page.evaluate(f"async (given) => {{ const store = await import('/static/store.js'); {script} }}", argument)


def kept(page: Page) -> list[dict[str, Any]]:
    """All records of this machine, in the order in which they happened."""
    found: list[dict[str, Any]] = store(page, "return store.shownSince(0)")
    return found


# ---- Kept before it is said ----

_WATCH = """
window.order = [];
const begin = IDBDatabase.prototype.transaction;
window.durabilities = new Set();
IDBDatabase.prototype.transaction = function (stores, mode, options) {
  const transaction = begin.call(this, stores, mode, options);
  if (mode === "readwrite") window.durabilities.add(transaction.durability);
  transaction.addEventListener("complete", () => transaction.keeps && window.order.push("kept"));
  return transaction;
};
const add = IDBObjectStore.prototype.add;
IDBObjectStore.prototype.add = function (...all) {
  this.transaction.keeps = true;
  return add.apply(this, all);
};
addEventListener("DOMContentLoaded", () => {
  const said = () => window.order.push("said");
  new MutationObserver(said).observe(document.getElementById("result"), { childList: true });
  new MutationObserver(said).observe(document.getElementById("runs"), { childList: true });
});
navigator.vibrate = () => window.order.push("said");
"""


def test_a_scan_is_on_the_disk_before_the_desk_says_anything(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script(_WATCH)
    desk = Desk(server, context, "?act=inspect")
    cut(desk)
    desk.enter(desk.label("MB-S-0001"))
    expect(desk.rows("waiting")).to_have_count(1)
    order = desk.page.evaluate("order")
    assert order[0] == "kept" and "said" in order and order.count("kept") == 1
    assert desk.page.evaluate("[...durabilities]") == ["strict"]
    [record] = kept(desk.page)
    assert record["state"] == "waiting" and record["username"] == "desk" and record["op_id"][14] == "7"


def test_the_browser_is_asked_once_to_keep_the_store(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script(
        "StorageManager.prototype.persist = async () => {"
        " localStorage.asked = 1 + +(localStorage.asked ?? 0); return false; };"
    )
    desk = Desk(server, context, "?act=inspect")
    for phone in ("MB-S-0001", "MB-S-0002"):
        desk.enter(desk.label(phone))
        expect(desk.row("noted", phone)).to_be_visible()
        again(desk)
    until(desk.page, "localStorage.asked === '1'")
    desk.enter(desk.label("MB-S-0003"))
    expect(desk.row("noted", "MB-S-0003")).to_be_visible()
    assert desk.page.evaluate("localStorage.asked") == "1"


def test_a_machine_that_can_keep_nothing_says_so_and_takes_nothing(server: Server, browse: Browse) -> None:
    context = browse()
    context.add_init_script(
        "IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    )
    desk = Desk(server, context, "?act=inspect")
    desk.enter(desk.label("MB-S-0001"))
    expect(desk.page.locator("#result .no")).to_contain_text("紙に控えて")
    assert desk.page.locator("#runs > li").count() == 0
    assert desk.scans_sent == []


# ---- Over reloads ----


def test_a_reload_keeps_rows_queue_and_loan(server: Server, desk: Desk) -> None:
    cut(desk)
    desk.enter(desk.label("MB-S-0001"))
    desk.enter(desk.label("MB-S-0002"))
    expect(desk.rows("waiting")).to_have_count(2)
    again(desk)
    expect(desk.rows("waiting")).to_have_count(2)
    expect(desk.page.locator("#count")).to_have_text("2")
    desk.enter(server.city.tags["MB-S-0001"])
    expect(desk.rows("noted")).to_have_count(1)
    mend(desk)
    desk.enter(desk.label("MB-S-0003"))
    expect(desk.rows("applied")).to_have_count(3)
    again(desk)
    expect(desk.rows("applied")).to_have_count(3)
    [loan] = loans_of(server, "MB-S-0001")
    assert [item["asset_number"] for item in loan["items"]] == ["MB-S-0001", "MB-S-0002", "MB-S-0003"]
    assert [record["seq"] for record in kept(desk.page)] == [0, 1, 2]


def test_an_act_is_taken_back_after_a_reload_too(server: Server, desk: Desk) -> None:
    desk.enter(desk.label("MB-S-0004"))
    expect(desk.row("applied", "MB-S-0004")).to_be_visible()
    again(desk)
    cut_undo = "**/api/operations/*/undo"
    desk.page.route(cut_undo, lambda route: route.abort())
    desk.tap("#undo")
    expect(desk.page.locator("#bar-words")).to_contain_text("1")
    expect(desk.page.locator("#undo")).to_be_hidden()
    again(desk)
    expect(desk.page.locator("#bar-words")).to_contain_text("1")
    desk.page.unroute(cut_undo)
    desk.send_again()
    expect(desk.row("undone", "MB-S-0004")).to_be_visible()
    assert device(server, "MB-S-0004")["state"] == "in_stock"


def test_after_fifteen_minutes_the_press_that_takes_back_is_gone(server: Server, desk: Desk) -> None:
    desk.enter(desk.label("MB-S-0004"))
    expect(desk.row("applied", "MB-S-0004")).to_be_visible()
    [record] = kept(desk.page)
    back = {"opId": record["op_id"], "when": record["when"] - 16 * 60_000}
    store(desk.page, "await store.change(new Map([[given.opId, { when: given.when }]]))", back)
    again(desk)
    expect(desk.row("applied", "MB-S-0004")).to_be_visible()
    expect(desk.page.locator("#undo")).to_be_hidden()


def test_what_was_refused_is_shown_until_somebody_has_seen_it(server: Server, calm: Desk) -> None:
    calm.enter("NOBODY-HAS-THIS")
    expect(calm.rows("refused")).to_have_count(1)
    [record] = kept(calm.page)
    days = {"opId": record["op_id"], "when": record["when"] - 3 * 24 * 3600_000}
    store(calm.page, "await store.change(new Map([[given.opId, { when: given.when }]]))", days)
    again(calm)
    calm.tap(calm.rows("refused").get_by_role("button", name="確かめました"))
    expect(calm.rows("refused").get_by_role("button")).to_have_count(0)
    again(calm)
    expect(calm.rows("refused")).to_have_count(0)


@pytest.mark.parametrize("verdict", [{"outcome": "conflict"}, {"outcome": "repeated", "first": "conflict"}])
def test_a_conflict_leads_to_where_it_is_settled(server: Server, calm: Desk, verdict: dict[str, str]) -> None:
    def conflict(route: Route) -> None:
        [item] = json.loads(route.request.post_data or "")["items"]
        sentence = "別の窓口が先に貸しています。要確認に残しました。"
        result = {"op_id": item["op_id"], "code": "already-lent", "detail": sentence, **verdict}
        route.fulfill(json={"results": [result | {"device": "MB-S-0005", "holds": []}]})

    calm.page.route(SCANS, conflict)
    calm.enter(calm.label("MB-S-0005"))
    row = calm.row("conflict", "MB-S-0005")
    expect(row).to_contain_text("要確認")
    expect(row.get_by_role("link")).to_have_attribute("href", "/conflicts")
    assert row.locator("use").first.get_attribute("href") == "#mark-ask"
    again(calm)
    expect(row.get_by_role("button", name="確かめました")).to_be_visible()


# ---- Answers that are none ----

_ANSWERS: dict[str, dict[str, Any]] = {
    "busy": {"status": 503, "json": {"status": 503, "code": "busy", "detail": "混んでいます"}},
    "broken": {"status": 500, "body": "Internal Server Error"},
    "not-allowed": {"status": 403, "json": {"status": 403, "code": "not-allowed", "detail": "役割がありません。"}},
    "sign-in": {"status": 401, "json": {"status": 401, "code": "sign-in", "detail": "サインインしてください。"}},
    "too-many": {"status": 429, "headers": {"Retry-After": "1"}, "json": {"status": 429, "code": "too-many"}},
    "portal": {"status": 200, "content_type": "text/html", "body": "<title>wifi</title>"},
    "other JSON": {"status": 200, "json": {"ok": True}},
    "too few": {"status": 200, "json": {"results": []}},
    "another's verdict": {"status": 200, "json": {"results": [{"op_id": "else", "outcome": "applied", "holds": []}]}},
    "no verdict": {"status": 400, "json": {"status": 400, "code": "bad-request", "detail": "読めません。"}},
}


@pytest.mark.parametrize("answer", _ANSWERS)
def test_an_answer_that_is_no_verdict_leaves_the_queue_whole(server: Server, calm: Desk, answer: str) -> None:
    asked: list[str] = []

    def say(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(**_ANSWERS[answer])

    calm.page.context.route(SCANS, say)
    calm.enter(calm.label("MB-S-0006"))
    trouble = calm.page.locator("#bar-trouble")
    expect(trouble).not_to_be_empty()
    assert trouble.inner_text().count("。") <= 2
    assert calm.page.locator("#bar-words").inner_text() == "未送信 1件"
    calm.page.wait_for_timeout(1_500)
    assert len(asked) <= 4, "a refused request is sent in a hot loop"
    again(calm)
    expect(calm.rows("waiting")).to_have_count(1)
    [record] = kept(calm.page)
    assert record["state"] == "waiting" and record["tried"]
    # The page asks twice whose session it is before it gives up; until then what waits may still go out by itself.
    expect(calm.page.locator("#send-again")).to_be_visible()
    calm.page.context.unroute(SCANS)
    calm.send_again()
    expect(calm.rows("noted")).to_have_count(1)
    expect(calm.page.locator("#bar")).to_be_hidden()


def read_offline(desk: Desk, codes: list[str]) -> None:
    """Acts of this machine, as its desk keeps them, quicker than anybody scans."""
    script = """for (const code of given) {
      await store.keep({ kind: "scan", desk: "大胡", username: "desk", name: "desk", act: "inspect", code, wire: {},
        turn: null, shown: code, call: null });
    }"""
    store(desk.page, script, codes)


def test_four_bad_items_among_fifty_hold_nobody_up(server: Server, calm: Desk) -> None:
    cut(calm)
    phones = [f"MB-S-{1 + number % 26:04d}" for number in range(50)]
    phones[7] = "NOBODY-HAS-THIS"
    read_offline(calm, phones)
    records = kept(calm.page)
    assert len(records) == 50
    used = str(uuid4())
    item = {"op_id": used, "seq": 0, "act": "inspect", "code": "MB-S-0001", "occurred_at": "2026-04-01T09:00:00+09:00"}
    [result] = server.call("POST", "/api/scans", {"desk": "大胡", "items": [item]})[1]["results"]
    assert result["outcome"] == "applied"
    bad = {
        records[17]["op_id"]: {"occurred_at": "2999-01-01T00:00:00Z"},
        records[27]["op_id"]: {"wire": {"target": {"place": "大胡\u0007"}}},
    }
    store(calm.page, "await store.change(new Map(Object.entries(given)))", bad)
    script = """const [record] = await store.change(new Map([[given.from, { state: "undone" }]]));
      const open = indexedDB.open("tsunagu-desk");
      const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
      const transaction = database.transaction("acts", "readwrite");
      transaction.objectStore("acts").delete(given.from);
      transaction.objectStore("acts").add({ ...record, op_id: given.to, state: "waiting" });
      await new Promise((resolve) => { transaction.oncomplete = resolve; });
      database.close();"""
    store(calm.page, script, {"from": records[37]["op_id"], "to": used})
    again(calm)
    requests: list[int] = []
    calm.page.on("request", lambda sent: requests.append(1) if sent.url.endswith("/api/scans") else None)
    mend(calm)
    expect(calm.page.locator("#bar-words")).to_be_empty()
    verdicts = [record["result"] for record in kept(calm.page) if record["state"] != "undone"]
    assert [verdict["outcome"] for verdict in verdicts].count("applied") == 46
    refused = {verdict["code"]: verdict["detail"] for verdict in verdicts if verdict["outcome"] == "refused"}
    assert set(refused) == {"not-found", "impossible-time", "invalid", "op-id-reused"}
    assert len(set(refused.values())) == 4
    assert len(requests) == 1
    expect(calm.rows("refused")).to_have_count(4)


def test_an_item_that_spoils_its_request_stays_and_the_others_go(server: Server, calm: Desk) -> None:
    cut(calm)
    read_offline(calm, [f"MB-S-{number:04d}" for number in range(1, 21)])
    calm.page.context.unroute(SCANS)

    def spoilt(route: Route) -> None:
        codes = [item["code"] for item in json.loads(route.request.post_data or "")["items"]]
        if "MB-S-0013" in codes:
            route.fulfill(status=400, json={"status": 400, "code": "bad-request", "detail": "この要求は読めません。"})
        else:
            route.continue_()

    calm.page.context.route(SCANS, spoilt)
    again(calm)
    expect(calm.page.locator("#bar-words")).to_have_text("未送信 1件")
    expect(calm.page.locator("#bar-trouble")).to_have_text("この要求は読めません。")
    states = [record["state"] for record in kept(calm.page)]
    assert states.count("applied") == 19 and states[12] == "waiting"
    # What is read meanwhile goes out.
    calm.enter(calm.label("MB-S-0021"))
    expect(calm.row("noted", "MB-S-0021")).to_be_visible()


# ---- Who sends ----


def become(context: BrowserContext, server: Server, role: str) -> None:
    name, _, value = server.cookie(role).partition("=")
    context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/", "httpOnly": True}])


def test_what_another_person_read_waits_until_it_is_taken_over(server: Server, calm: Desk) -> None:
    cut(calm)
    calm.enter(calm.label("MB-S-0007"))
    expect(calm.rows("waiting")).to_have_count(1)
    context = calm.page.context
    become(context, server, "admin")
    context.unroute(SCANS)
    # The old window still names the first person; the server says whose the session is now.
    calm.page.evaluate("new BroadcastChannel('tsunagu-desk').postMessage({ kind: 'who', username: 'admin' })")
    calm.send_again()
    expect(calm.page.locator("#bar-others")).to_contain_text("deskさん")
    expect(calm.page.locator("#desk-who")).to_have_text("adminさん")
    calm.scans_sent.clear()
    new = Desk(server, context, "?act=inspect")
    expect(new.page.locator("#bar-others")).to_contain_text("deskさんの操作が1件")
    new.enter(new.label("MB-S-0008"))
    expect(new.row("noted", "MB-S-0008")).to_be_visible()
    assert [item["code"] for item in new.scans_sent + calm.scans_sent] == [new.label("MB-S-0008")]
    new.tap("#take-over")
    expect(new.page.locator("#bar-words")).to_be_empty()
    expect(new.page.locator("#bar-others")).to_be_empty()
    expect(new.row("noted", "MB-S-0007")).to_be_visible()


@pytest.fixture
def leaver(server: Server) -> StaffCard:
    """Who lends today and whose account ends in the middle of it."""
    order = NewStaff(username="leaver", name="異動する人", section="生涯学習課", roles=[Role.DESK])
    now, hashed = datetime.now(UTC), hash_password(seed.PASSWORD)
    with writing(server.database) as session:
        return add_staff(session, order, password_hash=hashed, by=By(), now=now, op_id="leaver")


def test_a_revoked_account_loses_nothing(server: Server, browse: Browse, leaver: StaffCard) -> None:
    context = browse()
    context.clear_cookies()
    page = context.new_page()
    page.goto("/sign-in?next=/desk")
    sign_in(page, "leaver")
    expect(page.locator("#desk[data-ready]")).to_be_visible()
    desk = Desk(server, context, "?act=inspect")
    end = StaffChange(disabled=True)
    with writing(server.database) as session:
        now = datetime.now(UTC)
        change_staff(session, end, staff=leaver.id, revision=leaver.revision, by=By(), now=now, op_id="leaves")
    desk.enter(desk.label("MB-S-0009"))
    expect(desk.page.locator("#sign-in")).to_be_visible()
    expect(desk.page.locator("#bar-words")).to_have_text("未送信 1件")
    with context.expect_page() as opened:
        desk.page.locator("#sign-in").click()
    sign_in(opened.value, "desk")
    expect(desk.page.locator("#bar-others")).to_contain_text(leaver.name)
    desk.tap("#take-over")
    expect(desk.row("noted", "MB-S-0009")).to_be_visible()


# ---- On every page ----


@pytest.mark.parametrize("path", ["/", "/loans", "/devices", "/venues", "/account", "/handbook"])
def test_every_staff_page_says_what_waits_and_sends_it(server: Server, calm: Desk, path: str) -> None:
    cut(calm)
    calm.enter(calm.label("MB-S-0010"))
    expect(calm.rows("waiting")).to_have_count(1)
    page = calm.page
    page.goto(path)
    badge = page.locator("#unsent")
    expect(badge).to_have_text("未送信 1件")
    assert badge.get_attribute("href") == "/desk"
    page.context.unroute(SCANS)
    page.reload()
    # The page that was left may have sent it and gone before it heard the answer: then the ledger says "repeated".
    done = "import('/static/store.js').then((store) => store.shownSince(0)).then(([one]) => one.state !== 'waiting')"
    until(page, done)
    assert kept(page)[0]["state"] in ("applied", "repeated")
    expect(badge).to_be_hidden()


@pytest.mark.parametrize(("hours", "words"), [(23, None), (25, "きのうから"), (24 * 3, "3日前から")])
def test_what_waits_longer_than_a_day_is_red_on_every_page(
    server: Server, calm: Desk, hours: int, words: str | None
) -> None:
    cut(calm)
    calm.enter(calm.label("MB-S-0011"))
    expect(calm.rows("waiting")).to_have_count(1)
    [record] = kept(calm.page)
    now = datetime.fromisoformat(record["occurred_at"])
    old = now - timedelta(hours=hours)
    # In the first hour of a day of Japan, 25 hours ago is the day before yesterday.
    if hours == 25 and (today(now) - today(old)).days == 2:
        words = "2日前から"
    change = {"opId": record["op_id"], "when": int(old.timestamp() * 1000), "occurred_at": old.isoformat()}
    script = "await store.change(new Map([[given.opId, { when: given.when, occurred_at: given.occurred_at }]]))"
    store(calm.page, script, change)
    for path in ("/", "/devices"):
        calm.page.goto(path)
        badge = calm.page.locator("#unsent")
        expect(badge).to_have_text(f"未送信 1件（{words}）" if words else "未送信 1件")
        colour = "getComputedStyle(document.getElementById('unsent')).color"
        shu = "getComputedStyle(document.documentElement).getPropertyValue('--color-primitive-red-900').trim()"
        assert calm.page.evaluate(
            f"{colour} === (() => {{ const probe = document.createElement('i'); "
            f"probe.style.color = {shu}; document.body.append(probe); "
            f"return getComputedStyle(probe).color; }})()"
        ) is (words is not None)
        assert axe_violations(calm.page) == []
    again_desk = Desk(server, calm.page.context)
    expect(again_desk.page.locator("#bar-words")).to_contain_text(words or "未送信 1件")


def test_a_second_tab_shows_the_same_numbers_and_verdicts(server: Server, calm: Desk) -> None:
    today = calm.page.context.new_page()
    today.goto("/")
    twin = Desk(server, calm.page.context, "?act=inspect")
    cut(calm)
    calm.enter(calm.label("MB-S-0012"))
    expect(calm.rows("waiting")).to_have_count(1)
    expect(today.locator("#unsent")).to_have_text("未送信 1件")
    expect(twin.row("waiting", "MB-S-0012")).to_be_visible()
    mend(calm)
    for one in (calm, twin):
        expect(one.row("noted", "MB-S-0012")).to_be_visible()
        expect(one.page.locator("#bar-words")).to_be_empty()
    expect(today.locator("#unsent")).to_be_hidden()
    sent = [item["op_id"] for item in calm.scans_sent + twin.scans_sent]
    assert len(set(sent)) == 1


@pytest.mark.parametrize("width", [360, 1280])
def test_the_desk_with_something_unsent_can_be_used_by_everybody(server: Server, browse: Browse, width: int) -> None:
    desk = Desk(server, browse(viewport={"width": width, "height": 900}), "?act=inspect")
    desk.enter("NOBODY-HAS-THIS")
    expect(desk.rows("refused")).to_have_count(1)
    cut(desk)
    for phone in ("MB-S-0013", "MB-S-0014"):
        desk.enter(desk.label(phone))
    expect(desk.rows("waiting")).to_have_count(2)
    expect(desk.page.locator("#bar-trouble")).not_to_be_empty()
    assert axe_violations(desk.page) == []
    wide = sideways(desk.page)
    assert wide <= 0
    desk.page.goto("/")
    desk.page.locator("form[action='/sign-out'] button").first.click()
    expect(desk.page.locator("#ask-sign-out")).to_be_visible()
    assert axe_violations(desk.page) == []


# ---- The clock ----


@pytest.fixture
def clockwork(browse: Browse) -> BrowserContext:
    """A machine whose clock the test sets: ``shift`` in milliseconds."""
    context = browse()
    context.add_init_script("window.shift = 0; const now = Date.now; Date.now = () => now() + window.shift;")
    return context


def test_what_happened_stays_in_order_whatever_is_done_to_the_clock(server: Server, clockwork: BrowserContext) -> None:
    desk = Desk(server, clockwork, "?act=inspect")
    cut(desk)
    shifts = (0, -3_600_000, -3_600_000, 7_200_000, -86_400_000, 0)
    for number, shift in enumerate(shifts, start=1):
        desk.page.evaluate(f"window.shift = {shift}")
        desk.enter(desk.label(f"MB-S-{number:04d}"))
        expect(desk.rows("waiting")).to_have_count(number)
    again(desk)
    desk.enter(desk.label("MB-S-0007"))
    expect(desk.rows("waiting")).to_have_count(7)
    mend(desk)
    expect(desk.rows("noted")).to_have_count(7)
    sent = {item["op_id"]: item for item in desk.scans_sent}
    items = sorted(sent.values(), key=lambda item: item["seq"])
    when = [
        datetime.fromisoformat(item["occurred_at"]) + timedelta(milliseconds=item["clock_offset_ms"]) for item in items
    ]
    assert len(when) == 7 and all(one < other for one, other in pairwise(when))
    assert [item["seq"] for item in items] == list(range(7))


def test_a_clock_that_once_ran_ahead_does_not_condemn_what_comes_after(
    server: Server, clockwork: BrowserContext
) -> None:
    desk = Desk(server, clockwork, "?act=inspect")
    desk.page.evaluate("window.shift = 40 * 86400000")
    desk.enter(desk.label("MB-S-0015"))
    expect(desk.rows("refused")).to_have_count(1)
    desk.page.evaluate("window.shift = 0")
    again(desk)
    desk.enter(desk.label("MB-S-0016"))
    expect(desk.row("noted", "MB-S-0016")).to_be_visible()


def test_the_offset_is_steady_and_follows_a_clock_that_was_set(server: Server, desk: Desk) -> None:
    script = """async () => {
      const { UNSET, learned, stamped } = await import("/static/clock.js");
      const first = learned(UNSET, 300.4, 600);
      const noise = learned(first, 900, 550);
      const better = learned(first, 420, 40);
      const moved = learned(better, 90_000, 700);
      const [stamp] = stamped({ ...moved, last: 5_000_000 }, 1_000);
      return [first.offset, noise === first, better.offset, moved.offset, stamp.occurredAt + stamp.offset];
    }"""
    assert desk.page.evaluate(script) == [300, True, 420, 90_000, 5_000_001]
