"""The texts of a fiscal year's report, version by version. A version is never changed; the newest one is printed.

The working group's sheet has eight items, each programme two. ⑦ 実績 is filled from the data; what is written there
stands below the figures. A programme is the lines that share a name: a text belongs to one of its lines, and the newest
of any of them counts, so that it stays when a line is added or named anew.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import Select, select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.errors import Invalid, NotFound, Stale
from inventory.journal import ENTRY, By
from inventory.programmes import PROGRAMME
from inventory.shapes import Card, Identifier, Lines, Shape, row_id
from inventory.tables import ReportText

_tables = SQLModel.metadata.tables
TEXT = _tables["report_text"]
STAFF = _tables["staff"]
# The working group's sheet gave ① and ⑧; ② to ⑥ are what such sheets of cities ask between them.
SHEET_ITEMS: Mapping[int, str] = {
    1: "実現したい未来",
    2: "現状と課題",
    3: "目標",
    4: "対象",
    5: "取組の内容",
    6: "体制・連携先",
    7: "実績",
    8: "今後の展開",
}
PROGRAMME_ITEMS: Mapping[int, str] = {1: "事業概要", 2: "成果"}
MARKS = "①②③④⑤⑥⑦⑧"
# ⑦ tells of the year itself: last year's remarks on last year's figures say nothing of this one.
FIGURES = 7
_COPIED = (1, 2, 3, 4, 5, 6, 8)
Words = Annotated[str, StringConstraints(max_length=4000), Lines]


class WriteReportText(Shape):
    """The next version of a text; nothing written takes the text away.

    ``seen`` is the version that the writer had before them, None where there was none. It must be named by whoever
    read the text first; a program that leaves it out writes whatever stands there.
    """

    item: Annotated[int, Field(ge=1, le=8)]
    programme: Identifier | None = None
    words: Words
    seen: Identifier | None = None


class ReportTextCard(Card):
    """``by`` is who wrote it; None for the program itself. ``words`` is empty where a text was taken away."""

    id: str
    fiscal_year: int
    programme: str | None
    programme_name: str | None
    item: int
    words: str
    written_at: datetime
    by: str | None


class TextsCopied(Card):
    """How many texts of an earlier year are the start of this one's."""

    fiscal_year: int
    from_year: int
    copied: int


class CopyReportTexts(Shape):
    """``from_year``: the year whose texts are taken."""

    from_year: Annotated[int, Field(ge=1989, le=2999)]


def write_report_text(
    session: Session, order: WriteReportText, *, year: int, by: By, now: datetime, op_id: str
) -> ReportTextCard:
    """Add a version.

    Raises:
        Invalid: the programme is none of this fiscal year, or has no such item.
        Stale: somebody else has written since ``seen``.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    lines: list[int] = []
    if order.programme is not None:
        lines = _lines(session, year, order.programme)
        if order.item > 2:
            raise Invalid.field("item", "事業ごとの文は、①事業概要と②成果の2つです。どちらかを選んでください。")
    newest = _newest(session, year, order.item, lines)
    if "seen" in order.model_fields_set and order.seen != (newest.id if newest else None):
        raise Stale("ほかの人が先に書きました。いまの文を見て、もう一度書いてください。", revision=0)
    row = ReportText(
        fiscal_year=year,
        programme_id=row_id(order.programme) if order.programme else None,
        item=order.item,
        words=order.words,
        written_at=now,
        entry=entry,
    )
    session.add(row)
    session.flush()
    journal.note(
        session, "write_report_text", year=year, item=order.item, programme=row.programme_id, report_text=row.id
    )
    return report_text_card(session, str(row.id))


def copy_report_texts(
    session: Session, order: CopyReportTexts, *, year: int, by: By, now: datetime, op_id: str
) -> TextsCopied:
    """Take an earlier year's texts where this year has none yet; programmes are found again by their name.

    Raises:
        Invalid: that year has no text that could be taken.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    have = {(card.item, card.programme_name) for card in report_texts(session, year) if card.words}
    lines: dict[str, int] = {}
    query = select(PROGRAMME.c.id, PROGRAMME.c.name).where(PROGRAMME.c.fiscal_year == year).order_by(PROGRAMME.c.id)
    for line in session.connection().execute(query):
        lines.setdefault(line.name, line.id)
    made = [
        ReportText(
            fiscal_year=year,
            programme_id=lines[card.programme_name] if card.programme_name else None,
            item=card.item,
            words=card.words,
            written_at=now,
            entry=entry,
        )
        for card in report_texts(session, order.from_year)
        if card.words
        and (card.item, card.programme_name) not in have
        and (card.programme_name in lines if card.programme_name else card.item in _COPIED)
    ]
    if not made or order.from_year == year:
        raise Invalid.field("from_year", "写せる文はありませんでした。もう書いてある文は、そのままです。")
    session.add_all(made)
    session.flush()
    journal.note(
        session, "copy_report_texts", year=year, from_year=order.from_year, report_texts=[row.id for row in made]
    )
    return TextsCopied(fiscal_year=year, from_year=order.from_year, copied=len(made))


