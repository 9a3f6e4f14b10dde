"""What the documents promise stands in the program, and the other way round."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.codes import TITLES
from inventory.settings import SETTINGS

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMANDS = ("migrate", "demo", "staff", "token", "export", "backup", "restore", "verify", "daily")


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in OPERATIONS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_and_helps(command: str) -> None:
    assert f"`python -m inventory {command}" in OPERATIONS
    told = subprocess.run(
        [sys.executable, "-m", "inventory", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0
    assert command in told.stdout


def test_the_program_has_no_other_commands() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "inventory", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"^    ([a-z]+)  ", told.stdout, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("code", sorted(TITLES))
def test_every_refusal_has_a_help_page(code: str) -> None:
    assert (ROOT / f"frontend/templates/problems/{code}.html").is_file()


def test_no_help_page_is_left_over() -> None:
    # ``frame`` is what every help page stands in.
    assert {page.stem for page in (ROOT / "frontend/templates/problems").glob("*.html")} - set(TITLES) == {"frame"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|<img[^>]+src=\"([^\"]+)\"", page.read_text()):
        path = target[0] or target[1]
        if "://" not in path:
            assert (page.parent / path).exists(), path


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text()
    for record in ROOT.glob("docs/decisions/0*.md"):
        assert f"({record.name})" in index
