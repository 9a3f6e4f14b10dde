"""What staff wrote in their own words beside loans and devices, and others in reports, where a name may stand.

Nobody can tell by program whether a sentence is about a person. So the texts of a person's own loans and reports are
shown to whoever erases, and every text that holds the person's name or contacts to the letter; that person decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Table, and_, false, func, or_, select, update
from sqlmodel import Session, SQLModel

from inventory.borrowers import LOAN
from inventory.devices import DEVICE, HOLD, ITEM
from inventory.shapes import Card
from inventory.text import fold

_tables = SQLModel.metadata.tables
AGREEMENT = _tables["agreement"]
APPLICATION = _tables["application"]
CONFLICT = _tables["conflict"]
ISSUE = _tables["issue"]
ISSUE_HOLD = _tables["issue_hold"]
ISSUE_MESSAGE = _tables["issue_message"]
LOSS_STEP = _tables["loss_step"]
POINT = _tables["access_point"]
PRESENCE = _tables["presence"]
STRAY = _tables["stray_return"]
SUPPORTER = _tables["supporter"]
WISH = _tables["wish"]
# What staff wrote about a hall: table and column.
_OF_HALLS = (
    ("venue_closure", "reason"),
    ("speed_test", "note"),
    ("wifi_outage", "note"),
    ("disaster_drill", "note"),
    ("venue", "note"),
    ("venue", "disaster_procedure"),
    ("room", "note"),
    ("picture", "caption"),
    ("wifi_step", "reason"),
    ("wifi_step", "note"),
    ("wifi_step_strike", "reason"),
    ("wifi_plan", "reason"),
    ("wifi_action", "action"),
    ("wifi_action", "owner"),
    ("wifi_target", "reason"),
    ("wifi_programme", "note"),
    ("contract", "note"),
    ("line", "note"),
    *(("course", name) for name in ("cancel_reason", "note", "description", "contact", "apply_how")),
    ("reservation", "note"),
    ("reservation", "override_reason"),
    ("programme", "note"),
    ("programme", "venues_note"),
    ("report_text", "words"),
    ("report_edition", "note"),
)
MOST = 200


class FreeText(Card):
    """``key`` names the text for the order that erases it; ``loan`` or ``device`` is where it stands on screen."""

    key: str
    words: str
    loan: str | None
    device: str | None


@dataclass(frozen=True)
class About:
    """Row numbers of what belongs to one person, and the words that people write the person down with."""

    officers: tuple[int, ...]
    loans: tuple[int, ...]
    reports: tuple[int, ...]
    words: tuple[str, ...]
    supporters: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Source:
    column: Column[Any]
    rows: FromClause
    loan: ColumnElement[Any] | None = None
    device: ColumnElement[Any] | None = None

    @property
    def table(self) -> Table:
        table: Table = self.column.table
        return table

    @property
    def key(self) -> Column[Any]:
        """The one column that names a row: ``id`` nearly everywhere."""
        (key,) = self.table.primary_key.columns
        return key

    @property
    def kind(self) -> str:
        return f"{self.table.name}.{self.column.name}"


def _of_device(column: Column[Any]) -> _Source:
    table: Table = column.table
    return _Source(column, table.join(DEVICE, table.c.device_id == DEVICE.c.id), device=DEVICE.c.asset_number)


_OF_REPORT = ISSUE.outerjoin(DEVICE, ISSUE.c.device_id == DEVICE.c.id)
_SOURCES = {
    source.kind: source
    for source in (
        *(_Source(LOAN.c[name], LOAN, loan=LOAN.c.number) for name in ("purpose", "note", "override_reason")),
        _Source(ITEM.c.condition_note, ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id), loan=LOAN.c.number),
        *(_Source(APPLICATION.c[name], APPLICATION) for name in ("purpose", "note", "decision_reason")),
        _of_device(HOLD.c.note),
        _of_device(HOLD.c.closing_note),
        _of_device(STRAY.c.condition_note),
        _of_device(LOSS_STEP.c.note),
        _of_device(CONFLICT.c.reason),
        _Source(DEVICE.c.note, DEVICE, device=DEVICE.c.asset_number),
        *(_Source(ISSUE.c[name], _OF_REPORT, device=DEVICE.c.asset_number) for name in ("words", "reporter_name")),
        _Source(
            ISSUE_MESSAGE.c.words,
            _OF_REPORT.join(ISSUE_MESSAGE, ISSUE_MESSAGE.c.issue_id == ISSUE.c.id),
            device=DEVICE.c.asset_number,
        ),
        _of_device(PRESENCE.c.note),
        _Source(POINT.c.note, POINT),
        _Source(SUPPORTER.c.note, SUPPORTER),
        *(_Source(WISH.c[name], WISH) for name in ("words", "answer_words")),
        *(_Source(_tables[table].c[column], _tables[table]) for table, column in _OF_HALLS),
    )
}
_EMPTY = ("", " ", "　")
_CALLED = ("さん", "様", "さま", "氏", "殿", "会長", "自治会長")
# How long after a return its devices are still talked about as those of whoever had them.
_AFTERWARDS = timedelta(days=31)


def words_of(name: str, kana: str, phone: str | None, email: str | None) -> tuple[str, ...]:
    """How somebody would write this person down: the whole name with and without its blank, telephone, mail, 金井さん.

    A family name alone is left out: half of them are names of places as well.
    """
    plain = "".join(name.split())
    found = {name, plain, name.replace(" ", "　"), kana, "".join(kana.split())}
    family, _, given = name.partition(" ")
    if given:
        found |= {family + called for called in _CALLED}
    if phone:
        found |= {phone, phone.replace("-", "")}
    if email:
        found.add(email)
    # One or two letters are in half of all sentences.
    return tuple(sorted(word for word in found if len(word.strip()) > 2))


def texts_about(session: Session, about: About) -> list[FreeText]:
    """Texts of a person's loans and reports, and those with the name or a contact in them; ``MOST`` at most."""
    found: list[FreeText] = []
    spans = _spans(session, about)
    for source in _SOURCES.values():
        holds = [source.column.contains(word, autoescape=True) for word in about.words]
        query = (
            select(
                source.key.label("id"),
                source.column.label("words"),
                *([source.loan.label("loan")] if source.loan is not None else []),
                *([source.device.label("device")] if source.device is not None else []),
            )
            .select_from(source.rows)
            .where(
                source.column.is_not(None),
                source.column.not_in(_EMPTY),
                or_(_own(source, about, spans), *holds),
                ~_goes_anyway(source, about),
            )
            .order_by(source.key.desc())
            .limit(MOST)
        )
        found += [
            FreeText(
                key=f"{source.kind}.{row.id}",
                words=row.words,
                loan=row.loan if source.loan is not None else None,
                device=row.device if source.device is not None else None,
            )
            for row in session.connection().execute(query)
        ]
    return found[:MOST]


