"""What every test may ask for: a migrated ledger of its own, on both databases.

``database``      an open ledger, migrated and empty; the test runs once on SQLite and once on PostgreSQL
``database_url``  the same ledger, for tests that start a program of their own
``empty_url``     a database without any table
"""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inventory import database as ledger
from inventory import schema
from tests import postgres

BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def template_url(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A migrated database that nobody writes to. Copying it is much quicker than migrating for every test."""
    with _new_database(backend, request, tmp_path_factory.mktemp("template")) as url:
        opened = ledger.connect(url)
        schema.migrate(opened)
        opened.dispose()
        yield url


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with _new_database(backend, request, tmp_path) as url:
        yield url


@pytest.fixture
def database_url(backend: str, template_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with _new_database(backend, request, tmp_path, template=template_url) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[ledger.Database]:
    opened = ledger.connect(database_url)
    yield opened
    opened.dispose()


@contextmanager
def _new_database(
    backend: str, request: pytest.FixtureRequest, folder: Path, *, template: str | None = None
) -> Iterator[str]:
    if backend == "sqlite":
        file = folder / "ledger.db"
        if template is not None:
            # Closing the last connection folded the write-ahead log in, so the file alone is the whole database.
            shutil.copyfile(template.removeprefix("sqlite:///"), file)
        yield f"sqlite:///{file}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = server.create(template=template)
    try:
        yield url
    finally:
        server.drop(url)


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
