"""Labels before the camera and in photos, in a real browser whose camera plays a film: what the ledger got of it."""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from labels.face import Label
from tests.frontend import printed
from tests.frontend.conftest import CAMERA_SWITCHES, Server
from tests.frontend.test_desk import Desk

pytestmark = pytest.mark.browser
Browse = Callable[..., BrowserContext]
Launch = Callable[..., Browser]


def device(server: Server, asset_number: str) -> Any:
    return server.get(f"/api/devices/{asset_number}")


def labels_of(server: Server, asset_numbers: list[str]) -> list[Label]:
    return [printed.label_of(server.url, asset, server.city.tags[asset]) for asset in asset_numbers]


def file_of(content: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def playing(launch: Launch, film: Path) -> Browser:
    return launch(*CAMERA_SWITCHES, f"--use-file-for-fake-video-capture={film}")


def code(text: str, kind: zxingcpp.BarcodeFormat, width: int) -> Image.Image:
    """A code of this text on white, ``width`` px wide."""
    drawn: Any = memoryview(zxingcpp.create_barcode(text, kind).to_image(scale=4))  # type: ignore[arg-type]
    down, across = drawn.shape
    picture = Image.frombytes("L", (across, down), drawn.tobytes()).convert("RGB")
    framed = Image.new("RGB", (picture.width + 40, max(picture.height, 80) + 40), "white")
    framed.paste(picture.resize((picture.width, max(picture.height, 80))), (20, 20))
    return framed.resize((width, round(framed.height * width / framed.width)), Image.Resampling.NEAREST)


def until(page: Page, true: str, seconds: float = 60) -> None:
    """Wait for an expression; the page's policy keeps Playwright from waiting inside the page."""
    end = time.monotonic() + seconds
    while not page.evaluate(true):
        assert time.monotonic() < end, true
        page.wait_for_timeout(50)


QR, BARS = zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128


# ---- Films ----


def test_fifteen_phones_held_before_the_camera_one_after_the_other_are_one_loan(
    server: Server, launch: Launch, browse: Browse, tmp_path: Path
) -> None:
    phones = [f"MB-S-{number:04d}" for number in range(1, 16)]
    film = tmp_path / "parade.mjpeg"
    printed.parade(film, labels_of(server, phones), Random(15))
    context = browse(browser=playing(launch, film), viewport={"width": 360, "height": 740})
    desk = Desk(server, context, f"?course={server.city.course_today}")
    desk.tap("#camera-start")
    expect(desk.page.locator("#count")).to_have_text("15")
    expect(desk.rows("waiting")).to_have_count(0)
    [loan] = server.get(f"/api/loans?course={server.city.course_today}")["items"]
    assert sorted(item["asset_number"] for item in loan["items"]) == phones
    assert desk.taps == 1
    # The film begins anew while the ledger answers: nothing was sent a second time.
    assert len(desk.scans_sent) == len({item["code"] for item in desk.scans_sent}) == 15


def test_a_label_that_comes_back_at_once_is_not_taken_twice_but_named(
    server: Server, launch: Launch, browse: Browse, tmp_path: Path
) -> None:
    film = tmp_path / "again.mjpeg"
    [label] = labels_of(server, ["MB-T-0008"])
    assert server.call("POST", "/api/devices/MB-T-0008/holds", {"reason": "inspect"}, role="it")[0] == 201
    printed.video(film, label, shown=20, away=36)
    desk = Desk(server, browse(browser=playing(launch, film)), "?act=inspect")
    desk.tap("#camera-start")
    expect(desk.rows("noted").first).to_be_visible()
    expect(desk.page.locator("#result .again")).to_be_visible()
    assert desk.row("applied", "MB-T-0008").count() == len(desk.scans_sent) == 1


def test_a_label_held_still_is_read_once_and_reading_ends_with_the_camera(
    server: Server, launch: Launch, browse: Browse, tmp_path: Path
) -> None:
    film = tmp_path / "still.mjpeg"
    [label] = labels_of(server, ["MB-T-0007"])
    printed.video(film, label, shown=2, away=0)
    desk = Desk(server, browse(browser=playing(launch, film)), "?act=see")
    desk.tap("#camera-start")
    expect(desk.rows("seen")).to_have_count(1)
    # As many looks as it takes to think that a label has gone, and some more.
    desk.page.evaluate(_COUNT_LOOKS)
    until(desk.page, "performance.getEntriesByName('look').length > 12")
    assert desk.page.locator("#runs > li").count() == 1
    desk.tap("#camera-stop")
    assert desk.page.evaluate("document.getElementById('video').srcObject") is None
    desk.tap("#camera-start")
    # The person pressed again: it counts as shown anew.
    expect(desk.page.locator("#runs > li")).to_have_count(2)
    # Unplugged: the picture does not freeze without a word.
    desk.page.evaluate("document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(desk.page.locator("#camera")).to_be_hidden()
    expect(desk.page.locator("#camera-off")).not_to_be_empty()
    expect(desk.page.locator("#camera-start")).to_be_visible()


_COUNT_LOOKS = """() => {
  const real = window.createImageBitmap;
  window.createImageBitmap = (...given) => { performance.mark("look"); return real(...given); };
}"""


# ---- Trays ----


def test_a_tray_of_sixteen_comes_back_in_one_photo_and_is_inspected_before_the_camera(
    server: Server, launch: Launch, browse: Browse, tmp_path: Path
) -> None:
    phones = [f"MB-S-{number:04d}" for number in range(16, 27)] + [f"MB-T-{number:04d}" for number in range(1, 6)]
    order = {"borrower": {"course": server.city.course_later}, "devices": phones}
    status, _ = server.call("POST", "/api/loans", order)
    assert status == 201
    picture = printed.tray(labels_of(server, phones), Random(16))
    assert Image.open(io.BytesIO(picture)).size == (1920, 1080)
    film = tmp_path / "tray.mjpeg"
    film.write_bytes(picture * 2)
    desk = Desk(server, browse(browser=playing(launch, film)), "?act=return")
    desk.page.locator("#photo").set_input_files(file_of(picture))
    expect(desk.page.locator("#count")).to_have_text("16")
    expect(desk.rows("waiting")).to_have_count(0)
    assert len(desk.scans_sent) == 16
    cards = [device(server, phone) for phone in phones]
    assert [card["loan"] for card in cards] == [None] * 16
    assert {card["asset_number"] for card in cards if card["holds"]} == {phone for phone in phones if "-S-" in phone}
    desk.choose("inspect")
    desk.tap("#camera-start")
    expect(desk.page.locator("#count")).to_have_text("11")
    expect(desk.rows("waiting")).to_have_count(0)
    # The camera reads on while the first verdicts come in.
    end = time.monotonic() + 60
    while any(device(server, phone)["holds"] for phone in phones):
        assert time.monotonic() < end, desk.page.locator("#runs").inner_text()
        desk.page.wait_for_timeout(100)


def test_a_photo_takes_every_kind_of_code(server: Server, browse: Browse) -> None:
    number = server.city.tags["MB-S-0001"]
    photo = Image.new("RGB", (1280, 960), printed.TABLE)
    photo.paste(code(f"https://lend.other-city.example/t/{number}", QR, 300), (60, 60))
    photo.paste(code("MB-S-0002", QR, 300), (660, 60))
    photo.paste(code(server.city.tags["MB-S-0003"], BARS, 420), (60, 520))
    photo.paste(code("SNS00004", BARS, 480), (660, 520))
    desk = Desk(server, browse(), "?act=see")
    desk.page.locator("#photo").set_input_files(file_of(printed.jpeg(photo, 92)))
    expect(desk.rows("seen")).to_have_count(4)
    shown = {desk.rows("seen").nth(at).locator(".num").inner_text()[:9] for at in range(4)}
    assert shown == {"MB-S-0001", "MB-S-0002", "MB-S-0003", "MB-S-0004"}


def test_what_cannot_be_a_label_is_dropped(server: Server, browse: Browse) -> None:
    page = desk_page(server, browse)
    read = """async (readings) => {
      const { labelsIn } = await import("/static/decode.js");
      return labelsIn(readings.map((one) => one.map(([text, linear]) => ({ text, linear })))).map(({ text }) => text);
    }"""
    for readings, kept in (
        ([[("HTTPS://X/T/48217397", False)], [("48217397", True)]], ["HTTPS://X/T/48217397"]),  # One label, both codes.
        ([[("48217398", True)]], []),  # Eight digits, and the check digit does not fit.
        ([[("HTTPS://X/T/48217398", False)]], []),
        ([[("", False), ("x" * 501, False)]], []),
        ([[("MB-S-0001", False), ("48217397", True)]], ["MB-S-0001", "48217397"]),
    ):
        assert page.evaluate(read, readings) == kept


# A detector that says at each look what stands next in its list, and goes on with the last.
_SCRIPTED = """(looks) => {
  window.detections = 0;
  window.BarcodeDetector = class {
    static getSupportedFormats() { return Promise.resolve(["qr_code", "code_128"]); }
    async detect() {
      const look = looks[Math.min(window.detections++, looks.length - 1)];
      return look.map(([rawValue, format]) => ({ rawValue, format }));
    }
  };
}"""


def test_bars_are_believed_at_the_second_look(server: Server, launch: Launch, browse: Browse) -> None:
    """A single look at bars may be a misreading; a QR code is sure, also beside bars that are not yet."""
    tags = server.city.tags
    misread, bars, both, quick = (tags[f"MB-S-{number:04d}"] for number in (9, 10, 11, 12))
    looks = [[[misread, "code_128"]], [[bars, "code_128"]], [[bars, "code_128"], [both, "code_128"]]]
    looks += [[[f"HTTPS://X/T/{both}", "qr_code"]], [[f"HTTPS://X/T/{quick}", "qr_code"]], []]
    context = browse(browser=launch(*CAMERA_SWITCHES))
    context.add_init_script(f"({_SCRIPTED})({json.dumps(looks)})")
    desk = Desk(server, context, "?act=see")
    desk.tap("#camera-start")
    for number in (10, 11, 12):
        expect(desk.row("seen", f"MB-S-{number:04d}")).to_have_count(1)
    until(desk.page, "detections > 20")
    assert desk.page.locator("#runs > li").count() == 3


def test_bars_that_one_reading_of_a_photo_shows_are_dropped(server: Server, browse: Browse) -> None:
    tags = server.city.tags
    found = [[tags["MB-S-0009"], "code_128"], [f"HTTPS://X/T/{tags['MB-S-0010']}", "qr_code"]]
    context = browse()
    context.add_init_script(f"({_SCRIPTED})({json.dumps([found])})")
    desk = Desk(server, context, "?act=see")
    # The browser's own detector finds both; in truth there is nothing in the picture for the other one to find.
    bare = printed.jpeg(Image.new("RGB", (640, 480), printed.TABLE))
    desk.page.locator("#photo").set_input_files(file_of(bare))
    expect(desk.row("seen", "MB-S-0010")).to_have_count(1)
    assert desk.page.locator("#runs > li").count() == 1


def test_small_parts_are_searched_for_qr_codes_alone(server: Server, browse: Browse) -> None:
    page = desk_page(server, browse)
    looks = page.evaluate("""async () => {
      const { frameLook, photoLooks } = await import("/static/decode.js");
      const size = { width: 1920, height: 1080 };
      return [...photoLooks(size), ...Array.from({ length: 40 }, (_, turn) => frameLook(turn, size, 1280))];
    }""")
    assert {look["bars"] for look in looks if look["width"] < 1920} == {False}
    assert {look.get("bars", True) for look in looks if look["width"] == 1920} == {True}


def test_a_photo_is_looked_at_in_every_place(server: Server, browse: Browse) -> None:
    """Whatever its place, a label of 200 px stands whole in one of the enlarged parts."""
    page = desk_page(server, browse)
    ask = """async ([width, height]) => (await import("/static/decode.js")).photoLooks({ width, height })"""
    for width, height in ((640, 480), (1280, 720), (1920, 1080), (3024, 4032), (4032, 3024), (9000, 700)):
        looks = page.evaluate(ask, [width, height])
        parts = [look for look in looks if not look.get("bars", True)]
        assert 1 <= len(parts) <= 30
        for look in looks:
            assert look["left"] >= 0 and look["left"] + look["width"] <= width
            assert look["top"] >= 0 and look["top"] + look["height"] <= height
            assert max(look["width"], look["height"]) * look["scale"] <= 4096
        edges = [
            [(part[at], part[at] + part[side]) for at, side in (("left", "width"), ("top", "height"))] for part in parts
        ]
        for x in range(0, width - 200, 50):
            for y in range(0, height - 200, 50):
                assert any(a <= x and x + 200 <= b and c <= y and y + 200 <= d for (a, b), (c, d) in edges), (x, y)


def desk_page(server: Server, browse: Browse) -> Page:
    return Desk(server, browse(), "?act=see").page


# ---- Decoders ----


def read_a_photo(server: Server, context: BrowserContext, asset_number: str) -> Desk:
    desk = Desk(server, context, "?act=see")
    desk.page.locator("#photo").set_input_files(file_of(printed.photo(labels_of(server, [asset_number]))))
    expect(desk.rows("seen")).to_have_count(1)
    return desk


def test_decoding_happens_beside_the_page_under_the_policy_that_is_sent(server: Server, browse: Browse) -> None:
    context = browse()
    policies: dict[str, str] = {}
    context.on("response", lambda got: policies.update({got.url.split("?")[0]: got.headers["content-security-policy"]}))
    context.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.blockedURI))"
    )
    desk = read_a_photo(server, context, "MB-S-0001")
    [worker] = desk.page.workers
    assert worker.url.startswith(f"{server.url}/")
    assert "decode_worker.js" in worker.url
    assert "'wasm-unsafe-eval'" in policies[f"{server.url}/desk"]
    assert desk.page.evaluate("broken") == []


