"""A plan: what a list of courses would do to those of the ledger, row by row, cell by cell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import COURSE
from inventory.calendar import TOKYO
from inventory.course_fields import search_of, why_not
from inventory.course_names import Names
from inventory.course_rows import STATE_WORDS, CourseRow, SentCourses, begins_at, read_course, when, year_of
from inventory.list_plans import ListPlan, PlannedRow, changes_of
from inventory.list_rows import Told, moment_text
from inventory.planned_rows import Act
from inventory.shapes import row_id
from inventory.tables import CourseState
from inventory.text import fold, same_text

# Columns of a course that a list writes as they stand in its cells.
PLAIN = (
    "title", "title_kana", "level", "topics", "capacity", "enrolled", "phones_needed", "supporters_needed",
    "needs_wifi", "state", "cancel_reason", "participants", "participants_distinct", "approx", "note", "published",
    "description", "fee", "contact", "apply_until", "apply_how", "url",
)  # fmt: skip
COLUMNS = (
    *PLAIN, "starts_at", "ends_at", "programme_id", "series_id", "venue_id", "room_id", "case_id", "postponed_to_id",
)  # fmt: skip
_YES_NO = ("needs_wifi", "approx", "published")
_CALLED_OFF = (CourseState.CANCELLED, CourseState.POSTPONED)
# Row numbers that a statement may compare with at once.
_STEP = 500
_KNOWN = [COURSE.c[name] for name in ("id", *COLUMNS)]


@dataclass
class CoursePlan(ListPlan):
    """``series``: titles of series that are to be made, by programme, in the order of the file; a row of ``fresh`` or
    ``renewed`` names its own under ``series``.

    ``moved``: lines of courses whose time changes, with the course's row; ``off``: courses that no longer take place.
    """

    series: list[tuple[int, str]] = field(default_factory=list)
    moved: dict[int, dict[str, Any]] = field(default_factory=dict)
    off: list[int] = field(default_factory=list)


def plan_courses(session: Session, order: SentCourses, *, now: datetime) -> CoursePlan:
    """What the list would do now. Writes nothing."""
    plan = CoursePlan()
    rows = [row for sent in order.rows if (row := read_course(sent, plan.told)) is not None]
    named = {row_id(row.values[name]) for row in rows for name in ("id", "postponed_to") if name in row.values}
    ledger = _Ledger(session, named, rows)
    seen: dict[Any, int] = {}
    for row in rows:
        found = len(plan.told.errors)
        whole = ledger.place(row, order, plan.told, now)
        if whole is None or len(plan.told.errors) > found:
            continue
        old, after, series = whole
        mark = old["id"] if old else _key(after)
        if mark in seen:
            sentence = f"{seen[mark]}行目と同じ講座です。1回を1行にまとめてください。"
            plan.told.wrong(row.line, "title", after["title"], sentence)
            continue
        seen[mark] = row.line
        _write_down(row.line, old, after, series, ledger, plan)
    plan.told.errors.sort(key=lambda cell: cell.line)
    plan.told.repairs.sort(key=lambda cell: cell.line)
    return plan


class _Ledger:
    """The courses that the rows may be about, and what the names in the rows mean."""

    def __init__(self, session: Session, named: Collection[int], rows: Sequence[CourseRow]) -> None:
        self.names = Names(session)
        self.by_id: dict[int, dict[str, Any]] = {}
        connection = session.connection()
        ids = sorted(named)
        for at in range(0, len(ids), _STEP):
            query = select(*_KNOWN).where(COURSE.c.id.in_(ids[at : at + _STEP]))
            self.by_id |= {row["id"]: dict(row) for row in connection.execute(query).mappings()}
        begin = [moment for row in rows if "id" not in row.values and (moment := begins_at(row)) is not None]
        self.by_key: dict[Any, dict[str, Any]] = {}
        if begin:
            span = select(*_KNOWN).where(COURSE.c.starts_at >= min(begin), COURSE.c.starts_at <= max(begin))
            for row in connection.execute(span.order_by(COURSE.c.id.desc())).mappings():
                course = dict(row)
                self.by_key[_key(course)] = course

    def place(
        self, row: CourseRow, order: SentCourses, told: Told, now: datetime
    ) -> tuple[dict[str, Any] | None, dict[str, Any], str | None] | None:
        """The course of a row as it is (None for a new one), as it becomes, and the series to be made for it.

        None where that cannot be told; then it is told why.
        """
        old: dict[str, Any] | None = None
        if "id" in row.values:
            old = self.by_id.get(row_id(row.values["id"]))
            if old is None:
                sentence = "この講座コードは台帳にありません。新しい講座なら、この欄を空けてください。"
                told.wrong(row.line, "id", row.values["id"], sentence)
                return None
        begins = begins_at(row) or (old["starts_at"] if old else None)
        if begins is None or ("title" not in row.values and old is None):
            _lacking(row, told)
            return None
        errors = len(told.errors)
        programme = self.names.programme(row, order, year_of(row, begins), old, told)
        venue = self.names.venue(row, old, told)
        if programme is None or len(told.errors) > errors:
            return None
        if old is None:
            key = {"programme_id": programme, "starts_at": begins, "venue_id": venue, "title": row.values["title"]}
            old = self.by_key.get(_key(key))
        times = when(row, old["starts_at"] if old else None, old["ends_at"] if old else None)
        if times is None:
            _lacking(row, told)
            return None
        after = _plain(row, old)
        after |= {"starts_at": times[0], "ends_at": times[1], "programme_id": programme, "venue_id": venue}
        after["room_id"] = self.names.room(row, venue, old, told)
        after["case_id"] = self.names.case(row, old, told)
        after["series_id"], series = self.names.series_of(row, programme, old, told)
        after["postponed_to_id"] = self._postponed_to(row, old, after, told)
        _settle(row, old, after, told, now)
        return old, after, series

    def _postponed_to(
        self, row: CourseRow, old: Mapping[str, Any] | None, after: Mapping[str, Any], told: Told
    ) -> int | None:
        code = row.values.get("postponed_to")
        if code is None:
            standing: int | None = old["postponed_to_id"] if old else None
            return standing if after["state"] == CourseState.POSTPONED else None
        found = self.by_id.get(row_id(code))
        if after["state"] != CourseState.POSTPONED:
            told.wrong(
                row.line, "postponed_to", code, "延期先は、状態が延期の講座にだけ書きます。この欄を空けてください。"
            )
        elif found is None or (old is not None and found["id"] == old["id"]):
            told.wrong(row.line, "postponed_to", code, "延期先には、台帳にあるほかの講座のコードを書いてください。")
        return found["id"] if found else None


def _key(course: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells a course without its code: programme, time, hall and title."""
    starts = course["starts_at"].astimezone(UTC)
    return course["programme_id"], starts, course["venue_id"], fold(course["title"])


