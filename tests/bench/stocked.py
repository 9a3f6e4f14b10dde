"""A ledger with as many devices as a large city has, written in bulk because taking each in would take minutes."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from inventory import journal
from inventory.database import writing
from inventory.devices import BINDING, DEVICE
from inventory.journal import By
from inventory.settings import Settings, open_ledger
from inventory.sign_in import hash_password
from inventory.staff import NewStaff, add_staff
from inventory.tables import Role
from inventory.tags import TAG
from inventory.text import new_tag_number
from tests.server import asset_number, furnish

PASSWORD = "さくらと自転車で出かけた日"


def stock(database_url: str, folder: Path, *, devices: int) -> str:
    """A furnished ledger with this many labelled devices and the account ``desk``; gives a bearer token."""
    token = furnish(database_url, folder)
    settings = {"DATABASE_URL": database_url, "SECRET_KEY_FILE": str(folder / "secret.key")}
    database = open_ledger(Settings.from_environment(settings))
    now = datetime.now(UTC)
    numbers: set[str] = set()
    while len(numbers) < devices:
        numbers.add(new_tag_number())
    try:
        with writing(database) as session:
            desk = NewStaff(username="desk", name="窓口", roles=[Role.DESK])
            add_staff(session, desk, password_hash=hash_password(PASSWORD), by=By(), now=now, op_id="stock-staff")
        with writing(database) as session:
            entry = journal.open_entry(session, by=By(), now=now, op_id="stock-devices")
            journal.note(session, "import", devices=devices)
            connection = session.connection()
            connection.execute(insert(DEVICE), [_device(at, entry) for at in range(1, devices + 1)])
            tags = sorted(numbers)
            connection.execute(insert(TAG), [{"number": tag, "created_at": now, "entry": entry} for tag in tags])
            bound = [
                {"number": tag, "device_id": at, "bound_at": now, "entry": entry}
                for at, tag in enumerate(tags, start=1)
            ]
            connection.execute(insert(BINDING), bound)
    finally:
        database.dispose()
    return token


def _device(at: int, entry: int) -> dict[str, object]:
    number = asset_number(at)
    return {
        "asset_number": number,
        "asset_key": number,
        "pool_id": "tablets",
        "model": "TB-10A",
        "serial": f"SN{at:08d}",
        "search": f"{number.lower()}\ntb-10a\nsn{at:08d}",
        "revision": 1,
        "entry": entry,
    }
