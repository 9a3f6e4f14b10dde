"""What the papers besides the 借用書 say, as the ink's ``Paper``: applications, notices, losses, hand-overs.

Each is as its pool's words have it. A paper without facts is a form to be written on, and so is every part of a paper
that nobody knows yet.
"""

from collections.abc import Iterable

from api.papers import ERASED, NO_DAY, counts, device_name, foot_of, mayor, remarks_of, with_basis
from api.receipt_papers import blank_receipt
from api.words import KIND
from inventory.agreement_sheets import Document, DocumentItem, Signer
from inventory.applications import ApplicationCard
from inventory.calendar import wareki
from inventory.form_texts import FormField, FormTextCard
from inventory.loan_papers import Holder, LoanLabel, LoanPaper
from inventory.settings import Settings
from inventory.tables import Decision, FormKind, PoolKind
from labels.fridge import FridgeCard
from labels.paper import Cell, Head, Pairs, Paper, SignBox, Table
from labels.qr import label_url

_DEVICE_HEADS = ("備品番号", "品名・型番", "付属品", "数")
_DEVICE_WIDTHS = (27.0, 46.0, 50.0, 8.0)
# More devices than this are told by their number: the form is about one of them.
_NAMED = 6
# So many characters of a name and its reading stand on one line beside their heading.
_LINE = 15


def form_paper(text: FormTextCard, settings: Settings, holder: Holder | None = None, *, contacts: bool = True) -> Paper:
    """A paper of this kind to be written on, with whoever is to sign it filled in."""
    if text.kind is FormKind.APPLICATION:
        return _application(text, settings, None, holder, contacts=contacts)
    if text.kind is FormKind.APPROVAL:
        return _notice(text, settings, None)
    if text.kind is FormKind.HANDOVER:
        return _handover(text, settings, None, holder, contacts=contacts)
    if text.kind is FormKind.RETURN:
        return blank_receipt(text, settings, to=holder.name if holder else "")
    return _loss(text, settings, None, holder, contacts=contacts)


def application_paper(
    card: ApplicationCard, text: FormTextCard, settings: Settings, holder: Holder, *, contacts: bool
) -> Paper:
    """The 申請書 of an application, to be signed or kept."""
    return _application(text, settings, card, holder, contacts=contacts)


def decision_paper(card: ApplicationCard, text: FormTextCard, settings: Settings) -> Paper:
    """The notice of a decided application: approved, or refused with the reason."""
    return _notice(text, settings, card)


def loss_paper(facts: LoanPaper, settings: Settings, *, contacts: bool) -> Paper:
    """The 亡失・損傷届 about what is out on a loan."""
    signer = facts.before if facts.after is None else facts.after
    holder = Holder(name=facts.document.borrower, signer=signer)
    return _loss(facts.text, settings, facts.document, holder, contacts=contacts)


def handover_paper(facts: LoanPaper, settings: Settings, *, contacts: bool) -> Paper:
    """The 引き継ぎ確認書 of a loan: both names, the list to tick off, both signatures."""
    return _handover(facts.text, settings, facts, None, contacts=contacts)


def fridge_cards(labels: Iterable[LoanLabel], settings: Settings) -> list[FridgeCard]:
    """The cards for the homes of those who have these devices."""
    host = settings.public_url.partition("://")[2]
    lost = settings.lost_phone if settings.lost_phone != settings.office_phone else ""
    return [
        FridgeCard(
            kind="端末" if label.kind is PoolKind.OTHER else KIND[label.kind],
            office=f"{settings.city_name} {settings.office_name}",
            phone=settings.office_phone,
            hours=settings.office_hours,
            lost_phone=lost,
            code=label_url(settings.public_url, label.tag) if settings.public_pages else "",
            address=f"{host}/T" if settings.public_pages else "",
            number=label.tag,
            asset_number=label.asset_number,
        )
        for label in labels
    ]


