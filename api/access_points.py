"""Access points, their passphrases and the posters over JSON. A passphrase comes in here and never goes out as JSON."""

from collections.abc import Sequence
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Path, Query, Request, Response

from api.codes import Problem
from api.files import pdf_file
from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now, SeenRevision
from api.visitors import IT, READERS
from inventory.access_point_lists import AccessPointCard, AccessPointList, access_point_card, access_points_of
from inventory.access_points import (
    AccessPointChange,
    AddAccessPoint,
    RemoveAccessPoint,
    add_access_point,
    change_access_point,
    remove_access_point,
)
from inventory.calendar import wareki
from inventory.passphrases import (
    NewPassphrase,
    NewPassphrases,
    Opened,
    PassphrasesChanged,
    change_passphrase,
    change_passphrases,
    passphrases_of,
)
from inventory.settings import Settings
from inventory.shapes import BlankIsNone
from inventory.tables import VenueKind, WifiAuth
from inventory.venues import venue_card
from inventory.wifi_networks import Network, list_networks
from labels.errors import LabelError
from labels.qr import label_url
from labels.wifi_poster import WifiPoster, wifi_posters_pdf

json = json_router("venues")
Venue = Annotated[str, Path(alias="code", max_length=60)]
Point = Annotated[str, Path(alias="id", max_length=20)]
Programme = Annotated[Annotated[str, Query(max_length=60)] | None, BlankIsNone]
Kind = Annotated[VenueKind | None, BlankIsNone]
_LENDING = ("already-lent", "held", "retired", "promised", "limit-reached")
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A4, one page a network. X-Label-Warnings counts the characters that print otherwise.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}
LOCKED = (
    "パスワードを開けません。この台帳の秘密鍵（SECRET_KEY_FILE）が、書いたときのものと違います。"
    "元の鍵に戻すか、パスワードを新しく決めてください。"
)


@json.get("/api/venues/{code}/access-points", dependencies=[READERS], responses=problems("not-found"))
async def access_points(venue: Venue, look: Look) -> AccessPointList:
    """Every access point of a venue, also those that were taken down; whether there is a passphrase, never which."""
    return await look.read(access_points_of, venue)


@json.post(
    "/api/venues/{code}/access-points",
    status_code=201,
    dependencies=[IT],
    responses=problems("not-found", "op-id-reused", *_LENDING),
)
async def add_point(
    venue: Venue, order: AddAccessPoint, act: ActMaybeOnce, look: Look, response: Response
) -> AccessPointCard:
    """Put an access point up. ``device`` is installed at the venue in the same act: a loan without a due day."""
    card = await act(add_access_point, order, status=201, venue=venue, keys=look.database.keys)
    etag(response, card.revision)
    return card


@json.get("/api/venues/{code}/access-points/{id}", dependencies=[READERS], responses=problems("not-found"))
async def one_point(venue: Venue, point: Point, look: Look, response: Response) -> AccessPointCard:
    card = await look.read(access_point_card, point, venue)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/venues/{code}/access-points/{id}",
    dependencies=[IT],
    responses=problems("not-found", "stale", "missing-if-match", "op-id-reused", *_LENDING),
)
async def edit_point(
    venue: Venue,
    point: Point,
    change: AccessPointChange,
    revision: SeenRevision,
    act: ActMaybeOnce,
    response: Response,
) -> AccessPointCard:
    card = await act(change_access_point, change, venue=venue, access_point=point, revision=revision)
    etag(response, card.revision)
    return card


@json.post(
    "/api/venues/{code}/access-points/{id}/remove", dependencies=[IT], responses=problems("not-found", "op-id-reused")
)
async def remove_point(
    venue: Venue, point: Point, order: RemoveAccessPoint, act: ActMaybeOnce, response: Response
) -> AccessPointCard:
    """Take it down. With the last access point that its device sends, the device comes back."""
    card = await act(remove_access_point, order, venue=venue, access_point=point)
    etag(response, card.revision)
    return card


