"""The OpenAPI document and the server agree: schemathesis sends what the document allows, and what it does not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from inventory.database import Database, writing
from inventory.journal import By
from inventory.sign_in import NewToken, add_token
from inventory.staff import find_by_username
from tests.api.conftest import ROLES, on_sqlite
from tests.api.doors import routes
from tests.api.furnishing import city
from tests.server import Server

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def tokens(admin: TestClient, database: Database) -> dict[str | None, str]:
    """A bearer token per role, over a ledger that holds one of everything."""
    city(admin)
    made: dict[str | None, str] = {}
    for role in ROLES:
        with writing(database) as session:
            now = datetime.now(UTC)
            member = find_by_username(session, role, now=now)
            assert member is not None
            token = add_token(
                session, NewToken(label="試験"), staff=int(member.id), by=By(), now=now, op_id=f"token-{role}"
            )
            made[role] = token.token
    return made


@pytest.fixture
def server(tokens: dict[str | None, str], database_url: str, tmp_path: Path) -> Iterator[Server]:
    with Server(database_url, tmp_path) as running:
        yield running


def differences(server: Server, tokens: dict[str | None, str], *, examples: int) -> list[str]:
    """Where server and document part: ``examples`` right and wrong requests per operation, each sent by every role."""
    document = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    found: list[str] = []
    with requests.Session() as session:

        def send(case: Case[Any], role: str | None) -> None:
            headers = {"Authorization": f"Bearer {tokens.get(role, 'nobody')}"}
            try:
                case.validate_response(case.call(session=session, headers=headers), checks=CHECKS)
            except FailureGroup as failures:
                found.extend(f"{case.operation.label} by {role}: {failure}" for failure in failures.exceptions)

        for result in document.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

                @settings(
                    max_examples=examples,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )
                @given(case=operation.as_strategy(generation_mode=mode))
                def ask(case: Case[Any]) -> None:
                    for role in (None, *ROLES):
                        send(case, role)

                try:
                    ask()
                except Unsatisfiable:
                    # An operation without parameters and body knows no wrong request.
                    assert mode is GenerationMode.NEGATIVE, operation.label
    return found


@on_sqlite
def test_the_server_answers_as_the_document_says(server: Server, tokens: dict[str | None, str]) -> None:
    assert differences(server, tokens, examples=4) == []


@pytest.mark.faults
def test_the_server_answers_as_the_document_says_for_long(server: Server, tokens: dict[str | None, str]) -> None:
    assert differences(server, tokens, examples=100) == []


@on_sqlite
def test_the_document_names_every_json_door_with_its_headers(anonymous: TestClient, app: Any) -> None:
    document = anonymous.get("/openapi.json").json()
    told = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert told == {str(route) for route in routes(app) if route.path.startswith("/api/")} | {
        "GET /livez",
        "GET /readyz",
        "GET /metrics",
    }
    lend = document["paths"]["/api/loans"]["post"]
    assert [(header["name"], header["required"]) for header in lend["parameters"]] == [("Idempotency-Key", True)]
    change = document["paths"]["/api/devices/{asset_number}"]["patch"]
    assert {(header["name"], header["required"]) for header in change["parameters"] if header["in"] == "header"} == {
        ("Idempotency-Key", False),
        ("If-Match", True),
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            opened = (path, method) in {
                ("/api/session", "post"),
                ("/api/session", "delete"),
                ("/api/issues", "post"),
            } or path.startswith(("/livez", "/readyz", "/api/receipts/"))
            assert operation.get("security", []) == ([] if opened else [{"session": []}, {"token": []}]), (path, method)
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and (path, status) != ("/readyz", "503"):
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
