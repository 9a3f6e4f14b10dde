"""Standard answers over JSON."""

from typing import Annotated

from fastapi import Path, Response

from api.json_doors import etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import DESK, READERS
from inventory.shapes import Card
from inventory.standard_answers import (
    NewStandardAnswer,
    StandardAnswerCard,
    StandardAnswerChange,
    add_standard_answer,
    change_standard_answer,
    list_standard_answers,
)

json = json_router("issues")


class StandardAnswers(Card):
    items: list[StandardAnswerCard]
    next: None = None
    total: int


@json.get("/api/standard-answers", dependencies=[READERS])
async def standard_answers(look: Look, retired: bool = False) -> StandardAnswers:
    """Every answer that is offered; with ``retired`` also those that are offered no more."""
    items = await look.read(list_standard_answers, retired=retired)
    return StandardAnswers(items=items, total=len(items))


@json.post("/api/standard-answers", status_code=201, dependencies=[DESK])
async def new_standard_answer(order: NewStandardAnswer, act: ActMaybeOnce, response: Response) -> StandardAnswerCard:
    card = await act(add_standard_answer, order, status=201)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/standard-answers/{answer}", dependencies=[DESK], responses=problems("not-found", "stale", "missing-if-match")
)
async def edit_standard_answer(
    answer: Annotated[str, Path(max_length=20)],
    change: StandardAnswerChange,
    revision: SeenRevision,
    act: ActMaybeOnce,
    response: Response,
) -> StandardAnswerCard:
    card = await act(change_standard_answer, change, answer=answer, revision=revision)
    etag(response, card.revision)
    return card
