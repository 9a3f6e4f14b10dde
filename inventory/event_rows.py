"""イベント一覧: what the city publishes of its courses, row by row.

Published are the courses that are marked so, of the fiscal year of the day and later ones. A cancelled or postponed
course stays in the list, and its 備考 says what became of it: whoever copied the list before must be able to see that.
Why it was cancelled is not published, nor anything else that staff write for themselves. 連絡先 is an office; a cell of
free words that holds the name of somebody in the ledger stays empty, and the check tells of it.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory.borrowers import COURSE, PERSON, VENUE
from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days, jst_day_bounds
from inventory.open_data import OF_VENUE, Publisher, venue_cells, wanted
from inventory.open_data_layouts import Layout, Required
from inventory.shapes import Card
from inventory.tables import Audience, CourseState
from inventory.text import fold, kana_to_katakana

EVENTS = "event"
_tables = SQLModel.metadata.tables
PROGRAMME = _tables["programme"]
SERIES = _tables["course_series"]

_AUDIENCE = {
    Audience.PHONE: "スマートフォンを持っている方",
    Audience.NO_PHONE: "スマートフォンを持っていない方",
    Audience.SUPPORTER: "デジタルサポーターになる方",
    Audience.RESIDENT: "どなたでも",
    Audience.OFFICER: "自治会の役員の方",
}
# Cells that are published as somebody wrote them.
_WRITTEN = ("event_name", "description", "fee_detail", "contact", "organiser", "apply_how")
# Of what is published of a hall, that which is on the page of the course or of its publisher instead.
_NOT_OF_HALL = ("name", "name_kana", "name_english", "postal_code", "phone", "extension", "url", "owner")
_OF_HALL = frozenset({"address", "place_code", "prefecture", "city", "town", "street", "latitude", "longitude"})
_PHONE = re.compile(r"(?:TEL|Tel|tel|電話)?[:：]?\s*[（(]?(0[0-9]{1,4}[)）-]?[0-9]{1,4}-?[0-9]{3,4})(?![0-9])")
_FREE = re.compile(r"無料|0円|なし")
_YEN = re.compile(r"([0-9][0-9,]{0,9})円")
# Names of one or two letters stand in many a word.
_SHORTEST_NAME = 3


@dataclass(frozen=True)
class EventRow:
    """One course. ``cells``: what stands in the columns of all layouts, by key; coordinates are degrees.

    ``venue`` is a code. ``withheld``: keys of cells that would have held somebody's name.
    """

    course: str
    title: str
    venue: str | None
    venue_name: str | None
    cells: Mapping[str, str | int | float]
    withheld: tuple[str, ...] = ()


class MissingEventCell(Card):
    """A cell that a layout wants and the ledger lacks. ``row`` counts published rows from 1.

    ``venue``: the code of the hall on whose page it is filled in; None where that is the page of the ``course``.
    """

    row: int
    course: str
    title: str
    venue: str | None
    venue_name: str | None
    key: str
    column: str
    required: Required


class WithheldCell(Card):
    """A cell that stays empty, because it holds the name of somebody in the ledger."""

    row: int
    course: str
    title: str
    column: str


def published_events(session: Session, *, on: date, publisher: Publisher) -> list[EventRow]:
    """Published courses from the fiscal year of the day on, in the order they begin."""
    since = jst_day_bounds(fiscal_year_days(fiscal_year(on))[0])[0]
    query = _SELECT.where(COURSE.c.published, COURSE.c.ends_at > since).order_by(COURSE.c.starts_at, COURSE.c.id)
    found = [dict(row) for row in session.connection().execute(query).mappings()]
    places = _places(session, {row["series_id"] for row in found if row["series_id"] is not None})
    rows = [(row, event_cells(row, places.get(row["id"]), publisher)) for row in found]
    named = _naming(session, {str(cells[key]) for _, cells in rows for key in _WRITTEN if cells[key]})
    return [_row(row, cells, named) for row, cells in rows]


_LATER = COURSE.alias("later")
_SELECT = select(
    *(COURSE.c[name] for name in (
        "id", "title", "title_kana", "topics", "starts_at", "ends_at", "capacity", "state", "series_id", "description",
        "fee", "contact", "apply_until", "apply_how", "url",
    )),
    *(VENUE.c[name].label(f"venue_{name}") for name in OF_VENUE),
    PROGRAMME.c.audience,
    PROGRAMME.c.owner_section,
    SERIES.c.title.label("series_title"),
    _LATER.c.starts_at.label("later_at"),
    _LATER.c.published.label("later_published"),
).select_from(
    COURSE.join(PROGRAMME, COURSE.c.programme_id == PROGRAMME.c.id)
    .outerjoin(SERIES, COURSE.c.series_id == SERIES.c.id)
    .outerjoin(VENUE, COURSE.c.venue_id == VENUE.c.id)
    .outerjoin(_LATER, COURSE.c.postponed_to_id == _LATER.c.id)
)  # fmt: skip


def _places(session: Session, series: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Of each course of these series: which of how many dates it is, those left out that were put off."""
    dates: dict[int, list[int]] = defaultdict(list)
    query = select(COURSE.c.id, COURSE.c.series_id).where(
        COURSE.c.series_id.in_(sorted(series)), COURSE.c.state != CourseState.POSTPONED
    )
    for row in session.connection().execute(query.order_by(COURSE.c.starts_at, COURSE.c.id)):
        dates[row.series_id].append(row.id)
    return {course: (at, len(ids)) for ids in dates.values() for at, course in enumerate(ids, start=1)}


