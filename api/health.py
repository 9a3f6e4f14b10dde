"""Whether the program lives, whether it can work, and what it counts."""

import shutil
from pathlib import Path

from fastapi import Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import func, select
from sqlmodel import Session

from api.codes import Problem
from api.json_doors import json_router
from api.transactions import Look
from api.visitors import ANYBODY, READERS, UNASKED, Staff
from inventory import schema
from inventory.database import Database
from inventory.devices import DEVICE, HOLD, ITEM
from inventory.journal import head
from inventory.shapes import Card

json = json_router("health")

# Below this a backup or a day's reports may no longer fit.
FREE_BYTES = 200 * 1024 * 1024


class Ready(Card):
    database: bool
    schema_version: str | None
    free_space: bool


@json.get("/livez", dependencies=[UNASKED], response_class=PlainTextResponse)
async def livez() -> str:
    """The process answers. Nothing is read or written."""
    return "ok\n"


@json.get("/readyz", dependencies=[ANYBODY], responses={503: {"model": Ready, "description": "Not ready."}})
async def readyz(look: Look, response: Response) -> Ready:
    """The ledger can be written, its schema is this program's, and there is space."""
    try:
        writable = await look.write(_probe)
        version = await look.read(_version)
    except Exception:  # Whatever stops the ledger, the answer is the same: not ready.
        writable, version = False, None
    ready = Ready(database=writable, schema_version=version, free_space=_free_bytes(look.database) >= FREE_BYTES)
    fine = ready.database and ready.free_space and ready.schema_version == schema.head()
    response.status_code = 200 if fine else 503
    return ready


@json.get("/metrics", dependencies=[READERS], response_class=PlainTextResponse)
async def metrics(visitor: Staff, look: Look) -> Response:
    """Counts in the Prometheus text format, for bearers of a token only."""
    if visitor.session_id is not None:
        raise Problem("not-allowed", "この数値は、APIトークンを使うプログラムだけが読めます。")
    counts = await look.read(_counts)
    lines = [f"# TYPE {name} gauge\n{name} {value}" for name, value in counts.items()]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


def _probe(session: Session) -> bool:
    """Take the writer's turn and write; the transaction is rolled back by leaving nothing to commit."""
    session.connection().exec_driver_sql("CREATE TEMPORARY TABLE IF NOT EXISTS probe (at INTEGER)")
    session.rollback()
    return True


def _version(session: Session) -> str | None:
    return schema.version(session.connection())


def _counts(session: Session) -> dict[str, int]:
    connection = session.connection()
    present = select(func.count()).select_from(DEVICE).where(DEVICE.c.retired_at.is_(None))
    out = select(func.count()).select_from(ITEM).where(ITEM.c.returned_at.is_(None))
    held = select(func.count()).select_from(HOLD).where(HOLD.c.closed_at.is_(None))
    return {
        "tsunagu_devices": connection.execute(present).scalar_one(),
        "tsunagu_devices_on_loan": connection.execute(out).scalar_one(),
        "tsunagu_holds_open": connection.execute(held).scalar_one(),
        "tsunagu_journal_seq": head(session)[0],
    }


def _free_bytes(database: Database) -> int:
    """Free space where the SQLite file stands; a PostgreSQL server watches its own."""
    if not database.on_sqlite or not database.url.database:
        return FREE_BYTES
    return shutil.disk_usage(Path(database.url.database).resolve().parent).free
