"""Label numbers: made once, bound once, looked up by whatever a scanner or a person gives."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.cases import CaseCard, case_by_code, case_by_id
from inventory.devices import BINDING, DEVICE, POOL, DeviceCard, device_cards
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.shapes import Card, Shape
from inventory.tables import PoolKind
from inventory.text import clean_name, code_text, loan_number_in, new_tag_number, tag_number_in
from inventory.venues import VenueCard, venue_by_code, venue_by_id

TAG = SQLModel.metadata.tables["tag"]
FORM = SQLModel.metadata.tables["paper_form"]
_AGREEMENT = SQLModel.metadata.tables["agreement"]
_LOAN = SQLModel.metadata.tables["loan"]
_BOUND = select(BINDING.c.device_id, BINDING.c.venue_id, BINDING.c.case_id).where(
    BINDING.c.number == bindparam("number"), BINDING.c.unbound_at.is_(None)
)
_DEVICE = select(DEVICE.c.id, DEVICE.c.asset_key).limit(5)
_OF_CODE = _DEVICE.where(
    or_(
        DEVICE.c.asset_key == bindparam("text"),
        DEVICE.c.serial == bindparam("text"),
        DEVICE.c.imei == bindparam("bare"),
    )
)
_OF_SERIAL = _DEVICE.where(func.upper(func.replace(DEVICE.c.serial, " ", "")) == bindparam("text"))


class PrintBlanks(Shape):
    """Numbers for labels that are printed first and claimed by a device later."""

    count: Annotated[int, Field(ge=1, le=500)]


class Blanks(Card):
    numbers: list[str]


class PaperFound(Card):
    """A 借用書 on paper: ``number`` is that of a form printed before its loan, ``loan`` the loan it stands for."""

    number: str | None
    loan: str | None


class Found(Card):
    """What a code stands for. ``type`` is device, case, venue, paper or unknown; ``card`` is None for unknown."""

    type: str
    card: DeviceCard | CaseCard | VenueCard | PaperFound | None


class FinderCard(Card):
    """What whoever finds a labelled thing may see. Never a borrower, never the asset's history.

    ``kind`` is a device's, ``name`` a venue's; a case has neither, for its finder need not know what lies in it.
    """

    number: str
    kind: PoolKind | None
    name: str | None
    replaced: bool


def print_blanks(session: Session, order: PrintBlanks, *, by: By, now: datetime, op_id: str) -> Blanks:
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    numbers = [make_number(session, now=now, entry=entry) for _ in range(order.count)]
    journal.note(session, "print_blanks", tags=numbers)
    return Blanks(numbers=numbers)


def blanks(session: Session, numbers: Sequence[str]) -> Blanks:
    """These numbers again, for another print of labels that nothing has claimed yet.

    Raises:
        NotFound: one of them is no number of this ledger; a label of it would lead nowhere.
        Invalid: one of them is or was bound: its label names a thing and is printed with it.
    """
    connection = session.connection()
    made = set(connection.execute(select(TAG.c.number).where(TAG.c.number.in_(numbers))).scalars())
    bound = set(connection.execute(select(BINDING.c.number).where(BINDING.c.number.in_(numbers))).scalars())
    bound |= set(connection.execute(select(FORM.c.number).where(FORM.c.number.in_(numbers))).scalars())
    for number in numbers:
        if number not in made:
            raise NotFound(f"ラベル番号 {number} は、この台帳で作ったものではありません。番号をたしかめてください。")
        if number in bound:
            raise Invalid.field("numbers", f"ラベル番号 {number} は、もう使われています。端末を選んで刷ってください。")
    return Blanks(numbers=list(dict.fromkeys(numbers)))


def bind_to_device(session: Session, device: int, number: str | None, *, now: datetime, entry: int) -> str:
    """Bind a fresh or a given blank number to a device; see ``bind``."""
    return bind(session, number, now=now, entry=entry, device_id=device)


def bind(session: Session, number: str | None, *, now: datetime, entry: int, **thing: int) -> str:
    """Bind a fresh or a given blank number to a thing (``device_id=`` or ``case_id=``) and unbind its old one.

    Raises:
        Invalid: the number was never printed, or is or was bound to something.
    """
    connection = session.connection()
    if number is None:
        number = make_number(session, now=now, entry=entry)
    else:
        _must_be_blank(session, number)
    ((column, row),) = thing.items()
    connection.execute(
        update(BINDING)
        .where(BINDING.c[column] == row, BINDING.c.unbound_at.is_(None))
        .values(unbound_at=now, unbound_entry=entry)
    )
    connection.execute(insert(BINDING).values(number=number, bound_at=now, entry=entry, **thing))
    return number


def look_up(session: Session, code: str) -> Found:
    """What a scanned or typed code stands for.

    Takes a label number, a label URL of any host, an asset number, a serial, an IMEI, a case's or a venue's code, the
    number of a form on paper or of a loan, in any width and case, with blanks and hyphens where a person puts them.
    """
    number = tag_number_in(code)
    if number:
        bound = session.connection().execute(_BOUND, {"number": number}).first()
        if bound is not None:
            return _found(session, device=bound.device_id, case=bound.case_id, venue=bound.venue_id)
        form = _form(session, number)
        if form is not None:
            return Found(type="paper", card=form)
    device = device_by_code(session, code)
    if device is not None:
        return _found(session, device=device)
    case = case_by_code(session, code)
    if case is not None:
        return _found(session, case=case)
    venue = venue_by_code(session, clean_name(code))
    # A city may number its devices as we number loans, so what is in the stock goes first.
    loan = _loan(session, code) if venue is None else None
    return Found(type="paper", card=loan) if loan else _found(session, venue=venue)


def device_by_code(session: Session, code: str) -> int | None:
    """Row number of the device with this label number, asset number, serial or IMEI; None when there is none."""
    connection = session.connection()
    number = tag_number_in(code)
    if number:
        bound = connection.execute(_BOUND, {"number": number}).scalar()
        if bound is not None:
            return int(bound)
    text = code_text(code)
    if not text or len(text) > 60:
        return None
    bare = text.replace("-", "")
    rows = list(connection.execute(_OF_CODE, {"text": text, "bare": bare}))
    if not rows:
        # A serial is kept as it was typed in, so one in lower case costs a walk over the stock.
        rows = list(connection.execute(_OF_SERIAL, {"text": text}))
    # An asset number is the city's own word for the device, so it goes before a maker's serial of the same letters.
    rows.sort(key=lambda row: row.asset_key != text)
    return int(rows[0].id) if rows else None


def finder_card(session: Session, number: str) -> FinderCard:
    """The public page of a label.

    Raises:
        NotFound: mistyped, foreign, blank and unknown numbers alike, so that nothing can be told from the answer.
    """
    digits = tag_number_in(number)
    query = (
        select(BINDING, POOL.c.kind, SQLModel.metadata.tables["venue"].c.name.label("venue_name"))
        .select_from(
            BINDING.outerjoin(DEVICE, BINDING.c.device_id == DEVICE.c.id)
            .outerjoin(POOL, DEVICE.c.pool_id == POOL.c.id)
            .outerjoin(SQLModel.metadata.tables["venue"])
        )
        .where(BINDING.c.number == digits)
    )
    row = session.connection().execute(query).first() if digits else None
    if row is None:
        raise NotFound("この番号のラベルは見つかりません。番号をもう一度お確かめください。")
    return FinderCard(number=row.number, kind=row.kind, name=row.venue_name, replaced=row.unbound_at is not None)


def _found(session: Session, *, device: int | None = None, case: int | None = None, venue: int | None = None) -> Found:
    if device is not None:
        return Found(type="device", card=device_cards(session, [device])[0])
    if case is not None:
        return Found(type="case", card=case_by_id(session, case))
    if venue is not None:
        return Found(type="venue", card=venue_by_id(session, venue))
    return Found(type="unknown", card=None)


def _form(session: Session, number: str) -> PaperFound | None:
    """The form that bears this number."""
    query = (
        select(FORM.c.number, _LOAN.c.number.label("loan"))
        .select_from(
            FORM.outerjoin(_AGREEMENT, _AGREEMENT.c.paper_number == FORM.c.number).outerjoin(
                _LOAN, _AGREEMENT.c.loan_id == _LOAN.c.id
            )
        )
        .where(FORM.c.number == number)
    )
    row = session.connection().execute(query).first()
    return PaperFound(number=row.number, loan=row.loan) if row else None


def _loan(session: Session, code: str) -> PaperFound | None:
    """The loan whose sheet carries this code."""
    loan = loan_number_in(code)
    if loan is None or session.connection().execute(select(_LOAN.c.id).where(_LOAN.c.number == loan)).first() is None:
        return None
    return PaperFound(number=None, loan=loan)


def make_number(session: Session, *, now: datetime, entry: int) -> str:
    """A number nobody has had. Seven random digits rarely meet, so trying again is enough."""
    connection = session.connection()
    while True:
        number = new_tag_number()
        if connection.execute(select(TAG.c.number).where(TAG.c.number == number)).first() is None:
            connection.execute(insert(TAG).values(number=number, created_at=now, entry=entry))
            return number


def _must_be_blank(session: Session, number: str) -> Any:
    connection = session.connection()
    if connection.execute(select(TAG.c.number).where(TAG.c.number == number)).first() is None:
        raise Invalid.field(
            "number", "この番号のラベルは、台帳で作ったものではありません。刷ってあるラベルの番号を入れてください。"
        )
    if (
        connection.execute(select(BINDING.c.id).where(BINDING.c.number == number)).first()
        or connection.execute(select(FORM.c.number).where(FORM.c.number == number)).first()
    ):
        raise Invalid.field("number", "この番号のラベルは、もう使われています。別のラベルを使ってください。")
