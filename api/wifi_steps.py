"""The stages of a venue's wifi over JSON: recorded one by one, for many venues at once, or from a spreadsheet."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from api.exports import FILE, Written
from api.json_doors import json_router
from api.problems import problems
from api.roster_tables import read_file
from api.step_tables import WORDS, long_template, steps_in, steps_table, wide_template
from api.table_files import A_WORKBOOK, ONE_FILE, Imported, not_entered, sent_file, template_file
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import IT, READERS
from inventory.calendar import today
from inventory.errors import Invalid
from inventory.wifi_history import VenueWifi, venue_wifi
from inventory.wifi_imports import enter_wifi_steps, plan_wifi_steps
from inventory.wifi_steps import (
    RecordStep,
    RecordSteps,
    StepsRecorded,
    StrikeStep,
    record_step,
    record_steps,
    strike_step,
)

json = json_router("wifi")
Venue = Annotated[str, Path(alias="code", max_length=60)]
Step = Annotated[str, Path(max_length=20)]


@json.get("/api/venues/{code}/wifi", dependencies=[READERS], responses=problems("not-found"))
async def wifi_of(venue: Venue, look: Look, now: Now) -> VenueWifi:
    """Where the wifi of a venue stands, and its history with what was struck out."""
    return await look.read(venue_wifi, venue, today=today(now))


@json.post(
    "/api/venues/{code}/wifi/steps",
    status_code=201,
    dependencies=[IT],
    responses=problems("not-found", "illegal-step", "op-id-reused"),
)
async def add_step(venue: Venue, order: RecordStep, act: ActMaybeOnce) -> VenueWifi:
    """A skip, a step back, a hold and whatever does not follow needs its ``reason``."""
    return await act(record_step, order, venue=venue, status=201)


@json.post("/api/wifi/steps", status_code=201, dependencies=[IT], responses=problems("illegal-step", "op-id-reused"))
async def add_steps(order: RecordSteps, act: ActMaybeOnce) -> StepsRecorded:
    """Many venues enter the same stage on the same day: all of them, or none."""
    return await act(record_steps, order, status=201)


@json.post(
    "/api/venues/{code}/wifi/steps/{step}/strike",
    dependencies=[IT],
    responses=problems("not-found", "op-id-reused"),
)
async def strike(venue: Venue, step: Step, order: StrikeStep, act: ActMaybeOnce) -> VenueWifi:
    """Strike out a step that was recorded wrongly. It stays in the history and does not count from now on."""
    return await act(strike_step, order, venue=venue, step=step)


@json.post(
    "/api/imports/wifi_steps",
    dependencies=[IT],
    responses=problems("op-id-reused", "invalid", "too-large"),
    openapi_extra=ONE_FILE,
)
async def import_wifi_steps(
    request: Request,
    look: Look,
    act: ActMaybeOnce,
    now: Now,
    dry_run: Annotated[bool, Query(description="Tell what would be done, and do nothing.")] = False,
) -> Imported:
    """The history of wifi: a row for each step, or a row for each venue with a column for each stage.

    ``rows`` counts steps. One that cannot stand stops the whole list.
    """
    table = await read_file(await sent_file(request))
    steps = steps_in(table)
    plan = await look.read(plan_wifi_steps, steps.order, words=WORDS, now=now)
    told = {"encoding": table.encoding, "rows": len(steps.order.rows), "repairs": steps.repaired(plan.repairs)}
    if dry_run:
        counts = {"created": plan.created, "changed": 0, "unchanged": plan.unchanged}
        return Imported.model_validate(told | counts | {"errors": steps.wrong(plan.errors)})
    try:
        done = await act(enter_wifi_steps, steps.order, words=WORDS)
    except Invalid as error:
        raise not_entered(error.sentence, told, steps.wrong(plan.errors)) from error
    counts = {"created": done.created, "changed": 0, "unchanged": done.unchanged}
    return Imported.model_validate(told | counts | {"errors": []})


@json.get("/api/imports/wifi_steps/template.xlsx", dependencies=[IT], response_class=Response, responses=A_WORKBOOK)
async def wifi_steps_template(
    look: Look,
    wide: Annotated[bool, Query(description="A row for each venue instead of one for each step.")] = False,
) -> Response:
    """An empty list with the headers that are read; the wide one has the venues of the ledger."""
    return await template_file(await look.read(wide_template) if wide else long_template(), "wifi_steps")


@json.get("/api/exports/wifi_steps.{form}", dependencies=[READERS], response_class=Response, responses={200: FILE})
async def wifi_steps(look: Look, written: Written) -> Response:
    """Every step that counts, one row each; the import reads it back."""
    return await written("wifi_steps", await look.read(steps_table))
