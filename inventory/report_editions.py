"""確定版: a fiscal year's report as it was submitted. Its content is kept whole and never changes.

A correction after that changes today's figures, not the edition: the difference is shown, and the next edition gets the
next number. What may have to go on the day when a person is erased is not copied: of a text its version is kept, which
never changes, and the digest of its words; a photo and its caption stay where they are.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import Select, func, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import fiscal_year_days, today, wareki
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import ENTRY, By
from inventory.pictures import PICTURE
from inventory.report_differences import differences
from inventory.report_texts import TEXT, ReportTextCard, report_texts
from inventory.shapes import BlankIsNone, Card, Day, Lines, Shape
from inventory.tables import ReportEdition
from inventory.year_reports import YearReport, year_report

_tables = SQLModel.metadata.tables
EDITION = _tables["report_edition"]
STAFF = _tables["staff"]
# Who fixes a report today may hand it in later, and not after a year.
_AHEAD = timedelta(days=366)


class FixReport(Shape):
    """``with_approx``: the grand total is printed with its 「約」. ``note``: to whom it went, or why it is new."""

    submitted_on: Day
    with_approx: bool = True
    note: Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone] = None


class EditionCard(Card):
    """``sha256`` is that of what is kept as canonical JSON; ``by`` is who fixed it, None for the program itself."""

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
    """An edition with what it says. ``intact``: content and texts still have the digests taken when it was fixed.

    A text that was erased since is left out, and breaks nothing.
    """

    card: EditionCard
    report: YearReport
    intact: bool


def fix_report(session: Session, order: FixReport, *, year: int, by: By, now: datetime, op_id: str) -> EditionCard:
    """Keep today's report as the next edition.

    Raises:
        Conflict: there is nothing to report yet, or nothing else than in the newest edition.
        Invalid: it cannot have been submitted on that day.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    first = fiscal_year_days(year)[0]
    if not first <= order.submitted_on <= today(now) + _AHEAD:
        raise Invalid.field(
            "submitted_on",
            f"提出した日は、{wareki(first)}からいまの1年先までの日です。つくった版は直せません。日付をたしかめてください。",
        )
    report = year_report(session, year, now=now)
    if not report.summary.programmes:
        raise Conflict("この年度には事業がありません。講座の画面で事業を登録してから、確定版をつくってください。")
    number = session.connection().execute(_last_number(year)).scalar() or 0
    if number:
        last = edition(session, year, number)
        same = not differences(last.report, report) and not differences(report, last.report)
        if same and last.card.with_approx == order.with_approx:
            raise Conflict(f"第{number}版から変わったところがありません。直したあとで、次の版をつくってください。")
    content = _content(report, report_texts(session, year))
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
    report, whole = _told(session, row.content)
    return Edition(card=_card(row), report=report, intact=whole and digest(row.content) == row.sha256)


def _content(report: YearReport, texts: Sequence[ReportTextCard]) -> dict[str, Any]:
    """What is kept of a report: its figures, and in place of words the version that has them."""

    def named(programme: str | None) -> dict[str, dict[str, str]]:
        return {
            str(card.item): {"version": card.id, "sha256": _sha256(card.words)}
            for card in texts
            if card.programme_name == programme and card.words
        }

    content = report.model_dump(mode="json")
    content["texts"] = named(None)
    for one in content["programmes"]:
        one["texts"] = named(one["name"])
        one["photos"] = [{"picture": photo["picture"], "caption": None} for photo in one["photos"]]
    return content


def _told(session: Session, content: dict[str, Any]) -> tuple[YearReport, bool]:
    """The report with its words and captions, and whether the words are those that were fixed."""
    parts = [content, *content["programmes"]]
    versions = [int(kept["version"]) for part in parts for kept in part["texts"].values()]
    connection = session.connection()
    found = connection.execute(select(TEXT.c.id, TEXT.c.words).where(TEXT.c.id.in_(versions)))
    words = {str(row.id): row.words.strip() for row in found}
    pictures = [int(photo["picture"]) for one in content["programmes"] for photo in one["photos"]]
    shown = connection.execute(select(PICTURE.c.id, PICTURE.c.caption).where(PICTURE.c.id.in_(pictures)))
    captions = {str(row.id): row.caption for row in shown}
    whole = all(
        kept["version"] in words and (not (said := words[kept["version"]]) or _sha256(said) == kept["sha256"])
        for part in parts
        for kept in part["texts"].values()
    )

    def said_of(part: dict[str, Any]) -> dict[str, str]:
        return {item: said for item, kept in part["texts"].items() if (said := words.get(kept["version"]))}

    programmes = [
        one
        | {
            "texts": said_of(one),
            "photos": [photo | {"caption": captions.get(photo["picture"])} for photo in one["photos"]],
        }
        for one in content["programmes"]
    ]
    return YearReport.model_validate(content | {"texts": said_of(content), "programmes": programmes}), whole


def _sha256(words: str) -> str:
    return hashlib.sha256(words.strip().encode()).hexdigest()


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
