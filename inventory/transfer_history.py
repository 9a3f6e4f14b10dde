"""What transfers a loan has behind it, and taking one back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel import Session

from inventory.agreement_sheets import AGREEMENT, TRANSFER
from inventory.borrowers import ASSOCIATION, LOAN, OFFICER, PERSON
from inventory.devices import ITEM
from inventory.errors import TooLateToUndo
from inventory.loans import OfficerInCharge
from inventory.shapes import Card
from inventory.tables import Handover


class TransferCard(Card):
    """One transfer of a loan. ``from_officer`` is None when nobody answered for the loan; ``undone``: it was a slip."""

    id: str
    entry: int
    from_association: str
    from_officer: OfficerInCharge | None
    to_association: str
    to_officer: OfficerInCharge
    way: Handover
    transferred_at: datetime
    checked_at: datetime | None
    checked_entry: int | None
    checklist: list[str] | None
    undone_entry: int | None

    @property
    def undone(self) -> bool:
        return self.undone_entry is not None


def transfers_of(session: Session, loan: str) -> list[TransferCard]:
    """Every transfer of a loan, the newest first, also those that were taken back."""
    before, after = OFFICER.alias("before"), OFFICER.alias("after")
    giver, taker = PERSON.alias("giver"), PERSON.alias("taker")
    left, joined = ASSOCIATION.alias("left_association"), ASSOCIATION.alias("joined_association")
    query = (
        select(
            TRANSFER,
            left.c.name.label("from_association"),
            joined.c.name.label("to_association"),
            before.c.office.label("from_office"),
            giver.c.name.label("from_name"),
            giver.c.erased_at.label("from_erased"),
            after.c.office.label("to_office"),
            taker.c.name.label("to_name"),
            taker.c.erased_at.label("to_erased"),
        )
        .select_from(
            TRANSFER.join(LOAN, TRANSFER.c.loan_id == LOAN.c.id)
            .join(left, TRANSFER.c.from_association_id == left.c.id)
            .join(joined, TRANSFER.c.to_association_id == joined.c.id)
            .outerjoin(before, TRANSFER.c.from_officer_id == before.c.id)
            .outerjoin(giver, before.c.person_id == giver.c.id)
            .join(after, TRANSFER.c.to_officer_id == after.c.id)
            .join(taker, after.c.person_id == taker.c.id)
        )
        .where(LOAN.c.number == loan.upper())
        .order_by(TRANSFER.c.id.desc())
    )
    return [_card(row._mapping) for row in session.connection().execute(query)]


def _card(row: Any) -> TransferCard:
    officers = {
        side: OfficerInCharge(
            id=str(row[f"{side}_officer_id"]),
            name="（消去ずみ）" if row[f"{side}_erased"] else row[f"{side}_name"],
            office=row[f"{side}_office"],
        )
        for side in ("from", "to")
        if row[f"{side}_officer_id"] is not None
    }
    kept = ("entry", "way", "transferred_at", "checked_at", "checked_entry", "checklist", "undone_entry")
    return TransferCard(
        id=str(row["id"]),
        from_association=row["from_association"],
        from_officer=officers.get("from"),
        to_association=row["to_association"],
        to_officer=officers["to"],
        **{name: row[name] for name in kept},
    )


def stand_ins_follow(session: Session, devices: list[int], before: int | None, after: int | None) -> list[int]:
    """Let the same officer answer for what stands in for these devices, as before; the stand-ins that are out."""
    if before is None:
        return []
    query = (
        select(LOAN.c.id, ITEM.c.device_id)
        .join(ITEM, ITEM.c.loan_id == LOAN.c.id)
        .where(LOAN.c.substitute_for_id.in_(devices), LOAN.c.officer_id == before, ITEM.c.returned_at.is_(None))
        .order_by(ITEM.c.id)
    )
    found: list[Row[Any]] = list(session.connection().execute(query))
    if found and after is not None:
        loans = update(LOAN).where(LOAN.c.id.in_([row.id for row in found]))
        session.connection().execute(loans.values(officer_id=after))
    return [int(row.device_id) for row in found]


def must_not_have_passed(session: Session, loan: int, seq: int) -> None:
    """Refuse to take back what was done to a loan (by entry ``seq``) before it passed to somebody else."""
    later = (
        select(LOAN.c.number)
        .join(TRANSFER, TRANSFER.c.loan_id == LOAN.c.id)
        .where(LOAN.c.id == loan, TRANSFER.c.entry > seq, TRANSFER.c.undone_entry.is_(None))
    )
    number = session.connection().execute(later).scalar()
    if number is not None:
        raise TooLateToUndo(
            f"貸出 {number} は、そのあと次の方に引き継いだので、取り消せません。先に引き継ぎを取り消してください。",
            loan=number,
        )


def undo_transfers(session: Session, seq: int, entry: int) -> set[int]:
    """Take back every transfer of an act, unless something builds on it; the devices that are out on its loans."""
    connection = session.connection()
    query = select(TRANSFER, LOAN.c.number).join(LOAN, TRANSFER.c.loan_id == LOAN.c.id)
    devices: set[int] = set()
    for row in connection.execute(query.where(TRANSFER.c.entry == seq, TRANSFER.c.undone_entry.is_(None))).all():
        _must_stand_alone(session, row)
        connection.execute(
            update(LOAN)
            .where(LOAN.c.id == row.loan_id)
            .values(officer_id=row.from_officer_id, association_id=row.from_association_id)
        )
        connection.execute(
            update(AGREEMENT)
            .where(AGREEMENT.c.loan_id == row.loan_id, AGREEMENT.c.superseded_entry == seq)
            .values(superseded_at=None, superseded_entry=None)
        )
        connection.execute(update(TRANSFER).where(TRANSFER.c.id == row.id).values(undone_entry=entry))
        out = select(ITEM.c.device_id).where(ITEM.c.loan_id == row.loan_id, ITEM.c.returned_at.is_(None))
        lent = list(connection.execute(out).scalars())
        stand_ins_follow(session, lent, row.to_officer_id, row.from_officer_id)
        devices |= set(lent)
    return devices


def _must_stand_alone(session: Session, row: Any) -> None:
    """Refuse to take a transfer back that later acts build on."""
    connection = session.connection()
    later = select(TRANSFER.c.id).where(
        TRANSFER.c.loan_id == row.loan_id, TRANSFER.c.id > row.id, TRANSFER.c.undone_entry.is_(None)
    )
    signed = select(AGREEMENT.c.id).where(AGREEMENT.c.loan_id == row.loan_id, AGREEMENT.c.superseded_at.is_(None))
    back = select(ITEM.c.id).where(ITEM.c.loan_id == row.loan_id, ITEM.c.returned_entry > row.entry)
    for found, what in (
        (connection.execute(later).first(), "もう次の方に引き継いだ"),
        (row.checked_entry, "引き継ぎの確認を記録した"),
        (connection.execute(signed).first(), "新しい借用書に署名してある"),
        (connection.execute(back).first(), "端末が返っている"),
    ):
        if found is not None:
            raise TooLateToUndo(f"貸出 {row.number} は、{what}ので、引き継ぎを取り消せません。", loan=row.number)
