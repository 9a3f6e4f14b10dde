"""Somebody about whom the ledger holds everything that it can hold, each text with one mark in it."""

import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.agreements import AttachScan, FilePaper, Sign, attach_scan, file_paper, sign
from inventory.database import Database
from inventory.issue_steps import begin, say
from inventory.journal import By
from inventory.lending import CheckOut, check_out
from inventory.officers import EndOffice, end_office
from inventory.pictures import AddPicture, Ready, add_picture, put
from inventory.returning import TakeBack, take_back
from inventory.stock import OpenHold, open_hold
from inventory.tables import Author, IssueState, MessageChannel
from tests.inventory import city

# Letters that no other word of the ledger has, in Latin too: a mail address has no kanji.
MARK, LATIN = "龘驫", "zqxmark"
MARKS = (MARK, LATIN)
PHONE = "027-999-1234"
DIGEST = "0" * 64


@dataclass(frozen=True)
class Whole:
    """Identifiers of what was made. ``device`` is the asset number."""

    association: str
    officer: str
    person: str
    loan: str
    second_loan: str
    issue: int
    device: str


def picture(size: int = 9000) -> Ready:
    """A picture with the mark in its bytes, larger than a page of the database."""
    said, kept = PngInfo(), io.BytesIO()
    said.add_text("mark", LATIN * (size // len(LATIN)))
    Image.new("L", (20, 10), 200).save(kept, "PNG", pnginfo=said)
    return Ready(kept.getvalue(), "image/png", 20, 10)


def enter(database: Database, *, until: date = date(2026, 11, 23), resolved: bool = True) -> Whole:
    """A person with an office, two returned loans, a signature, a signed paper, a report and what was said about it."""
    city.tablets(database, agreement_required=True)
    city.devices(database, "MB-T-0001", "MB-T-0002")
    association = city.association(database)
    officer = city.head(
        database,
        association.id,
        name=f"{MARK} 康男",
        name_kana="ミルシ ヤスオ",
        phone=PHONE,
        email=f"{LATIN}@example.jp",
    )
    # One paper is signed by the person, one by a proxy and with a scan.
    loans = [
        city.act(
            database,
            check_out,
            CheckOut.model_validate(
                {
                    "borrower": {"association": association.id},
                    "devices": [device],
                    "due": {"on": "2026-12-24"},
                    "purpose": f"{MARK}の会議",
                    "note": f"{MARK}さんに電話",
                }
            ),
        )
        for device in ("MB-T-0001", "MB-T-0002")
    ]
    drawing = picture(3000)
    city.act(
        database,
        sign,
        Sign.model_validate({"signed_name": f"{MARK} 康男", "signature": DIGEST}),
        loan=loans[0].number,
        ready=drawing,
    )
    paper = FilePaper.model_validate(
        {"signed_name": f"{MARK} 花子", "signed_on": "2026-11-20", "by_proxy": True, "relation": f"{MARK}の妻"}
    )
    city.act(database, file_paper, paper, loan=loans[1].number, ready=picture())
    city.act(
        database, attach_scan, AttachScan.model_validate({"scan": DIGEST}), loan=loans[1].number, ready=picture(12000)
    )
    condition = {"MB-T-0001": {"ok": False, "note": f"{MARK}さんが落とした"}}
    back = TakeBack.model_validate({"devices": ["MB-T-0001", "MB-T-0002"], "condition": condition})
    city.act(database, take_back, back, now=city.later(hours=1))
    city.act(
        database,
        open_hold,
        OpenHold.model_validate({"reason": "repair", "note": f"{MARK}さんの端末"}),
        device="MB-T-0002",
        now=city.later(hours=1),
    )
    issue = city.act(
        database, report, officer=int(officer.id), loan=loans[0].number, resolved=resolved, now=city.later(hours=2)
    )
    city.act(database, end_office, EndOffice(until=until), association=association.id, officer=officer.id)
    return Whole(association.id, officer.id, officer.person, loans[0].number, loans[1].number, issue, "MB-T-0001")


def report(
    session: Session,
    *,
    officer: int | None,
    loan: str | None,
    resolved: bool,
    by: By,
    now: datetime,
    op_id: str,
    receipt: str = "482173",
    device: int | None = 1,
    **more: Any,
) -> int:
    """A report with words, contacts, messages of both sides and a picture; also a reminder and a word of 所在確認."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    words: dict[str, Any] = {"words": f"{MARK}です。画面が暗い", "reporter_name": f"{MARK} 康男", "phone": PHONE}
    values = {
        "receipt": receipt,
        "device_id": device,
        "officer_id": officer,
        "category": "screen",
        "phrases": [],
        **words,
        "email": f"{LATIN}@example.jp",
        "on_behalf": False,
        "self_solved": False,
        "secret_version": 1,
        "secret_hash": receipt * 10,
        "received_at": now,
        "revision": 1,
        "entry": entry,
        **more,
    }
    issue = _put(session, "issue", **values)
    begin(session, issue, IssueState.RESOLVED if resolved else IssueState.RECEIVED, at=now)
    for author in Author:
        say(session, issue, author, f"{MARK}さん、こんにちは", at=now, channel=MessageChannel.MESSAGE)
    put(session, picture(20000), now=now, entry=entry, issue_id=issue)
    if officer is not None and loan is not None:
        reminder = {"borrower": "association:1", "person_id": 1, "on_day": date(2026, 11, 24), "channel": "phone"}
        ended = {"ended_at": now, "outcome": "sent"}
        _put(session, "reminder", **reminder, **ended, loans=[loan], claimed_at=now, note=f"{MARK}の妻", entry=entry)
        round_ = _put(
            session,
            "presence_round",
            name="令和8年度",
            opens_on=date(2026, 11, 1),
            closes_on=date(2026, 12, 1),
            entry=entry,
        )
        _put(
            session,
            "presence",
            round_id=round_,
            device_id=1,
            officer_id=officer,
            channel="phone",
            in_hand=True,
            note=f"{MARK}が電話に出た",
            confirmed_at=now,
            entry=entry,
        )
    journal.note(session, "report", issue=issue)
    return issue


def damage(database: Database, *, now: datetime = city.NOON) -> str:
    """A picture of a device."""
    order = AddPicture(picture=DIGEST)
    return city.act(database, add_picture, order, device="MB-T-0001", ready=picture(), now=now).id


def row(session: Session, table: str, *, by: By, now: datetime, op_id: str, **values: Any) -> None:
    """A row that no verb of this part makes, under an entry of its own."""
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    _put(session, table, entry=entry, **values)
    journal.note(session, "row")


def _put(session: Session, table: str, **values: Any) -> int:
    made = session.connection().execute(insert(SQLModel.metadata.tables[table]).values(values))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def marked(database: Database) -> dict[str, int]:
    """How often a mark, the telephone number or the kana stands in each table, whatever the type of the column."""
    found: dict[str, int] = {}
    for table in SQLModel.metadata.sorted_tables:
        hits = 0
        for row in city.rows(database, table.name):
            for value in row:
                text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                hits += any(mark in text for mark in (*MARKS, PHONE, "ミルシ"))
        if hits:
            found[table.name] = hits
    return found
