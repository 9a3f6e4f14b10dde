"""Programmes of a fiscal year: what was planned and what the city reported.

What their courses add up to, and which total is printed, is told by ``inventory/year_figures.py``.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.borrowers import COURSE
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import (
    BlankIsNone,
    Card,
    Lines,
    LongName,
    OptionalCount,
    OptionalLine,
    OptionalLongName,
    OptionalName,
    Shape,
    row_id,
)
from inventory.tables import Audience, Programme, TotalSource

PROGRAMME = SQLModel.metadata.tables["programme"]

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,31}$")]
FiscalYear = Annotated[int, Field(ge=1989, le=2999)]
ProgrammeNote = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]
OptionalAudience = Annotated[Audience | None, BlankIsNone]
OptionalTotal = Annotated[TotalSource | None, BlankIsNone]
# What a change may not empty: everything else may be null.
_ALWAYS = ("code", "fiscal_year", "name", "planned_approx", "approx")
_DISTINCT = "実人員が延べ人数より多くなっています。数をたしかめてください"
_AGREED = "サポーターになった人が、声をかけた人より多くなっています。数をたしかめてください"


class NewProgramme(Shape):
    code: Code
    fiscal_year: FiscalYear
    name: LongName
    line: OptionalLongName = None
    call: OptionalName = None
    audience: OptionalAudience = None
    funding: OptionalName = None
    partner: OptionalName = None
    owner_section: OptionalName = None
    planned_courses: OptionalCount = None
    planned_participants: OptionalCount = None
    planned_approx: bool = False
    reported_courses: OptionalCount = None
    reported_participants: OptionalCount = None
    reported_distinct: OptionalCount = None
    approx: bool = False
    prints: OptionalTotal = None
    supporters_asked: OptionalCount = None
    supporters_agreed: OptionalCount = None
    venues_note: OptionalLine = None
    note: ProgrammeNote = None

    @model_validator(mode="after")
    def _parts_within_their_whole(self) -> "NewProgramme":
        if _more(self.reported_distinct, self.reported_participants):
            raise ValueError(_DISTINCT)
        if _more(self.supporters_agreed, self.supporters_asked):
            raise ValueError(_AGREED)
        return self


class ChangeProgramme(Shape):
    """Fields left out stay as they are; null empties what a programme may be without."""

    code: Code | None = None
    fiscal_year: FiscalYear | None = None
    name: LongName | None = None
    line: OptionalLongName = None
    call: OptionalName = None
    audience: OptionalAudience = None
    funding: OptionalName = None
    partner: OptionalName = None
    owner_section: OptionalName = None
    planned_courses: OptionalCount = None
    planned_participants: OptionalCount = None
    planned_approx: bool | None = None
    reported_courses: OptionalCount = None
    reported_participants: OptionalCount = None
    reported_distinct: OptionalCount = None
    approx: bool | None = None
    prints: OptionalTotal = None
    supporters_asked: OptionalCount = None
    supporters_agreed: OptionalCount = None
    venues_note: OptionalLine = None
    note: ProgrammeNote = None


class ProgrammeCard(Card):
    id: str
    code: str
    fiscal_year: int
    name: str
    line: str | None
    call: str | None
    audience: Audience | None
    funding: str | None
    partner: str | None
    owner_section: str | None
    planned_courses: int | None
    planned_participants: int | None
    planned_approx: bool
    reported_courses: int | None
    reported_participants: int | None
    reported_distinct: int | None
    approx: bool
    prints: TotalSource | None
    supporters_asked: int | None
    supporters_agreed: int | None
    venues_note: str | None
    note: str | None
    revision: int


def create_programme(session: Session, order: NewProgramme, *, by: By, now: datetime, op_id: str) -> ProgrammeCard:
    """Raises Invalid when the fiscal year has a programme of this code."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    _must_be_free(session, order.fiscal_year, order.code)
    row = Programme(**order.model_dump(), entry=entry)
    session.add(row)
    session.flush()
    journal.note(session, "create_programme", programme=row.id)
    return programme_card(session, str(row.id))


def change_programme(
    session: Session, change: ChangeProgramme, *, programme: str, revision: int, by: By, now: datetime, op_id: str
) -> ProgrammeCard:
    """Change what the order names.

    Raises:
        Invalid: the code is taken, a part is more than its whole, or courses keep the programme in its fiscal year.
        NotFound, Stale.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = session.get(Programme, row_id(programme))
    if row is None:
        raise _no_programme()
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    fields = {name: value for name, value in given.items() if value is not None or name not in _ALWAYS}
    after = row.model_dump() | fields
    if after["fiscal_year"] != row.fiscal_year and _has_courses(session, row):
        raise Invalid.field(
            "fiscal_year", "この事業には講座があるので、年度は変えられません。新しい年度の事業を加えてください。"
        )
    if _more(after["reported_distinct"], after["reported_participants"]):
        raise Invalid.field("reported_distinct", f"{_DISTINCT}。")
    if _more(after["supporters_agreed"], after["supporters_asked"]):
        raise Invalid.field("supporters_agreed", f"{_AGREED}。")
    _must_be_free(session, after["fiscal_year"], after["code"], besides=row.id)
    row.sqlmodel_update(fields)
    row.revision += 1
    session.add(row)
    session.flush()
    journal.note(session, "change_programme", programme=row.id, fields=sorted(fields))
    return programme_card(session, programme)


def programme_card(session: Session, programme: str) -> ProgrammeCard:
    row = session.connection().execute(select(PROGRAMME).where(PROGRAMME.c.id == row_id(programme))).first()
    if row is None:
        raise _no_programme()
    return _programme(row)


def list_programmes(session: Session, *, fiscal_year: int | None = None) -> list[ProgrammeCard]:
    """Programmes in the order they were entered, the newest fiscal year first."""
    query = select(PROGRAMME).order_by(PROGRAMME.c.fiscal_year.desc(), PROGRAMME.c.id)
    if fiscal_year is not None:
        query = query.where(PROGRAMME.c.fiscal_year == fiscal_year)
    return [_programme(row) for row in session.connection().execute(query)]


def _must_be_free(session: Session, fiscal_year: int, code: str, besides: int | None = None) -> None:
    taken = select(PROGRAMME.c.id).where(
        PROGRAMME.c.fiscal_year == fiscal_year, PROGRAMME.c.code == code, PROGRAMME.c.id != (besides or 0)
    )
    if session.connection().execute(taken).first():
        raise Invalid.field("code", f"事業コード {code} は、この年度にもうあります。別のコードにしてください。")


def _has_courses(session: Session, row: Programme) -> bool:
    query = select(COURSE.c.id).where(COURSE.c.programme_id == row.id).limit(1)
    return session.connection().execute(query).first() is not None


def _more(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole


def _no_programme() -> NotFound:
    return NotFound("その事業は見つかりません。一覧から選んでください。")


def _programme(row: Any) -> ProgrammeCard:
    values = {name: getattr(row, name) for name in ProgrammeCard.model_fields if name != "id"}
    return ProgrammeCard(id=str(row.id), **values)
