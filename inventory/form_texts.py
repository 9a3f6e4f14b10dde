"""The words of a pool's papers besides the 借用書, kind by kind and version by version. A version is never changed.

A pool for which nobody wrote any words has those of ``built_in`` as its first version, made from the pool's own words
for lending and returning; they become a row when the second version is written. A paper of some day is printed with
the words that stood on that day, so that a notice says the same again years later.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.agreement_texts import FormNumber, Opening, PoolWords, pool_words
from inventory.calendar import today
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.shapes import BlankIsNone, Card, Line, OneLine, OptionalLine, Shape
from inventory.tables import FormKind

TEXT = SQLModel.metadata.tables["form_text"]


class FormField(StrEnum):
    """What a paper may show besides what its kind always shows. There are no other fields and no template language."""

    KANA = "kana"
    CONTACT = "contact"
    PURPOSE = "purpose"
    NOTE = "note"
    SERIAL = "serial"
    ACCESSORIES = "accessories"
    POLICE = "police"
    OFFICE_USE = "office_use"


FIELDS_OF: Mapping[FormKind, tuple[FormField, ...]] = {
    FormKind.APPLICATION: (
        FormField.KANA,
        FormField.CONTACT,
        FormField.PURPOSE,
        FormField.NOTE,
        FormField.OFFICE_USE,
    ),
    FormKind.APPROVAL: (FormField.PURPOSE,),
    FormKind.HANDOVER: (FormField.KANA, FormField.CONTACT, FormField.SERIAL, FormField.ACCESSORIES),
    FormKind.RETURN: (FormField.PURPOSE, FormField.SERIAL),
    FormKind.LOSS: (FormField.KANA, FormField.CONTACT, FormField.SERIAL, FormField.POLICE, FormField.OFFICE_USE),
}

Title = Annotated[str, StringConstraints(max_length=40), OneLine]


class WriteFormText(Shape):
    """The next version of the words of a paper.

    ``opening`` is the first sentence; ``legal_basis`` is printed before it (「○○規則第4条の規定により、」). ``lines``
    are printed one by one, with numbers or with boxes to tick, as the kind has it; ``statement`` is the last sentence.
    ``seen`` is the version whose words the writer had before them.
    """

    title: Title
    opening: Opening
    lines: Annotated[list[Line], Field(max_length=20)] = []
    statement: Annotated[Line | None, BlankIsNone] = None
    fields: Annotated[list[FormField], Field(max_length=len(FormField))] = []
    legal_basis: OptionalLine = None
    form_number: FormNumber = None
    seen: int | None = None


class FormTextCard(Card):
    """``id`` is pool, kind and version (``tablets/loss/3``); ``since`` is None for the words that the program brings.

    ``lend_word`` and ``return_word`` are what the pool calls lending and returning today.
    """

    id: str
    pool: str
    pool_name: str
    lend_word: str
    return_word: str
    kind: FormKind
    version: int
    since: date | None
    title: str
    opening: str
    lines: list[str]
    statement: str
    fields: list[FormField]
    legal_basis: str | None
    form_number: str | None


def built_in(kind: FormKind, pool: PoolWords) -> WriteFormText:
    """The words that the program brings for a paper of this pool."""
    lend, back = pool.lend_word, pool.return_word
    if kind is FormKind.APPLICATION:
        return WriteFormText(
            title=f"{lend}申請書",
            opening=f"次のとおり物品の{lend}を受けたいので、申請します。",
            lines=[
                "善良な管理者の注意をもって使い、保管します。",
                "目的のほかには使わず、ほかの人に貸しません。",
                "故障、破損、盗難又は紛失のときは、すぐに市へ届け出ます。",
                f"役職を退くとき、又は市から求められたときは、すみやかに{back}します。",
            ],
            statement="上の事項を守ります。",
            fields=list(FIELDS_OF[kind]),
        )
    if kind is FormKind.APPROVAL:
        return WriteFormText(
            title=f"{lend}承認通知書",
            opening=f"先に申請のあった物品の{lend}について、次のとおり決定したので通知します。",
            lines=[
                "物品を受け取るときに、借用書を提出してください。",
                "目的のほかには使わず、ほかの人に貸さないでください。",
                f"期間が終わるまでに{back}してください。続けて使うときは、期間が終わる前に申し出てください。",
            ],
            fields=[FormField.PURPOSE],
        )
    if kind is FormKind.HANDOVER:
        return WriteFormText(
            title="引き継ぎ確認書",
            opening=f"{lend}を受けている次の物品を、引き継ぎました。",
            lines=[
                "端末の中の写真・動画を消しました（「最近削除した項目」も空にしました）。",
                "LINE（ライン）からログアウトし、トークの履歴が残っていないことを確かめました。",
                "暗証番号を外し、新しい使用者が決め直しました。",
                "前の使用者の個人のアカウント（Google・Appleなど）を外しました。",
                "付属品がそろっていることを確かめました。",
            ],
            statement="上の事項を二人で確かめ、物品を引き継ぎました。",
            fields=[FormField.CONTACT, FormField.ACCESSORIES],
        )
    if kind is FormKind.RETURN:
        return WriteFormText(
            title=f"{back}確認書",
            opening=f"次の物品の{back}を確認しました。",
            fields=[],
        )
    return WriteFormText(
        title="亡失・損傷届",
        opening=f"{lend}を受けている物品を亡失し、又は損傷したので、次のとおり届け出ます。",
        lines=["見つかったときは、すぐに市へ届け出ます。"],
        fields=list(FIELDS_OF[kind]),
    )


def write_form_text(
    session: Session, order: WriteFormText, *, pool: str, kind: FormKind, by: By, now: datetime, op_id: str
) -> FormTextCard:
    """Write the next version. Papers are printed with it from today on.

    Raises:
        NotFound: there is no such pool.
        Invalid: a field that papers of this kind do not have.
        Conflict: somebody else wrote a version after the one that the order has seen.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    foreign = [field for field in order.fields if field not in FIELDS_OF[kind]]
    if foreign:
        raise Invalid.field("fields", "この書類にない項目があります。画面を開き直して、選び直してください。")
    words = pool_words(session, pool)
    newest = list_form_texts(session, pool, kind)[0].version
    if order.seen is not None and order.seen != newest:
        raise Conflict(f"第{newest}版が先に書かれました。いまの文を見て、もう一度書いてください。", version=newest)
    if not _rows(session, pool, kind):
        _insert(session, built_in(kind, words), pool=pool, kind=kind, version=1, since=None, entry=entry)
    _insert(session, order, pool=pool, kind=kind, version=newest + 1, since=today(now), entry=entry)
    journal.note(session, "write_form_text", pool=pool, kind=kind, version=newest + 1)
    return form_text(session, pool, kind, newest + 1)