def test_without_a_network_it_still_happens_beside_the_page(server: Server, browse: Browse) -> None:
    context = browse()
    desk = Desk(server, context, "?act=return")
    until(desk.page, "Boolean(navigator.serviceWorker.controller)")
    until(desk.page, "caches.match('/static/decode_worker.js').then(Boolean)")
    context.set_offline(True)
    desk.page.reload()
    desk.page.locator("#desk[data-ready]").wait_for()
    desk.page.locator("#photo").set_input_files(file_of(printed.photo(labels_of(server, ["MB-S-0001"]))))
    expect(desk.page.locator("#runs > li")).to_have_count(1)
    [worker] = desk.page.workers
    assert "decode_worker.js" in worker.url


@pytest.mark.parametrize("lacking", ["delete window.Worker", "", "offscreen"])
def test_without_a_worker_the_page_decodes_by_itself(server: Server, browse: Browse, lacking: str) -> None:
    context = browse()
    if lacking == "offscreen":
        # As in a browser whose workers have no canvas.
        context.route(
            "**/decode_worker.js*", lambda route: route.fulfill(content_type="text/javascript", body=_NO_CANVAS)
        )
    elif lacking:
        context.add_init_script(lacking)
    else:
        context.route("**/decode_worker.js*", lambda route: route.abort())
    desk = read_a_photo(server, context, "MB-S-0002")
    assert desk.page.workers == []


