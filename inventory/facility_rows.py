"""The rows of a list of facilities (公共施設一覧, or our own list of venues), read into what the ledger keeps.

Cells of published tables are read by ``open_data_rows``; here stands what a list of halls has besides: what a hall is,
which columns the ledger has a place for, and lines that are no hall at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from inventory.addresses import NotACode, municipality, municipality_code
from inventory.open_data_rows import NOTHING, RowRead, read_row
from inventory.roster_rows import RepairedCell, Text, WrongCell
from inventory.shapes import Card, ModelName, Shape
from inventory.tables import VenueKind
from inventory.text import fold
from inventory.venues import VenueCode, VenueFields

# What one act may bring: as many lines as a table may have.
MOST_ROWS = 5000
# Columns of a venue that a list may fill, by the keys of the layouts.
KEPT = (
    *(name for name in VenueFields.model_fields if name != "closed_days"),
    "closed_days",
    "shelter",
    "disaster_open",
)
# Keys that say which hall or what kind it is, or that another column is read by.
_READ = frozenset({"venue_code", "id", "kind", "poi", "name", "code", "place_code", "prefecture_name", "city_name"})
_CODES = ("code", "place_code")
_YES_NO = ("shelter", "disaster_open")
# Kept as they were written: line breaks in a note, and 「なし」, which says of closed days that a hall has none.
_AS_WRITTEN = ("note", "disaster_procedure", "closed_days")

_KINDS = {
    fold(word): kind
    for kind, words in {
        VenueKind.KOMINKAN: ("公民館", "kominkan", "1307"),
        VenueKind.COMMUNITY_CENTER: ("コミュニティセンター", "コミセン", "community_center", "1309"),
        VenueKind.WELFARE_CENTER: ("福祉会館", "福祉センター", "welfare_center"),
        VenueKind.BRANCH_OFFICE: ("支所", "出張所", "branch_office", "1304"),
        VenueKind.LIBRARY: ("図書館", "library", "1512"),
        VenueKind.OTHER: ("そのほか", "その他", "other"),
    }.items()
    for word in words
}
# A name that ends so says plainly what the hall is; 福祉 or コミュニティ somewhere inside of it does not.
_NAMED = ("公民館", "コミュニティセンター", "コミセン", "福祉会館", "支所", "図書館")
# Nothing that begins so is a hall, wherever in the list it stands.
_STARRED = re.compile(r"[※＊*]|[（(]?注(?:記|意|[0-9０-９]*[）):：])")
_FOOTNOTE = re.compile(r"[※＊*注（(]|注記|備考|出典|以上|合計|計$|Ver", re.IGNORECASE)
_SUMS = frozenset(map(fold, ("合計", "総計", "小計", "計")))
_REPRESENTATIVE = re.compile(r"\s*[（(]\s*代(?:表|表電話)?\s*[）)]\s*$")
_FORMULA = re.compile(r"[=＝]\s*[A-Za-z.]+\s*\(|#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)")
_NO_FORMULA = (
    "計算式か、計算できなかった印が入っています。Excelで列をコピーし、「値」として貼り付けてから読み込んでください。"
)


class SentFacility(Shape):
    """One line. ``cells``: what stands in each column, by the keys of the layout; ``filled``: how many cells it has."""

    line: Annotated[int, Field(ge=1)]
    cells: dict[str, Text]
    filled: Annotated[int, Field(ge=0)] = 1


class SentFacilities(Shape):
    """A list as it was written. ``kinds``: the kind of cell of each key; ``own``: it is the list that we export.

    ``kind`` is what a new hall is where its row does not tell. ``twice``: headers that the file has more than once, on
    line ``header``. ``digest`` is that of the plan that was seen before.
    """

    rows: Annotated[list[SentFacility], Field(max_length=MOST_ROWS)]
    kinds: dict[str, str]
    own: bool = False
    kind: VenueKind = VenueKind.OTHER
    header: int = 1
    twice: list[str] = []
    digest: str | None = Field(default=None, max_length=64)


class SkippedLine(Card):
    """A line that is no hall: a footnote, which is told and left out."""

    line: int
    value: str


@dataclass(frozen=True)
class Facility:
    """One line, read. ``fields`` has what the row says of the hall; what it leaves empty is not in it.

    ``number`` is ID or NO, which may be a code of ours; ``told`` is the kind that the row names, ``poi`` the one that
    its POIコード stands for.
    """

    line: int
    name: str
    code: str | None
    number: str | None
    told: VenueKind | None
    poi: VenueKind | None
    fields: dict[str, Any]


@dataclass
class ReadFacilities:
    rows: list[Facility] = field(default_factory=list)
    errors: list[WrongCell] = field(default_factory=list)
    repairs: list[RepairedCell] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)


def has_place(key: str) -> bool:
    """Whether the ledger reads anything from a column with this key."""
    return key in KEPT or key in _READ


def read_facilities(order: SentFacilities) -> ReadFacilities:
    """Read every cell. A row with a cell that cannot be read is left out and told of under ``errors``."""
    read = ReadFacilities()
    for header in order.twice:
        message = "同じ見出しの列が2つあります。使わない列を消すか、見出しを変えてください。"
        read.errors.append(WrongCell(line=order.header, column=header, value=header, message=message))
    rows = list(order.rows)
    while rows and _is_footnote(rows[-1]):
        last = rows.pop()
        read.skipped.insert(0, SkippedLine(line=last.line, value=next(iter(last.cells.values()), "")[:200]))
    for row in rows:
        if row.filled == 1 and "venue_code" not in row.cells and _STARRED.match(row.cells.get("name", "").strip()):
            read.skipped.append(SkippedLine(line=row.line, value=row.cells["name"][:200]))
            continue
        found = _facility(row, order, read)
        if found is not None:
            read.rows.append(found)
    read.skipped.sort(key=lambda line: line.line)
    return read


def plain_kind(name: str) -> VenueKind | None:
    """What a hall is, where its name says so plainly."""
    folded = fold(name)
    return next((_KINDS[fold(word)] for word in _NAMED if folded.endswith(fold(word))), None)


def _is_footnote(row: SentFacility) -> bool:
    """What stands below the halls and is none: one cell such as ※ 座標は世界測地系, or a line of sums."""
    if fold(row.cells.get("name", "")) in _SUMS:
        return True
    if row.filled != 1 or "venue_code" in row.cells:
        return False
    return "name" not in row.cells or _FOOTNOTE.match(row.cells["name"].strip()) is not None


def _facility(row: SentFacility, order: SentFacilities, read: ReadFacilities) -> Facility | None:
    cells = {key: text for key, text in row.cells.items() if has_place(key)}
    said = RowRead(row.line)
    for key in [key for key, text in cells.items() if _FORMULA.match(text.strip())]:
        said.wrong(key, cells.pop(key), _NO_FORMULA)
    codes = _codes(cells, said)
    if _REPRESENTATIVE.search(text := cells.get("phone", "")):
        cells["phone"] = _REPRESENTATIVE.sub("", text)
        said.repaired("phone", text, cells["phone"])
    plain = {key: text for key, text in cells.items() if key not in (*_AS_WRITTEN, *_CODES, "kind")}
    # ID is only held against codes of ours: one that a spreadsheet has spoilt is no reason to refuse a hall.
    kinds = order.kinds | {"id": "text"} | ({"name_kana": "text"} if order.own else {})
    at = read_row(row.line, plain, kinds)
    said.errors += [cell.model_copy(update={"message": cell.message.rstrip("。") + "。"}) for cell in at.errors]
    said.repairs += [cell for cell in at.repairs if not _same_number(cell, order)]
    values: dict[str, Any] = at.values | codes
    values |= _as_written(cells, said)
    told = _told(cells.get("kind", ""), said)
    poi = _KINDS.get(values.get("poi", ""))
    fields = _fields(cells, values, said)
    name, code = _name(cells, values, said), _code(cells, values, said)
    read.errors += said.errors
    read.repairs += said.repairs
    if said.errors or name is None:
        return None
    return Facility(row.line, name, code, values.get("id"), told, poi, fields)


def _as_written(cells: Mapping[str, str], said: RowRead) -> dict[str, str]:
    found = {}
    for key in _AS_WRITTEN:
        text = cells.get(key, "").strip()
        if text in NOTHING and key != "closed_days":
            said.repaired(key, text, "")
        elif text:
            found[key] = text
    return found


def _codes(cells: Mapping[str, str], said: RowRead) -> dict[str, str]:
    """Codes of municipalities with the zero and the check digit that they lost on their way."""
    found = {}
    for key in _CODES:
        text = cells.get(key, "").strip()
        if not text or text in NOTHING:
            continue
        try:
            found[key] = municipality_code(text)
        except NotACode:
            said.wrong(key, text, "団体コードは、検査数字までの6桁で書いてください（例：102016）。")
            continue
        if found[key] != cells[key]:
            said.repaired(key, cells[key], found[key])
    return found


def _same_number(cell: RepairedCell, order: SentFacilities) -> bool:
    """A coordinate that got zeros behind it is the same one; in our own list also one that has more figures."""
    if cell.column not in ("latitude", "longitude"):
        return False
    try:
        apart = abs(float(cell.value) - float(cell.repaired))
    except ValueError:
        return False
    return apart == 0 or (order.own and apart < 1e-6)


def _told(text: str, said: RowRead) -> VenueKind | None:
    if not text.strip():
        return None
    kind = _KINDS.get(fold(text))
    if kind is None:
        known = "公民館・コミュニティセンター・福祉会館・支所・図書館・そのほか"
        said.wrong("kind", text, f"種類は、{known} のうちから書いてください。")
    return kind


def _name(cells: Mapping[str, str], values: Mapping[str, Any], said: RowRead) -> str | None:
    if any(cell.column == "name" for cell in said.errors):
        return None
    if "name" not in values:
        said.wrong(
            "name", cells.get("name", ""), "会場の名前を書いてください。会場ではない行なら、行ごと消してください。"
        )
        return None
    name: str | None = _checked("name", _NAME, values["name"], cells["name"], said)
    return name


def _code(cells: Mapping[str, str], values: Mapping[str, Any], said: RowRead) -> str | None:
    if "venue_code" not in values:
        return None
    code: str | None = _checked("venue_code", _CODE, values["venue_code"], cells["venue_code"], said)
    return code


def _fields(cells: Mapping[str, str], values: dict[str, Any], said: RowRead) -> dict[str, Any]:
    """What the row says of the hall, in the form of its columns."""
    found: dict[str, Any] = {}
    for key in KEPT:
        if key in _YES_NO and key in values:
            found[key] = values[key] == "有"
        elif key == "closed_days" and key in values:
            # Whether it can be read as a rule is for the plan: what stands in the ledger already may stay.
            found[key] = " ".join(values[key].split())[:200]
        elif key in values and key not in _YES_NO:
            value = _checked(key, _COLUMNS[key], values[key], cells.get(key, ""), said)
            if value is not None:
                found[key] = value
    # The old layout has the prefecture and the city in columns of their own, the new one the code of the place.
    place = municipality(values.get("place_code", ""))
    for key, old, known in (
        ("prefecture", "prefecture_name", place.prefecture if place else None),
        ("city", "city_name", place.name if place else None),
    ):
        if key not in found and (other := values.get(old) or known):
            found[key] = other
    return found


def _checked(key: str, kind: TypeAdapter[Any], value: str, text: str, said: RowRead) -> Any:
    """The value as the ledger's column takes it. What the column writes differently is a repair as well."""
    try:
        made = kind.validate_python(value)
    except ValidationError as error:
        said.wrong(key, text, _sentence(error.errors()[0]))
        return None
    if key == "name_kana" and made != text and not any(cell.column == key for cell in said.repairs):
        said.repaired(key, text, made)
    return made


def _sentence(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "string_too_long":
        return f"{context['max_length']}文字までにしてください。"
    if error["type"] == "string_pattern_mismatch":
        return "半角の英数字と - _ . で、32文字までにしてください。"
    if error["type"] == "value_error":
        return f"{context.get('error')}。"
    return "書き方をたしかめてください。"


_COLUMNS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(Annotated[column.annotation, *column.metadata])  # type: ignore[arg-type]
    for name, column in VenueFields.model_fields.items()
}
_NAME: TypeAdapter[Any] = TypeAdapter(ModelName)
_CODE: TypeAdapter[Any] = TypeAdapter(VenueCode)