def event_cells(
    row: Mapping[str, Any], place: tuple[int, int] | None, publisher: Publisher
) -> dict[str, str | int | float]:
    """The published cells of a course whose columns and hall's columns stand in ``row``."""
    begins, ends = (row[name].astimezone(TOKYO) for name in ("starts_at", "ends_at"))
    contact, phone = office_and_phone(row["contact"] or "")
    office = _office(row["owner_section"], publisher)
    fee, charged = price(row["fee"])
    cells: dict[str, str | int | float] = dict(_hall_cells(row, publisher))
    return cells | {
        "id": published_event_id(row["id"]),
        "event_name": row["title"],
        "event_name_kana": kana_to_katakana(row["title_kana"] or ""),
        "event_name_english": "",
        "starts_on": begins.date().isoformat(),
        "ends_on": ends.date().isoformat(),
        "starts": f"{begins:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "days_note": f"連続講座「{row['series_title']}」の第{place[0]}回（全{place[1]}回）" if place else "",
        "description": _one_line(row["description"] or row["topics"] or ""),
        "kind": "講座",
        "audience": _AUDIENCE[Audience(row["audience"])] if row["audience"] else "",
        "online": "無" if row["venue_code"] else "",
        "charged": charged,
        "fee": fee,
        "fee_detail": row["fee"] or "",
        "contact": contact or office,
        "contact_phone": phone,
        "contact_extension": "",
        "organiser": office or publisher.city,
        "place": row["venue_name"] or "",
        "access": "",
        "parking": "",
        "capacity": "" if row["capacity"] is None else row["capacity"],
        "apply_until": row["apply_until"].isoformat() if row["apply_until"] else "",
        "apply_until_time": "",
        "apply_how": row["apply_how"] or "",
        "content_url": "",
        "event_url": row["url"] or "",
        "note": _became(CourseState(row["state"]), row["later_at"] if row["later_published"] else None),
    }


def _hall_cells(row: Mapping[str, Any], publisher: Publisher) -> dict[str, str | float]:
    """What is published of the publisher and of the hall; without a hall only the former."""
    hall = {name: row[f"venue_{name}"] for name in OF_VENUE}
    cells = {key: value for key, value in venue_cells(hall, publisher).items() if key not in _NOT_OF_HALL}
    return cells if row["venue_code"] else cells | {"place_code": "", "prefecture": "", "city": ""}


