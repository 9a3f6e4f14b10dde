"""Supporters for the tests of the rule book."""

from datetime import date
from typing import Any

from inventory.database import Database
from inventory.supporter_lists import SupporterCard
from inventory.supporters import NewSupporter, register_supporter
from tests.inventory.city import act

CONSENTED = date(2026, 6, 1)


def supporter(database: Database, name: str = "金井 康男", **fields: Any) -> SupporterCard:
    """Somebody who agreed to help, a welfare commissioner unless told otherwise."""
    order = {"name": name, "category": "welfare", "consented_on": CONSENTED, "registered_on": CONSENTED, **fields}
    return act(database, register_supporter, NewSupporter.model_validate(order))
