"""The papers of a pool on screen: all of them, the words of each version by version, and how the next would print."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.files import pdf_file
from api.form_papers import form_paper
from api.forms import Sent, Submitted, Wrong, wrong, wrong_status
from api.label_orders import in_ink
from api.pages import render, see_other
from api.papers import version_words
from api.sheet_views import sheet_view
from api.transactions import Look
from api.visitors import IT, READERS
from inventory.agreement_texts import TextCard, text_card
from inventory.errors import NotFound
from inventory.form_texts import (
    FIELDS_OF,
    FormField,
    FormTextCard,
    WriteFormText,
    form_text,
    list_form_texts,
    write_form_text,
)
from inventory.tables import FormKind
from labels.paper import paper_pdf

pages = APIRouter(include_in_schema=False)
PoolId = Annotated[str, Path(alias="pool", max_length=60)]

FIELDS = {
    FormField.KANA: "役職者のよみがな",
    FormField.CONTACT: "連絡先（電話番号）",
    FormField.PURPOSE: "使用目的",
    FormField.NOTE: "備考",
    FormField.SERIAL: "端末の製造番号",
    FormField.ACCESSORIES: "付属品",
    FormField.POLICE: "警察への届出",
    FormField.OFFICE_USE: "市の記入らん（受付・決裁など）",
}
# What each paper is for, as the list says it; the title is the city's own.
PURPOSES = {
    FormKind.APPLICATION: "自治会が借りたいときに出します。",
    FormKind.APPROVAL: "市が申請に答えます。承認しないときは、題の「承認」が「不承認」になります。",
    FormKind.HANDOVER: "会長が代わるとき、前の方と新しい方が確かめます。",
    FormKind.RETURN: "返ってきた物品を、市が確かめた書類です。",
    FormKind.LOSS: "なくしたときや、こわしたときに出します。",
}
LINES = {
    FormKind.APPLICATION: "守ること",
    FormKind.APPROVAL: "条件",
    FormKind.HANDOVER: "二人で確かめること",
    FormKind.RETURN: "知らせること",
    FormKind.LOSS: "守ること",
}
_TEXTS = ("title", "opening", "statement", "legal_basis", "form_number")


@dataclass(frozen=True)
class _Papers:
    agreement: TextCard
    forms: list[FormTextCard]


def _papers(session: Session, pool: str) -> _Papers:
    return _Papers(text_card(session, pool), [form_text(session, pool, kind) for kind in FormKind])


@pages.get("/pools/{pool}/forms", dependencies=[READERS])
async def papers_of_pool(request: Request, pool: PoolId, look: Look) -> Response:
    found = await look.read(_papers, pool)
    return render(
        request,
        "forms/list.html",
        nav="pools",
        agreement=found.agreement,
        agreement_version=version_words(found.agreement),
        forms=[(text, version_words(text), PURPOSES[text.kind]) for text in found.forms],
    )


@pages.get("/pools/{pool}/forms/{kind}", dependencies=[READERS])
async def one_paper(
    request: Request,
    pool: PoolId,
    kind: FormKind,
    look: Look,
    version: Annotated[int | None, Query(ge=1, le=99999)] = None,
) -> Response:
    texts = await look.read(list_form_texts, pool, kind)
    chosen = next((text for text in texts if version in (None, text.version)), None)
    if chosen is None:
        raise NotFound(f"この書類の文の第{version}版は見つかりません。一覧から選んでください。")
    return _show(request, texts, chosen, _values(texts[0]))


@pages.post("/pools/{pool}/forms/{kind}", dependencies=[IT])
async def write_next(request: Request, pool: PoolId, kind: FormKind, sent: Sent, look: Look) -> Response:
    """Write the next version, or (``preview``, ``pdf``) only show how it would print."""
    texts = await look.read(list_form_texts, pool, kind)
    values = {**sent.values, "fields": sent.lists.get("fields", [])}
    try:
        order = _order(sent)
        if "preview" in sent.values or "pdf" in sent.values:
            draft = _draft(texts[0], order)
            if "pdf" in sent.values:
                paper = form_paper(draft, request.app.state.settings)
                return pdf_file(await in_ink(request, paper_pdf, [paper]), f"{kind}-draft", f"{paper.title}-見本")
            return _show(request, texts, draft, values, preview=True)
        await sent.act(write_form_text, order, status=201, pool=pool, kind=kind)
    except Wrong as error:
        return _show(request, texts, texts[0], values, error=error)
    return see_other(f"/pools/{pool}/forms/{kind}", done="form-text")


def _draft(newest: FormTextCard, order: WriteFormText) -> FormTextCard:
    words = {**order.model_dump(exclude={"seen"}), "statement": order.statement or ""}
    return newest.model_copy(update={**words, "version": newest.version + 1, "since": None})


def _order(sent: Submitted) -> WriteFormText:
    lines = [line.strip() for line in sent.values.get("lines", "").splitlines()]
    return WriteFormText.model_validate(
        {
            **sent.given(*_TEXTS, "seen"),
            "lines": [line for line in lines if line],
            "fields": sent.lists.get("fields", []),
        }
    )


def _values(text: FormTextCard) -> dict[str, Any]:
    return {
        **{name: getattr(text, name) or "" for name in _TEXTS},
        "lines": "\n".join(text.lines),
        "fields": [field.value for field in text.fields],
        "seen": str(text.version),
    }


def _show(
    request: Request,
    texts: list[FormTextCard],
    shown: FormTextCard,
    values: Mapping[str, Any],
    *,
    preview: bool = False,
    error: Exception | None = None,
) -> Response:
    return render(
        request,
        "forms/text.html",
        nav="pools",
        status=wrong_status(error) if error else 200,
        texts=[(text, version_words(text)) for text in texts],
        newest=texts[0],
        shown=shown,
        version=version_words(shown),
        preview=preview,
        view=sheet_view(form_paper(shown, request.app.state.settings)),
        purpose=PURPOSES[shown.kind],
        lines_label=LINES[shown.kind],
        fields=[(field, FIELDS[field]) for field in FIELDS_OF[shown.kind]],
        values={**dict.fromkeys((*_TEXTS, "lines", "seen"), ""), **values},
        errors=_sentences(error) if error else {},
    )


def _sentences(error: Exception) -> dict[str, str]:
    """The lines are one field on the page, whichever of them is meant."""
    errors: dict[str, str] = {}
    for field, sentence in wrong(error).items():
        first, _, line = field.partition(".")
        number = f"{int(line) + 1}行目：" if first == "lines" and line.isdecimal() else ""
        errors.setdefault(first, f"{number}{sentence}")
    return errors
