"""What a 返却確認書 says, as the ink's ``Paper``."""

from datetime import datetime

from api.papers import NO_DAY, counts, device_name, due_day, foot_of, mayor, remarks_of, with_basis
from inventory.calendar import today, wareki
from inventory.form_texts import FormField, FormTextCard
from inventory.loans import ItemCard
from inventory.receipts import Receipt
from inventory.settings import Settings
from labels.paper import Pairs, Paper, Table

_WIDTHS = (26.0, 42.0, 33.0, 34.0)


def receipt_paper(receipt: Receipt, settings: Settings, now: datetime) -> Paper:
    """The 返却確認書 of a loan: what came back, how, and what is still out."""
    card, text = receipt.loan, receipt.text
    back = [item for item in card.items if item.returned_at is not None]
    out = [item for item in card.items if item.returned_at is None]
    serials = receipt.serials if FormField.SERIAL in text.fields else {}
    tables = [Table("", _heads(text), _WIDTHS, tuple(_returned(one, serials) for one in back))]
    if out:
        rows = tuple((one.asset_number, device_name(one), due_day(card.due), counts(one.accessories)) for one in out)
        tables.append(Table("まだ返っていないもの", ("備品番号", "品名・型番", "返す日", "付属品"), _WIDTHS, rows))
    terms = [(f"{text.lend_word}の日", wareki(today(card.lent_at)))]
    if FormField.PURPOSE in text.fields and card.purpose:
        terms.append(("使用目的", card.purpose))
    return _receipt(
        text,
        settings,
        number=(f"{text.lend_word}番号", card.number),
        day=wareki(today(now)),
        code=f"{settings.public_url}/loans/{card.number}",
        to=card.borrower.name,
        terms=tuple(terms),
        tables=tuple(tables),
        remarks=() if out else ("貸した物品は、すべて返りました。",),
        checked_by="、".join(receipt.checked_by),
    )


def blank_receipt(text: FormTextCard, settings: Settings, *, to: str) -> Paper:
    """A 返却確認書 to be written on."""
    return _receipt(
        text,
        settings,
        to=to,
        terms=((f"{text.lend_word}の日", ""),),
        tables=(Table("", _heads(text), _WIDTHS, (("", "", "", ""),) * 3),),
    )


def _heads(text: FormTextCard) -> tuple[str, ...]:
    return ("備品番号", "品名・型番", f"{text.return_word}の日", "ようす・付属品")


def _receipt(
    text: FormTextCard,
    settings: Settings,
    *,
    to: str,
    number: tuple[str, str] | None = None,
    day: str = NO_DAY,
    code: str = "",
    terms: Pairs,
    tables: tuple[Table, ...],
    remarks: tuple[str, ...] = (),
    checked_by: str = "",
) -> Paper:
    named = number or (f"{text.lend_word}番号", "　　　　　　　　")
    return Paper(
        title=text.title,
        number=named,
        day=day,
        code=code,
        code_name=f"{text.lend_word} {named[1]} の二次元コード" if code else "",
        form_number=text.form_number or "",
        to=f"{to}　様" if to else "　　　　　　　　　　　　　様",
        issuer=mayor(settings),
        opening=with_basis(text.legal_basis, text.opening),
        terms=terms,
        tables=tables,
        promises=tuple(text.lines),
        remarks=(*remarks, *remarks_of(text)),
        lines=(*((f"{text.return_word}を確認した課　{checked_by}",) if checked_by else ()), *foot_of(text, settings)),
        stamps=(f"{text.return_word}確認",),
    )


def _returned(item: ItemCard, serials: dict[str, str]) -> tuple[str, ...]:
    assert item.returned_at is not None
    told = [] if item.condition_ok is not False else [item.condition_note or "気になるところがあります"]
    lacking = _lacking(item)
    if lacking:
        told.append(f"足りないもの：{lacking}")
    elif item.accessories:
        told.append(f"付属品：{counts(item.accessories)}")
    if item.condition_ok is not False:
        told.insert(0, "異常なし")
    serial = serials.get(item.asset_number)
    name = device_name(item) + (f"\n製造番号 {serial}" if serial else "")
    return (item.asset_number, name, wareki(today(item.returned_at)), "\n".join(told))


def _lacking(item: ItemCard) -> str:
    """What went out with a device and did not come back with it. Without a word of it, everything did."""
    back = item.returned_accessories
    if back is None:
        return ""
    return counts({name: count - back.get(name, 0) for name, count in item.accessories.items()})
