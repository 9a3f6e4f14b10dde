"""A form with a list in it, pasted or chosen as a file; the list comes back as a field, so it is sent but once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from api.pages import render
from api.roster_tables import read_file, read_pasted
from api.tables_in import LARGEST_TABLE, TableIn
from api.transactions import Now
from api.uploads import SubmittedFiles, said_beside, said_status


class SentList(SubmittedFiles):
    """``text`` is the list as sent: an empty cell at its beginning is a column too."""

    def __init__(self, request: Request, form: FormData, now: datetime) -> None:
        super().__init__(request, form, now)
        text = form.get("text")
        self.text = text if isinstance(text, str) else ""

    async def table(self) -> TableIn:
        """What was sent: the file where one was chosen, else what was pasted."""
        file = self.files.get("file")
        return await (read_pasted(self.text) if file is None else read_file(await file.read()))


async def _submitted(request: Request, now: Now) -> SentList:
    # The list itself comes back as a field, so a field may be as large as a file.
    form = await request.form(max_files=1, max_fields=20, max_part_size=LARGEST_TABLE)
    return SentList(request, form, now)


Sent = Annotated[SentList, Depends(_submitted)]


def list_form(
    request: Request,
    template: str,
    values: Mapping[str, str],
    error: Exception | None = None,
    *,
    chosen: bool = False,
    nav: str = "venues",
    **more: Any,
) -> Response:
    """The page on which a list is pasted or chosen. Faults stand beside the text, unless a file was ``chosen``."""
    errors = said_beside(error) if error else {}
    if "file" in errors and not chosen:
        errors = {"text": errors["file"]}
    status = said_status(error) if error else 200
    return render(request, template, nav=nav, status=status, values=values, errors=errors, **more)
