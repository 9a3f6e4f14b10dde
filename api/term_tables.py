"""The list of terms as a table: one row per loan, with every reason for which it is on the list."""

from datetime import datetime

from sqlmodel import Session

from api.loan_views import counted, still_out
from api.spreadsheets import Cell, Table
from api.words import HANDOVER, TERM
from inventory.calendar import FIRST_GREGORIAN_DAY, today, wareki
from inventory.terms import TermLoan, list_terms

_HEADS = (
    "貸出番号",
    "地区",
    "自治会",
    "状態",
    "役職",
    "役職者",
    "任期の始まり",
    "任期の終わり",
    "任期の終わり（和暦）",
    "次の役職",
    "次の役職者",
    "次の任期の始まり",
    "端末",
    "備品番号",
    "引き継いだ日",
    "引き継ぎ",
)


def terms_table(session: Session, /, *, now: datetime, district: str | None) -> Table:
    return Table("任期", _HEADS, [_row(item) for item in list_terms(session, now=now, district=district).items])


def _row(item: TermLoan) -> list[Cell]:
    loan, next_head = item.loan, item.successor
    until = item.office_until
    out = still_out(loan)
    return [
        loan.number,
        item.district,
        item.association,
        "・".join(TERM[stage] for stage in item.stages),
        loan.officer.office if loan.officer else None,
        loan.officer.name if loan.officer else None,
        item.office_from,
        until,
        wareki(until) if until is not None and until >= FIRST_GREGORIAN_DAY else None,
        next_head.office if next_head else None,
        next_head.name if next_head else None,
        next_head.from_ if next_head else None,
        counted(out),
        "、".join(one.asset_number for one in out),
        today(item.transferred_at) if item.transferred_at else None,
        HANDOVER[item.way] if item.way else None,
    ]
