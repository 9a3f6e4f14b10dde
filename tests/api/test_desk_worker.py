"""The desk's service worker and its manifest, as a browser that nobody signed in with fetches them."""

import json
import re

from fastapi.testclient import TestClient

from api.desk_worker import parts
from api.pages import STATIC, release
from tests.api.conftest import on_sqlite


def _named(worker: str) -> dict[str, object]:
    """The values that the server wrote above the worker."""
    return {name: json.loads(value) for name, value in re.findall(r"^const ([A-Z]+) = (.*);$", worker, re.M)[:3]}


@on_sqlite
def test_the_worker_names_every_part_by_its_content(anonymous: TestClient) -> None:
    answer = anonymous.get("/desk/sw.js")
    assert answer.status_code == 200 and answer.headers["service-worker-allowed"] == "/desk"
    # A worker from a cache would keep an old desk alive.
    assert answer.headers["cache-control"] == "no-cache"
    named = _named(answer.text)
    assert named["RELEASE"] == release()
    assert named["ASSETS"] == [list(part) for part in parts()]
    assert answer.text.endswith((STATIC / "sw.js").read_text(encoding="utf-8"))
    paths = [path for path, _ in parts()]
    modules = {f"/static/{path.name}" for path in STATIC.glob("*.js")} - {"/static/sw.js"}
    assert modules < set(paths) and "/static/vendor/zxing/zxing_reader.wasm" in paths
    assert not any(path.endswith(".woff2") for path in paths)
    for path, digest in parts():
        assert anonymous.get(f"{path}?v={digest}").status_code == 200, path


@on_sqlite
def test_a_page_of_the_desk_names_the_release_that_made_it(admin: TestClient) -> None:
    assert f'data-release="{release()}"' in admin.get("/desk").text


@on_sqlite
def test_the_manifest_stays_within_the_desk(anonymous: TestClient) -> None:
    answer = anonymous.get("/desk/manifest.webmanifest")
    said = answer.json()
    assert answer.headers["content-type"] == "application/manifest+json"
    assert {said[name] for name in ("id", "scope", "start_url")} == {"/desk"}
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    assert all(anonymous.get(icon["src"]).headers["content-type"] == "image/png" for icon in said["icons"])
