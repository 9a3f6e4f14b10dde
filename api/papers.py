"""What the 借用書 of a loan says, as the ink's ``Paper``: for the screen and for the printer alike."""

from collections.abc import Iterable, Sequence

from api.words import KIND, clock_time
from inventory.agreement_sheets import AgreementCard, Document, DocumentItem, LoanSheet
from inventory.agreement_texts import SheetField, TextCard
from inventory.calendar import today, wareki
from inventory.form_texts import FormTextCard
from inventory.loans import Due, ItemCard
from inventory.paper_forms import PaperFormCard
from inventory.settings import Settings
from inventory.tables import PoolKind, SignMethod
from inventory.text import spoken
from labels.paper import Pairs, Paper, SignBox, Table
from labels.qr import label_url

_HEADS = ("備品番号", "品名・型番", "付属品", "数")
_WIDTHS = (27.0, 46.0, 50.0, 8.0)
_SIGN_HERE = "署名　※代理の方は、続柄もお書きください"
NO_DAY = "令和　　年　　月　　日"
ERASED = "（消去ずみ）"
# Rows to write devices into, on a form that is printed before its loan.
_ROWS = 3


def loan_paper(sheet: LoanSheet, settings: Settings, *, contacts: bool, drawing: bytes | None = None) -> Paper:
    """The 借用書 of a loan. ``contacts``: whether the reader may see telephone numbers; ``drawing``: the signature."""
    document, text, signed = sheet.document, sheet.text, sheet.agreement
    return _paper(
        text,
        settings,
        number=(f"{text.lend_word}番号", document.loan),
        day=wareki(document.lent_on),
        code=f"{settings.public_url}/loans/{document.loan}",
        code_name=f"{text.lend_word} {document.loan} の二次元コード",
        parties=_parties(sheet, contacts=contacts),
        terms=_terms(document, text, signed=signed is not None),
        rows=tuple(_row(item, text) for item in document.items),
        box=_box(text, signed, drawing),
    )


def blank_paper(form: PaperFormCard, settings: Settings) -> Paper:
    """A 借用書 that is printed before its loan: with a number of its own and lines to write on."""
    return _blank(
        form.text,
        settings,
        number=("用紙番号", spoken(form.number)),
        code=label_url(settings.public_url, form.number),
        borrower=form.association_name or "",
    )


def sample_paper(text: TextCard, settings: Settings) -> Paper:
    """What a form with these words looks like. Its number stands for none."""
    return _blank(text, settings, number=("用紙番号", "（見本）"), code=settings.public_url, borrower="")


def with_basis(legal_basis: str | None, opening: str) -> str:
    """The first sentence, with the rule that it rests on before it."""
    return f"{legal_basis}の規定により、{opening}" if legal_basis else opening


def remarks_of(text: FormTextCard) -> tuple[str, ...]:
    return (text.statement,) if text.statement else ()


def foot_of(text: FormTextCard, settings: Settings) -> tuple[str, ...]:
    """What stands at the foot of a paper: the office, and which words these are."""
    return (*office(settings), f"本文 {version_words(text)}")


def version_words(text: TextCard | FormTextCard) -> str:
    """第3版（令和8年4月1日）; the words that the program brings have no day."""
    return f"第{text.version}版" + (f"（{wareki(text.since)}）" if text.since else "")


def _blank(text: TextCard, settings: Settings, *, number: tuple[str, str], code: str, borrower: str) -> Paper:
    parties = [("借受者", borrower), ("役職・氏名", "")]
    if SheetField.CONTACT in text.fields:
        parties.append(("連絡先", ""))
    terms = [("借受期間", "")]
    if SheetField.PURPOSE in text.fields:
        terms.append(("使用目的", ""))
    return _paper(
        text,
        settings,
        number=number,
        day="",
        code=code,
        code_name=f"{' '.join(number)} の二次元コード",
        parties=tuple(parties),
        terms=tuple(terms),
        rows=(("", "", "", ""),) * _ROWS,
        box=_box(text, None, None),
    )


