"""Every route has a door, every door lets in whom it says, and looking changes nothing."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from inventory.database import Database
from inventory.tables import Role
from tests.api.conftest import ROLES, head_of, on_sqlite, op, rows_of
from tests.api.doors import Route, routes
from tests.api.furnishing import EMAIL, PHONE, city

# Routes of the framework: files and the reference. They know nothing of the ledger.
FRAMEWORK = {"/openapi.json", "/static"}
# What somebody who is not signed in may do, and nothing else.
ANYBODY = {
    "POST /api/session",
    "DELETE /api/session",
    "GET /livez",
    "GET /readyz",
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-out",
    "GET /desk/decode_worker.js",
    "GET /desk/sw.js",
    "GET /desk/manifest.webmanifest",
    "GET /setup",
    "POST /setup",
    "POST /T/{number}/presence",
    "POST /t/{number}/presence",
    "POST /api/issues",
    "POST /T/{number}/report",
    "POST /t/{number}/report",
    "GET /api/receipts/{secret}",
    *(f"POST {at}/{{secret}}/{act}" for at in ("/R", "/api/receipts") for act in ("messages", "reopen", "solved")),
}
PUBLIC = ("/T", "/t", "/R", "/problems/", "/handbook", "/privacy", "/accessibility", "/robots.txt")


def test_every_route_declares_one_door(app: FastAPI) -> None:
    found = [route for route in routes(app) if route.path not in FRAMEWORK]
    assert len(found) > 60
    assert [str(route) for route in found if len(route.doors) != 1] == []


@on_sqlite
def test_only_these_doors_stand_open(app: FastAPI) -> None:
    opened = {str(route) for route in routes(app) if any(door.anybody for door in route.doors)}
    assert opened >= ANYBODY
    others = {route for route in opened - ANYBODY if not route.split(" ")[1].startswith(PUBLIC)}
    assert others == set()
    assert {route for route in opened if not route.startswith("GET ")} <= ANYBODY


def _knock(client: TestClient, route: Route) -> Any:
    """Knock with nothing in hand. A door that lets one in finds the order missing and does nothing."""
    return client.request(route.method, route.address, headers=op() | {"Accept": "application/problem+json"})


@on_sqlite
def test_every_door_lets_in_whom_it_names_and_nobody_else(
    app: FastAPI, admin: TestClient, anonymous: TestClient, sign_in: Callable[[str], TestClient]
) -> None:
    city(admin)
    clients = {None: anonymous} | {role: sign_in(role) for role in ROLES}
    checked = 0
    for route in routes(app):
        # Signing in and out answers by who knocks, not by the door; /metrics asks for a token besides.
        if route.path in FRAMEWORK | {"/api/session", "/sign-in", "/sign-out", "/setup", "/metrics"}:
            continue
        door = route.doors[0]
        for role, client in clients.items():
            status = _knock(client, route).status_code
            if door.anybody:
                assert status not in (401, 403), f"{route} turns {role} away"
            elif role is None:
                assert status == 401, f"{route} gives {status} to somebody who is not signed in"
            elif Role(role) in door.roles:
                assert status not in (401, 403), f"{route} turns {role} away"
            else:
                assert status == 403, f"{route} gives {status} to {role}"
            checked += 1
    assert checked > 300


# Who may do what, written down once more, so that a door cannot quietly name other roles.
DESK, IT, BOTH, ADMIN = {"desk", "admin"}, {"it", "admin"}, {"desk", "it", "admin"}, {"admin"}
WRITES = {
    "POST /api/loans": DESK,
    "POST /api/returns": DESK,
    "POST /api/loans/{number}/extend": DESK,
    "POST /api/loans/{number}/transfer": DESK,
    "POST /api/loans/{number}/handover": DESK,
    "POST /api/transfers": DESK,
    "POST /api/operations/{op_id}/undo": BOTH,
    "POST /api/scans": BOTH,
    "POST /api/conflicts/{conflict}/settle": DESK,
    "POST /api/districts": DESK,
    "POST /api/associations": DESK,
    "PATCH /api/associations/{association}": DESK,
    "POST /api/associations/{association}/officers": DESK,
    "POST /api/associations/{association}/officers/{officer}/end": DESK,
    "PATCH /api/associations/{association}/officers/{officer}": DESK,
    "POST /api/imports/access_points": IT,
    "POST /api/imports/associations": DESK,
    "POST /api/courses/{course}/participants": DESK,
    "POST /api/desk/packs": DESK,
    "POST /api/programmes": DESK,
    "POST /api/reservations": DESK,
    "POST /api/reservations/{reservation}/release": DESK,
    "POST /api/fiscal-years/{year}/texts": DESK,
    "POST /api/fiscal-years/{year}/texts/copy": DESK,
    "POST /api/fiscal-years/{year}/editions": DESK,
    "POST /api/courses": DESK,
    "PATCH /api/programmes/{programme}": DESK,
    "PATCH /api/courses/{course}": DESK,
    "POST /api/courses/{course}/cancel": DESK,
    "POST /api/courses/{course}/postpone": DESK,
    "POST /api/courses/{course}/plan-again": DESK,
    "POST /api/courses/{course}/copy": DESK,
    "POST /api/course-series": DESK,
    "PATCH /api/course-series/{series}": DESK,
    "POST /api/course-series/{series}/dates": DESK,
    "POST /api/course-series/{series}/copy": DESK,
    "POST /api/course-copies": DESK,
    "POST /api/courses/{course}/photos": DESK,
    "POST /api/courses/{course}/photos/{id}/change": DESK,
    "POST /api/courses/{course}/photos/{id}/erase": DESK,
    "POST /api/imports/courses": DESK,
    "POST /api/imports/programmes": DESK,
    "POST /api/pools": IT,
    "PATCH /api/pools/{pool}": IT,
    "POST /api/devices": IT,
    "PATCH /api/devices/{asset_number}": IT,
    "POST /api/devices/{asset_number}/holds": BOTH,
    "POST /api/devices/{asset_number}/holds/{hold}/release": BOTH,
    "POST /api/devices/{asset_number}/retire": IT,
    "POST /api/devices/{asset_number}/tag": IT,
    "POST /api/cases": IT,
    "PATCH /api/cases/{case}": IT,
    "PUT /api/cases/{case}/members": IT,
    "POST /api/cases/{case}/move": BOTH,
    "POST /api/cases/{case}/bring-in": BOTH,
    "POST /api/cases/{case}/tag": IT,
    "POST /api/venues/{code}/tag": IT,
    "POST /api/cases/{case}/retire": IT,
    "POST /api/venues/{code}/wifi/steps": IT,
    "POST /api/venues/{code}/wifi/steps/{step}/strike": IT,
    "POST /api/wifi/steps": IT,
    "POST /api/imports/wifi_steps": IT,
    "POST /api/saved-filters": BOTH,
    "POST /api/saved-filters/{saved_filter}/remove": BOTH,
    "POST /api/venues": IT,
    "POST /api/imports/venues": IT,
    "POST /api/venues/{code}/rooms": IT,
    "PATCH /api/venues/{code}/rooms/{room}": IT,
    "POST /api/venues/{code}/rooms/{room}/retire": IT,
    "PATCH /api/venues/{code}": IT,
    "POST /api/venues/{code}/closures": BOTH,
    "POST /api/venues/{code}/closures/{id}/take-back": BOTH,
    "POST /api/venues/{code}/speed-tests": BOTH,
    "POST /api/venues/{code}/speed-tests/{id}/take-back": BOTH,
    "POST /api/venues/{code}/outages": BOTH,
    "POST /api/venues/{code}/outages/{id}/end": BOTH,
    "POST /api/venues/{code}/photos": BOTH,
    "POST /api/venues/{code}/photos/{id}/erase": BOTH,
    "POST /api/venues/{code}/usage": IT,
    "POST /api/imports/usage": IT,
    "PUT /api/venues/{code}/disaster": IT,
    "POST /api/venues/{code}/drills": IT,
    "POST /api/venues/{code}/drills/{id}/take-back": IT,
    "POST /api/venues/{code}/access-points": IT,
    "PATCH /api/venues/{code}/access-points/{id}": IT,
    "POST /api/venues/{code}/access-points/{id}/remove": IT,
    "POST /api/venues/{code}/access-points/{id}/passphrase": IT,
    "POST /api/wifi/passphrases": IT,
    "POST /api/venues/{code}/wifi/plans": IT,
    "POST /api/wifi/plans": IT,
    "POST /api/venues/{code}/wifi/actions": IT,
    "POST /api/venues/{code}/wifi/actions/{action}/done": IT,
    "POST /api/wifi/programmes": IT,
    "PATCH /api/wifi/programmes/{code}": IT,
    "POST /api/wifi/programmes/{code}/targets": IT,
    "POST /api/contracts": IT,
    "PATCH /api/contracts/{contract}": IT,
    "POST /api/venues/{code}/lines": IT,
    "PATCH /api/venues/{code}/lines/{line}": IT,
    "POST /api/labels/blanks": IT,
    "POST /api/loans/{number}/agreement": DESK,
    "POST /api/loans/{number}/agreement/paper": DESK,
    "POST /api/loans/{number}/agreement/scans": DESK,
    "POST /api/devices/{asset_number}/pictures": DESK,
    "POST /api/paper-forms": DESK,
    "POST /api/pools/{pool}/agreement-texts": IT,
    "POST /api/pools/{pool}/form-texts/{kind}": IT,
    "POST /api/applications": DESK,
    "POST /api/applications/{application}/decide": DESK,
    "POST /api/presence-rounds": DESK,
    "POST /api/presence-rounds/{round}/devices/{asset_number}": DESK,
    "POST /api/people/{person}/erase": DESK,
    "PUT /api/retention": ADMIN,
    "POST /api/reminders": DESK,
    "POST /api/reminders/letters": DESK,
    "POST /api/reminders/extend": DESK,
    "POST /api/reminders/{reminder}/settle": DESK,
    "PATCH /api/issues/{issue}": BOTH,
    "POST /api/issues/{issue}/messages": BOTH,
    "POST /api/issues/{issue}/merge": BOTH,
    "POST /api/issues/{issue}/hold": BOTH,
    "POST /api/issues/{issue}/substitute": DESK,
    "POST /api/issues/{issue}/repaired": DESK,
    "POST /api/devices/{asset_number}/loss-steps": BOTH,
    "POST /api/standard-answers": DESK,
    "PATCH /api/standard-answers/{answer}": DESK,
    "POST /api/supporters": DESK,
    "PATCH /api/supporters/{supporter}": DESK,
    "POST /api/supporters/{supporter}/end": DESK,
    "POST /api/courses/{course}/helpers": DESK,
    "POST /api/courses/{course}/helpers/{helper}/answer": DESK,
    "POST /api/courses/{course}/helpers/{helper}/take-back": DESK,
    "POST /api/imports/supporters": DESK,
    "POST /api/wishes": DESK,
    "PATCH /api/wishes/{wish}": DESK,
    "POST /api/wishes/{wish}/answer": DESK,
    "POST /api/wishes/{wish}/withdraw": DESK,
    "POST /api/staff": ADMIN,
    "PATCH /api/staff/{staff}": ADMIN,
}


@on_sqlite
def test_the_roles_of_every_write_are_those_of_the_table(app: FastAPI) -> None:
    found = {
        str(route): {str(role) for role in route.doors[0].roles}
        for route in routes(app)
        if route.path.startswith("/api/") and not route.safe and not route.doors[0].anybody
    }
    assert found == WRITES
    for route in routes(app):
        if route.doors and not route.safe and not route.doors[0].anybody and route.path not in ("/password",):
            assert Role.VIEWER not in route.doors[0].roles, f"{route} lets viewers write"


@on_sqlite
def test_no_answer_shows_a_viewer_how_to_reach_anybody(
    app: FastAPI, admin: TestClient, sign_in: Callable[[str], TestClient]
) -> None:
    city(admin)
    viewer, desk = sign_in("viewer"), sign_in("desk")
    shown_to_desk = 0
    for route in routes(app):
        if route.method != "GET" or route.path in FRAMEWORK:
            continue
        seen = viewer.get(route.address)
        assert PHONE not in seen.text and EMAIL not in seen.text, str(route)
        if "application/json" in seen.headers.get("content-type", ""):
            assert not list(_contacts(seen.json())), str(route)
        shown_to_desk += PHONE in desk.get(route.address).text
    assert shown_to_desk >= 3


def _contacts(value: Any) -> Any:
    """Whatever stands under ``phone`` or ``email`` of a person, anywhere in an answer."""
    if isinstance(value, dict):
        if "office" in value or "person" in value:
            yield from (value[name] for name in ("phone", "email") if value.get(name) is not None)
        for inner in value.values():
            yield from _contacts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _contacts(inner)


def test_looking_changes_nothing(app: FastAPI, admin: TestClient, database: Database) -> None:
    city(admin)
    before, head = rows_of(database), head_of(database)
    looked = 0
    for route in routes(app):
        if route.method not in ("GET", "HEAD") or route.path in FRAMEWORK:
            continue
        for method, address in (
            ("GET", route.address),
            ("GET", f"{route.address}?q=a&limit=1&code=MB-T-0001"),
            ("HEAD", route.address),
        ):
            assert admin.request(method, address).status_code < 500, address
            looked += 1
        assert (rows_of(database), head_of(database)) == (before, head), str(route)
    assert looked > 100
