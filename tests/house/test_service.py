"""Putting the ledger into service: samples are refused, and the containers are shut in."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventory.settings import SETTINGS, Settings

ROOT = Path(__file__).resolve().parents[2]
GOOD = "0b7f2d9c4e61a8f35d20c7b94a1e6f83"


def start(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ROOT / "deploy/start"), *arguments],
        check=False,
        env={"PATH": os.environ["PATH"]} | settings,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "word", ["", "change-me", "Change_Me_please_now", "password1234567890", "postgres-postgres-1", "short"]
)
def test_a_sample_database_password_is_refused(word: str, tmp_path: Path) -> None:
    file = tmp_path / "postgres_password"
    file.write_text(word + "\n")
    run = start("check", POSTGRES_PASSWORD_FILE=str(file))
    assert run.returncode == 78
    assert "openssl rand" in run.stderr


@pytest.mark.parametrize(
    "settings",
    [
        {"POSTGRES_PASSWORD": "change-me"},
        {"DATABASE_URL": "postgresql://tsunagu:password@db/tsunagu"},
        {"ADMIN_PASSWORD": "admin-admin-admin-admin"},
        {"PUBLIC_URL": "https://daicho.example.lg.jp"},
        {"POSTGRES_PASSWORD_FILE": "/no/such/file"},
    ],
)
def test_every_other_sample_is_refused(settings: dict[str, str]) -> None:
    assert start("check", **settings).returncode == 78


def test_a_refused_start_runs_nothing(tmp_path: Path) -> None:
    run = start("touch", str(tmp_path / "ran"), POSTGRES_PASSWORD="change-me")
    assert run.returncode == 78
    assert not (tmp_path / "ran").exists()


def test_a_real_password_reaches_the_database_driver_alone(tmp_path: Path) -> None:
    file = tmp_path / "postgres_password"
    file.write_text(GOOD + "\n")
    settings = {"POSTGRES_PASSWORD_FILE": str(file), "PUBLIC_URL": "https://daicho.city.lg.jp", "ADMIN_PASSWORD": GOOD}
    assert start("check", **settings).returncode == 0
    assert start("sh", "-c", 'printf %s "$PGPASSWORD"', **settings).stdout == GOOD
    assert start("sh", "-c", "printenv POSTGRES_PASSWORD", POSTGRES_PASSWORD=GOOD).stdout == ""


def test_a_ledger_without_postgresql_needs_no_password() -> None:
    assert start("echo", "served").stdout == "served\n"


def test_the_server_migrates_first_and_takes_the_place_of_the_script(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\necho "$$ $*"\n')
    program.chmod(0o755)
    run = start("python", "-m", "api", PATH=f"{tmp_path}:{os.environ['PATH']}")
    said = [line.split(" ", 1)[1] for line in run.stdout.splitlines()]
    assert said == ["-m inventory migrate", "-m api"]


def test_the_samples_of_the_example_are_refused() -> None:
    sample = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert start("check", PUBLIC_URL=f"https://{sample['SITE_HOST']}").returncode == 78
    assert not (ROOT / sample["POSTGRES_PASSWORD_FILE"]).is_relative_to(ROOT / "deploy")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def test_every_container_is_read_only_and_gains_no_rights(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"passwords", "db", "app", "caddy"}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_only_the_tls_door_is_open(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert [name for name in services if "ports" in services[name]] == ["caddy"]
    assert services["db"]["networks"] == ["ledger"]
    assert compose["networks"]["ledger"]["internal"] is True


def test_proxy_headers_are_believed_from_caddy_alone(compose: dict[str, Any]) -> None:
    services = compose["services"]
    caddy = services["caddy"]["networks"]["front"]["ipv4_address"]
    assert services["app"]["environment"]["TRUSTED_PROXIES"] == caddy


def test_no_service_starts_before_the_passwords_were_looked_at(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["passwords"]["command"] == ["check"]
    assert services["db"]["depends_on"]["passwords"]["condition"] == "service_completed_successfully"
    assert services["app"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert services["caddy"]["depends_on"]["app"]["condition"] == "service_healthy"


def test_the_example_names_every_value_that_the_containers_ask_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == named


def test_the_containers_set_only_what_the_server_knows(compose: dict[str, Any]) -> None:
    known = {setting.name for setting in SETTINGS} | {"POSTGRES_PASSWORD_FILE"}
    given = {
        name: re.sub(r"\$\{[A-Z_]+:[-?][^}]*\}", "", value)
        for name, value in compose["services"]["app"]["environment"].items()
    }
    assert set(given) <= known
    given["PUBLIC_URL"] += "daicho.city.lg.jp"
    assert Settings.from_environment(given).trusted_proxies == ("172.30.64.2",)


def test_the_password_is_a_file_that_must_be_named(compose: dict[str, Any]) -> None:
    assert compose["secrets"]["postgres_password"]["file"].startswith("${POSTGRES_PASSWORD_FILE:?")
    for service in compose["services"].values():
        assert "POSTGRES_PASSWORD" not in service.get("environment", {})


def test_the_image_runs_as_a_plain_user_from_pinned_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE) == ["tsunagu"]
    assert "--require-hashes" in dockerfile
    assert "npm" not in last_stage
    assert "/readyz" in last_stage
