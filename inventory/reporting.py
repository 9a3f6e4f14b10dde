"""Reports of trouble with a device or at a venue: by whoever holds the label, or by staff for somebody who rings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import bindparam, insert, select
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import LOAN, OFFICER, PERSON, VENUE
from inventory.devices import BINDING, DEVICE, ITEM, POOL
from inventory.errors import Invalid, NotFound
from inventory.issue_steps import ISSUE, begin, hash_of, make_receipt, secret_of
from inventory.journal import By
from inventory.keys import Keys
from inventory.pictures import Digest, Ready, put
from inventory.shapes import Card, LongNote, OptionalEmail, OptionalName, OptionalPhone, Shape
from inventory.tables import CallTime, IssueCategory, IssueState, PoolKind, Realm
from inventory.tags import device_by_code
from inventory.text import clean_name, tag_number_in
from inventory.venues import venue_by_code

# Ready words to tick, by category. A code stands for ever for what it meant when it was ticked.
PHRASES: dict[IssueCategory, tuple[str, ...]] = {
    IssueCategory.POWER: ("no-charge", "no-start", "turns-off"),
    IssueCategory.SCREEN: ("black-screen", "no-touch", "cracked"),
    IssueCategory.NETWORK: ("no-network", "slow-network", "no-network-at-home", "no-wifi-name", "no-wifi-page"),
    IssueCategory.HOWTO: ("video-call", "characters", "strange-screen"),
    IssueCategory.BROKEN: ("dropped", "water", "accessory-broken"),
    IssueCategory.LOST: ("lost-home", "lost-outside", "stolen"),
    IssueCategory.HANDOVER: ("already-passed", "still-here", "whom-to-pass"),
    IssueCategory.OTHER: ("call-me",),
}
PICTURES_AT_MOST = 3

Phrase = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z-]+$")]


class Report(Shape):
    """``tag`` is a label's number; on behalf of a caller also an asset number or a venue's code.

    ``photos`` are the SHA-256 digests of the files as sent, also of those that no picture could be made of. ``solved``:
    what to try first was enough.
    """

    tag: Annotated[str, Field(min_length=1, max_length=200)]
    category: IssueCategory
    phrases: Annotated[list[Phrase], Field(max_length=10)] = []
    text: LongNote = None
    reporter_name: OptionalName = None
    phone: OptionalPhone = None
    email: OptionalEmail = None
    call_time: CallTime | None = None
    solved: bool = False
    on_behalf: bool = False
    photos: Annotated[list[Digest], Field(max_length=10)] = []


class Reported(Card):
    """``receipt`` as it is written and read out, ``482-173``; ``issue`` the report's id for staff.

    ``version`` is that of the private link which the report began with.
    """

    issue: str
    receipt: str
    version: int = 1


class ReportView(Card):
    """What the page of a report needs to know of a label. ``kind`` is a device's, ``venue`` a venue's name.

    ``reachable``: whoever has the device now has a telephone number on file, so nobody need write one down.
    """

    number: str
    kind: PoolKind | None
    venue: str | None
    replaced: bool
    reachable: bool


_LABEL = (
    select(
        BINDING.c.number,
        BINDING.c.unbound_at,
        BINDING.c.device_id,
        BINDING.c.venue_id,
        POOL.c.kind,
        VENUE.c.name.label("venue_name"),
    )
    .select_from(
        BINDING.outerjoin(DEVICE, BINDING.c.device_id == DEVICE.c.id)
        .outerjoin(POOL, DEVICE.c.pool_id == POOL.c.id)
        .outerjoin(VENUE, BINDING.c.venue_id == VENUE.c.id)
    )
    .where(BINDING.c.number == bindparam("number"))
)
_HOLDER = (
    select(LOAN.c.id, LOAN.c.officer_id, PERSON.c.phone)
    .select_from(
        ITEM.join(LOAN, ITEM.c.loan_id == LOAN.c.id)
        .outerjoin(OFFICER, LOAN.c.officer_id == OFFICER.c.id)
        .outerjoin(PERSON, OFFICER.c.person_id == PERSON.c.id)
    )
    .where(ITEM.c.device_id == bindparam("device"), ITEM.c.returned_at.is_(None))
)


def report(
    session: Session,
    order: Report,
    *,
    keys: Keys,
    pictures: Sequence[Ready] = (),
    by: By,
    now: datetime,
    op_id: str,
    realm: Realm = Realm.STAFF,
) -> Reported:
    """Take in a report. Who has the device now is kept with it; a report about a shelved device has nobody.

    Raises:
        NotFound: the label is on no device and no venue, or was replaced.
        Invalid: a phrase belongs to another category.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id, realm=realm)
    device, venue = _thing(session, order)
    if not set(order.phrases) <= set(PHRASES[order.category]):
        raise Invalid.field("phrase", "このことばは、選んだ困りごとのものではありません。選び直してください。")
    holder = session.connection().execute(_HOLDER, {"device": device}).first() if device else None
    receipt = make_receipt(session)
    values = {
        "receipt": receipt,
        "device_id": device,
        "venue_id": venue,
        "loan_id": holder.id if holder else None,
        "officer_id": holder.officer_id if holder else None,
        "category": order.category,
        "phrases": list(dict.fromkeys(order.phrases)),
        "words": order.text,
        "reporter_name": order.reporter_name,
        "phone": order.phone,
        "email": order.email,
        "call_time": order.call_time,
        "on_behalf": order.on_behalf,
        "self_solved": order.solved,
        "secret_version": 1,
        "secret_hash": hash_of(secret_of(keys, receipt, 1)),
        "received_at": now,
        "revision": 1,
        "entry": entry,
    }
    made = session.connection().execute(insert(ISSUE).values(values))
    assert made.inserted_primary_key is not None
    issue = int(made.inserted_primary_key[0])
    begin(session, issue, IssueState.RESOLVED if order.solved else IssueState.RECEIVED, at=now)
    kept = [put(session, ready, now=now, entry=entry, issue_id=issue) for ready in pictures[:PICTURES_AT_MOST]]
    journal.note(
        session,
        "report",
        issue=issue,
        receipt=receipt,
        category=str(order.category),
        device=device,
        venue=venue,
        pictures=kept,
        on_behalf=order.on_behalf,
        solved=order.solved,
    )
    return Reported(issue=str(issue), receipt=spoken_receipt(receipt))


