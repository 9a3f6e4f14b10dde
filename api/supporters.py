"""Supporters over JSON: the register, who helps at a course, and lists that come in."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.supporter_tables import read_supporters_file, template
from api.table_files import A_WORKBOOK, ONE_FILE, Imported, not_entered, sent_file, template_file
from api.transactions import ActMaybeOnce, Look, Now, SeenRevision
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.course_help import (
    AskSupporters,
    CourseHelpers,
    RecordAnswer,
    ask_supporters,
    course_helpers,
    record_answer,
    take_back,
)
from inventory.errors import Invalid
from inventory.supporter_imports import enter_supporters
from inventory.supporter_lists import (
    SupporterCard,
    SupporterCounts,
    SupporterList,
    list_supporters,
    supporter_card,
    supporter_counts,
    without_contacts,
)
from inventory.supporter_plans import Plan, plan_supporters
from inventory.supporters import (
    EndSupporter,
    NewSupporter,
    SupporterChange,
    change_supporter,
    end_supporter,
    register_supporter,
)
from inventory.tables import SupporterCategory

json = json_router("supporters")
Supporter = Annotated[str, Path(alias="supporter", max_length=60)]
Course = Annotated[str, Path(alias="course", max_length=60)]
Helper = Annotated[str, Path(alias="helper", max_length=60)]


@json.get("/api/supporters", dependencies=[READERS])
async def supporters(
    look: Look,
    pages: Pages,
    now: Now,
    visitor: Staff,
    category: SupporterCategory | None = None,
    district: Annotated[
        str | None, Query(max_length=60, description="Who helps there: also those who help everywhere.")
    ] = None,
    active: Annotated[bool | None, Query(description="Registered today, or no longer.")] = None,
) -> SupporterList:
    """Supporters by kana. Contacts and notes only for roles that may see them."""
    found = await look.read(
        list_supporters, now=now, category=category, district=district, active=active, **pages.arguments
    )
    if sees_contacts(visitor):
        return found
    return found.model_copy(update={"items": [without_contacts(card) for card in found.items]})


@json.post("/api/supporters", status_code=201, dependencies=[DESK])
async def add_supporter(order: NewSupporter, act: ActMaybeOnce, response: Response) -> SupporterCard:
    """Register a supporter. Without a day of consent nobody is registered."""
    card = await act(register_supporter, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/supporters/counts", dependencies=[READERS])
async def counts(look: Look, fiscal_year: Annotated[int, Query(ge=1989, le=2998)]) -> SupporterCounts:
    """What a fiscal year's programmes reported of supporters beside what the register counts."""
    return await look.read(supporter_counts, fiscal_year)


@json.get("/api/supporters/{supporter}", dependencies=[READERS], responses=problems("not-found"))
async def one_supporter(
    supporter: Supporter, look: Look, now: Now, visitor: Staff, response: Response
) -> SupporterCard:
    card = await look.read(supporter_card, supporter, now=now)
    etag(response, card.revision)
    return card if sees_contacts(visitor) else without_contacts(card)


@json.patch(
    "/api/supporters/{supporter}",
    dependencies=[DESK],
    responses=problems("not-found", "stale", "missing-if-match", "refused"),
)
async def edit_supporter(
    supporter: Supporter, change: SupporterChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> SupporterCard:
    card = await act(change_supporter, change, supporter=supporter, revision=revision)
    etag(response, card.revision)
    return card


@json.post("/api/supporters/{supporter}/end", dependencies=[DESK], responses=problems("not-found"))
async def supporter_leaves(
    supporter: Supporter, order: EndSupporter, act: ActMaybeOnce, response: Response
) -> SupporterCard:
    """Enter the last day of a registration, also late and backdated."""
    card = await act(end_supporter, order, supporter=supporter)
    etag(response, card.revision)
    return card


@json.get("/api/courses/{course}/helpers", dependencies=[READERS], responses=problems("not-found"))
async def helpers(course: Course, look: Look) -> CourseHelpers:
    """Who was asked to help at a course, who agreed, and how many are missing."""
    return await look.read(course_helpers, course)


@json.post("/api/courses/{course}/helpers", dependencies=[DESK], responses=problems("not-found", "refused"))
async def ask(course: Course, order: AskSupporters, act: ActMaybeOnce) -> CourseHelpers:
    """Note that these supporters were asked; whoever was asked already stays as they are."""
    return await act(ask_supporters, order, course=course)


@json.post("/api/courses/{course}/helpers/{helper}/answer", dependencies=[DESK], responses=problems("not-found"))
async def answer(course: Course, helper: Helper, order: RecordAnswer, act: ActMaybeOnce) -> CourseHelpers:
    return await act(record_answer, order, course=course, helper=helper)


@json.post("/api/courses/{course}/helpers/{helper}/take-back", dependencies=[DESK], responses=problems("not-found"))
async def unask(course: Course, helper: Helper, act: ActMaybeOnce) -> CourseHelpers:
    """Take back that a supporter was asked."""
    return await act(take_back, course=course, helper=helper)


@json.post(
    "/api/imports/supporters",
    dependencies=[DESK],
    responses=problems("op-id-reused", "invalid", "too-large"),
    openapi_extra=ONE_FILE,
)
async def import_supporters(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    now: Now,
    dry_run: Annotated[bool, Query(description="Tell what would be done, and do nothing.")] = False,
) -> Imported:
    """Supporters from a list. A row with an error stops the whole list."""
    found, encoding = await read_supporters_file(await sent_file(request))
    plan: Plan = await look.read(plan_supporters, found.order, now=now)
    told = {"encoding": encoding, "rows": len(found.order.rows), "repairs": found.repaired(plan.repairs)}
    if dry_run:
        counts = {"created": plan.created, "changed": plan.changed, "unchanged": plan.unchanged}
        return Imported.model_validate(told | counts | {"errors": found.wrong(plan.errors)})
    try:
        done = await act(enter_supporters, found.order)
    except Invalid as error:
        raise not_entered(error.sentence, told, found.wrong(plan.errors)) from error
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    return Imported.model_validate(told | counts | {"errors": []})


@json.get("/api/imports/supporters/template.xlsx", dependencies=[DESK], response_class=Response, responses=A_WORKBOOK)
async def supporters_template() -> Response:
    """An empty list with the headers that are read."""
    return await template_file(template(), "supporters")
