"""Two desks offline, browsers killed, pages loaded again, the server killed under the sending: lost 0, doubled 0."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests import desk_rounds, kill_rounds
from tests.server import Server, asset_number, furnish

pytestmark = [pytest.mark.browser]

DESKS = ["otsuka", "ogo"]


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def _rounds(playwright: Playwright, database_url: str, folder: Path, plan: desk_rounds.Plan) -> None:
    # Each act has a device of its own: the same label read again is no act.
    furnish(database_url, folder, devices=plan.acts)
    desk_rounds.add_desks(database_url, folder, DESKS)
    codes = [asset_number(number) for number in range(1, plan.acts + 1)]
    with (
        Server(database_url, folder) as server,
        desk_rounds.desks_at(playwright, server, folder, DESKS) as desks,
    ):
        desk_rounds.run(server, desks, plan, codes)
        found = desk_rounds.faults(desks, database_url, folder)
        kills, reloads = (sum(desk.kills for desk in desks), sum(desk.reloads for desk in desks))
        said = sum(desk.said for desk in desks)
    print(
        f"{said} acts said, {kills} browsers killed, {reloads} pages loaded again, {plan.server_kills} servers killed"
    )
    assert said == plan.acts and kills == plan.browser_kills and reloads == plan.reloads
    assert found == []
    assert kill_rounds.findings(database_url, folder) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_short_day_of_two_desks_loses_nothing(playwright: Playwright, database_url: str, tmp_path: Path) -> None:
    plan = desk_rounds.Plan(acts=40, browser_kills=2, reloads=2, server_kills=1)
    _rounds(playwright, database_url, tmp_path, plan)


@pytest.mark.faults
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_five_hundred_acts_of_two_desks_lose_nothing(playwright: Playwright, database_url: str, tmp_path: Path) -> None:
    plan = desk_rounds.Plan(acts=500, browser_kills=10, reloads=10, server_kills=5)
    _rounds(playwright, database_url, tmp_path, plan)