@json.post(
    "/api/venues/{code}/access-points/{id}/passphrase",
    dependencies=[IT],
    responses=problems("not-found", "op-id-reused"),
)
async def new_passphrase(
    venue: Venue, point: Point, order: NewPassphrase, act: ActMaybeOnce, look: Look, response: Response
) -> AccessPointCard:
    """Give it another passphrase."""
    keys = look.database.keys
    card = await act(change_passphrase, order, venue=venue, access_point=point, keys=keys)
    etag(response, card.revision)
    return card


@json.post("/api/wifi/passphrases", dependencies=[IT], responses=problems("not-found", "op-id-reused"))
async def new_passphrases(order: NewPassphrases, act: ActMaybeOnce, look: Look) -> PassphrasesChanged:
    """Give many access points other passphrases at once, or none of them."""
    return await act(change_passphrases, order, keys=look.database.keys)


@json.get(
    "/api/venues/{code}/wifi-poster.pdf",
    dependencies=[IT],
    response_class=Response,
    responses=_PDF | problems("not-found", "refused"),
)
async def wifi_poster(request: Request, venue: Venue, look: Look, now: Now) -> Response:
    """The wifi posters of one venue, with its passphrases."""
    card = await look.read(venue_card, venue)
    found = await look.read(list_networks, now=now, venues=[card.code])
    return await _printed(request, look, found, f"wifi-poster-{card.code}", f"Wi-Fiのポスター-{card.name}")


@json.get(
    "/api/wifi/posters.pdf",
    dependencies=[IT],
    response_class=Response,
    responses=_PDF | problems("not-found", "refused"),
)
async def wifi_posters(
    request: Request,
    look: Look,
    now: Now,
    programme: Programme = None,
    kind: Kind = None,
    venue: Annotated[list[str] | None, Query(max_length=2000, description="Codes; default: every venue.")] = None,
) -> Response:
    """The wifi posters of many venues in one file, with their passphrases."""
    found = await look.read(list_networks, now=now, venues=venue or None, programme=programme, kind=kind)
    return await _printed(request, look, found, "wifi-posters", "Wi-Fiのポスター")


async def _printed(request: Request, look: Look, networks: Sequence[Network], plain: str, full: str) -> Response:
    points = [point for network in networks if network.auth is WifiAuth.PASSPHRASE for point in network.points]
    opened = await look.read(passphrases_of, look.database.keys, points)
    if not all(one.opened for one in opened.values()):
        raise Problem("refused", LOCKED)
    sheets = [sheet for network in networks for sheet in _posters(request.app.state.settings, network, opened)]
    if not sheets:
        raise Problem("refused", "刷れるポスターがありません。先にアクセスポイントとパスワードを登録してください。")
    return pdf_file(await run_sync(wifi_posters_pdf, sheets), plain, full)


def _posters(settings: Settings, network: Network, opened: dict[str, Opened]) -> list[WifiPoster]:
    """A poster for each passphrase of a network: one as a rule, none where there is none yet."""
    passphrases: list[str | None] = [None]
    if network.auth is WifiAuth.PASSPHRASE:
        found = (opened[point].passphrase for point in network.points)
        passphrases = list(dict.fromkeys(passphrase for passphrase in found if passphrase is not None))
    link = _link(settings, network.tag)
    return [
        WifiPoster(
            place=network.venue_name,
            ssid=network.ssid,
            auth=network.auth.value,
            passphrase=passphrase,
            changes_on=wareki(network.until) if network.until and passphrase else "",
            disaster=network.disaster,
            office=f"{settings.city_name} {settings.office_name}",
            phone=settings.office_phone,
            hours=settings.office_hours,
            code=link,
            number=network.tag or "",
            address=f"{settings.public_url.partition('://')[2]}/T" if link else "",
        )
        for passphrase in passphrases
    ]


def _link(settings: Settings, tag: str | None) -> str:
    """The link of a label number; empty without one, where the public has no pages, or no label can carry it."""
    if tag is None or not settings.public_pages:
        return ""
    try:
        return label_url(settings.public_url, tag)
    except LabelError:
        return ""