def _became(state: CourseState, later: datetime | None) -> str:
    if state is CourseState.CANCELLED:
        return "中止になりました。"
    if state is CourseState.POSTPONED:
        return f"延期になりました。{f'新しい日は{later.astimezone(TOKYO):%Y-%m-%d}です。' if later else ''}"
    return ""


def _office(section: str | None, publisher: Publisher) -> str:
    if not section or section.startswith(publisher.city):
        return section or ""
    return publisher.city + section


def office_and_phone(contact: str) -> tuple[str, str]:
    """The name of an office and its telephone number, from one line: 情報政策課 027-898-1234.

    >>> office_and_phone("生涯学習課（電話０２７－８９８－１２３４）")
    ('生涯学習課', '027-898-1234')
    """
    plain = unicodedata.normalize("NFKC", contact).replace("−", "-")
    found = _PHONE.search(plain)
    if not found:
        return contact.strip(), ""
    rest = re.sub(r"\s{2,}", " ", plain[: found.start()] + " " + plain[found.end() :])
    number = re.sub(r"[)）]", "-", found[1])
    return rest.strip(" 　、,・/()（）:"), number


def price(fee: str | None) -> tuple[int | str, str]:
    """料金(基本) in yen, and whether there is one (有, 無); empty where nobody said.

    >>> price("無料"), price("500円（教材費）"), price(None)
    ((0, '無'), (500, '有'), ('', ''))
    """
    plain = unicodedata.normalize("NFKC", fee or "").strip()
    if not plain:
        return "", ""
    yen = _YEN.search(plain)
    if yen and int(yen[1].replace(",", "")):
        return int(yen[1].replace(",", "")), "有"
    return (0, "無") if _FREE.match(plain) else ("", "有")


def published_event_id(course: int) -> str:
    """The ID of a course in the list, the same for ever."""
    return f"EV-{course:06d}"


def _one_line(text: str) -> str:
    return re.sub(r"\s*[\r\n]+\s*", " ", text.strip())


def _naming(session: Session, texts: set[str]) -> set[str]:
    """Those of the texts that hold the whole name of a person in the ledger."""
    if not texts:
        return set()
    query = select(PERSON.c.name).where(PERSON.c.erased_at.is_(None)).distinct()
    names = {fold(name) for name in session.connection().execute(query).scalars()}
    told = [name for name in names if len(name) >= _SHORTEST_NAME]
    folded = {text: fold(text) for text in texts}
    return {text for text, words in folded.items() if any(name in words for name in told)}


def _row(row: Mapping[str, Any], cells: dict[str, str | int | float], named: set[str]) -> EventRow:
    withheld = tuple(key for key in _WRITTEN if cells[key] in named)
    return EventRow(
        course=str(row["id"]),
        title=row["title"],
        venue=row["venue_code"],
        venue_name=row["venue_name"],
        cells=cells | dict.fromkeys(withheld, ""),
        withheld=withheld,
    )


def missing_event_cells(rows: Sequence[EventRow], layout: Layout) -> list[MissingEventCell]:
    """What the layout wants and the rows lack: required cells and recommended ones, in the order of the file."""
    return [
        MissingEventCell(
            row=number,
            course=row.course,
            title=row.title,
            venue=row.venue if column.key in _OF_HALL else None,
            venue_name=row.venue_name if column.key in _OF_HALL else None,
            key=column.key,
            column=column.name,
            required=column.required,
        )
        for number, row, column in wanted(rows, layout)
    ]


def withheld_cells(rows: Sequence[EventRow], layout: Layout) -> list[WithheldCell]:
    """Cells of this layout that stay empty for somebody's name."""
    names = {column.key: column.name for column in layout.columns}
    return [
        WithheldCell(row=number, course=row.course, title=row.title, column=names[key])
        for number, row in enumerate(rows, start=1)
        for key in row.withheld
        if key in names
    ]
