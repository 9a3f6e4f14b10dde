"""Every list as a file: ``/api/exports/{name}.csv`` and ``.xlsx``, with the filters of the list."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import Depends, Path, Query, Request, Response

from api.association_tables import associations_table
from api.course_tables import courses_table, programmes_table
from api.export_tables import (
    cases_table,
    conflicts_table,
    devices_table,
    loans_table,
    pools_table,
    staff_table,
    venues_table,
)
from api.json_doors import json_router
from api.problems import problems
from api.reminder_tables import reminders_table
from api.spreadsheets import Encoding, File, Table, csv_file, xlsx_file
from api.term_tables import terms_table
from api.transactions import Look, Now
from api.trial_tables import presences_table, trial_table
from api.visitors import ADMIN, READERS, Staff, sees_contacts
from api.wifi_point_tables import access_points_table
from inventory.calendar import fiscal_year as fiscal_year_of
from inventory.calendar import jst_day_bounds, today
from inventory.loans import LoanState
from inventory.presence_counts import PresenceState
from inventory.shapes import BlankIsNone, OptionalDay
from inventory.tables import DeviceState, HoldReason, VenueKind

json = json_router("exports")

Form = Annotated[Literal["csv", "xlsx"], Path(description="csv, or xlsx for a spreadsheet.")]
# Lists take an empty filter for none, as a form sends it.
Word = Annotated[str | None, Query(max_length=60)]
Words = Annotated[str | None, Query(max_length=100)]
FILE = {
    "description": "The file. X-Lost-Characters counts what cp932 cannot hold; each such character stands as 〓.",
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
            "schema": {"type": "string", "format": "binary"}
        },
    },
}
_ANSWER: dict[str, Any] = {"dependencies": [READERS], "response_class": Response, "responses": {200: FILE}}
_OF_A_THING: dict[str, Any] = _ANSWER | {"responses": {200: FILE, **problems("not-found")}}


class Writer:
    """Makes the answer of a table, in a worker thread: a large list takes seconds."""

    def __init__(
        self,
        form: Form,
        now: Now,
        encoding: Annotated[Encoding, Query(description="Of CSV. cp932 is what old Japanese software reads.")] = (
            "utf-8-sig"
        ),
    ) -> None:
        self.form, self.encoding, self.now = form, encoding, now

    async def __call__(self, name: str, table: Table) -> Response:
        """The file as a download; ``name`` is its ASCII name, the title of the table its Japanese one."""
        if self.form == "csv":
            made: File = await run_sync(partial(csv_file, table, self.encoding))
            charset = "windows-31j" if self.encoding == "cp932" else "utf-8"
            kind = f"text/csv; charset={charset}; header=present"
        else:
            made = await run_sync(partial(xlsx_file, table))
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        day = f"{today(self.now):%Y%m%d}"
        full = quote(f"{table.title}-{day}.{self.form}")
        headers = {
            "Content-Disposition": (f"attachment; filename=\"{name}-{day}.{self.form}\"; filename*=UTF-8''{full}"),
            "X-Lost-Characters": str(made.lost),
        }
        # Given whole, because a response of its own media_type would add a charset.
        return Response(made.content, headers=headers | {"Content-Type": kind})


Written = Annotated[Writer, Depends()]


@json.get("/api/exports/devices.{form}", **_ANSWER)
async def devices(
    look: Look,
    written: Written,
    q: Words = None,
    pool: Word = None,
    state: Annotated[DeviceState | None, BlankIsNone] = None,
    place: Word = None,
    hold: Annotated[HoldReason | None, BlankIsNone] = None,
    case: Word = None,
) -> Response:
    """Devices. Retired ones appear when they are asked for."""
    table = await look.read(devices_table, q=q, pool=pool, state=state, place=place, hold=hold, case=case)
    return await written("devices", table)


@json.get("/api/exports/cases.{form}", **_ANSWER)
async def cases(
    look: Look,
    written: Written,
    q: Words = None,
    place: Word = None,
    retired: Annotated[bool | None, BlankIsNone] = None,
) -> Response:
    """Cases with how many devices lie in them; one row per case."""
    return await written("cases", await look.read(cases_table, q=q, place=place, retired=bool(retired)))


@json.get("/api/exports/loans.{form}", **_ANSWER)
async def loans(
    look: Look,
    written: Written,
    now: Now,
    q: Words = None,
    state: Annotated[LoanState | None, BlankIsNone] = None,
    due_before: Annotated[OptionalDay, Query()] = None,
    association: Word = None,
    course: Word = None,
    venue: Word = None,
    device: Word = None,
    agreement: Annotated[Literal["missing"] | None, BlankIsNone] = None,
) -> Response:
    """Loans, the newest first; one row per lent device."""
    table = await look.read(
        loans_table,
        now=now,
        q=q,
        state=state,
        due_before=due_before,
        association=association,
        course=course,
        venue=venue,
        device=device,
        agreement=agreement,
    )
    return await written("loans", table)


@json.get("/api/exports/reminders.{form}", **_ANSWER)
async def reminders(request: Request, look: Look, written: Written, now: Now, visitor: Staff) -> Response:
    """Who is to be rung up or written to today. Columns for contacts only for roles that may see them."""
    mails = bool(request.app.state.settings.smtp_url)
    table = await look.read(reminders_table, now=now, contacts=sees_contacts(visitor), mails=mails)
    return await written("reminders", table)


@json.get("/api/exports/conflicts.{form}", **_ANSWER)
async def conflicts(
    look: Look,
    written: Written,
    now: Now,
    q: Words = None,
    state: Annotated[Literal["open", "settled"], Query()] = "open",
) -> Response:
    """Conflicts with both sides' facts; those that wait, or those that were settled."""
    table = await look.read(conflicts_table, q=q, settled=state == "settled")
    return await written("conflicts", table)