def _lacking(row: CourseRow, told: Told) -> None:
    for column, there, sentence in (
        ("on", row.day, "開催日を書いてください。"),
        ("starts", row.starts, "始まりの時刻を書いてください。"),
        ("ends", row.ends, "終わりの時刻を書いてください。"),
        ("title", row.values.get("title"), "講座名を書いてください。講座ではない行なら、行ごと消してください。"),
    ):
        if there is None and not ("id" in row.values and column == "title"):
            told.wrong(row.line, column, "", sentence)


def _plain(row: CourseRow, old: Mapping[str, Any] | None) -> dict[str, Any]:
    """The plain columns after the row: an empty cell changes nothing, and what is the same stays as it was written."""
    after: dict[str, Any] = {}
    for name in PLAIN:
        new, kept = row.values.get(name), old[name] if old else None
        same = isinstance(new, str) and isinstance(kept, str) and same_text(new, kept)
        after[name] = kept if new is None or same else new
    for name in _YES_NO:
        after[name] = bool(after[name])
    after["state"] = CourseState(after["state"] or CourseState.PLANNED)
    # A new number that is not said to be about is exact.
    if "approx" not in row.values and old is not None and after["participants"] != old["participants"]:
        after["approx"] = False
    return after


def _settle(row: CourseRow, old: Mapping[str, Any] | None, after: dict[str, Any], told: Told, now: datetime) -> None:
    """Bring what the row leaves open into line with its state, and tell what does not go together.

    A course that was changed nowhere may stay as it is, whatever was entered of it long ago.
    """
    counted = [name for name in ("participants", "participants_distinct") if name in row.values]
    if counted and "state" not in row.values and after["state"] == CourseState.PLANNED:
        after["state"] = CourseState.HELD
        told.repaired(row.line, "state", "", STATE_WORDS[CourseState.HELD][0])
    if after["state"] != CourseState.HELD and not counted:
        after |= {"participants": None, "participants_distinct": None, "approx": False}
    if after["state"] not in _CALLED_OFF and "cancel_reason" not in row.values:
        after["cancel_reason"] = None
    if old is not None and all(after[name] == old[name] for name in COLUMNS):
        return
    span = why_not(after["starts_at"], after["ends_at"])
    most, distinct = after["participants"], after["participants_distinct"]
    for wrong, column, sentence in (
        (
            span is not None,
            "ends",
            f"{span}。",
        ),
        (
            after["state"] == CourseState.CANCELLED and after["cancel_reason"] is None,
            "cancel_reason",
            "中止した講座には、中止の理由を書いてください。",
        ),
        (
            after["state"] not in _CALLED_OFF and after["cancel_reason"] is not None,
            "cancel_reason",
            "理由は、中止か延期の講座に書きます。状態をたしかめるか、この欄を空けてください。",
        ),
        (
            after["state"] != CourseState.HELD and bool(counted),
            counted[0] if counted else "participants",
            "参加者の数は、実施した講座に書きます。状態をたしかめるか、この欄を空けてください。",
        ),
        (
            after["state"] == CourseState.HELD and after["starts_at"] > now,
            "state",
            "まだ始まっていない講座です。開催日と状態をたしかめてください。",
        ),
        (
            most is not None and distinct is not None and distinct > most,
            "participants_distinct",
            "実人員が延べ人数より多くなっています。数をたしかめてください。",
        ),
    ):
        if wrong:
            told.wrong(row.line, column, str(row.values.get(column, "")), sentence)


