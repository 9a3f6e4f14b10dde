"""A plan: what a list of access points would do to the ledger, row by row."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import Session

from inventory.access_point_lists import ACCESS_POINT, ROOM
from inventory.access_point_rows import PointRow, SentPoints, read_point, spelt
from inventory.open_data import Publisher, conditions, point_of, published_id, venue_cells
from inventory.open_data_rows import address_key, venue_kind
from inventory.roster_rows import RepairedCell, WrongCell
from inventory.shapes import Card
from inventory.tables import WifiAuth
from inventory.text import clean_name, fold
from inventory.venues import VENUE, NewVenue

Act = Literal["new_venue", "new", "changed", "unchanged"]

# Of a venue that the ledger lacks, the columns that a list fills.
_OF_VENUE = (
    "name", "name_kana", "name_english", "postal_code", "address", "prefecture", "city", "town", "street", "building",
    "latitude", "longitude", "phone", "extension", "url",
)  # fmt: skip
# Columns whose cells are held against the ledger and never written: they are the venue's, and the publisher's own.
_COMPARED = (*_OF_VENUE, "owner")
_UNKNOWN = "台帳にない会場です。会場を先に登録するか、「台帳にない会場も加える」を選んでください。"


class PlannedPoint(Card):
    """What a row does. ``changes`` names the columns that take another value.

    ``forgets``: the passphrase of the access point is forgotten, because the row says another way to get in.
    """

    line: int
    act: Act
    venue: str
    venue_name: str
    access_point: str | None
    ssid: str
    area: str | None
    auth: WifiAuth
    disaster_ssid: bool
    note: str | None
    changes: list[str]
    forgets: bool = False


@dataclass
class Hall:
    """A venue of the ledger, or one that the list brings: then ``id`` is None and ``order`` is what it will be."""

    code: str
    name: str
    id: int | None
    cells: dict[str, str | float]
    order: NewVenue | None = None


@dataclass
class Point:
    """An access point that is in place. ``area`` is as published: the name of its room where it has none."""

    id: int
    revision: int
    ssid: str
    area: str
    auth: WifiAuth
    disaster: bool
    sealed: bool


@dataclass
class Plan:
    """Nothing of a plan with ``errors`` can be done. ``foreign``: codes of other municipalities; ``since``: as sent."""

    rows: list[PlannedPoint] = field(default_factory=list)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)
    venues: list[Hall] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)
    since: date | None = None

    @property
    def created(self) -> int:
        return sum(row.act in ("new_venue", "new") for row in self.rows)

    @property
    def changed(self) -> int:
        return sum(row.act == "changed" for row in self.rows)

    @property
    def unchanged(self) -> int:
        return sum(row.act == "unchanged" for row in self.rows)

    @property
    def digest(self) -> str:
        """The same for two plans that do the same to the same ledger."""
        rows = [row.model_dump(mode="json") for row in self.rows]
        venues = [hall.order.model_dump(mode="json") for hall in self.venues if hall.order is not None]
        done = [rows, venues, self.revisions, self.since]
        return hashlib.sha256(json.dumps(done, sort_keys=True, default=str).encode()).hexdigest()


def make_plan(session: Session, order: SentPoints, *, on: date, publisher: Publisher) -> Plan:
    """What the list would do on a day. Reads the ledger in two statements, however long the list is."""
    maker = _Maker(session, order, on, publisher)
    for row in order.rows:
        maker.take(read_point(row, order.kinds))
    maker.plan.errors.sort(key=lambda cell: cell.line)
    return maker.plan


class _Maker:
    """The ledger as the list finds it, and the plan so far."""

    def __init__(self, session: Session, order: SentPoints, on: date, publisher: Publisher) -> None:
        self.order, self.publisher, self.plan = order, publisher, Plan(since=order.since)
        self.halls: dict[str, Hall] = {}
        self.named: dict[str, list[Hall]] = defaultdict(list)
        self.points: dict[int, dict[int, Point]] = defaultdict(dict)
        self.gone: set[tuple[int, int]] = set()
        self.taken: dict[tuple[str, str, str], int] = {}
        self.used: dict[int, int] = {}
        self.begun: set[str] = set()
        for row in session.connection().execute(select(VENUE)).mappings():
            self._know(Hall(row["code"], row["name"], row["id"], venue_cells(dict(row), publisher)))
        query = select(ACCESS_POINT, ROOM.c.name.label("room")).outerjoin(ROOM, ROOM.c.id == ACCESS_POINT.c.room_id)
        for at in session.connection().execute(query.order_by(ACCESS_POINT.c.id)):
            if at.removed_on is not None and at.removed_on <= on:
                self.gone.add((at.venue_id, at.id))
                continue
            area = at.area or at.room or ""
            sealed = at.passphrase is not None
            self.points[at.venue_id][at.id] = Point(
                at.id, at.revision, at.ssid, area, WifiAuth(at.auth), at.disaster_ssid, sealed
            )

    def _know(self, hall: Hall) -> None:
        self.halls[hall.code] = hall
        self.named[fold(hall.name)].append(hall)

    def take(self, row: PointRow) -> None:
        hall = self._hall(row) if not row.read.errors else None
        if hall is not None:
            self._compare(row, hall)
            planned = self._point(row, hall)
            if planned is not None:
                self.plan.rows.append(planned)
        code = row.values.get("code")
        if code is not None and code != self.publisher.code and code not in self.plan.foreign:
            self.plan.foreign.append(code)
        self.plan.errors += row.read.errors
        self.plan.repairs += row.read.repairs

    def _hall(self, row: PointRow) -> Hall | None:
        """The venue that a row means: by its ID, else by its name."""
        named = self.named.get(fold(row.values.get("name", "")), [])
        ours = point_of(row.values.get("id", ""))
        hall = self.halls.get(ours[0]) if ours else None
        if hall is not None and named and hall not in named:
            row.read.wrong(
                "id", row.values["id"], f"このIDは{hall.name}のものです。IDを消すか、名称をたしかめてください。"
            )
            return None
        if hall is not None:
            return hall
        if len(named) > 1:
            key = address_key(row.values.get("address", ""))
            named = [one for one in named if address_key(str(one.cells["address"])) == key]
            if len(named) != 1:
                row.read.wrong(
                    "name", row.cells["name"], "同じ名前の会場が2つあります。会場コードから始まるIDを書いてください。"
                )
                return None
        if named:
            return named[0]
        if not self.order.new_venues:
            row.read.wrong("name", row.cells["name"], _UNKNOWN)
            return None
        return self._new_hall(row, ours[0] if ours else None)

    def _new_hall(self, row: PointRow, code: str | None) -> Hall | None:
        fields: dict[str, Any] = {key: row.values[key] for key in _OF_VENUE if key in row.values}
        number = len(self.halls)
        while code is None or code in self.halls:
            number += 1
            code = f"W{number:03d}"
        try:
            order = NewVenue.model_validate(fields | {"code": code, "kind": venue_kind(fields["name"])})
        except ValidationError as refusal:
            for one in refusal.errors():
                key = str(one["loc"][0]) if one["loc"] else "name"
                said = str(one["ctx"]["error"]) if "error" in one.get("ctx", {}) else "書き方か長さをたしかめてください"
                row.read.wrong(key, row.cells.get(key, ""), f"{said}。")
            return None
        cells = venue_cells(order.model_dump(), self.publisher)
        hall = Hall(order.code, order.name, None, cells, order)
        self._know(hall)
        self.plan.venues.append(hall)
        return hall

    def _compare(self, row: PointRow, hall: Hall) -> None:
        """Tell of cells that say another thing of the venue than the ledger, which stays as it is."""
        for key in _COMPARED:
            said, known = row.values.get(key), hall.cells.get(key, "")
            known = f"{known:.6f}" if isinstance(known, float) else known
            if said is not None and not _same(key, said, known):
                row.read.repaired(key, row.cells[key], known)

    def _point(self, row: PointRow, hall: Hall) -> PlannedPoint | None:
        ssid, area = row.values.get("ssid"), row.values.get("area")
        number = row.values.get("id")
        there = self.points[hall.id] if hall.id is not None else {}
        ours = point_of(number) if number else None
        at = there.get(ours[1]) if ours and ours[0] == hall.code else None
        if at is None and ours and hall.id is not None and (hall.id, ours[1]) in self.gone:
            row.read.wrong(
                "id", row.cells["id"], "このアクセスポイントは外してあります。行を消すか、IDを消してください。"
            )
            return None
        if at is None and ssid is None:
            row.read.wrong("ssid", row.cells.get("ssid", ""), "SSID（ネットワーク名）を書いてください。")
            return None
        key = (hall.code, spelt(ssid or ""), spelt(area or ""))
        if at is None:
            if key in self.taken:
                sentence = "同じ会場・SSID・提供エリアです。1行にまとめるか、提供エリアを書き分けてください。"
                row.read.wrong("ssid", row.cells["ssid"], f"{self.taken[key]}行目と{sentence}")
                return None
            self.taken[key] = row.line
            free = (one for one in there.values() if one.id not in self.used)
            at = next((one for one in free if (spelt(one.ssid), spelt(one.area)) == key[1:]), None)
        if at is not None and at.id in self.used:
            row.read.wrong(
                "id", row.cells.get("id", ""), f"{self.used[at.id]}行目と同じIDです。1行だけ残してください。"
            )
            return None
        if number and (at is None or number != published_id(hall.code, at.id)):
            row.read.repaired("id", row.cells["id"], published_id(hall.code, at.id) if at else "（新しい番号）")
        return self._new(row, hall, ssid or "", area) if at is None else self._known(row, hall, at)

    def _new(self, row: PointRow, hall: Hall, ssid: str, area: str | None) -> PlannedPoint:
        if row.auth is None:
            said = conditions(self.order.auth, disaster=row.disaster)
            row.read.repaired("note", row.cells.get("note", ""), said)
        fresh = hall.id is None and hall.code not in self.begun
        self.begun.add(hall.code)
        return PlannedPoint(
            line=row.line,
            act="new_venue" if fresh else "new",
            venue=hall.code,
            venue_name=hall.name,
            access_point=None,
            ssid=ssid,
            area=area,
            auth=row.auth or self.order.auth,
            disaster_ssid=row.disaster,
            note=row.rest or None,
            changes=[],
        )

    def _known(self, row: PointRow, hall: Hall, at: Point) -> PlannedPoint:
        """A row of an access point that is there: an empty cell changes nothing, nor do words that are not ours."""
        self.used[at.id] = row.line
        ssid, area = row.values.get("ssid", at.ssid), clean_name(row.values.get("area", at.area))
        auth = row.auth or at.auth
        # Only 備考 in our own words says that nothing is opened in a disaster.
        told = row.auth is not None and not row.rest
        disaster = row.disaster if told else row.disaster or at.disaster
        if row.rest or (row.values.get("note") and row.auth is None):
            row.read.repaired("note", row.cells["note"], conditions(auth, disaster=disaster))
        pairs = {
            "ssid": (spelt(ssid), spelt(at.ssid)),
            "area": (spelt(area), spelt(at.area)),
            "auth": (auth, at.auth),
            "disaster_ssid": (disaster, at.disaster),
        }
        changes = [name for name, (said, known) in pairs.items() if said != known]
        if changes:
            self.plan.revisions[str(at.id)] = at.revision
        return PlannedPoint(
            line=row.line,
            act="changed" if changes else "unchanged",
            venue=hall.code,
            venue_name=hall.name,
            access_point=str(at.id),
            ssid=ssid,
            area=area or None,
            auth=auth,
            disaster_ssid=disaster,
            note=None,
            changes=changes,
            forgets=at.sealed and "auth" in changes,
        )


def _same(key: str, said: str, known: str) -> bool:
    """Whether a cell says what the ledger has, however it is spelt."""
    if key == "address":
        return address_key(said) == address_key(known)
    if key in ("latitude", "longitude"):
        return said == known
    if key == "name":
        # 高 for 髙 is another spelling of the hall's name, and what the ledger writes is told.
        return spelt(said) == spelt(known)
    return spelt(said) == spelt(known) or fold(said) == fold(known)
