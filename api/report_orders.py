"""What a report's form says, and its photos: a photo that cannot be taken never costs the words."""

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from api.codes import Problem
from api.pictures import picture_from
from api.uploads import LARGEST_PICTURE, fields_of, in_hand
from inventory.pictures import Ready
from inventory.reporting import PHRASES, PICTURES_AT_MOST, Report
from inventory.tables import IssueCategory

_TOO_MANY = f"写真は{PICTURES_AT_MOST}枚まで送れます。この写真は送っていません。"
_TOO_LARGE = f"写真が大きすぎます。{LARGEST_PICTURE // (1024 * 1024)} MBまでの写真を選んでください。"


@dataclass(frozen=True)
class Photos:
    """``digests`` of every file as sent, ``ready`` pictures, and a sentence for each that was refused, by its place."""

    digests: list[str]
    ready: list[Ready]
    refused: list[tuple[int, str]]


async def report_form(request: Request) -> FormData:
    """The form as sent. Ten files are read, so that a fourth photo is told and does not cost the words."""
    return await request.form(max_files=10, max_fields=60)


async def photos_of(form: FormData) -> Photos:
    """The photos of a form, checked and made anew before the ledger is asked."""
    files = [value for value in form.getlist("photos") if isinstance(value, UploadFile) and value.size != 0]
    found = Photos([], [], [])
    for place, file in enumerate(files, start=1):
        async with in_hand():
            found.digests.append(await run_sync(partial(_digest, file)))
            if place > PICTURES_AT_MOST:
                found.refused.append((place, _TOO_MANY))
            elif (file.size or 0) > LARGEST_PICTURE:
                found.refused.append((place, _TOO_LARGE))
            else:
                try:
                    found.ready.append(await run_sync(partial(picture_from, await file.read(), "photos")))
                except Problem as refusal:
                    found.refused.append((place, refusal.detail))
    return found


async def sent_fields(request: Request, form: FormData) -> dict[str, Any]:
    """The fields of a program's report: of its form, or of JSON where there are no photos.

    Raises:
        Problem: ``bad-request`` where the body is neither.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return fields_of(form, "phrase")
    try:
        body = await request.json()
    except ValueError as error:
        raise Problem("bad-request", "送られた内容を読み取れませんでした。もう一度送ってください。") from error
    if not isinstance(body, dict):
        raise Problem("bad-request", "送られた内容を読み取れませんでした。もう一度送ってください。")
    return body


def json_order(fields: dict[str, Any], photos: Photos) -> Report:
    """The order of a program, which says exactly what it means."""
    # The names of the contract: what the verb calls otherwise is unknown here.
    given = {name: value for name, value in fields.items() if name != "phrase"}
    given |= {name: None for name in ("phrases", "photos") if name in given}
    ours = {"phrases": fields.get("phrase", []), "photos": photos.digests}
    return Report.model_validate({**ours, **given})


def page_order(form: FormData, number: str, photos: Photos) -> Report:
    """The order of the page's form. Without a script every category's phrases are on it; only those chosen count."""
    fields = fields_of(form, "phrase")
    ticked = fields.pop("phrase", [])
    category = str(fields.get("category", ""))
    offered = PHRASES[IssueCategory(category)] if category in set(IssueCategory) else ()
    kept = ("category", "text", "reporter_name", "phone", "call_time", "solved")
    given: dict[str, Any] = {name: fields[name] for name in kept if name in fields}
    phrases = [phrase for phrase in ticked if phrase in offered]
    return Report.model_validate({**given, "tag": number, "phrases": phrases, "photos": photos.digests})


def _digest(file: UploadFile) -> str:
    file.file.seek(0)
    digest = hashlib.file_digest(file.file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.file.seek(0)
    return digest
