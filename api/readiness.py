"""Whether a course can be held, over JSON, and the courses of the next 30 days sorted by trouble."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.exports import FILE, Written
from api.json_doors import json_router
from api.pages import render
from api.problems import problems
from api.readiness_views import act_view, brief, spoken
from api.spreadsheets import Table
from api.transactions import Look, Now
from api.visitors import READERS
from api.words import AUDIENCE
from inventory.calendar import today
from inventory.courses import course_card
from inventory.readiness import DAYS, ReadyCourse, Verdict, readiness_of, ready_list
from inventory.readiness_cards import Level
from inventory.shapes import Card

json = json_router("courses")
pages = APIRouter(include_in_schema=False)
WORD = {"go": "できます", "caution": "気がかりあり", "no_go": "できません"}


class CheckAnswer(Card):
    """``detail`` says what was found, ``note`` what stands behind it."""

    name: str
    ok: bool
    level: Level
    detail: str
    note: str | None


class SuggestionAnswer(Card):
    """What would end the trouble of a check: its words, and where. ``method`` POST: it is a form's button there."""

    check: str
    text: str
    href: str
    method: Literal["GET", "POST"]


class ReadinessAnswer(Card):
    """``verdict`` is null, and there are no checks, for a course that is over, called off or put off."""

    course: str
    verdict: Verdict | None
    checks: list[CheckAnswer]
    suggestions: list[SuggestionAnswer]


def _answer(session: Session, course: str, now: datetime) -> ReadinessAnswer:
    card = course_card(session, course)
    found = readiness_of(session, [card], now=now)[card.id]
    acts = [(one.check, act_view(one.act, card)) for one in found.suggestions]
    return ReadinessAnswer(
        course=card.id,
        verdict=found.verdict,
        checks=[CheckAnswer(**check.model_dump(exclude={"act"})) for check in found.checks],
        suggestions=[
            SuggestionAnswer(check=check, text=act.words, href=act.href, method="GET" if act.post is None else "POST")
            for check, act in acts
        ],
    )


@json.get("/api/courses/{course}/readiness", dependencies=[READERS], responses=problems("not-found"))
async def readiness_of_a_course(course: Annotated[str, Path(max_length=60)], look: Look, now: Now) -> ReadinessAnswer:
    """Every check of a course and the verdict of the worst: go, caution, no_go."""
    return await look.read(_answer, course, now)


@json.get("/api/exports/ready.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def ready_file(look: Look, written: Written, now: Now) -> Response:
    """The courses of the next 30 days, those that cannot be held first; one row per course."""
    return await written("ready", _table(await look.read(ready_list, now=now)))


def _table(found: list[ReadyCourse]) -> Table:
    header = ("判定", "気がかり", "開催日", "始まり", "終わり", "講座コード", "講座名", "事業", "対象", "会場")
    rows = [
        [
            WORD[str(one.readiness.verdict)],
            "。".join(spoken(check) for check in one.readiness.troubles) or None,
            today(one.course.starts_at),
            one.course.starts_at,
            one.course.ends_at,
            one.course.id,
            one.course.title,
            one.course.programme_name,
            AUDIENCE[one.course.audience] if one.course.audience else None,
            one.course.venue_name,
        ]
        for one in found
    ]
    return Table("これからの講座の判定", header, rows)


@pages.get("/courses/ready", dependencies=[READERS])
async def ready_page(request: Request, look: Look, now: Now) -> Response:
    found = await look.read(ready_list, now=now)
    count = Counter(one.readiness.verdict for one in found)
    lines = [(one.course, one.readiness.verdict, *brief(one.readiness, one.course)) for one in found]
    return render(
        request,
        "courses/ready.html",
        nav="courses",
        sentences=_headline(count, len(found)),
        groups=[
            (verdict, word, [line for line in lines if line[1] == verdict])
            for verdict, word in (
                (Verdict.NO_GO, "できません"),
                (Verdict.CAUTION, "気がかり"),
                (Verdict.GO, "できます"),
            )
            if count[verdict]
        ],
        days=DAYS,
    )


def _headline(count: Counter[Verdict | None], total: int) -> list[str]:
    if not total:
        return [f"これから{DAYS}日に、講座の予定はありません。"]
    if count[Verdict.GO] == total:
        return [f"これから{DAYS}日の{total}講座は、", "すべてできます。"]
    parts = [f"{count[Verdict.NO_GO]}講座ができません" if count[Verdict.NO_GO] else ""]
    parts += [f"{count[Verdict.CAUTION]}講座に気がかりがあります" if count[Verdict.CAUTION] else ""]
    said = "。".join(part for part in parts if part)
    return [f"これから{DAYS}日の{total}講座のうち、", f"{said}。"]
