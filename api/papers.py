"""What the papers of a loan say, as the ink's ``Paper``: for the screen and for the printer alike."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from api.words import KIND, clock_time
from inventory.agreement_sheets import AgreementCard, Document, DocumentItem, LoanSheet
from inventory.agreement_texts import SheetField, TextCard
from inventory.calendar import today, wareki
from inventory.loans import Due, ItemCard
from inventory.paper_forms import PaperFormCard
from inventory.receipts import Receipt
from inventory.settings import Settings
from inventory.tables import PoolKind, SignMethod
from inventory.text import spoken
from labels.paper import Pairs, Paper, SignBox, Table
from labels.qr import label_url

_HEADS = ("備品番号", "品名・型番", "付属品", "数")
_WIDTHS = (27.0, 46.0, 50.0, 8.0)
_STAMPS = ("貸出", "返却確認", "初期化")
_SIGN_HERE = "署名　※代理の方は、続柄もお書きください"
_NO_DAY = "令和　　年　　月　　日"
_ERASED = "（消去ずみ）"
# Rows to write devices into, on a form that is printed before its loan.
_ROWS = 3


def loan_paper(sheet: LoanSheet, settings: Settings, *, contacts: bool, drawing: bytes | None = None) -> Paper:
    """The 借用書 of a loan. ``contacts``: whether the reader may see telephone numbers; ``drawing``: the signature."""
    document, text, signed = sheet.document, sheet.text, sheet.agreement
    return _paper(
        text,
        settings,
        number=("貸出番号", document.loan),
        day=wareki(document.lent_on),
        code=f"{settings.public_url}/loans/{document.loan}",
        code_name=f"貸出 {document.loan} の二次元コード",
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


def receipt_paper(receipt: Receipt, settings: Settings, now: datetime) -> Paper:
    """The 返却確認書: what came back, how, and what is still out."""
    card = receipt.loan
    back = [item for item in card.items if item.returned_at is not None]
    out = [item for item in card.items if item.returned_at is None]
    widths = (26.0, 42.0, 33.0, 34.0)
    tables = [
        Table(
            "", ("備品番号", "品名・型番", "返却の日", "ようす・付属品"), widths, tuple(_returned(one) for one in back)
        )
    ]
    if out:
        rows = tuple((one.asset_number, _name(one), _due(card.due), _counts(one.accessories)) for one in out)
        tables.append(Table("まだ返っていないもの", ("備品番号", "品名・型番", "返す日", "付属品"), widths, rows))
    checked = "、".join(receipt.checked_by)
    return Paper(
        title="返却確認書",
        number=("貸出番号", card.number),
        day=wareki(today(now)),
        code=f"{settings.public_url}/loans/{card.number}",
        code_name=f"貸出 {card.number} の二次元コード",
        to=f"{card.borrower.name}　様",
        issuer=_mayor(settings),
        opening="次の物品の返却を確認しました。",
        terms=(("貸した日", wareki(today(card.lent_at))),),
        tables=tuple(tables),
        remarks=() if out else ("貸した物品は、すべて返りました。",),
        lines=tuple(line for line in (f"返却を確認した課　{checked}" if checked else "", *_office(settings)) if line),
        stamps=("返却確認",),
    )


def version_words(text: TextCard) -> str:
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
        to=f"（宛先）{_mayor(settings)}",
        parties=parties,
        opening=text.opening,
        terms=terms,
        tables=(Table("", _HEADS, _WIDTHS, rows),),
        heading="守ること",
        promises=tuple(text.promises),
        box=box,
        lines=("返却のとき、この書面をお返しします", *_office(settings), f"本文 {version_words(text)}"),
        stamps=_STAMPS,
    )


def _parties(sheet: LoanSheet, *, contacts: bool) -> Pairs:
    """Who borrows. An empty value is a line to write on, which only an unsigned paper has."""
    signer, unsigned = sheet.signer, sheet.agreement is None
    parties = [("借受者", sheet.document.borrower)]
    if signer is None:
        return (*parties, ("役職・氏名", "")) if unsigned else tuple(parties)
    kana = f"（{signer.name_kana}）" if signer.name_kana and SheetField.KANA in sheet.text.fields else ""
    parties.append(("役職・氏名", f"{signer.office}　{signer.name or _ERASED}{kana}"))
    if SheetField.CONTACT in sheet.text.fields and contacts and (signer.phone or unsigned):
        parties.append(("連絡先", signer.phone or ""))
    return tuple(parties)


def _terms(document: Document, text: TextCard, *, signed: bool) -> Pairs:
    terms = [("借受期間", f"{wareki(document.lent_on)}から{_due(document.due)}まで{_until_office(document.due)}")]
    if SheetField.PURPOSE in text.fields and (document.purpose or not signed):
        terms.append(("使用目的", document.purpose or ""))
    return tuple(terms)


def _due(due: Due) -> str:
    if due.on is None:
        return "役職の任期が終わる日"
    return wareki(due.on) + (f" {clock_time(due.at)}" if due.at else "")


def _until_office(due: Due) -> str:
    return "（役職の任期が終わるまで）" if due.end_of_office and due.on else ""


def _row(item: DocumentItem, text: TextCard) -> tuple[str, ...]:
    name = _name(item)
    if SheetField.SERIAL in text.fields and item.serial:
        name += f"\n製造番号 {item.serial}"
    return (item.asset_number, name, _counts(item.accessories), "1")


def _returned(item: ItemCard) -> tuple[str, ...]:
    assert item.returned_at is not None
    told = [] if item.condition_ok is not False else [item.condition_note or "気になるところがあります"]
    lacking = _lacking(item)
    if lacking:
        told.append(f"足りないもの：{lacking}")
    elif item.accessories:
        told.append(f"付属品：{_counts(item.accessories)}")
    if item.condition_ok is not False:
        told.insert(0, "異常なし")
    day = today(item.returned_at)
    return (item.asset_number, _name(item), wareki(day), "\n".join(told))


def _lacking(item: ItemCard) -> str:
    """What went out with a device and did not come back with it. Without a word of it, everything did."""
    back = item.returned_accessories
    if back is None:
        return ""
    return _counts({name: count - back.get(name, 0) for name, count in item.accessories.items()})


def _name(item: ItemCard | DocumentItem) -> str:
    call = f"\n呼び番号 {item.call_number}" if item.call_number is not None else ""
    kind = "端末" if item.kind is PoolKind.OTHER else KIND[item.kind]
    return f"{kind}　{item.model}{call}"


def _counts(counts: dict[str, int]) -> str:
    return "、".join(f"{name}{count}" for name, count in counts.items() if count > 0)


def _box(text: TextCard, signed: AgreementCard | None, drawing: bytes | None) -> SignBox:
    if signed is None:
        return SignBox(text.statement, _NO_DAY, _SIGN_HERE)
    ways = {SignMethod.SCREEN: "", SignMethod.TYPED: "名前を書いて同意", SignMethod.PAPER: "紙に署名"}
    proxy = f"代理（{signed.relation or _ERASED}）" if signed.by_proxy else ""
    return SignBox(
        text.statement,
        wareki(today(signed.signed_at)),
        "署名",
        signed.signed_name or _ERASED,
        drawing,
        "　".join(part for part in (proxy, ways[signed.method]) if part),
    )


def _mayor(settings: Settings) -> str:
    return f"{settings.city_name}長"


def _office(settings: Settings) -> Sequence[str]:
    lines: Iterable[str] = (
        f"{settings.city_name} {settings.office_name}",
        f"電話 {settings.office_phone}" if settings.office_phone else "",
    )
    return [line for line in lines if line]
