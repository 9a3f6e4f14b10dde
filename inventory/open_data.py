"""公衆無線LANアクセスポイント一覧: what the city publishes of its access points, row by row.

Published are access points that are in place at venues whose wifi is in service on the day. A row is made of what the
ledger has of the venue and of the access point; internal notes are never among it. 備考 says how one gets in
(``conditions``), and is read back by ``read_conditions``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from inventory.access_point_lists import ACCESS_POINT, ROOM
from inventory.addresses import municipality, split_address
from inventory.open_data_layouts import Layout, LayoutColumn, Required
from inventory.shapes import Card
from inventory.tables import WifiAuth, WifiStage
from inventory.text import kana_to_katakana
from inventory.wifi_standing import VENUE, latest_steps

DATASET = "public_wireless_lan"

_GETTING_IN = {WifiAuth.OPEN: "認証なし", WifiAuth.PASSPHRASE: "パスワード", WifiAuth.PORTAL: "利用登録"}
_IN_DISASTER = "災害時は00000JAPANを開放"
_AUTH_WORDS = (
    (re.compile("認証なし|認証不要|登録不要|パスワード(なし|不要)|オープン"), WifiAuth.OPEN),
    (re.compile("利用登録|ユーザー?登録|メール(認証|登録)|SNS認証|認証画面|要登録"), WifiAuth.PORTAL),
    (re.compile("パスワード|暗号化キー|パスフレーズ"), WifiAuth.PASSPHRASE),
)


@dataclass(frozen=True)
class Publisher:
    """The municipality that publishes: its code of six digits, and its name without and with the prefecture."""

    code: str
    city: str

    @property
    def prefecture(self) -> str:
        known = municipality(self.code)
        return known.prefecture if known else ""

    @property
    def name(self) -> str:
        """地方公共団体名: 群馬県前橋市."""
        return self.city if self.city.startswith(self.prefecture) else self.prefecture + self.city


class HasCells(Protocol):
    """A published row of any data set. ``cells``: what stands in the columns of all its layouts, by key."""

    @property
    def cells(self) -> Mapping[str, str | int | float]: ...


AnyRow = TypeVar("AnyRow", bound=HasCells)


@dataclass(frozen=True)
class PublishedRow:
    """One access point. ``cells``: what stands in the columns of all layouts, by key; coordinates are degrees."""

    venue: str
    venue_name: str
    cells: Mapping[str, str | int | float]


class MissingCell(Card):
    """A cell that a layout wants and the ledger lacks. ``row`` counts published rows from 1.

    ``key`` names the column; it is filled in on the page of the ``venue``.
    """

    row: int
    venue: str
    venue_name: str
    key: str
    column: str
    required: Required


def published_rows(session: Session, *, on: date, publisher: Publisher) -> list[PublishedRow]:
    """Access points in place on the day at venues in service, by venue code and number, in one statement."""
    steps = latest_steps(on).subquery("latest")
    query = (
        select(*_COLUMNS)
        .join(VENUE, ACCESS_POINT.c.venue_id == VENUE.c.id)
        .join(steps, and_(steps.c.venue_id == VENUE.c.id, steps.c.stage == WifiStage.IN_SERVICE))
        .outerjoin(ROOM, ROOM.c.id == ACCESS_POINT.c.room_id)
        .where(in_place(on))
    )
    # The two databases sort "-" at other places; a file is the same whichever of them made it.
    found = sorted(session.connection().execute(query).mappings(), key=lambda row: (row["code"], row["point"]))
    return [PublishedRow(row["code"], row["name"], cells_of(dict(row), publisher)) for row in found]


OF_VENUE = (
    "code", "name", "name_kana", "name_english", "postal_code", "address", "prefecture", "city", "town", "street",
    "building", "latitude", "longitude", "phone", "extension", "url",
)  # fmt: skip
_OF_POINT = ("ssid", "area", "auth", "disaster_ssid")
_COLUMNS = (
    *(VENUE.c[name] for name in OF_VENUE),
    *(ACCESS_POINT.c[name] for name in _OF_POINT),
    ACCESS_POINT.c.id.label("point"),
    ROOM.c.name.label("room"),
)


def in_place(on: date) -> Any:
    """The condition that an access point is in place on a day."""
    standing = or_(ACCESS_POINT.c.removed_on.is_(None), ACCESS_POINT.c.removed_on > on)
    return and_(ACCESS_POINT.c.installed_on <= on, standing)


def cells_of(row: Mapping[str, Any], publisher: Publisher) -> dict[str, str | int | float]:
    """The published cells of an access point whose columns and venue's columns stand in ``row``."""
    return venue_cells(row, publisher) | {
        "id": published_id(row["code"], row["point"]),
        "ssid": row["ssid"],
        "area": row["area"] or row["room"] or "",
        "note": conditions(row["auth"], disaster=row["disaster_ssid"]),
    }