_NO_CANVAS = "addEventListener('message', ({ data }) => postMessage({ id: data.id, failed: 'no canvas' }));"

# A browser that has the detector; this one counts its calls.
_NATIVE = """([formats, breaks]) => {
  window.detections = 0;
  window.BarcodeDetector = class {
    static getSupportedFormats() { return Promise.resolve(formats); }
    async detect() {
      window.detections += 1;
      if (breaks) throw new DOMException("service missing", "NotSupportedError");
      return [{ rawValue: "%s", format: "qr_code" }];
    }
  };
}"""


@pytest.mark.parametrize(
    ("formats", "breaks", "native"),
    [(["qr_code", "code_128"], False, True), (["qr_code"], False, False), (["qr_code", "code_128"], True, False)],
)
def test_the_browsers_own_detector_is_used_where_it_knows_both_codes_and_works(
    server: Server, launch: Launch, browse: Browse, tmp_path: Path, formats: list[str], breaks: bool, native: bool
) -> None:
    film = tmp_path / "label.mjpeg"
    [label] = labels_of(server, ["MB-S-0006"])
    printed.video(film, label, shown=60, away=10)
    context = browse(browser=playing(launch, film))
    setup = _NATIVE % server.city.tags["MB-S-0005"]
    context.add_init_script(f"({setup})({json.dumps([formats, breaks])})")
    desk = Desk(server, context, "?act=see")
    desk.tap("#camera-start")
    expect(desk.row("seen", "MB-S-0005" if native else "MB-S-0006").first).to_be_visible()
    assert len(desk.page.workers) == (0 if native else 1)
    assert bool(desk.page.evaluate("detections")) == ("code_128" in formats)


