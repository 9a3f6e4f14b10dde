"""What every list that comes in as a file shares: the file of the form, and the answer with every cell."""

from typing import Any

from anyio.to_thread import run_sync
from fastapi import Request, Response
from starlette.datastructures import UploadFile

from api.codes import Problem
from api.files import attachment
from api.spreadsheets import Table, xlsx_file
from api.tables_in import LARGEST_TABLE, refused
from api.uploads import multipart
from inventory.shapes import Card

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ONE_FILE = multipart(["file"], file={"type": "string", "format": "binary"})
A_WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


class ErrorAt(Card):
    """A cell that cannot stand, under the header that the file gives its column."""

    line: int
    column: str
    value: str
    message: str


class RepairAt(Card):
    """A cell that was read as ``repaired``."""

    line: int
    column: str
    value: str
    repaired: str


class Imported(Card):
    """``encoding`` is what the file was read as. A row is created, changed, unchanged, or has an error."""

    encoding: str
    rows: int
    created: int
    changed: int
    unchanged: int
    errors: list[ErrorAt]
    repairs: list[RepairAt]


async def sent_file(request: Request) -> bytes:
    """The bytes of the field ``file``, the only one that such a door takes.

    Raises:
        Problem: there is no file, or it is too large.
    """
    form = await request.form(max_files=1, max_fields=5)
    file = form.get("file")
    if set(form) - {"file"}:
        raise refused("送れるのは file だけです。")
    if not isinstance(file, UploadFile):
        raise refused("表のファイルを選んでください。")
    if file.size is not None and file.size > LARGEST_TABLE:
        raise Problem("too-large", f"ファイルが大きすぎます。{LARGEST_TABLE // 1024 // 1024} MBまでにしてください。")
    return await file.read()


def not_entered(sentence: str, told: dict[str, Any], cells: list[dict[str, Any]]) -> Problem:
    """The refusal of a list with what a dry run would have told of it. ``field`` is line and column in one."""
    named = [cell | {"field": f"{cell['line']}.{cell['column']}"} for cell in cells]
    nothing = {"created": 0, "changed": 0, "unchanged": 0}
    return Problem("invalid", sentence, **told | nothing | {"errors": named})


async def template_file(table: Table, plain: str) -> Response:
    """An empty list with the headers that are read, as a workbook. ``plain`` is its ASCII name without the ending."""
    made = await run_sync(xlsx_file, table)
    headers = attachment(f"{plain}.xlsx", f"{table.title}.xlsx") | {"Content-Type": XLSX}
    return Response(made.content, headers=headers)
