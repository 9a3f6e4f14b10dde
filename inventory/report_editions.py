"""確定版: a fiscal year's report as it was submitted. Its content is kept whole and never changes.

A correction after that changes today's figures, not the edition: the difference is shown, and the next edition gets the
next number.
"""

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import Select, func, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import Conflict, NotFound
from inventory.journal import ENTRY, By
from inventory.report_differences import differences
from inventory.shapes import BlankIsNone, Card, Day, Lines, Shape
from inventory.tables import ReportEdition
from inventory.year_reports import YearReport, year_report

_tables = SQLModel.metadata.tables
EDITION = _tables["report_edition"]
STAFF = _tables["staff"]


class FixReport(Shape):
    """``with_approx``: the grand total is printed with its 「約」. ``note``: to whom it went, or why it is new."""

    submitted_on: Day
    with_approx: bool = True
    note: Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone] = None


class EditionCard(Card):
    """``sha256`` is that of the content as canonical JSON; ``by`` is who fixed it, None for the program itself."""

    id: str
    fiscal_year: int
    number: int
    submitted_on: date
    with_approx: bool
    note: str | None
    sha256: str
    fixed_at: datetime
    by: str | None


class Edition(Card):
    """An edition with what it says. ``intact``: its content still has the digest that was taken when it was fixed."""

    card: EditionCard
    report: YearReport
    intact: bool


def fix_report(session: Session, order: FixReport, *, year: int, by: By, now: datetime, op_id: str) -> EditionCard:
    """Keep today's report as the next edition.

    Raises:
        Conflict: there is nothing to report yet, or nothing else than in the newest edition.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    report = year_report(session, year, now=now)
    if not report.summary.programmes:
        raise Conflict("この年度には事業がありません。講座の画面で事業を登録してから、確定版をつくってください。")
    number = session.connection().execute(_last_number(year)).scalar() or 0
    if number:
        last = edition(session, year, number)
        same = not differences(last.report, report) and not differences(report, last.report)
        if same and last.card.with_approx == order.with_approx:
            raise Conflict(f"第{number}版から変わったところがありません。直したあとで、次の版をつくってください。")
    content = report.model_dump(mode="json")
    row = ReportEdition(
        fiscal_year=year,
        number=number + 1,
        content=content,
        sha256=digest(content),
        fixed_at=now,
        entry=entry,
        **order.model_dump(),
    )
    session.add(row)
    session.flush()
    journal.note(session, "fix_report", year=year, edition=row.number, sha256=row.sha256)
    return edition_card(session, str(row.id))


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content as JSON with sorted keys, without blanks, in UTF-8: the same on both databases."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def editions(session: Session, year: int) -> list[EditionCard]:
    """The editions of a year, the newest first."""
    query = _cards().where(EDITION.c.fiscal_year == year).order_by(EDITION.c.number.desc())
    return [_card(row) for row in session.connection().execute(query)]


def newest_editions(session: Session) -> dict[int, EditionCard]:
    """The newest edition of every year that has one."""
    found = session.connection().execute(_cards().order_by(EDITION.c.number))
    return {row.fiscal_year: _card(row) for row in found}


def edition(session: Session, year: int, number: int) -> Edition:
    """Raises NotFound."""
    query = _cards(EDITION.c.content).where(EDITION.c.fiscal_year == year, EDITION.c.number == number)
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("その確定版は見つかりません。年度の報告の画面から選んでください。")
    return Edition(
        card=_card(row),
        report=YearReport.model_validate(row.content),
        intact=digest(row.content) == row.sha256,
    )


def edition_card(session: Session, edition: str) -> EditionCard:
    row = session.connection().execute(_cards().where(EDITION.c.id == int(edition))).first()
    if row is None:
        raise NotFound("その確定版は見つかりません。年度の報告の画面から選んでください。")
    return _card(row)


def _last_number(year: int) -> Select[Any]:
    return select(func.max(EDITION.c.number)).where(EDITION.c.fiscal_year == year)


def _cards(*more: Any) -> Select[Any]:
    names = ("id", "fiscal_year", "number", "submitted_on", "with_approx", "note", "sha256", "fixed_at")
    return select(*(EDITION.c[name] for name in names), *more, STAFF.c.name.label("by")).select_from(
        # The entry of the act under way is written when everything else is.
        EDITION.outerjoin(ENTRY, EDITION.c.entry == ENTRY.c.seq).outerjoin(STAFF, ENTRY.c.by == STAFF.c.id)
    )


def _card(row: Any) -> EditionCard:
    values = {name: getattr(row, name) for name in EditionCard.model_fields if name != "id"}
    return EditionCard(id=str(row.id), **values)