# ---- The light ----

_LAMP = """
  MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
  window.lamp = [];
  MediaStreamTrack.prototype.applyConstraints = async (asked) => { window.lamp.push(asked.advanced[0].torch); };
"""


@pytest.mark.parametrize("lamp", [True, False])
def test_the_light_is_offered_where_the_camera_has_one(
    server: Server, launch: Launch, browse: Browse, lamp: bool
) -> None:
    context = browse(browser=launch(*CAMERA_SWITCHES))
    if lamp:
        context.add_init_script(_LAMP)
    desk = Desk(server, context, "?act=see")
    desk.tap("#camera-start")
    torch = desk.page.locator("#torch")
    if not lamp:
        # The camera runs, and there is no button that would do nothing.
        until(desk.page, "localStorage.getItem('tsunagu.desk.camera') === 'on'")
        expect(torch).to_be_hidden()
        return
    expect(torch).to_be_visible()
    for on in (True, False):
        torch.click()
        expect(torch).to_have_attribute("aria-pressed", str(on).lower())
    assert desk.page.evaluate("lamp") == [True, False]


# ---- Photos that cannot be read ----


def test_a_photo_that_cannot_be_opened_says_what_to_do(server: Server, browse: Browse) -> None:
    desk = Desk(server, browse(), "?act=see")
    said = []
    files = [file_of(b"no picture"), file_of(b"no picture", "IMG_0001.HEIC", ""), file_of(b"", "a", "image/heif")]
    files.append(file_of(printed.jpeg(Image.new("RGB", (640, 480), printed.TABLE))))
    for chosen in files:
        desk.page.locator("#photo").set_input_files(chosen)
        expect(desk.page.locator("#result .no")).to_be_visible()
        said.append(desk.page.locator("#result .no").inner_text())
        desk.page.evaluate("document.getElementById('result').replaceChildren()")
    assert ["HEIC" in words for words in said] == [False, True, True, False]
    assert len(set(said)) == 3


def test_a_decoder_that_did_not_arrive_is_fetched_again(server: Server, browse: Browse) -> None:
    desk = Desk(server, browse(), "?act=see")
    desk.page.route("**/*.wasm*", lambda route: route.abort())
    picture = file_of(printed.photo(labels_of(server, ["MB-S-0003"])))
    desk.page.locator("#photo").set_input_files(picture)
    expect(desk.page.locator("#result .no")).to_be_visible()
    desk.page.unroute("**/*.wasm*")
    desk.page.locator("#photo").set_input_files(picture)
    expect(desk.rows("seen")).to_have_count(1)
