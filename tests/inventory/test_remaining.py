"""remaining: what cannot be found is told as such, at every desk that watches."""

from inventory.database import Database
from inventory.remaining import OfWhom, remaining
from tests.inventory.city import NOON, bring_back, course, devices, lend, look, phones, release, stop


def test_what_is_looked_for_is_told_apart_from_what_is_only_out(database: Database) -> None:
    phones(database)
    devices(database, "P-1", "P-2", "P-3", "P-4", pool="phones")
    of = course(database).id
    lend(database, {"course": of}, "P-1", "P-2", "P-3", "P-4")
    stop(database, "P-1", "missing")
    stop(database, "P-2", "lost")
    stop(database, "P-3", "repair")

    def missing() -> dict[str, bool]:
        out = look(database, remaining, OfWhom(course=of), now=NOON).devices_out
        return {device.asset_number: device.missing for device in out}

    assert missing() == {"P-1": True, "P-2": True, "P-3": False, "P-4": False}
    release(database, "P-1", "missing")
    bring_back(database, "P-2")
    assert missing() == {"P-1": False, "P-3": False, "P-4": False}
