"""What the codes and names in a list of courses mean: programmes, halls, rooms, cases, series of the ledger."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import VENUE
from inventory.course_fields import ROOM, SERIES
from inventory.course_rows import CourseRow, SentCourses
from inventory.devices import CASE
from inventory.list_rows import Told
from inventory.programmes import PROGRAMME
from inventory.shapes import row_id
from inventory.text import fold


class Names:
    """Five small tables, read once for the whole list."""

    def __init__(self, session: Session) -> None:
        connection = session.connection()
        self.programmes: dict[int, Any] = {row.id: row for row in connection.execute(select(PROGRAMME))}
        self.venues: dict[int, tuple[str, str]] = {}
        self._venue_of_code: dict[str, int] = {}
        self._venues_named: dict[str, list[int]] = defaultdict(list)
        for row in connection.execute(select(VENUE.c.id, VENUE.c.code, VENUE.c.name)):
            self.venues[row.id] = (row.code, row.name)
            self._venue_of_code[row.code] = row.id
            self._venues_named[fold(row.name)].append(row.id)
        rooms = connection.execute(select(ROOM.c.id, ROOM.c.venue_id, ROOM.c.name, ROOM.c.retired_at))
        self.rooms: dict[int, Any] = {row.id: row for row in rooms}
        cases = connection.execute(select(CASE.c.id, CASE.c.code, CASE.c.retired_at))
        self.cases: dict[int, Any] = {row.id: row for row in cases}
        self.series: dict[int, Any] = {row.id: row for row in connection.execute(select(SERIES))}

    def programme(
        self, row: CourseRow, order: SentCourses, year: int, old: Mapping[str, Any] | None, told: Told
    ) -> int | None:
        """The programme of a row: by code and fiscal year, or by name; else the one that stands or was chosen."""
        code, name = row.values.get("programme"), row.values.get("programme_name")
        if code is not None:
            return self._by_code(row, code, year, told)
        if name is not None:
            if old is not None and fold(name) in _called(self.programmes[old["programme_id"]]):
                return int(old["programme_id"])
            named = [one for one in self.programmes.values() if one.fiscal_year == year and fold(name) in _called(one)]
            if len(named) == 1:
                return int(named[0].id)
            sentence = (
                f"{year}年度に同じ名前の事業が2つ以上あります。事業コードの列を加えてください。"
                if named
                else f"この名前の事業は{year}年度にありません。事業の一覧に合わせるか、さきに事業を加えてください。"
            )
            told.wrong(row.line, "programme_name", name, sentence)
            return None
        if old is not None:
            return int(old["programme_id"])
        chosen = row_id(order.programme or "")
        if chosen in self.programmes:
            return chosen
        told.wrong(row.line, "programme", "", "事業コードか事業名の列を加えるか、「事業」を選んでください。")
        return None

    def _by_code(self, row: CourseRow, code: str, year: int, told: Told) -> int | None:
        found = [one for one in self.programmes.values() if one.code == code and one.fiscal_year == year]
        if found:
            return int(found[0].id)
        elsewhere = sorted(one.fiscal_year for one in self.programmes.values() if one.code == code)
        sentence = f"事業コード {code} は{year}年度にありません。"
        sentence += (
            f"{elsewhere[-1]}年度にはあります。年度か開催日をたしかめてください。"
            if elsewhere
            else "事業の一覧のコードに合わせるか、さきに事業を加えてください。"
        )
        told.wrong(row.line, "programme", code, sentence)
        return None

    def venue(self, row: CourseRow, old: Mapping[str, Any] | None, told: Told) -> int | None:
        """The hall of a row: by its code, else by its name; the one that stands where the row names none."""
        code, name = row.values.get("venue"), row.values.get("venue_name")
        if code is None and name is None:
            return old["venue_id"] if old else None
        if code is not None:
            found = self._venue_of_code.get(code)
            if found is None:
                told.wrong(
                    row.line, "venue", code, "この会場コードは台帳にありません。会場の一覧でたしかめてください。"
                )
                return None
            official = self.venues[found][1]
            if name is not None and fold(name) != fold(official):
                sentence = f"会場コード {code} は「{official}」です。コードか会場名を直してください。"
                told.wrong(row.line, "venue_name", name, sentence)
            return found
        named = self._venues_named.get(fold(name or ""), [])
        if old is not None and old["venue_id"] in named:
            return int(old["venue_id"])
        if len(named) == 1:
            official = self.venues[named[0]][1]
            if name != official:
                told.repaired(row.line, "venue_name", name or "", official)
            return named[0]
        sentence = (
            "同じ名前の会場が2つ以上あります。会場コードの列を加えてください。"
            if named
            else "この名前の会場は台帳にありません。会場の一覧の名前に合わせるか、さきに会場を加えてください。"
        )
        told.wrong(row.line, "venue_name", name or "", sentence)
        return None

    def room(self, row: CourseRow, venue: int | None, old: Mapping[str, Any] | None, told: Told) -> int | None:
        """The room of a row. A hall that changes leaves the old room behind."""
        name = row.values.get("room")
        standing: int | None = old["room_id"] if old is not None and old["venue_id"] == venue else None
        if name is None:
            return standing
        if standing is not None and fold(self.rooms[standing].name) == fold(name):
            return standing
        found = [
            one
            for one in self.rooms.values()
            if one.venue_id == venue and one.retired_at is None and fold(one.name) == fold(name)
        ]
        if len(found) == 1:
            return int(found[0].id)
        hall = self.venues[venue][1] if venue is not None else None
        sentence = (
            f"「{hall}」に、この名前の部屋はありません。会場の画面の部屋に合わせるか、この欄を空けてください。"
            if hall
            else "部屋には会場も要ります。会場を書くか、この欄を空けてください。"
        )
        told.wrong(row.line, "room", name, sentence)
        return None

    def case(self, row: CourseRow, old: Mapping[str, Any] | None, told: Told) -> int | None:
        code = row.values.get("case")
        standing: int | None = old["case_id"] if old is not None else None
        if code is None or (standing is not None and self.cases[standing].code.casefold() == code.casefold()):
            return standing
        for one in self.cases.values():
            if one.code.casefold() == code.casefold() and one.retired_at is None:
                return int(one.id)
        told.wrong(row.line, "case", code, "この番号の貸出ケースは使われていません。ケースの一覧でたしかめてください。")
        return None

    def series_of(
        self, row: CourseRow, programme: int, old: Mapping[str, Any] | None, told: Told
    ) -> tuple[int | None, str | None]:
        """The series of a row, or the title of one that is to be made. A programme that changes leaves it behind."""
        title = row.values.get("series")
        standing: int | None = old["series_id"] if old is not None and old["programme_id"] == programme else None
        if title is None or (standing is not None and fold(self.series[standing].title) == fold(title)):
            return standing, None
        found = [
            one.id for one in self.series.values() if one.programme_id == programme and fold(one.title) == fold(title)
        ]
        if len(found) > 1:
            told.wrong(
                row.line, "series", title, "同じ名前の連続講座が2つあります。名前を変えてから取り込んでください。"
            )
            return None, None
        return (int(found[0]), None) if found else (None, title)


def _called(programme: Any) -> set[str]:
    """What people call a programme: its name, its line, or both."""
    line = programme.line or ""
    return {fold(programme.name), fold(programme.name + line), *([fold(line)] if line else [])}
