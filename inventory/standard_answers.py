"""Standard answers: words that staff put into an answer with one press, and change as they learn."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import BlankIsNone, Card, Lines, Name, Shape, row_id
from inventory.tables import IssueCategory

STANDARD_ANSWER = SQLModel.metadata.tables["standard_answer"]


def _said(value: str) -> str:
    if not value:
        raise ValueError("答えの文を書いてください")
    return value


AnswerWords = Annotated[str, StringConstraints(max_length=1000), Lines, AfterValidator(_said)]


class NewStandardAnswer(Shape):
    """``category``: where the answer is offered first."""

    title: Name
    text: AnswerWords
    category: Annotated[IssueCategory | None, BlankIsNone] = None


class StandardAnswerChange(Shape):
    """Fields left out stay as they are. ``retired`` true: it is offered no more; false: it is again."""

    title: Name | None = None
    text: AnswerWords | None = None
    category: Annotated[IssueCategory | None, BlankIsNone] = None
    retired: bool | None = None


class StandardAnswerCard(Card):
    id: str
    title: str
    text: str
    category: IssueCategory | None
    retired_at: datetime | None
    revision: int


def add_standard_answer(
    session: Session, order: NewStandardAnswer, *, by: By, now: datetime, op_id: str
) -> StandardAnswerCard:
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    values = {"title": order.title, "words": order.text, "category": order.category, "revision": 1, "entry": entry}
    made = session.connection().execute(insert(STANDARD_ANSWER).values(values))
    assert made.inserted_primary_key is not None
    number = int(made.inserted_primary_key[0])
    journal.note(session, "add_standard_answer", answer=number)
    return standard_answer(session, str(number))


def change_standard_answer(
    session: Session, change: StandardAnswerChange, *, answer: str, revision: int, by: By, now: datetime, op_id: str
) -> StandardAnswerCard:
    """Change or retire an answer. What was sent with it before stays as it was sent.

    Raises:
        NotFound: there is no such answer. Stale: somebody changed it meanwhile.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _row(session, answer)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    values: dict[str, Any] = {"revision": row.revision + 1}
    if given.get("title") is not None:
        values["title"] = given["title"]
    if given.get("text") is not None:
        values["words"] = given["text"]
    if "category" in given:
        values["category"] = given["category"]
    if given.get("retired") is not None:
        values["retired_at"] = now if given["retired"] else None
    session.connection().execute(update(STANDARD_ANSWER).where(STANDARD_ANSWER.c.id == row.id).values(values))
    journal.note(session, "change_standard_answer", answer=row.id, fields=sorted(given))
    return standard_answer(session, answer)


def standard_answer(session: Session, answer: str) -> StandardAnswerCard:
    """Raises NotFound when there is no such answer."""
    return _card(_row(session, answer))


def list_standard_answers(
    session: Session, *, first: IssueCategory | None = None, retired: bool = False
) -> list[StandardAnswerCard]:
    """Every answer that is offered, those for a category first; ``retired`` lists the retired ones after them."""
    query = select(STANDARD_ANSWER).order_by(STANDARD_ANSWER.c.id)
    if not retired:
        query = query.where(STANDARD_ANSWER.c.retired_at.is_(None))
    cards = [_card(row) for row in session.connection().execute(query)]
    return sorted(cards, key=lambda card: (card.retired_at is not None, first is None or card.category is not first))


def _row(session: Session, answer: str) -> Any:
    query = select(STANDARD_ANSWER).where(STANDARD_ANSWER.c.id == row_id(answer))
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("この標準の答えは見つかりません。一覧から選んでください。")
    return row


def _card(row: Any) -> StandardAnswerCard:
    return StandardAnswerCard(
        id=str(row.id),
        title=row.title,
        text=row.words,
        category=row.category,
        retired_at=row.retired_at,
        revision=row.revision,
    )
