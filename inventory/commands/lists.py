"""export: a list as a CSV file that a Japanese spreadsheet opens by double click."""

import csv
import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from inventory.calendar import TOKYO
from inventory.commands.terminal import ledger, now, say
from inventory.database import reading
from inventory.devices import list_devices
from inventory.loans import list_loans
from inventory.people import list_associations
from inventory.venues import list_venues

Row = list[Any]
PAGE = 500


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "export",
        help="write a list as CSV",
        description="Writes a list as CSV in UTF-8 with a byte order mark, which spreadsheets open as it is. It holds "
        "names and telephone numbers, so the file is readable by its owner alone.",
    )
    parser.add_argument("name", choices=sorted(_LISTS), help="which list")
    parser.add_argument("file", metavar="FILE", type=Path, help="where to; an older file of this name is replaced")
    parser.set_defaults(run=export)


def export(given: Namespace) -> int:
    headings, rows = _LISTS[given.name]
    draft = given.file.with_name(f".{given.file.name}.{os.getpid()}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    count = 0
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(headings)
            with ledger() as database, reading(database) as session:
                for row in rows(session, now()):
                    writer.writerow([_cell(value) for value in row])
                    count += 1
        draft.replace(given.file)
    finally:
        draft.unlink(missing_ok=True)
    say(f"wrote {count} rows to {given.file}")
    return 0


def _cell(value: Any) -> str:
    """A cell as text. One that a spreadsheet would compute gets an apostrophe (OWASP, CSV Injection)."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _pages(fetch: Callable[[str | None], Any]) -> Iterator[Any]:
    cursor = None
    while True:
        page = fetch(cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _devices(session: Session, now: datetime) -> Iterator[Row]:
    for card in _pages(lambda cursor: list_devices(session, limit=PAGE, cursor=cursor)):
        yield [
            card.asset_number,
            card.pool_name,
            card.call_number,
            card.model,
            card.serial,
            card.imei,
            card.line_number,
            card.state.value,
            " ".join(hold.reason.value for hold in card.holds),
            card.loan.borrower.name if card.loan else None,
            card.loan.due_on if card.loan else None,
            card.tag,
            card.place,
            card.section,
            card.lease_until,
            card.monthly_cost_yen,
        ]


def _loans(session: Session, now: datetime) -> Iterator[Row]:
    for card in _pages(lambda cursor: list_loans(session, now=now, limit=PAGE, cursor=cursor)):
        for item in card.items:
            yield [
                card.number,
                card.borrower.name,
                card.officer.name if card.officer else None,
                item.asset_number,
                item.model,
                item.lent_at,
                card.due.on,
                item.returned_at,
                card.purpose,
                card.note,
            ]


def _associations(session: Session, now: datetime) -> Iterator[Row]:
    for card in _pages(lambda cursor: list_associations(session, now=now, limit=PAGE, cursor=cursor)):
        head = card.head
        yield [
            card.district.name if card.district else None,
            card.name,
            card.name_kana,
            head.office if head else None,
            head.name if head else None,
            head.name_kana if head else None,
            head.phone if head else None,
            head.until if head else None,
            card.devices_out,
        ]


def _venues(session: Session, now: datetime) -> Iterator[Row]:
    for card in _pages(lambda cursor: list_venues(session, limit=PAGE, cursor=cursor)):
        yield [
            card.code,
            card.kind.value,
            card.name,
            card.name_kana,
            card.address,
            card.latitude,
            card.longitude,
            card.phone,
            card.closed_days,
            card.note,
        ]


_LISTS: dict[str, tuple[list[str], Callable[[Session, datetime], Iterator[Row]]]] = {
    "devices": (
        "備品番号 貸出区分 呼び番号 機種 シリアル番号 IMEI 回線番号 状態 停止理由 貸出先 返却予定日 ラベル番号 "
        "保管場所 所管 リース満了日 月額（円）".split(),
        _devices,
    ),
    "loans": ("貸出番号 貸出先 担当の役職者 備品番号 機種 貸出日時 返却予定日 返却日時 目的 備考".split(), _loans),
    "associations": ("地区 自治会名 かな 役職 氏名 氏名かな 電話番号 任期満了日 貸出中の台数".split(), _associations),
    "venues": ("会場コード 種別 名称 名称かな 住所 緯度 経度 電話番号 休館日 備考".split(), _venues),
}