def _paper(
    text: TextCard,
    settings: Settings,
    *,
    number: tuple[str, str],
    day: str,
    code: str,
    code_name: str,
    parties: Pairs,
    terms: Pairs,
    rows: tuple[tuple[str, ...], ...],
    box: SignBox,
) -> Paper:
    return Paper(
        title="借用書",
        number=number,
        day=day,
        code=code,
        code_name=code_name,
        form_number=text.form_number or "",
        to=f"（宛先）{mayor(settings)}",
        parties=parties,
        opening=with_basis(text.legal_basis, text.opening),
        terms=terms,
        tables=(Table("", _HEADS, _WIDTHS, rows),),
        heading="守ること",
        promises=tuple(text.promises),
        box=box,
        lines=(f"{text.return_word}のとき、この書面をお返しします", *office(settings), f"本文 {version_words(text)}"),
        stamps=(text.lend_word, f"{text.return_word}確認", "初期化"),
    )


def _parties(sheet: LoanSheet, *, contacts: bool) -> Pairs:
    """Who borrows. An empty value is a line to write on, which only an unsigned paper has."""
    signer, unsigned = sheet.signer, sheet.agreement is None
    parties = [("借受者", sheet.document.borrower)]
    if signer is None:
        return (*parties, ("役職・氏名", "")) if unsigned else tuple(parties)
    kana = f"（{signer.name_kana}）" if signer.name_kana and SheetField.KANA in sheet.text.fields else ""
    parties.append(("役職・氏名", f"{signer.office}　{signer.name or ERASED}{kana}"))
    if SheetField.CONTACT in sheet.text.fields and contacts and (signer.phone or unsigned):
        parties.append(("連絡先", signer.phone or ""))
    return tuple(parties)


def _terms(document: Document, text: TextCard, *, signed: bool) -> Pairs:
    terms = [("借受期間", f"{wareki(document.lent_on)}から{due_day(document.due)}まで{_untiloffice(document.due)}")]
    if SheetField.PURPOSE in text.fields and (document.purpose or not signed):
        terms.append(("使用目的", document.purpose or ""))
    return tuple(terms)


def due_day(due: Due) -> str:
    if due.on is None:
        return "役職の任期が終わる日" if due.end_of_office else "取り外す日"
    return wareki(due.on) + (f" {clock_time(due.at)}" if due.at else "")


def _untiloffice(due: Due) -> str:
    return "（役職の任期が終わるまで）" if due.end_of_office and due.on else ""


def _row(item: DocumentItem, text: TextCard) -> tuple[str, ...]:
    name = device_name(item)
    if SheetField.SERIAL in text.fields and item.serial:
        name += f"\n製造番号 {item.serial}"
    return (item.asset_number, name, counts(item.accessories), "1")


def device_name(item: ItemCard | DocumentItem) -> str:
    call = f"\n呼び番号 {item.call_number}" if item.call_number is not None else ""
    kind = "端末" if item.kind is PoolKind.OTHER else KIND[item.kind]
    return f"{kind}　{item.model}{call}"


def counts(counts: dict[str, int]) -> str:
    return "、".join(f"{name}{count}" for name, count in counts.items() if count > 0)


def _box(text: TextCard, signed: AgreementCard | None, drawing: bytes | None) -> SignBox:
    if signed is None:
        return SignBox(text.statement, NO_DAY, _SIGN_HERE)
    ways = {SignMethod.SCREEN: "", SignMethod.TYPED: "名前を書いて同意", SignMethod.PAPER: "紙に署名"}
    proxy = f"代理（{signed.relation or ERASED}）" if signed.by_proxy else ""
    return SignBox(
        text.statement,
        wareki(today(signed.signed_at)),
        "署名",
        signed.signed_name or ERASED,
        drawing,
        "　".join(part for part in (proxy, ways[signed.method]) if part),
    )


def mayor(settings: Settings) -> str:
    return f"{settings.city_name}長"


def office(settings: Settings) -> Sequence[str]:
    lines: Iterable[str] = (
        f"{settings.city_name} {settings.office_name}",
        f"電話 {settings.office_phone}" if settings.office_phone else "",
    )
    return [line for line in lines if line]
