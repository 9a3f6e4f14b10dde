"""The words of a pool's 借用書 on screen: every version, the next one, and how it will print."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.papers import sample_paper, version_words
from api.sheet_views import sheet_view
from api.transactions import Look
from api.visitors import IT, READERS
from inventory.agreement_texts import SheetField, TextCard, WriteText, list_texts, write_text
from inventory.errors import NotFound

pages = APIRouter(include_in_schema=False)
PoolId = Annotated[str, Path(alias="pool", max_length=60)]

FIELDS = [
    (SheetField.KANA, "役職者のよみがな"),
    (SheetField.CONTACT, "連絡先（電話番号）"),
    (SheetField.PURPOSE, "使用目的"),
    (SheetField.SERIAL, "端末の製造番号"),
]

_WRITTEN = ("opening", "promises", "statement", "legal_basis", "form_number", "seen")


@pages.get("/pools/{pool}/agreement-text", dependencies=[READERS])
async def one_text(
    request: Request, pool: PoolId, look: Look, version: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    texts = await look.read(list_texts, pool)
    chosen = next((text for text in texts if version in (None, text.version)), None)
    if chosen is None:
        raise NotFound(f"借用書の文の第{version}版は見つかりません。一覧から選んでください。")
    return _show(request, texts, chosen, _values(texts[0]))


@pages.post("/pools/{pool}/agreement-text", dependencies=[IT])
async def write_next(request: Request, pool: PoolId, sent: Sent, look: Look) -> Response:
    """Write the next version, or (``preview``) only show how it would print."""
    texts = await look.read(list_texts, pool)
    values = {**sent.values, "fields": sent.lists.get("fields", [])}
    try:
        order = _order(sent)
        if "preview" in sent.values:
            shown = texts[0].model_copy(
                update={**order.model_dump(exclude={"seen"}), "version": texts[0].version + 1, "since": None}
            )
            return _show(request, texts, shown, values, preview=True)
        await sent.act(write_text, order, status=201, pool=pool)
    except Wrong as error:
        return _show(request, texts, texts[0], values, error=error)
    return see_other(f"/pools/{pool}/agreement-text", done="text")


def _order(sent: Submitted) -> WriteText:
    lines = [line.strip() for line in sent.values.get("promises", "").splitlines()]
    return WriteText.model_validate(
        {
            **sent.given("opening", "statement", "legal_basis", "form_number", "seen"),
            "promises": [line for line in lines if line],
            "fields": sent.lists.get("fields", []),
        }
    )


def _values(text: TextCard) -> dict[str, Any]:
    return {
        "opening": text.opening,
        "promises": "\n".join(text.promises),
        "statement": text.statement,
        "legal_basis": text.legal_basis or "",
        "form_number": text.form_number or "",
        "fields": [field.value for field in text.fields],
        "seen": str(text.version),
    }


def _show(
    request: Request,
    texts: list[TextCard],
    shown: TextCard,
    values: Mapping[str, Any],
    *,
    preview: bool = False,
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "agreements/text.html",
        nav="pools",
        status=wrong_status(error) if error else 200,
        texts=[(text, version_words(text)) for text in texts],
        newest=texts[0],
        shown=shown,
        version=version_words(shown),
        preview=preview,
        view=sheet_view(sample_paper(shown, request.app.state.settings)),
        fields=FIELDS,
        values={**dict.fromkeys(_WRITTEN, ""), **values},
        errors=_sentences(error) if error else {},
    )


def _sentences(error: Exception) -> dict[str, str]:
    """The promises are one field on the page, whichever line is meant."""
    errors: dict[str, str] = {}
    for field, sentence in wrong(error).items():
        first, _, line = field.partition(".")
        number = f"{int(line) + 1}行目：" if first == "promises" and line.isdecimal() else ""
        errors.setdefault(first, f"{number}{sentence}")
    if isinstance(error, ValidationError) and errors.get("promises", "").startswith("1件以上"):
        errors["promises"] = "守ることを、1行に1つ書いてください。"
    return errors
