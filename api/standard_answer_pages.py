"""Standard answers on screen: the list, and the form of a new one or of one that is changed or given up."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look
from api.visitors import DESK
from inventory.errors import NotFound, Stale
from inventory.standard_answers import (
    NewStandardAnswer,
    StandardAnswerCard,
    StandardAnswerChange,
    add_standard_answer,
    change_standard_answer,
    list_standard_answers,
    standard_answer,
)

pages = APIRouter(include_in_schema=False)
AnswerId = Annotated[str, Path(alias="answer", max_length=20)]


@pages.get("/issues/answers", dependencies=[DESK])
async def answers(request: Request, look: Look) -> Response:
    return await _list(request, look, {})


@pages.post("/issues/answers", dependencies=[DESK])
async def add_answer(request: Request, sent: Sent, look: Look) -> Response:
    try:
        await sent.act(add_standard_answer, NewStandardAnswer.model_validate(sent.values), status=201)
    except Wrong as error:
        return await _list(request, look, sent.values, error)
    return see_other("/issues/answers", done="standard-answer")


async def _list(request: Request, look: Look, values: Mapping[str, Any], error: Exception | None = None) -> Response:
    return render(
        request,
        "issues/answers.html",
        nav="issues",
        status=wrong_status(error) if error else 200,
        answers=await look.read(list_standard_answers, retired=True),
        values=values,
        errors=wrong(error) if error else {},
    )


@pages.get("/issues/answers/{answer}", dependencies=[DESK])
async def one_answer(request: Request, answer: AnswerId, look: Look) -> Response:
    card = await look.read(standard_answer, answer)
    return _form(request, card, {"title": card.title, "text": card.text, "category": card.category})


@pages.post("/issues/answers/{answer}", dependencies=[DESK])
async def edit_answer(request: Request, answer: AnswerId, sent: Sent, look: Look) -> Response:
    try:
        fields: dict[str, Any] = {name: sent.values.get(name, "") for name in ("title", "text", "category")}
        if sent.values.get("press") in ("retire", "offer"):
            fields = {"retired": sent.values["press"] == "retire"}
        change = StandardAnswerChange.model_validate(fields)
        await sent.act(change_standard_answer, change, answer=answer, revision=sent.revision)
    except NotFound:
        raise
    except Wrong as error:
        return _form(request, await look.read(standard_answer, answer), sent.values, error)
    return see_other("/issues/answers", done="standard-answer")


def _form(
    request: Request, card: StandardAnswerCard, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    return render(
        request,
        "issues/answer.html",
        nav="issues",
        status=wrong_status(error) if error else 200,
        card=card,
        values=values,
        stale=isinstance(error, Stale),
        errors=wrong(error) if error else {},
    )
