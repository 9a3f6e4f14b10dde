"""What is to be printed on labels: from devices, cases and blank numbers to the ink's own ``Label``."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from sqlmodel import Session

from inventory.cases import CaseCard, case_by_code, case_by_id
from inventory.devices import DeviceCard, device_cards, list_devices
from inventory.errors import Invalid, NotFound
from inventory.pools import pool_card
from inventory.settings import Settings
from inventory.tags import blanks, device_by_code
from labels.errors import LabelError
from labels.face import Label
from labels.qr import label_url

P = ParamSpec("P")
T = TypeVar("T")

# As many devices as a sheet order may name one by one; a whole pool may be larger.
MOST_NAMED = 500
_BETWEEN = re.compile(r"[,、，\r\n\t]+")
# What the ink calls its arguments, as the doors call theirs.
_FIELDS = {"number": "numbers", "url": "stock", "labels": "devices"}


@dataclass(frozen=True)
class CaseLabel:
    """A case as its label names it: like a device, with its code for the asset number and its name for the pool's."""

    asset_number: str
    pool_name: str
    tag: str | None
    call_number: None = None


Labelled = DeviceCard | CaseLabel


def split_codes(values: Iterable[str] | None) -> list[str]:
    """Codes as typed, pasted from a column, or sent as a list: commas, lines and tabs part them; each stands once."""
    parts = (part.strip() for value in values or () for part in _BETWEEN.split(value))
    return list(dict.fromkeys(part for part in parts if part))


def chosen(session: Session, codes: Sequence[str], pool: str | None) -> list[Labelled]:
    """The devices and cases named by number, label number, serial or IMEI in this order, then those of the pool.

    Raises:
        NotFound: nobody knows one of the codes, or the pool.
        Invalid: too many are named.
    """
    named: dict[tuple[bool, int], None] = {}
    for code in codes:
        for part in _parts(session, code):
            named[part] = None
    if len(named) > MOST_NAMED:
        raise Invalid.field("devices", f"番号で選べるのは{MOST_NAMED}台までです。何回かに分けてください。")
    found = {card.asset_number: card for card in _in_order(session, list(named))}
    if pool:
        pool_card(session, pool)
        cursor: str | None = None
        while True:
            page = list_devices(session, pool=pool, limit=200, cursor=cursor)
            found.update({card.asset_number: card for card in page.items})
            cursor = page.next
            if cursor is None:
                break
    return list(found.values())


def _parts(session: Session, code: str) -> list[tuple[bool, int]]:
    """Blanks part codes too, but only where they do not stand inside one: labels print 「4821 7390」."""
    whole = _row(session, code)
    if whole is not None:
        return [whole]
    rows = []
    for part in code.split():
        row = _row(session, part)
        if row is None:
            raise NotFound(f"「{part[:60]}」の端末は見つかりません。番号をたしかめてください。", device=part[:60])
        rows.append(row)
    return rows


def _row(session: Session, code: str) -> tuple[bool, int] | None:
    """Whether the code names a case, and the row of the thing."""
    device = device_by_code(session, code)
    if device is not None:
        return False, device
    case = case_by_code(session, code)
    return None if case is None else (True, case)


def _in_order(session: Session, rows: list[tuple[bool, int]]) -> list[Labelled]:
    # A card does not tell its row, so cards of several rows cannot be put in order; one by one they can.
    return [
        case_label(case_by_id(session, row)) if is_case else device_cards(session, [row])[0] for is_case, row in rows
    ]


def case_label(card: CaseCard) -> CaseLabel:
    return CaseLabel(asset_number=card.code, pool_name=card.name, tag=card.tag)


def blank_numbers(session: Session, numbers: Sequence[str]) -> list[str]:
    if len(numbers) > MOST_NAMED:
        raise Invalid.field("numbers", f"一度に選べる番号は{MOST_NAMED}個までです。何回かに分けてください。")
    return blanks(session, numbers).numbers if numbers else []


def labels_of(cards: Iterable[Labelled], numbers: Iterable[str], settings: Settings) -> list[Label]:
    """Raises LabelError when the public address cannot stand on a label."""
    return [
        *(_label(settings, card.tag, card) for card in cards if card.tag is not None),
        *(_label(settings, number, None) for number in numbers),
    ]


def _label(settings: Settings, number: str, card: Labelled | None) -> Label:
    return Label(
        url=label_url(settings.public_url, number),
        number=number,
        asset_number=card.asset_number if card else None,
        call_number=card.call_number if card else None,
        title=f"{settings.city_name} {card.pool_name}" if card else settings.city_name,
        phone=settings.office_phone,
    )


def invalid(error: LabelError) -> Invalid:
    """The ink's refusal as the rule book says it: which parameter, and what to do."""
    return Invalid.field(_FIELDS.get(error.field, error.field), error.sentence)


def pages_needed(labels: int, copies: int, start: int, faces: int) -> int:
    return max(1, math.ceil((start - 1 + labels * copies) / faces))


def leads_to_this_machine_only(public_url: str) -> bool:
    """Whether the address on the labels is one that no other machine can open."""
    host = urlsplit(public_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


async def in_ink(request: Request, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Draw in a worker thread, one order at a time: ink takes a whole core for seconds, and the desk must not wait.

    Raises:
        Invalid: the ink refuses; its field is the door's parameter.
    """
    state = request.app.state
    if not hasattr(state, "printing"):
        state.printing = anyio.CapacityLimiter(1)
    try:
        return await run_sync(partial(work, *args, **kwargs), limiter=state.printing)
    except LabelError as error:
        raise invalid(error) from error