def _spans(session: Session, about: About) -> list[tuple[int, datetime, datetime | None]]:
    """Devices that the person had, from when until how long they were talked about as the person's."""
    query = (
        select(ITEM.c.device_id, ITEM.c.lent_at, ITEM.c.returned_at)
        .where(ITEM.c.loan_id.in_(about.loans), ITEM.c.undone_entry.is_(None))
        .order_by(ITEM.c.id.desc())
        .limit(MOST)
    )
    return [
        (row.device_id, row.lent_at, row.returned_at and row.returned_at + _AFTERWARDS)
        for row in session.connection().execute(query)
    ]


def _own(source: _Source, about: About, spans: list[tuple[int, datetime, datetime | None]]) -> ColumnElement[bool]:
    """The condition that a row belongs to the person's own loans, applications or reports."""
    table = source.table
    if table is LOAN:
        return LOAN.c.id.in_(about.loans)
    if table is ITEM:
        return ITEM.c.loan_id.in_(about.loans)
    if table is APPLICATION:
        return APPLICATION.c.officer_id.in_(about.officers)
    if table is LOSS_STEP:
        return LOSS_STEP.c.issue_id.in_(about.reports)
    if table is HOLD:
        of_reports = select(ISSUE_HOLD.c.hold_id).where(ISSUE_HOLD.c.issue_id.in_(about.reports))
        return or_(HOLD.c.id.in_(of_reports), *_while_had(HOLD, HOLD.c.opened_at, spans))
    if table is STRAY:
        return or_(false(), *_while_had(STRAY, STRAY.c.returned_at, spans))
    return false()


def _goes_anyway(source: _Source, about: About) -> ColumnElement[bool]:
    """The condition that a row belongs to the person's own reports or answers, which are erased unasked."""
    table = source.table
    if table is ISSUE:
        return ISSUE.c.id.in_(about.reports)
    if table is ISSUE_MESSAGE:
        return ISSUE_MESSAGE.c.issue_id.in_(about.reports)
    if table is PRESENCE:
        return func.coalesce(PRESENCE.c.officer_id, 0).in_(about.officers)
    if table is SUPPORTER:
        return SUPPORTER.c.id.in_(about.supporters)
    return false()


def _while_had(
    table: Table, at: Column[Any], spans: list[tuple[int, datetime, datetime | None]]
) -> list[ColumnElement[bool]]:
    return [
        and_(table.c.device_id == device, at >= since, *([] if until is None else [at <= until]))
        for device, since, until in spans
    ]


def blank_text(session: Session, kind: str, row: int) -> bool:
    """Erase one text; False when nothing stands there."""
    source = _SOURCES.get(kind)
    if source is None:
        return False
    table, connection = source.table, session.connection()
    blank = None if source.column.nullable else ""
    values: dict[str, Any] = {source.column.name: blank}
    if "revision" in table.c:
        # A form that was open before would bring the words back.
        values["revision"] = table.c.revision + 1
    change = update(table).where(source.key == row, source.column.is_not(None), source.column != "").values(values)
    if not connection.execute(change).rowcount:
        return False
    if kind == "loan.purpose":
        # The sheet that was signed repeats what the loan is for.
        kept = select(AGREEMENT.c.id, AGREEMENT.c.document).where(AGREEMENT.c.loan_id == row)
        for agreement in connection.execute(kept).all():
            document = {**agreement.document, "purpose": None}
            connection.execute(update(AGREEMENT).where(AGREEMENT.c.id == agreement.id).values(document=document))
    if kind == "device.note":
        _search_anew(session, row)
    return True


def _search_anew(session: Session, device: int) -> None:
    """The words that a device is found by, without its note."""
    row = session.connection().execute(select(DEVICE).where(DEVICE.c.id == device)).one()
    words = (row.asset_number, row.model, row.serial, row.imei, row.line_number, row.section, row.place)
    search = "\n".join(fold(word) for word in words if word)
    session.connection().execute(update(DEVICE).where(DEVICE.c.id == device).values(search=search))