def report_texts(session: Session, year: int) -> list[ReportTextCard]:
    """The newest version of every text of a year, one per item, and per programme and item."""
    newest: dict[tuple[int, str | None], ReportTextCard] = {}
    for row in session.connection().execute(_cards().where(TEXT.c.fiscal_year == year).order_by(TEXT.c.id)):
        newest[row.item, row.programme_name] = _card(row)
    return sorted(newest.values(), key=lambda card: (card.programme_name or "", card.item))


def report_text_history(
    session: Session, year: int, item: int, *, programme: str | None = None
) -> list[ReportTextCard]:
    """Every version of one text, the newest first. Raises Invalid when the programme is none of this year."""
    lines = _lines(session, year, programme) if programme else []
    return [_card(row) for row in session.connection().execute(_versions(year, item, lines))]


def report_text_card(session: Session, text: str) -> ReportTextCard:
    row = session.connection().execute(_cards().where(TEXT.c.id == row_id(text))).first()
    if row is None:
        raise NotFound("その文は見つかりません。報告の画面から選んでください。")
    return _card(row)


def words_of(texts: Iterable[ReportTextCard], programme_name: str | None) -> Mapping[int, str]:
    """The words of one programme's items, or of the sheet's; items without words are left out."""
    return {card.item: card.words for card in texts if card.programme_name == programme_name and card.words}


def _lines(session: Session, year: int, programme: str) -> list[int]:
    """Row numbers of the lines of the programme to which this line belongs."""
    name = select(PROGRAMME.c.name).where(PROGRAMME.c.id == row_id(programme), PROGRAMME.c.fiscal_year == year)
    query = select(PROGRAMME.c.id).where(PROGRAMME.c.fiscal_year == year, PROGRAMME.c.name == name.scalar_subquery())
    found = list(session.connection().execute(query).scalars())
    if not found:
        raise Invalid.field("programme", "その事業は、この年度にありません。一覧から選んでください。")
    return found


def _newest(session: Session, year: int, item: int, lines: list[int]) -> ReportTextCard | None:
    row = session.connection().execute(_versions(year, item, lines).limit(1)).first()
    return None if row is None else _card(row)


def _versions(year: int, item: int, lines: list[int]) -> Select[Any]:
    of = TEXT.c.programme_id.in_(lines) if lines else TEXT.c.programme_id.is_(None)
    return _cards().where(TEXT.c.fiscal_year == year, TEXT.c.item == item, of).order_by(TEXT.c.id.desc())


def _cards() -> Select[Any]:
    return select(TEXT, PROGRAMME.c.name.label("programme_name"), STAFF.c.name.label("by")).select_from(
        TEXT.outerjoin(PROGRAMME, TEXT.c.programme_id == PROGRAMME.c.id)
        # The entry of the act under way is written when everything else is.
        .outerjoin(ENTRY, TEXT.c.entry == ENTRY.c.seq)
        .outerjoin(STAFF, ENTRY.c.by == STAFF.c.id)
    )


def _card(row: Any) -> ReportTextCard:
    return ReportTextCard(
        id=str(row.id),
        fiscal_year=row.fiscal_year,
        programme=None if row.programme_id is None else str(row.programme_id),
        programme_name=row.programme_name,
        item=row.item,
        words=row.words,
        written_at=row.written_at,
        by=row.by,
    )