def _application(
    text: FormTextCard, settings: Settings, card: ApplicationCard | None, holder: Holder | None, *, contacts: bool
) -> Paper:
    cells = [
        Cell("物品", text.pool_name),
        Cell("数量", f"{card.quantity}台" if card else "　　　　　台"),
        Cell(f"{text.lend_word}を受ける期間", _period(card)),
    ]
    if FormField.PURPOSE in text.fields:
        cells.append(Cell("使用目的", (card.purpose or "") if card else "", 20.0))
    if FormField.NOTE in text.fields:
        cells.append(Cell("備考", (card.note or "") if card else "", 17.0))
    return Paper(
        title=text.title,
        number=("申請番号", card.id) if card else ("", ""),
        day=wareki(card.applied_on) if card else NO_DAY,
        code=f"{settings.public_url}/applications/{card.id}" if card else "",
        code_name=f"申請 {card.id} の二次元コード" if card else "",
        head=Head.REQUEST,
        form_number=text.form_number or "",
        to=f"（宛先）{mayor(settings)}",
        parties=_parties("申請者", text, holder, contacts=contacts),
        opening=with_basis(text.legal_basis, text.opening),
        grid=tuple(cells),
        heading="守ること" if text.lines else "",
        promises=tuple(text.lines),
        remarks=remarks_of(text),
        lines=foot_of(text, settings),
        stamps=_office_use(text, "受付", "審査", "決裁"),
    )


def _notice(text: FormTextCard, settings: Settings, card: ApplicationCard | None) -> Paper:
    refused = card is not None and card.decision is Decision.REFUSED
    cells = [
        Cell("決定", ("不承認" if refused else "承認") if card else "承認　・　不承認"),
        Cell("物品", text.pool_name),
        Cell("数量", f"{card.quantity}台" if card else "　　　　　台"),
        Cell(f"{text.lend_word}の期間", _period(card)),
    ]
    if FormField.PURPOSE in text.fields and (card is None or card.purpose):
        cells.append(Cell("使用目的", (card.purpose or "") if card else ""))
    cells.insert(1, Cell("申請の日", wareki(card.applied_on) if card else NO_DAY))
    if refused or card is None or card.reason:
        cells.append(Cell("承認しない理由" if refused or card is None else "理由", (card and card.reason) or "", 20.0))
    who = card.officer if card else None
    to = f"{card.association_name}\n{who.office}　{who.name}　様" if card and who else ""
    return Paper(
        title=text.title.replace("承認", "不承認", 1) if refused and "不承認" not in text.title else text.title,
        number=("文書番号", (card and card.document_number) or "第　　　　　号"),
        day=wareki(card.decided_on) if card and card.decided_on else NO_DAY,
        code=f"{settings.public_url}/applications/{card.id}" if card else "",
        code_name=f"申請 {card.id} の二次元コード" if card else "",
        head=Head.NOTICE,
        form_number=text.form_number or "",
        to=to or (f"{card.association_name}　様" if card else "　　　　　　　　　　　　　　様"),
        issuer=mayor(settings),
        opening=with_basis(text.legal_basis, text.opening),
        grid=tuple(cells),
        heading="条件" if text.lines and not refused else "",
        promises=() if refused else tuple(text.lines),
        remarks=remarks_of(text),
        lines=foot_of(text, settings),
    )


def _loss(
    text: FormTextCard, settings: Settings, document: Document | None, holder: Holder | None, *, contacts: bool
) -> Paper:
    moment = "令和　　年　　月　　日　　午前・午後　　　時　　　分ごろ"
    cells = [
        Cell("届出の別", "□ 亡失（紛失）　　□ 盗難　　□ 損傷（故障・破損）"),
        Cell("物品", _devices(text, document), 17.0),
        Cell("発生の日時\n（気づいた日時）", moment),
        Cell("発生の場所", "", 13.0),
        Cell("発生の状況", "", 34.0),
        Cell("その後の処置", "", 20.0),
    ]
    if FormField.POLICE in text.fields:
        cells.append(
            Cell("警察への届出", "□ した（　　　　　　　警察署　　受理番号　　　　　　　　）\n□ していない", 17.0)
        )
    number = document.loan if document else ""
    return Paper(
        title=text.title,
        number=(f"{text.lend_word}番号", number) if number else ("", ""),
        day=NO_DAY,
        code=f"{settings.public_url}/loans/{number}" if number else "",
        code_name=f"{text.lend_word} {number} の二次元コード" if number else "",
        head=Head.REQUEST,
        form_number=text.form_number or "",
        to=f"（宛先）{mayor(settings)}",
        parties=_parties("届出者", text, holder, contacts=contacts),
        opening=with_basis(text.legal_basis, text.opening),
        grid=tuple(cells),
        promises=tuple(text.lines),
        remarks=remarks_of(text),
        lines=foot_of(text, settings),
        stamps=_office_use(text, "受付", "確認", "決裁"),
    )


