"""House rules about the files themselves: what they are called, how long they are, what may not stand in them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LONGEST = 320
# The most read file is one file on purpose: every table, enum and constraint.
MAY_BE_LONGER = {"inventory/tables.py"}
NO_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "services",
    "service",
    "managers",
    "manager",
    "base",
    "common",
    "misc",
}

# Spelled in parts, so that this file does not hold what it forbids.
HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "docker" + ".io",
    "ghcr" + ".io",
    "quay" + ".io",
    "jsdelivr" + ".net",
    "unpkg" + ".com",
]
# A home folder, or this very checkout.
MACHINE_PATH = re.compile(rf"(?<![\w.$}}>-])(?:/(?:root|home|Users)/|{re.escape(str(ROOT))}/)" + r"[\w.-]+")


def committed(*suffixes: str) -> list[Path]:
    """Files that git holds or would take at the next commit, without pictures and fonts."""
    # The checkout of a CI machine may belong to another user, which git calls dubious.
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and (not suffixes or file.suffix in suffixes)]


def text_of(file: Path) -> str | None:
    content = file.read_bytes()
    return None if b"\0" in content else content.decode()


def test_no_registry_host_and_no_machine_path_is_committed() -> None:
    found = []
    for file in committed():
        for number, line in enumerate((text_of(file) or "").splitlines(), start=1):
            if any(host in line for host in HOSTS) or MACHINE_PATH.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}")
    assert found == []


@pytest.mark.parametrize("line", [f"see {ROOT}/README.md", "path=/home/" + "anna/x", '"/Users/' + 'anna"'])
def test_a_machine_path_is_seen(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize("line", ["/api/" + "work", "network/work" + "/x", "https://host/home" + "/x", "/homes/"])
def test_an_address_is_no_machine_path(line: str) -> None:
    assert not MACHINE_PATH.search(line)


def test_no_file_grows_past_reading() -> None:
    long = {
        name: lines
        for file in committed(".py", ".js")
        if (name := file.relative_to(ROOT).as_posix()).split("/")[0]
        in {"inventory", "api", "labels", "frontend", "tools"}
        and "migrations/" not in name
        and name not in MAY_BE_LONGER
        and (lines := len(file.read_text().splitlines())) > LONGEST
    }
    assert long == {}, "split by verb"


def test_modules_are_named_after_what_they_do() -> None:
    names = {
        file for file in committed(".py", ".js") if file.stem.strip("_") in NO_NAMES or file.parent.name in NO_NAMES
    }
    assert names == set()


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    described = set(re.findall(r"^([a-z]+):.*?## \S", makefile, re.MULTILINE))
    assert described == set(phony[1].split())
    assert {"help", "run", "test", "check", "bench", "faults"} <= described


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_a_version_and_a_digest(name: str) -> None:
    content = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", content.strip())
    assert len(entries) > 20
    for entry in entries:
        first = entry.splitlines()[0]
        assert re.match(r"[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==\d", first), first
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), first
    assert "://" not in content


def test_what_is_served_is_what_was_tested() -> None:
    served = _versions("requirements.lock")
    tested = _versions("requirements-dev.lock")
    assert {name: tested.get(name) for name in served} == served


def _versions(name: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return dict(found)