def venue_cells(venue: Mapping[str, Any], publisher: Publisher) -> dict[str, str | float]:
    """What is published of a venue and its publisher. Columns that the ledger has nothing for are empty."""
    words = {name: venue[name] or "" for name in OF_VENUE if name != "code"}
    address, prefecture, city = _whole(venue, publisher)
    here = (prefecture, city) == (publisher.prefecture, publisher.city)
    return words | {
        "code": publisher.code,
        "municipality": publisher.name,
        "prefecture_name": publisher.prefecture,
        "city_name": publisher.city,
        "owner": publisher.city,
        "name_kana": kana_to_katakana(venue["name_kana"] or ""),
        "place_code": publisher.code if here else "",
        "address": address,
        "prefecture": prefecture,
        "city": city,
        "latitude": "" if venue["latitude"] is None else venue["latitude"],
        "longitude": "" if venue["longitude"] is None else venue["longitude"],
        "corporate_number": "",
        "town_id": "",
        "email": "",
        "form_url": "",
        "contact_note": "",
    }


def _whole(venue: Mapping[str, Any], publisher: Publisher) -> tuple[str, str, str]:
    """所在地 from the prefecture on, its prefecture and its municipality."""
    address = venue["address"] or ""
    prefecture, city, _ = split_address(address)
    named = venue["prefecture"] or prefecture or "", venue["city"] or city or ""
    if not address:
        return "", *named
    if city is None and prefecture is None:
        # What begins with the town is in the city that publishes it.
        return publisher.name + address, named[0] or publisher.prefecture, named[1] or publisher.city
    if prefecture is not None and not address.startswith(prefecture):
        address = prefecture + address
    return address, *named


def published_id(venue: str, point: int) -> str:
    """The ID of an access point, the same for ever: the venue's code and the number of its row in the ledger."""
    return f"{venue}-{point:04d}"


def point_of(identifier: str) -> tuple[str, int] | None:
    """The venue's code and the row number in a published ID, or None when it is none of ours."""
    parts = re.fullmatch(r"(.+)-([0-9]{4,9})", identifier)
    return (parts[1], int(parts[2])) if parts else None


def conditions(auth: WifiAuth, *, disaster: bool) -> str:
    """備考: the conditions of use."""
    return "。".join([_GETTING_IN[WifiAuth(auth)], *([_IN_DISASTER] if disaster else [])])


def read_conditions(text: str) -> tuple[WifiAuth | None, bool, str]:
    """How one gets in (None: it is not said), whether 00000JAPAN is opened in a disaster, and what else is written."""
    auth = next((auth for words, auth in _AUTH_WORDS if words.search(text)), None)
    own = {*_GETTING_IN.values(), _IN_DISASTER}
    rest = "。".join(part for part in text.split("。") if part.strip() and part.strip() not in own)
    return auth, bool(re.search("00000\\s*JAPAN", text, re.IGNORECASE)), rest


def missing_cells(rows: Sequence[PublishedRow], layout: Layout) -> list[MissingCell]:
    """What the layout wants and the rows lack: required cells and recommended ones, in the order of the file."""
    return [
        MissingCell(
            row=number,
            venue=row.venue,
            venue_name=row.venue_name,
            key=column.key,
            column=column.name,
            required=column.required,
        )
        for number, row, column in wanted(rows, layout)
    ]


def wanted(rows: Sequence[AnyRow], layout: Layout) -> Iterator[tuple[int, AnyRow, LayoutColumn]]:
    """Every empty cell of a required or recommended column: which row from 1, the row, and the column."""
    columns = [column for column in layout.columns if column.required != "optional"]
    for number, row in enumerate(rows, start=1):
        for column in columns:
            if row.cells.get(column.key, "") == "":
                yield number, row, column
