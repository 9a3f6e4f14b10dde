"""Lists of courses and of programmes as orders of their imports: what their headers are, and the empty lists."""

from dataclasses import dataclass
from typing import Any

from api.course_tables import COURSE_HEADERS, PROGRAMME_HEADERS
from api.list_tables import ListIn, list_in
from api.tables_in import TableIn
from inventory.course_rows import SentCourses
from inventory.programme_imports import SentProgrammes


@dataclass(frozen=True)
class CoursesIn:
    order: SentCourses
    list: ListIn


@dataclass(frozen=True)
class ProgrammesIn:
    order: SentProgrammes
    list: ListIn


def courses_in(table: TableIn, *, programme: str | None = None, digest: str | None = None) -> CoursesIn:
    """The courses in a table; those that name no programme are of ``programme`` (its id). Raises Problem."""
    found = list_in(
        table,
        COURSE_HEADERS,
        needed=(("title", "id"), ("on", "on_era", "id")),
        what="講座",
        example="「講座名」「開催日」「始まり」「終わり」「会場」",
    )
    said: dict[str, Any] = {"rows": found.rows, "programme": programme or None, "digest": digest}
    return CoursesIn(SentCourses.model_validate(said), found)


def programmes_in(table: TableIn, *, fiscal_year: int | None = None, digest: str | None = None) -> ProgrammesIn:
    """The programmes in a table; those that do not say their fiscal year are of ``fiscal_year``. Raises Problem."""
    found = list_in(
        table,
        PROGRAMME_HEADERS,
        needed=(("code",), ("name",)),
        what="事業",
        example="「年度」「事業コード」「事業」",
    )
    said: dict[str, Any] = {"rows": found.rows, "fiscal_year": fiscal_year, "digest": digest}
    return ProgrammesIn(SentProgrammes.model_validate(said), found)
