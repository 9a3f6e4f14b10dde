"""Which halls change their passphrase when: all posters in one print, and all passphrases in one form. IT only."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import query_of, render, see_other
from api.transactions import Look, Now
from api.visitors import IT
from inventory.calendar import today
from inventory.errors import Invalid
from inventory.passphrases import NewPassphrases, change_passphrases, make_passphrase
from inventory.shapes import BlankIsNone
from inventory.tables import VenueKind, WifiAuth
from inventory.wifi_networks import Network, list_networks

pages = APIRouter(include_in_schema=False)
Kind = Annotated[VenueKind | None, BlankIsNone]
Programme = Annotated[Annotated[str, Field(max_length=60)] | None, BlankIsNone]
Make = Annotated[str, Query(max_length=10)]
# As many networks as one form and one print show at once; the rest is narrowed by the kind of venue.
MOST = 400


def _sorted(networks: list[Network]) -> list[Network]:
    """What changes first stands first; what has no day at all stands last."""
    return sorted(networks, key=lambda one: (one.until or date.max, one.venue_name, one.ssid))


def _networks(session: Session, now: datetime, kind: VenueKind | None, programme: str | None) -> list[Network]:
    return _sorted(list_networks(session, now=now, kind=kind, programme=programme))


@pages.get("/wifi/posters", dependencies=[IT])
async def posters(request: Request, look: Look, now: Now, kind: Kind = None, programme: Programme = None) -> Response:
    found = await look.read(_networks, now, kind, programme)
    without = [network for network in found if network.without]
    printable = [network for network in found if len(network.without) < len(network.points)]
    return render(
        request,
        "wifi/posters.html",
        nav="venues",
        networks=found[:MOST],
        total=len(found),
        most=MOST,
        halls=len({network.venue for network in printable}),
        printable=len(printable),
        without=len(without),
        soon=[network for network in found if network.until is not None and network.until <= today(now)],
        today=today(now),
        kind=kind,
        programme=programme,
        query=query_of(request),
    )


@pages.get("/wifi/passphrases", dependencies=[IT])
async def ask_passphrases(
    request: Request, look: Look, now: Now, kind: Kind = None, programme: Programme = None, make: Make = ""
) -> Response:
    """A field for every network. ``?make=1`` fills them with new passphrases, which changes nothing."""
    shown = _taking(await look.read(_networks, now, kind, programme))
    values = {f"p-{network.points[0]}": make_passphrase() for network in shown[:MOST]} if make else {}
    return _form(request, shown, values, kind, programme)


@pages.post("/wifi/passphrases", dependencies=[IT])
async def set_passphrases(request: Request, look: Look, now: Now, sent: Sent) -> Response:
    kind = next((one for one in VenueKind if one.value == sent.values.get("kind")), None)
    programme = sent.values.get("programme") or None
    shown = _taking(await look.read(_networks, now, kind, programme))
    typed = {network.points[0]: sent.values.get(f"p-{network.points[0]}", "") for network in shown}
    changes = [
        {"access_point": point, "passphrase": typed[network.points[0]]}
        for network in shown
        if typed[network.points[0]]
        for point in network.points
    ]
    # Which field each of them was typed into, for the sentence beside it.
    fields = [f"p-{network.points[0]}" for network in shown if typed[network.points[0]] for _ in network.points]
    try:
        if not changes:
            raise Invalid.field("", "新しいパスワードが1つも書かれていません。変えるところに書いてください。")
        order = NewPassphrases.model_validate({"changes": changes, "until": sent.values.get("until")})
        await sent.act(change_passphrases, order, keys=look.database.keys)
    except Wrong as error:
        return _form(request, shown, sent.values, kind, programme, error=error, fields=fields)
    return see_other("/wifi/posters", done="passphrases-changed")


def _taking(networks: list[Network]) -> list[Network]:
    return [network for network in networks if network.auth is WifiAuth.PASSPHRASE]


def _form(
    request: Request,
    shown: list[Network],
    values: Mapping[str, Any],
    kind: VenueKind | None,
    programme: str | None,
    *,
    error: Exception | None = None,
    fields: list[str] | None = None,
) -> Response:
    """The form; with many fields it comes back as it was filled, to the one who filled it and to no store."""
    errors: dict[str, str] = {}
    for name, sentence in (wrong(error) if error else {}).items():
        parts = name.split(".")
        if len(parts) > 1 and parts[1].isdecimal() and fields and int(parts[1]) < len(fields):
            errors[fields[int(parts[1])]] = sentence
        else:
            errors[name if name == "until" else ""] = sentence
    return render(
        request,
        "access_points/passphrases.html",
        nav="venues",
        status=wrong_status(error) if error else 200,
        networks=shown[:MOST],
        total=len(shown),
        most=MOST,
        values=values,
        kind=kind,
        programme=programme,
        errors=errors,
    )
