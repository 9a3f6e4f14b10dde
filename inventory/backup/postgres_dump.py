"""pg_dump and pg_restore, run so that no password stands on a command line."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlmodel import Session

# libpq reads these from the environment; the password among them, because a command line is public on the machine.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "username": "PGUSER",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "database": "PGDATABASE",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


class DumpFailed(Exception):
    """pg_dump or pg_restore is not there or did not succeed. The text says why in one line."""


def dump(session: Session, target: Path) -> None:
    """Dump the very state that ``session`` sees (it must be a reading session) in PostgreSQL's custom format."""
    snapshot = session.connection().execute(text("SELECT pg_export_snapshot()")).scalar_one()
    url = session.connection().engine.url
    run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", "--schema=public",
        f"--snapshot={snapshot}", f"--file={target}")  # fmt: skip


def contents(source: Path, url: URL) -> list[str]:
    """What is in a dump, a line each in pg_restore's own format."""
    listed = run("pg_restore", url, "--list", str(source))
    return [line for line in listed.splitlines() if line and not line.startswith(";")]


def load(source: Path, url: URL, listed: Path) -> None:
    """Load what ``listed`` names (a list in pg_restore's own format) in one transaction."""
    run("pg_restore", url, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
        f"--use-list={listed}", f"--dbname={url.database}", str(source))  # fmt: skip


def run(program: str, url: URL, *arguments: str) -> str:
    """Run one of PostgreSQL's programs against ``url``; its standard output.

    Raises:
        DumpFailed: the program is not installed, or it did not succeed.
    """
    found = shutil.which(program)
    if found is None:
        raise DumpFailed(
            f"{program} is not installed; install PostgreSQL's client programs of the server's version, or use the "
            "backup of your PostgreSQL server"
        )
    given = {**url.translate_connect_args(), **{name: str(value) for name, value in url.query.items()}}
    settings = {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES and value != ""}
    done = subprocess.run(  # noqa: S603 -- a program of PostgreSQL, found on PATH, with arguments of our own
        [found, *arguments], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise DumpFailed(f"{program} did not succeed: {lines[0]}")
    return done.stdout
