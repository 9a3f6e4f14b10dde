"""The pictures and signatures that the ledger holds about one person, as files."""

from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import LOAN
from inventory.personal_rows import AGREEMENT, PICTURE, scope_of


def files_of(session: Session, person: str) -> dict[str, bytes]:
    """Pictures and signatures as files by name: what the export holds besides the record."""
    scope = scope_of(session, person)
    connection = session.connection()
    found: dict[str, bytes] = {}
    signed = (
        select(AGREEMENT.c.id, AGREEMENT.c.signature, LOAN.c.number)
        .join(LOAN, AGREEMENT.c.loan_id == LOAN.c.id)
        .where(AGREEMENT.c.officer_id.in_(scope.about.officers), AGREEMENT.c.signature.is_not(None))
        .order_by(AGREEMENT.c.id)
    )
    for row in connection.execute(signed):
        found[f"signature-{row.number}-{row.id}.png"] = bytes(row.signature)
    of_person = select(AGREEMENT.c.id).where(AGREEMENT.c.officer_id.in_(scope.about.officers))
    pictures = (
        select(PICTURE.c.id, PICTURE.c.media_type, PICTURE.c.content)
        .where(
            PICTURE.c.agreement_id.in_(of_person) | PICTURE.c.issue_id.in_(scope.about.reports),
            PICTURE.c.content.is_not(None),
        )
        .order_by(PICTURE.c.id)
    )
    for row in connection.execute(pictures):
        found[f"picture-{row.id}.{'png' if row.media_type == 'image/png' else 'jpg'}"] = bytes(row.content)
    return found
