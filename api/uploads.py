"""Forms with files: what the doors of pictures and signatures read, before the ledger's gate."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any

import anyio
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api.codes import Problem
from api.forms import Submitted, Wrong, wrong, wrong_status
from api.problems import PROBLEM
from api.transactions import Now
from inventory.pictures import Ready

# Bytes of one file. The guard gives these doors a little more for the rest of the form.
LARGEST_PICTURE = 15 * 1024 * 1024
LARGEST_SIGNATURE = 900 * 1024

# A photo that is refused by its format; one that is broken or too large is a 422.
PHOTO: dict[int | str, dict[str, Any]] = {415: {"description": "受け取れない写真です (bad-photo)", **PROBLEM}}

# Two pictures in memory at a time: more of them would need more of it and not end sooner.
_HANDS = anyio.CapacityLimiter(2)


def multipart(required: list[str], **fields: dict[str, Any]) -> dict[str, Any]:
    """The body of a form with files, for the reference."""
    schema = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def fields_of(form: FormData, *lists: str) -> dict[str, Any]:
    """The texts of a form: those named in ``lists`` as lists, every other one once, none that is empty."""
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and value.strip()]
    found: dict[str, Any] = {name: value for name, value in texts if name not in lists}
    for name in lists:
        values: Sequence[str] = [value for given, value in texts if given == name]
        if values:
            found[name] = list(values)
    return found


def file_of(form: FormData, name: str) -> UploadFile | None:
    """The file of this field; None where it was left empty."""
    value = form.get(name)
    return value if isinstance(value, UploadFile) and value.size != 0 else None


class SubmittedFiles(Submitted):
    """A form with files. A field that was left empty has no file."""

    def __init__(self, request: Request, form: FormData, now: Any) -> None:
        super().__init__(request, form, now)
        self.files = {
            name: value for name, value in form.multi_items() if isinstance(value, UploadFile) and value.size != 0
        }


async def _submitted_files(request: Request, now: Now) -> SubmittedFiles:
    # The parser spools what is larger than a megabyte to disk; the guard stops what is larger than the door allows.
    return SubmittedFiles(request, await request.form(max_files=2, max_fields=100), now)


SentFiles = Annotated[SubmittedFiles, Depends(_submitted_files)]


def in_hand() -> anyio.CapacityLimiter:
    """``async with in_hand():`` waits until one of the hands is free."""
    return _HANDS


async def received(
    file: UploadFile | None, make: Callable[[bytes, str], Ready], field: str, most: int = LARGEST_PICTURE
) -> tuple[str | None, Ready | None]:
    """The digest of a sent file and the picture made from it; nothing of both where no file was sent.

    Raises:
        Problem: ``too-large``.
        BadPhoto: it is no picture that we take.
    """
    if file is None:
        return None, None
    if file.size is not None and file.size > most:
        detail = f"写真が大きすぎます。{most // (1024 * 1024) or 1} MBまでの写真を選んでください。"
        raise Problem("too-large", detail, errors=[{"field": field, "message": detail}])
    async with _HANDS:
        return await made_from(await file.read(), make, field)


async def made_from(
    data: bytes | None, make: Callable[[bytes, str], Ready], field: str
) -> tuple[str | None, Ready | None]:
    """The digest of what was sent and the picture made from it, in a worker thread."""
    if data is None:
        return None, None
    ready = await run_sync(partial(make, data, field))
    return hashlib.sha256(data).hexdigest(), ready


# What the handler of a form with pictures catches to show the form again, filled.
Refused = (*Wrong, Problem)


def said_beside(error: Exception) -> dict[str, str]:
    """Sentences by field, also those of a refused picture."""
    if not isinstance(error, Problem):
        return wrong(error)
    errors = error.facts.get("errors") or [{"field": "", "message": error.detail}]
    return {item["field"]: item["message"] for item in errors}


def said_status(error: Exception) -> int:
    return error.status if isinstance(error, Problem) else wrong_status(error)
