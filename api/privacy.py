"""One person's data: what the ledger holds, handed out and erased; and how long it is kept."""

import io
import json as plain_json
import zipfile
from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Path, Response
from sqlmodel import Session

from api.json_doors import json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, Now
from api.visitors import ADMIN, DESK
from inventory.erasing import ErasePerson, PersonCard, erase_person
from inventory.personal_data import PersonalRecord, personal_record
from inventory.personal_files import files_of
from inventory.retention import Plan, Rules, RulesCard, plan, set_rules

json = json_router("people")
Person = Annotated[str, Path(max_length=60)]
ZIP: dict[str, Any] = {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}


@json.post("/api/people/{person}/erase", dependencies=[DESK], responses=problems("not-found", "refused"))
async def erase(person: Person, act: ActMaybeOnce, order: ErasePerson | None = None) -> PersonCard:
    """Erase a person: names, contacts, signatures and words go everywhere; counts, dates and the journal stay."""
    return await act(erase_person, order or ErasePerson(), person=person)


@json.get("/api/people/{person}/export", dependencies=[DESK], responses=problems("not-found"))
async def export(person: Person, look: Look, now: Now, response: Response) -> PersonalRecord:
    """Everything the ledger holds about one person."""
    record = await look.read(personal_record, person, now=now)
    response.headers["Content-Disposition"] = f'attachment; filename="person-{record.person.id}.json"'
    return record


@json.get(
    "/api/people/{person}/export.zip",
    dependencies=[DESK],
    response_class=Response,
    responses={**problems("not-found"), 200: ZIP},
)
async def export_files(person: Person, look: Look, now: Now) -> Response:
    """The same with the signatures and pictures as files."""
    record, files = await look.read(_record_and_files, person, now)
    packed = await run_sync(partial(_packed, record, files))
    headers = {"Content-Disposition": f'attachment; filename="person-{record.person.id}.zip"'}
    return Response(packed, media_type="application/zip", headers=headers)


def _record_and_files(session: Session, person: str, now: Any) -> tuple[PersonalRecord, dict[str, bytes]]:
    return personal_record(session, person, now=now), files_of(session, person)


def _packed(record: PersonalRecord, files: dict[str, bytes]) -> bytes:
    text = plain_json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=2)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("record.json", text)
        for name, content in files.items():
            # Pictures are compressed already.
            archive.writestr(name, content, zipfile.ZIP_STORED)
    return kept.getvalue()


@json.get("/api/retention", dependencies=[ADMIN])
async def retention(look: Look, now: Now) -> Plan:
    """The rules of keeping, and what they would erase today: nothing is written."""
    return await look.read(plan, now=now)


@json.put("/api/retention", dependencies=[ADMIN])
async def set_retention(order: Rules, act: ActMaybeOnce) -> RulesCard:
    """Set the years of every rule; a rule that is left out is off."""
    return await act(set_rules, order)
