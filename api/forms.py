"""Forms: what a page sent, as a validated order and an act, and what to say beside its fields when it cannot be."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.problems import status_of
from api.sentences import field_errors
from api.transactions import Act, Now
from inventory.errors import Invalid, Refusal
from inventory.text import tag_number_in

# What a form's handler catches to show the form again, filled.
Wrong = (ValidationError, Refusal)


class Submitted:
    """A form as sent. ``values`` are single fields, trimmed, without the hidden ones; ``act`` carries its op_id."""

    def __init__(self, request: Request, form: FormData, now: Any) -> None:
        texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        self.lists: dict[str, list[str]] = {}
        for name, value in texts:
            self.lists.setdefault(name, []).append(value.strip())
        single = {name: values[-1] for name, values in self.lists.items()}
        op_id = single.pop("op_id", "")
        self.revision = _digits(single.pop("if_match", ""))
        self.values = single
        usable = 1 <= len(op_id) <= 255 and all("!" <= character <= "~" for character in op_id)
        self.act = Act(request, Response(), now, op_id if usable else str(uuid4()))

    def given(self, *names: str) -> dict[str, str]:
        """These fields where they are not empty."""
        return {name: self.values[name] for name in names if self.values.get(name)}


async def _submitted(request: Request, now: Now) -> Submitted:
    # Fields only: a page with uploads has a door of its own, with its own limits.
    return Submitted(request, await request.form(max_files=0, max_fields=1000), now)


Sent = Annotated[Submitted, Depends(_submitted)]


# Above a form the sentence stands without its field: it then has to name what is missing.
_LEFT_OUT = {
    "name": "名前を書いてください。",
    "office": "役職を書いてください。",
    "from": "始まりの日を書いてください。",
    "opens_on": "始まりの日を書いてください。",
    "closes_on": "終わりの日を書いてください。",
    "title": "見出しを書いてください。",
    "text": "文を書いてください。",
    "kind": "どれか1つを選んでください。",
    "category": "分類を選んでください。",
    "borrowers": "相手を1件以上選んでください。",
    "pool": "貸出区分を選んでください。",
    "quantity": "台数を書いてください。",
    "day": "日にちを選んでください。",
    "starts": "始まりの時刻を書いてください。",
    "ends": "終わりの時刻を書いてください。",
}


def wrong(error: Exception) -> dict[str, str]:
    """Sentences by field name, '' for what concerns no single field: what ``errors_summary`` and ``field`` show."""
    if isinstance(error, ValidationError):
        return {
            item["field"]: _LEFT_OUT.get(item["field"], item["message"])
            if found["type"] in ("missing", "too_short")
            else item["message"]
            for found in error.errors()
            for item in field_errors([found])
        }
    if isinstance(error, Invalid) and error.errors:
        return {item["field"]: item["message"] for item in error.errors}
    assert isinstance(error, Refusal)
    return {"": error.sentence}


def wrong_status(error: Exception) -> int:
    return 422 if isinstance(error, ValidationError) else status_of(error)  # type: ignore[arg-type]


def _digits(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def label_number(values: Mapping[str, str]) -> str | None:
    """The printed label number that a form names, however it was typed or scanned; None where a fresh one is wanted.

    What is none is left as typed, so that the shape refuses it and the field shows what was written. A blank field
    under 「刷ってあるラベル」 must not quietly mean a fresh number.
    """
    if values.get("which") == "fresh":
        return None
    typed = values.get("number", "")
    return tag_number_in(typed) or typed or "-"
