"""The telephone list of the day as a table: one row per device that is due."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from api.words import BORROWER
from inventory.calendar import wareki
from inventory.reminding import Call, CalledItem, calls_of


def reminders_table(session: Session, /, *, now: datetime, contacts: bool, mails: bool) -> Table:
    """Who is to be rung up or written to. Whoever may not see contacts gets no column for them."""
    calls = [call for call in calls_of(session, now=now) if not (mails and call.way == "mail")]
    heads = [
        "貸出先の種類",
        "貸出先コード",
        "貸出先",
        "役職",
        "役職者",
        *(("電話番号", "メール") if contacts else ()),
        "貸出番号",
        "貸出区分",
        "備品番号",
        "呼び番号",
        "返す日",
        "返す日（和暦）",
        "おくれの日数",
    ]
    rows: list[Sequence[Cell]] = [_row(call, item, contacts=contacts) for call in calls for item in call.items]
    return Table("返す日の知らせ", tuple(heads), rows)


def _row(call: Call, item: CalledItem, *, contacts: bool) -> list[Cell]:
    contact = call.contact
    return [
        BORROWER[call.borrower.type],
        call.borrower.id,
        call.borrower.name,
        contact.office,
        contact.name,
        *((contact.phone, contact.email) if contacts else ()),
        item.loan,
        item.pool_name,
        item.asset_number,
        item.call_number,
        item.due_on,
        wareki(item.due_on),
        item.days_late,
    ]
