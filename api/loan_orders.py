"""What a lending desk writes into forms, as the rule book's orders; and its sentences beside the right fields."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from api.forms import Submitted
from inventory.devices import device_cards
from inventory.errors import Invalid
from inventory.extending import Extend
from inventory.lending import CheckOut
from inventory.loans import ItemCard, LoanCard
from inventory.returning import TakeBack
from inventory.tags import device_by_code
from inventory.text import code_text

BORROWERS = ("association", "course", "venue", "section", "substitute")


def asset_numbers(session: Session, text: str) -> list[str]:
    """The devices somebody wrote down by asset number, label number, serial or IMEI, with lines or marks between.

    A label number may be written with a blank in its middle, so a whole line is tried before its words.

    Raises:
        Invalid: nothing is written, or a number that no device has; the sentence names it.
    """
    found: list[str] = []
    for line in filter(None, (part.strip() for part in re.split(r"[\n,、，;]", text))):
        whole = _asset_number(session, line)
        for word in [line] if whole else line.split():
            number = whole or _asset_number(session, word)
            if number is None:
                raise Invalid.field("devices", f"「{word[:40]}」の端末は見つかりません。番号をたしかめてください。")
            found.append(number)
    if not found:
        raise Invalid.field("devices", "貸す端末の番号を書いてください。")
    return list(dict.fromkeys(found))


def _asset_number(session: Session, code: str) -> str | None:
    device = device_by_code(session, code) if code_text(code) else None
    return device_cards(session, [device])[0].asset_number if device is not None else None


def check_out_order(sent: Submitted, devices: Sequence[str]) -> CheckOut:
    """The order of the lending form; ``devices`` are its numbers as ``asset_numbers`` read them."""
    values = sent.values
    kind = values.get("to")
    name = "substitute_for" if kind == "substitute" else kind if kind in BORROWERS else "association"
    order: dict[str, Any] = {
        "borrower": {name: values["target"]} if values.get("target") else {},
        "devices": list(devices),
        **sent.given("purpose", "note"),
    }
    if values.get("until") in ("day", "office"):
        order["due"] = _due(values)
    if values.get("override"):
        order["override"] = {"reason": values["override"]}
    return CheckOut.model_validate(order)


def extend_order(sent: Submitted) -> Extend:
    override = {"override": {"reason": sent.values["override"]}} if sent.values.get("override") else {}
    return Extend.model_validate({"due": _due(sent.values), **override})


def _due(values: Mapping[str, str]) -> dict[str, Any]:
    return {"end_of_office": True} if values.get("until") == "office" else {"on": values.get("on") or None}


def take_back_order(sent: Submitted, loan: LoanCard) -> TakeBack:
    """The order of the return form: the ticked devices, what came back with each, and what somebody noticed.

    Raises:
        Invalid: no device of this loan is ticked.
    """
    ticked = set(sent.lists.get("device", []))
    items = [item for item in loan.items if item.asset_number in ticked]
    if not items:
        raise Invalid.field("device", "返す端末を選んでください。")
    conditions = {item.asset_number: _condition(sent.values, item) for item in items}
    return TakeBack.model_validate(
        {
            "devices": [item.asset_number for item in items],
            "condition": {name: condition for name, condition in conditions.items() if condition},
        }
    )


def _condition(values: Mapping[str, str], item: ItemCard) -> dict[str, Any]:
    number = item.asset_number
    counts = {name: values.get(f"count-{number}-{at}") for at, name in enumerate(item.accessories)}
    condition: dict[str, Any] = {}
    if any(counts.values()):
        condition["accessories"] = {name: count for name, count in counts.items() if count}
    if values.get(f"note-{number}"):
        condition["note"] = values[f"note-{number}"]
    if values.get(f"trouble-{number}"):
        condition["ok"] = False
    return condition


def beside_fields(errors: Mapping[str, str], loan: LoanCard | None = None) -> dict[str, str]:
    """Sentences by the fields of these forms, from sentences by the fields of the orders."""
    counts = {
        (item.asset_number, name): f"count-{item.asset_number}-{at}"
        for item in (loan.items if loan else [])
        for at, name in enumerate(item.accessories)
    }
    return {_field(name, counts): sentence for name, sentence in errors.items()}


def _field(name: str, counts: Mapping[tuple[str, str], str]) -> str:
    first = name.split(".", maxsplit=1)[0]
    if first == "condition":
        # Asset numbers may hold dots, so the path is read from what is known.
        path = name.removeprefix("condition.")
        for (number, accessory), field in counts.items():
            if path == f"{number}.accessories.{accessory}":
                return field
        return f"note-{path.removesuffix('.note')}" if path.endswith(".note") else ""
    return {"borrower": "target", "due": "on", "override": "override"}.get(first, first)