def list_form_texts(session: Session, pool: str, kind: FormKind) -> list[FormTextCard]:
    """Every version of the words of a paper, the newest first; never empty.

    Raises:
        NotFound: there is no such pool.
    """
    words = pool_words(session, pool)
    cards = [_card(row, words) for row in _rows(session, pool, kind)]
    return cards or [_built_in(kind, words)]


def form_text(session: Session, pool: str, kind: FormKind, version: int | None = None) -> FormTextCard:
    """One version, the newest without ``version``.

    Raises:
        NotFound: there is no such pool, or no such version.
    """
    for card in list_form_texts(session, pool, kind):
        if version in (None, card.version):
            return card
    raise NotFound(f"この書類の文の第{version}版は見つかりません。一覧から選んでください。")


def form_text_on(session: Session, pool: str, kind: FormKind, day: date) -> FormTextCard:
    """The words that stood on this day."""
    cards = list_form_texts(session, pool, kind)
    return next((card for card in cards if card.since is None or card.since <= day), cards[-1])


def form_text_of_id(session: Session, identifier: str) -> FormTextCard:
    """The version that a ``FormTextCard.id`` names."""
    pool, kind, version = identifier.rsplit("/", 2)
    return form_text(session, pool, FormKind(kind), int(version))


def _rows(session: Session, pool: str, kind: FormKind) -> list[Any]:
    query = select(TEXT).where(TEXT.c.pool_id == pool, TEXT.c.kind == kind).order_by(TEXT.c.version.desc())
    return list(session.connection().execute(query))


def _built_in(kind: FormKind, pool: PoolWords) -> FormTextCard:
    words = built_in(kind, pool).model_dump(exclude={"seen"})
    words["statement"] = words["statement"] or ""
    return FormTextCard(id=f"{pool.id}/{kind}/1", kind=kind, version=1, since=None, **_of(pool), **words)


def _card(row: Any, pool: PoolWords) -> FormTextCard:
    return FormTextCard(
        id=f"{row.pool_id}/{row.kind}/{row.version}",
        kind=row.kind,
        version=row.version,
        since=row.since,
        title=row.title,
        opening=row.opening,
        lines=row.lines,
        statement=row.statement,
        fields=row.fields,
        legal_basis=row.legal_basis,
        form_number=row.form_number,
        **_of(pool),
    )


def _of(pool: PoolWords) -> dict[str, Any]:
    return {"pool": pool.id, "pool_name": pool.name, "lend_word": pool.lend_word, "return_word": pool.return_word}


def _insert(
    session: Session,
    words: WriteFormText,
    *,
    pool: str,
    kind: FormKind,
    version: int,
    since: date | None,
    entry: int,
) -> None:
    values = words.model_dump(mode="json", exclude={"seen"})
    values["statement"] = values["statement"] or ""
    session.connection().execute(
        insert(TEXT).values(pool_id=pool, kind=kind, version=version, since=since, entry=entry, **values)
    )