def _handover(
    text: FormTextCard, settings: Settings, facts: LoanPaper | None, holder: Holder | None, *, contacts: bool
) -> Paper:
    before, after = (facts.before, facts.after) if facts else (None, holder.signer if holder else None)
    borrower = facts.document.borrower if facts else (holder.name if holder else "")
    parties = [("団体名", borrower), *_person("前の使用者", text, before, contacts=contacts)]
    parties += _person("新しい使用者", text, after, contacts=contacts)
    items = facts.document.items if facts else []
    rows = tuple(_device_row(item, text) for item in items) or (("", "", "", ""),) * 2
    number = facts.loan.number if facts else ""
    return Paper(
        title=text.title,
        number=(f"{text.lend_word}番号", number) if number else ("", ""),
        day=NO_DAY,
        code=f"{settings.public_url}/loans/{number}" if number else "",
        code_name=f"{text.lend_word} {number} の二次元コード" if number else "",
        head=Head.REQUEST,
        form_number=text.form_number or "",
        to=f"（宛先）{mayor(settings)}",
        parties=tuple(parties),
        opening=with_basis(text.legal_basis, text.opening),
        tables=(Table("", _DEVICE_HEADS, _DEVICE_WIDTHS, rows),),
        heading="二人で確かめること" if text.lines else "",
        promises=tuple(text.lines),
        ticked=True,
        remarks=remarks_of(text),
        boxes=(
            SignBox("前の使用者", NO_DAY, "署名"),
            SignBox("新しい使用者", NO_DAY, "署名"),
        ),
        lines=foot_of(text, settings),
        stamps=("確認",),
    )


def _period(card: ApplicationCard | None) -> str:
    if card is None:
        return f"{NO_DAY}から\n{NO_DAY}まで"
    return f"{wareki(card.from_)}から{wareki(card.until) if card.until else '役職の任期が終わる日'}まで"


def _parties(name: str, text: FormTextCard, holder: Holder | None, *, contacts: bool) -> Pairs:
    """Who hands the paper in. An empty value is a line to write on."""
    signer = holder.signer if holder else None
    return ((f"{name}　団体名", holder.name if holder else ""), *_person("役職・氏名", text, signer, contacts=contacts))


def _person(name: str, text: FormTextCard, signer: Signer | None, *, contacts: bool) -> Pairs:
    named = f"{signer.office}　{signer.name or ERASED}" if signer else ""
    if signer and signer.name_kana and FormField.KANA in text.fields:
        # On a line of its own where the line would break inside the reading.
        between = "\n" if len(named + signer.name_kana) > _LINE else ""
        named += f"{between}（{signer.name_kana}）"
    pairs = [(name, named)]
    if FormField.CONTACT in text.fields:
        pairs.append(("連絡先", (signer.phone or "") if signer and contacts else ""))
    return tuple(pairs)


def _devices(text: FormTextCard, document: Document | None) -> str:
    blank = "備品番号　　　　　　　　　　　品名・型番"
    if document is None or not document.items:
        return blank
    if len(document.items) > _NAMED:
        return f"{blank}\n（{text.lend_word} {document.loan} の{len(document.items)}台のうち）"
    boxed = "□ " if len(document.items) > 1 else ""
    lines = []
    for item in document.items:
        serial = f"　製造番号 {item.serial}" if FormField.SERIAL in text.fields and item.serial else ""
        lines.append(f"{boxed}{item.asset_number}　{device_name(item).splitlines()[0]}{serial}")
    return "\n".join(lines)


def _device_row(item: DocumentItem, text: FormTextCard) -> tuple[str, ...]:
    name = device_name(item)
    if FormField.SERIAL in text.fields and item.serial:
        name += f"\n製造番号 {item.serial}"
    return (item.asset_number, name, counts(item.accessories) if FormField.ACCESSORIES in text.fields else "", "1")


def _office_use(text: FormTextCard, *stamps: str) -> tuple[str, ...]:
    return stamps if FormField.OFFICE_USE in text.fields else ()
