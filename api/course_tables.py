"""Courses and programmes as tables: the files that we give out, under headers that the imports read back."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from api.words import AUDIENCE, COURSE
from inventory.calendar import FIRST_GREGORIAN_DAY, TOKYO, today, wareki
from inventory.courses import CourseCard, list_courses
from inventory.programmes import ProgrammeCard, list_programmes
from inventory.tables import TotalSource

# Rows a statement reads at once: large enough to be quick, small enough for SQLite's limit of bound values.
_STEP = 500
# Which total a report prints, as a cell says it.
PRINTS = {TotalSource.REPORTED: "報告した数", TotalSource.COUNTED: "講座の合計"}

# Column of the rule book → what stands above it; the first is what our own files say. Others are what cities write.
COURSE_HEADERS: dict[str, tuple[str, ...]] = {
    "id": ("講座コード", "講座番号"),
    "fiscal_year": ("年度", "会計年度"),
    "programme": ("事業コード",),
    "programme_name": ("事業", "事業名", "事業の名前"),
    "series": ("連続講座", "シリーズ", "連続講座名"),
    "title": ("講座名", "講座", "講座の名前", "教室名", "名称", "タイトル", "イベント名", "title"),
    "title_kana": ("講座名フリガナ", "講座名カナ", "イベント名_カナ"),
    "level": ("段階", "レベル", "難易度"),
    "topics": ("テーマ", "学ぶこと", "トピック"),
    "venue": ("会場コード", "施設コード", "館コード"),
    "venue_name": (
        "会場", "会場名", "施設", "施設名", "館名", "館", "公民館", "公民館名", "開催場所", "場所",
        "場所名称",
    ),
    "room": ("部屋", "部屋名", "室", "室名", "会議室"),
    "on": ("開催日", "日付", "日", "実施日", "開催日時", "日時", "開始日", "年月日"),
    "on_era": ("開催日（和暦）",),
    "starts": ("始まり", "開始", "開始時刻", "開始時間", "開始時", "時間", "時刻", "開催時間"),
    "ends": ("終わり", "終了", "終了時刻", "終了時間", "終了時"),
    "ends_on": ("終了日", "終わる日"),
    "capacity": ("定員", "募集人数", "募集定員"),
    "enrolled": ("申込数", "申込者数", "申込人数", "申込"),
    "phones_needed": ("要るスマートフォン", "スマートフォン台数", "必要台数"),
    "supporters_needed": ("要るサポーター", "サポーター人数", "必要人数"),
    "case": ("貸出ケース番号", "貸出ケース"),
    "needs_wifi": ("Wi-Fiを使う", "Wi-Fi", "wifi"),
    "state": ("状態", "ようす", "実施状況", "開催状況", "結果"),
    "cancel_reason": ("中止・延期の理由", "中止の理由", "中止理由", "延期の理由", "理由"),
    "postponed_to": ("延期先の講座コード", "延期先"),
    "participants": (
        "参加者（延べ）", "参加者", "参加者数", "参加人数", "受講者数", "受講者", "延べ人数", "延べ",
        "参加者数（延べ）",
    ),
    "participants_distinct": ("参加者（実人員）", "実人員", "実人数", "参加者（実）"),
    "approx": ("人数は約", "約", "概数"),
    "note": ("メモ", "備考", "摘要"),
    "published": ("公開する", "公開"),
    "description": ("説明", "概要", "講座の内容"),
    "fee": ("料金", "参加費", "受講料"),
    "contact": ("問い合わせ先", "連絡先", "問合せ先", "連絡先名称"),
    "apply_until": ("申込の締切", "申込締切", "申込期限", "参加申込終了日"),
    "apply_how": ("申込方法", "申し込み方法", "参加申込方法"),
    "url": ("URL", "ホームページ"),
}  # fmt: skip
PROGRAMME_HEADERS: dict[str, tuple[str, ...]] = {
    "fiscal_year": ("年度", "会計年度"),
    "code": ("事業コード", "コード", "id", "番号"),
    "name": ("事業", "事業名", "事業の名前", "programme"),
    "line": ("内訳", "区分", "区分・講座名", "line"),
    "call": ("公募", "公募の回", "call"),
    "audience": ("対象", "対象者", "audience"),
    "funding": ("財源", "予算", "funding"),
    "partner": ("協力", "連携先", "協力団体", "partner"),
    "owner_section": ("所管課", "担当課", "owner_section"),
    "planned_courses": ("予定の講座数", "計画講座数", "予定講座数", "planned_courses"),
    "planned_participants": ("予定の参加者", "計画人数", "予定人数", "planned_participants"),
    "planned_approx": ("予定の人数は約", "planned_approx"),
    "reported_courses": ("実績の講座数", "講座数", "開催数", "courses"),
    "reported_participants": ("参加者（延べ）", "参加者", "参加者数", "延べ人数", "participants_nobe"),
    "reported_distinct": ("参加者（実人員）", "実人員", "実人数", "participants_jitsu"),
    "approx": ("人数は約", "約", "概数", "approx"),
    "prints": ("報告に載せる数", "prints"),
    "supporters_asked": ("サポーターを頼んだ人", "supporters_asked"),
    "supporters_agreed": ("サポーターになった人", "supporters_agreed"),
    "venues_note": ("会場", "会場など", "venues"),
    "note": ("メモ", "備考", "note"),
}


def every_course(session: Session, /, **filters: Any) -> list[CourseCard]:
    """All pages of a list of courses. One session sees one state of the ledger: none is missed or seen twice."""
    found: list[CourseCard] = []
    cursor: str | None = None
    while True:
        page = list_courses(session, limit=_STEP, cursor=cursor, **filters)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def era(day: date | None) -> str | None:
    """令和8年11月24日; days before Japan wrote this calendar have no such name."""
    return wareki(day) if day is not None and day >= FIRST_GREGORIAN_DAY else None


def yes(value: bool) -> str:
    return "はい" if value else "いいえ"


def clock_cell(moment: datetime) -> str:
    """13:30 in Japan, with seconds where there are any."""
    local = moment.astimezone(TOKYO)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _ends_on(card: CourseCard) -> date | None:
    last = today(card.ends_at)
    return last if last != today(card.starts_at) else None


# What stands in the columns that are not a field of the card as it is.
_OF_COURSE: dict[str, Callable[[CourseCard], Cell]] = {
    "series": lambda card: card.series_title,
    "room": lambda card: card.room_name,
    "on": lambda card: today(card.starts_at),
    "on_era": lambda card: era(today(card.starts_at)),
    "starts": lambda card: clock_cell(card.starts_at),
    "ends": lambda card: clock_cell(card.ends_at),
    "ends_on": _ends_on,
    "needs_wifi": lambda card: yes(card.needs_wifi),
    "state": lambda card: COURSE[card.state],
    "approx": lambda card: yes(card.approx),
    "published": lambda card: yes(card.published),
}
_OF_PROGRAMME: dict[str, Callable[[ProgrammeCard], Cell]] = {
    "audience": lambda card: AUDIENCE[card.audience] if card.audience else None,
    "planned_approx": lambda card: yes(card.planned_approx),
    "approx": lambda card: yes(card.approx),
    "prints": lambda card: PRINTS[card.prints] if card.prints else None,
}


def courses_table(session: Session, /, **filters: Any) -> Table:
    """Courses as the import of courses reads them back."""
    codes = {one.id: one.code for one in list_programmes(session)}
    cells = _OF_COURSE | {"programme": lambda card: codes[card.programme]}
    return Table("講座", _firsts(COURSE_HEADERS), _rows(COURSE_HEADERS, cells, every_course(session, **filters)))


def programmes_table(session: Session, /, *, fiscal_year: int | None) -> Table:
    """Programmes as the import of programmes reads them back."""
    found = list_programmes(session, fiscal_year=fiscal_year)
    return Table("事業", _firsts(PROGRAMME_HEADERS), _rows(PROGRAMME_HEADERS, _OF_PROGRAMME, found))


def courses_template() -> Table:
    """An empty list with the headers that are read; a new course has no code yet."""
    unknown_yet = ("id", "postponed_to", "on_era")
    return Table("講座", tuple(words[0] for name, words in COURSE_HEADERS.items() if name not in unknown_yet), [])


def programmes_template() -> Table:
    return Table("事業", _firsts(PROGRAMME_HEADERS), [])


def _firsts(headers: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(words[0] for words in headers.values())


def _rows(
    headers: dict[str, tuple[str, ...]], cells: dict[str, Callable[[Any], Cell]], cards: Sequence[Any]
) -> list[list[Cell]]:
    return [[cells[name](card) if name in cells else getattr(card, name) for name in headers] for card in cards]
