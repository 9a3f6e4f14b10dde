"""What every test may ask for: a ledger of its own, on both databases.

``database``      an open ledger, migrated and empty; the test runs once on SQLite and once on PostgreSQL
``database_url``  the same ledger, for tests that start a program of their own
``empty_url``     a database without any table
"""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from inventory import database as ledger
from inventory import schema
from tests import postgres

BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


# Pages and files are drawn from cards, and every verb that makes a card runs on both databases in tests/inventory and
# behind its JSON door. To draw the same card twice proves nothing and would cost a sixth of the suite's time.
DRAWN_ONCE = ("_pages.py", "test_exports.py", "test_find.py", "test_help.py", "test_label_doors.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    twice = [item for item in items if item.path.name.endswith(DRAWN_ONCE) and item.get_closest_marker("postgres")]
    if twice:
        config.hook.pytest_deselected(items=twice)
        dropped = set(twice)
        items[:] = [item for item in items if item not in dropped]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that nobody writes to: copying it is much quicker than migrating for every test."""
    file = tmp_path_factory.mktemp("template") / "ledger.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> Iterator[str]:
    """URL of a migrated database that nobody writes to."""
    with postgres_server.database() as url:
        _migrate(url)
        yield url


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if backend == "sqlite":
        # Closing the last connection folded the write-ahead log in, so the file alone is the whole database.
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.db")
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    template: str = request.getfixturevalue("postgres_template")
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.database(template=template) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[ledger.Database]:
    opened = ledger.connect(database_url)
    yield opened
    opened.dispose()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI a skipped test is a failed one: a part that quietly stopped running proves nothing."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped" and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"


def _migrate(url: str) -> None:
    opened = ledger.connect(url)
    try:
        schema.migrate(opened)
    finally:
        opened.dispose()
