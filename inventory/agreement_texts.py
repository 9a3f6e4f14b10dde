"""The words of a pool's 借用書, version by version. A version is never changed: whoever signed it signed these words.

A pool for which nobody wrote any words has those of ``BUILT_IN`` as its first version; they become a row when the first
agreement, the first printed form or the second version needs them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import today
from inventory.devices import POOL
from inventory.errors import Conflict, NotFound
from inventory.journal import By
from inventory.shapes import BlankIsNone, Card, Line, OneLine, OptionalLine, Shape

TEXT = SQLModel.metadata.tables["agreement_text"]

Opening = Annotated[str, StringConstraints(max_length=400), OneLine]
FormNumber = Annotated[Annotated[str, StringConstraints(max_length=40), OneLine] | None, BlankIsNone]


class SheetField(StrEnum):
    """What a sheet may show besides what every sheet shows. There are no other fields and no template language."""

    KANA = "kana"
    CONTACT = "contact"
    PURPOSE = "purpose"
    SERIAL = "serial"


class WriteText(Shape):
    """The next version of a pool's words: the opening sentence, what is promised line by line, and the last sentence.

    ``legal_basis`` is the rule that the paper rests on (○○規則第12条), ``form_number`` its number among the forms of
    that rule (様式第3号). ``seen`` is the version whose words the writer had before them.
    """

    opening: Opening
    promises: Annotated[list[Line], Field(min_length=1, max_length=20)]
    statement: Line
    fields: Annotated[list[SheetField], Field(max_length=4)] = []
    legal_basis: OptionalLine = None
    form_number: FormNumber = None
    seen: int | None = None


BUILT_IN = WriteText(
    opening="次の物品を借り受けました。借り受けにあたっては、下の「守ること」を守ります。",
    promises=[
        "善良な管理者の注意をもって使い、保管します。",
        "目的のほかには使わず、ほかの人に貸しません。",
        "故障、破損、盗難又は紛失のときは、すぐに市へ届け出ます。",
        "アプリの追加や設定の変更は、市と相談してから行います。",
        "役職を退くとき、又は市から求められたときは、すみやかに返します。",
        "返却のあと、市が端末の中の情報をすべて消すことに同意します。",
    ],
    statement="内容を確認し、物品を受け取りました。",
    fields=[SheetField.KANA, SheetField.CONTACT, SheetField.PURPOSE],
)


@dataclass(frozen=True)
class PoolWords:
    """A pool's name, and what it calls lending and returning."""

    id: str
    name: str
    lend_word: str
    return_word: str


def pool_words(session: Session, pool: str) -> PoolWords:
    """Raises NotFound when there is no such pool."""
    query = select(POOL.c.id, POOL.c.name, POOL.c.lend_word, POOL.c.return_word).where(POOL.c.id == pool)
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound(f"貸出区分 {pool} は見つかりません。一覧から選んでください。")
    return PoolWords(row.id, row.name, row.lend_word, row.return_word)


class TextCard(Card):
    """``id`` is the pool and the version (``tablets/3``); ``since`` is None for the words that the program brings.

    ``lend_word`` and ``return_word`` are what the pool calls lending and returning today (貸与, 返納).
    """

    id: str
    pool: str
    pool_name: str
    lend_word: str
    return_word: str
    version: int
    since: date | None
    opening: str
    promises: list[str]
    statement: str
    fields: list[SheetField]
    legal_basis: str | None
    form_number: str | None


def write_text(session: Session, order: WriteText, *, pool: str, by: By, now: datetime, op_id: str) -> TextCard:
    """Write the next version. It is printed from now on; what was signed keeps its own.

    Raises:
        NotFound: there is no such pool.
        Conflict: somebody else wrote a version after the one that the order has seen.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    text_row(session, pool, None, entry=entry)
    newest = list_texts(session, pool)[0].version
    if order.seen is not None and order.seen != newest:
        raise Conflict(f"第{newest}版が先に書かれました。いまの文を見て、もう一度書いてください。", version=newest)
    _insert(session, order, pool=pool, version=newest + 1, since=today(now), entry=entry)
    journal.note(session, "write_agreement_text", pool=pool, version=newest + 1)
    return text_card(session, pool, newest + 1)


def text_row(session: Session, pool: str, version: int | None, *, entry: int) -> int:
    """Row number of a version, or of the newest; the built-in words become a row where the pool has none.

    Raises:
        NotFound: there is no such pool, or no such version.
    """
    query = select(TEXT.c.id).where(TEXT.c.pool_id == pool).order_by(TEXT.c.version.desc())
    connection = session.connection()
    if connection.execute(query).first() is None:
        words = built_in_words(pool_words(session, pool))
        _insert(session, words, pool=pool, version=1, since=None, entry=entry)
    found = connection.execute(query if version is None else query.where(TEXT.c.version == version)).scalar()
    if found is None:
        raise _no_version(version)
    return int(found)


def list_texts(session: Session, pool: str) -> list[TextCard]:
    """Every version of a pool's words, the newest first; never empty.

    Raises:
        NotFound: there is no such pool.
    """
    words = pool_words(session, pool)
    query = select(TEXT).where(TEXT.c.pool_id == pool).order_by(TEXT.c.version.desc())
    cards = [_card(row, words) for row in session.connection().execute(query)]
    return cards or [_built_in(words)]


def text_card(session: Session, pool: str, version: int | None = None) -> TextCard:
    """One version, the newest without ``version``."""
    for card in list_texts(session, pool):
        if version in (None, card.version):
            return card
    raise _no_version(version)


def text_of_id(session: Session, identifier: str) -> TextCard:
    """The version that a ``TextCard.id`` names."""
    pool, _, version = identifier.rpartition("/")
    return text_card(session, pool, int(version))


def text_of_row(session: Session, row: int) -> TextCard:
    query = select(TEXT).where(TEXT.c.id == row)
    found = session.connection().execute(query).one()
    return _card(found, pool_words(session, found.pool_id))


def built_in_words(pool: PoolWords) -> WriteText:
    """The words that the program brings, as this pool says them."""
    promises = [promise.replace("返却", pool.return_word) for promise in BUILT_IN.promises]
    return BUILT_IN.model_copy(update={"promises": promises})


def _built_in(pool: PoolWords) -> TextCard:
    words = built_in_words(pool).model_dump(exclude={"seen"})
    return TextCard(id=f"{pool.id}/1", version=1, since=None, **_of(pool), **words)


def _card(row: Any, pool: PoolWords) -> TextCard:
    return TextCard(
        id=f"{row.pool_id}/{row.version}",
        version=row.version,
        since=row.since,
        opening=row.opening,
        promises=row.promises,
        statement=row.statement,
        fields=row.fields,
        legal_basis=row.legal_basis,
        form_number=row.form_number,
        **_of(pool),
    )


def _of(pool: PoolWords) -> dict[str, Any]:
    return {
        "pool": pool.id,
        "pool_name": pool.name,
        "lend_word": pool.lend_word,
        "return_word": pool.return_word,
    }


def _insert(session: Session, words: WriteText, *, pool: str, version: int, since: date | None, entry: int) -> None:
    values = words.model_dump(mode="json", exclude={"seen"})
    session.connection().execute(insert(TEXT).values(pool_id=pool, version=version, since=since, entry=entry, **values))


def _no_version(version: int | None) -> NotFound:
    return NotFound(f"借用書の文の第{version}版は見つかりません。一覧から選んでください。")
