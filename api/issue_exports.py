"""The trouble reports as a file, with the filters of the inbox. It holds no telephone number and no address."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import Response
from sqlmodel import Session

from api.exports import FILE, Word, Words, Written
from api.issue_views import said_of
from api.json_doors import json_router
from api.spreadsheets import Cell, Table
from api.transactions import Look
from api.visitors import READERS
from api.words import ISSUE_CATEGORY, ISSUE_STATE
from inventory.issue_lines import IssueLine
from inventory.issue_lists import Audience, list_issues
from inventory.shapes import BlankIsNone
from inventory.tables import IssueCategory, IssueState

json = json_router("exports")
# Rows that one statement reads.
_STEP = 500

_ISSUES: Sequence[tuple[str, Callable[[IssueLine], Cell]]] = (
    ("受付番号", lambda line: line.receipt),
    ("受け付けた日時", lambda line: line.received_at),
    ("分類", lambda line: ISSUE_CATEGORY[line.category]),
    ("状態", lambda line: ISSUE_STATE[line.state]),
    ("地区", lambda line: line.district),
    ("貸出先", lambda line: line.borrower.name if line.borrower else None),
    ("貸出番号", lambda line: line.loan),
    ("備品番号", lambda line: line.device.asset_number if line.device else None),
    ("会場", lambda line: line.venue.name if line.venue else None),
    ("困りごと", lambda line: said_of(line) or None),
    ("聞き取り", lambda line: "はい" if line.on_behalf else "いいえ"),
    ("ためして直った", lambda line: "はい" if line.self_solved else "いいえ"),
    ("最初に返事をした日時", lambda line: line.first_answer_at),
    ("返事を待ちはじめた日時", lambda line: line.waits_since),
    ("持ってくる場所", lambda line: line.bring.name if line.bring else None),
    ("持ってくる日", lambda line: line.bring.on if line.bring else None),
)


def issues_table(session: Session, /, **filters: Any) -> Table:
    found: list[IssueLine] = []
    cursor: str | None = None
    while True:
        page = list_issues(session, limit=_STEP, cursor=cursor, **filters)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    rows = [[cell(line) for _, cell in _ISSUES] for line in found]
    return Table("困りごと", tuple(name for name, _ in _ISSUES), rows)


@json.get("/api/exports/issues.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def issues(
    look: Look,
    written: Written,
    q: Words = None,
    state: Annotated[IssueState | Literal["open"] | None, BlankIsNone] = None,
    district: Word = None,
    category: Annotated[IssueCategory | None, BlankIsNone] = None,
    audience: Annotated[Audience | None, BlankIsNone] = None,
) -> Response:
    """Trouble reports without those that were merged into others."""
    table = await look.read(
        issues_table, q=q or None, state=state, district=district or None, category=category, audience=audience
    )
    return await written("issues", table)