@json.get("/api/exports/associations.{form}", **_ANSWER)
async def associations(
    look: Look, written: Written, now: Now, visitor: Staff, q: Words = None, district: Word = None
) -> Response:
    """Associations, one row per officer in office. Columns for telephone and mail only for roles that may see them."""
    contacts = sees_contacts(visitor)
    table = await look.read(associations_table, contacts=contacts, now=now, q=q, district=district)
    return await written("associations", table)


@json.get("/api/exports/presences.{form}", **_OF_A_THING)
async def presences(
    look: Look,
    written: Written,
    now: Now,
    visitor: Staff,
    q: Words = None,
    in_round: Annotated[str | None, Query(alias="round", max_length=60, description="Default: the newest.")] = None,
    state: Annotated[PresenceState | None, BlankIsNone] = None,
    district: Word = None,
) -> Response:
    """What was said of each device in a 所在確認. Columns for telephone only for roles that may see them."""
    contacts = sees_contacts(visitor)
    table = await look.read(
        presences_table,
        contacts=contacts,
        now=now,
        q=q,
        in_round=in_round or None,
        state=state,
        district=district or None,
    )
    return await written("presences", table)


@json.get("/api/exports/trial.{form}", **_OF_A_THING)
async def trial(
    look: Look,
    written: Written,
    now: Now,
    fiscal_year: Annotated[int | None, Query(ge=1989, le=2998, description="Default: this one.")] = None,
    in_round: Annotated[str | None, Query(alias="round", max_length=60, description="Default: the newest.")] = None,
    pool: Word = None,
) -> Response:
    """試行の評価: a row a district and one of all of them."""
    year = fiscal_year or fiscal_year_of(today(now))
    table = await look.read(trial_table, fiscal_year=year, now=now, in_round=in_round or None, pool=pool or None)
    return await written("trial", table)


@json.get("/api/exports/terms.{form}", **_ANSWER)
async def terms(look: Look, written: Written, now: Now, district: Word = None) -> Response:
    """Loans of associations that a term of office concerns; one row per loan with every reason."""
    return await written("terms", await look.read(terms_table, now=now, district=district))


@json.get("/api/exports/venues.{form}", **_ANSWER)
async def venues(
    look: Look,
    written: Written,
    q: Words = None,
    kind: Annotated[VenueKind | None, BlankIsNone] = None,
    shelter: Annotated[bool | None, BlankIsNone] = None,
) -> Response:
    return await written("venues", await look.read(venues_table, q=q, kind=kind, shelter=shelter))


@json.get("/api/exports/access_points.{form}", **_ANSWER)
async def access_points(look: Look, written: Written, venue: Word = None) -> Response:
    """Our own list of access points, also those that were taken down. Passphrases stand in no file."""
    return await written("access_points", await look.read(access_points_table, venue=venue or None))


@json.get("/api/exports/courses.{form}", **_ANSWER)
async def courses(
    look: Look,
    written: Written,
    q: Words = None,
    since: Annotated[OptionalDay, Query(description="Courses that end on this day (JST) or later.")] = None,
    until: Annotated[OptionalDay, Query(description="Courses that begin on this day (JST) or earlier.")] = None,
    programme: Word = None,
    venue: Word = None,
) -> Response:
    table = await look.read(
        courses_table, since=_bound(since, 0), until=_bound(until, 1), q=q, programme=programme, venue=venue
    )
    return await written("courses", table)


@json.get("/api/exports/programmes.{form}", **_ANSWER)
async def programmes(
    look: Look, written: Written, fiscal_year: Annotated[int | None, Query(ge=1989, le=2999)] = None
) -> Response:
    """Programmes with the totals the city reported, the newest fiscal year first."""
    return await written("programmes", await look.read(programmes_table, fiscal_year=fiscal_year))


@json.get("/api/exports/pools.{form}", **_ANSWER)
async def pools(look: Look, written: Written) -> Response:
    return await written("pools", await look.read(pools_table))


@json.get("/api/exports/staff.{form}", **_ANSWER | {"dependencies": [ADMIN]})
async def staff(look: Look, written: Written, now: Now) -> Response:
    """Accounts, for admins."""
    return await written("staff", await look.read(staff_table, now=now))


def _bound(day: date | None, side: int) -> datetime | None:
    return jst_day_bounds(day)[side] if day else None
