"""Forms with files: what the doors of pictures and signatures read, before the ledger's gate."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import anyio
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api.codes import Problem
from api.forms import Submitted
from api.transactions import Now
from inventory.pictures import Ready

# Bytes of one file. The guard gives these doors a little more for the rest of the form.
LARGEST_PICTURE = 15 * 1024 * 1024
LARGEST_SIGNATURE = 900 * 1024

# Two pictures at a time: more of them would need more memory and not end sooner.
_HANDS = anyio.CapacityLimiter(2)


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
    data = await file.read()
    ready = await run_sync(partial(make, data, field), limiter=_HANDS)
    return hashlib.sha256(data).hexdigest(), ready