def _write_down(
    line: int,
    old: Mapping[str, Any] | None,
    after: dict[str, Any],
    series: str | None,
    ledger: _Ledger,
    plan: CoursePlan,
) -> None:
    shown = _shown(after, ledger.names, series)
    changes = changes_of(_shown(old, ledger.names) if old else {}, shown)
    act: Act = "new" if old is None else "changed" if changes else "unchanged"
    about = f"{moment_text(after['starts_at'].astimezone(TOKYO))} {shown['venue_name'] or ''}".strip()
    number = str(old["id"]) if old else None
    plan.rows.append(PlannedRow(line=line, act=act, id=number, name=after["title"], about=about, changes=changes))
    if act == "unchanged":
        return
    if series is not None and (mark := (after["programme_id"], series)) not in plan.series:
        plan.series.append(mark)
    written = after | {"series": series, "search": search_of(after["title"], shown["venue_name"])}
    if old is None:
        plan.fresh.append(written)
        return
    plan.renewed.append(written | {"id": old["id"]})
    if old["state"] not in _CALLED_OFF and after["state"] in _CALLED_OFF:
        plan.off.append(old["id"])
    elif (old["starts_at"], old["ends_at"]) != (after["starts_at"], after["ends_at"]):
        plan.moved[line] = plan.renewed[-1]


def _shown(course: Mapping[str, Any], names: Names, series: str | None = None) -> dict[str, Any]:
    """A course by the columns of the list, as its cells say them."""
    begins, ends = (course[name].astimezone(TOKYO) for name in ("starts_at", "ends_at"))
    programme = names.programmes[course["programme_id"]]
    standing = course["series_id"]
    shown = {
        "fiscal_year": programme.fiscal_year,
        "programme": programme.code,
        "programme_name": programme.name + (f"　{programme.line}" if programme.line else ""),
        "series": series or (names.series[standing].title if standing is not None else None),
        "venue_name": names.venues[course["venue_id"]][1] if course["venue_id"] is not None else None,
        "room": names.rooms[course["room_id"]].name if course["room_id"] is not None else None,
        "on": begins.date(),
        "starts": begins.time(),
        "ends": ends.time(),
        "ends_on": ends.date() if ends.date() != begins.date() else None,
        "case": names.cases[course["case_id"]].code if course["case_id"] is not None else None,
        "postponed_to": course["postponed_to_id"],
    }
    return {name: course[name] for name in PLAIN} | shown | {"state": STATE_WORDS[CourseState(course["state"])][0]}