def reported(session: Session, receipt: str) -> Reported:
    """What a report was answered, from its receipt number as written."""
    found = select(ISSUE.c.id, ISSUE.c.receipt).where(ISSUE.c.receipt == receipt.replace("-", ""))
    row = session.connection().execute(found).one()
    return Reported(issue=str(row.id), receipt=spoken_receipt(row.receipt))


def report_view(session: Session, number: str) -> ReportView:
    """What the page of a report needs.

    Raises:
        NotFound: mistyped, foreign, blank and unknown numbers alike, and labels of cases, which have no trouble.
    """
    row = _bound(session, number)
    if row is None or (row.device_id is None and row.venue_id is None):
        raise NotFound("見つかりません。番号をもう一度お確かめください。")
    holder = session.connection().execute(_HOLDER, {"device": row.device_id}).first() if row.device_id else None
    return ReportView(
        number=row.number,
        kind=row.kind,
        venue=row.venue_name,
        replaced=row.unbound_at is not None,
        reachable=bool(holder and holder.phone),
    )


def spoken_receipt(receipt: str) -> str:
    """482173 as 482-173."""
    return f"{receipt[:3]}-{receipt[3:]}"


def _thing(session: Session, order: Report) -> tuple[int | None, int | None]:
    """Row numbers of the device or of the venue that the report is about."""
    row = _bound(session, order.tag)
    if row is not None and row.unbound_at is None and (row.device_id or row.venue_id):
        return row.device_id, row.venue_id
    if order.on_behalf:
        device = device_by_code(session, order.tag)
        venue = venue_by_code(session, clean_name(order.tag)) if device is None else None
        if device or venue:
            return device, venue
    raise NotFound("見つかりません。番号をもう一度お確かめください。")


def _bound(session: Session, number: str) -> Any:
    digits = tag_number_in(number)
    return session.connection().execute(_LABEL, {"number": digits}).first() if digits else None
