"""A fiscal year's report as it is printed: the working group's sheet 項目｜内容 and a page for each programme.

Page, PDF and workbook draw the same ``Sheet``. A figure stays a number, so that a workbook can go on counting with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from api.course_views import people_said
from api.words import AUDIENCE
from api.year_report_tables import NOTHING, Number, Said, SheetTable, beside_table, number, side_tables
from inventory.calendar import wareki
from inventory.report_differences import SOURCES, reasons_said
from inventory.report_editions import EditionCard
from inventory.report_texts import FIGURES, MARKS, PROGRAMME_ITEMS, SHEET_ITEMS
from inventory.tables import TotalSource
from inventory.year_figures import Figures, LineFigures, ProgrammeFigures, Total
from inventory.year_reports import ReportPhoto, YearReport


@dataclass(frozen=True)
class Item:
    """One row of a sheet: its number and name, what the data say, what is written, the tables, what is said below."""

    mark: str
    name: str
    text: str = ""
    tables: tuple[SheetTable, ...] = ()
    notes: tuple[str, ...] = ()
    lead: str = ""

    @property
    def heading(self) -> str:
        return f"{self.mark}{self.name}"


@dataclass(frozen=True)
class ProgrammePage:
    """``id`` is that of its first line; ``gone`` photos were there when the report was fixed and may not be shown."""

    id: str
    name: str
    facts: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]
    photos: tuple[ReportPhoto, ...]
    gone: int = 0


@dataclass(frozen=True)
class Sheet:
    """``told`` is the year in one sentence. ``total`` is the grand total as it is printed here."""

    title: str
    year: str
    told: str
    as_of: str
    total: Total
    items: tuple[Item, ...]
    programmes: tuple[ProgrammePage, ...]


def sheet_of(report: YearReport, *, with_approx: bool = True) -> Sheet:
    """``with_approx``: the year's total is printed with its 「約」; the programmes' figures always keep theirs."""
    summary = report.summary
    total = summary.grand_total if with_approx else summary.grand_total.model_copy(update={"approx": False})
    told = _told(total)
    items = []
    for place, name in SHEET_ITEMS.items():
        text, mark = report.texts.get(place, ""), MARKS[place - 1]
        if place == FIGURES:
            tables = (_year_table(report, total), beside_table(report), *side_tables(report, total))
            items.append(Item(mark, name, text, tables, tuple(_year_notes(report, with_approx, tables)), told))
        else:
            items.append(Item(mark, name, text))
    texts = {one.name: one for one in report.programmes}
    return Sheet(
        title="デジタルデバイド解消の取組",
        year=summary.name,
        told=told,
        as_of=f"{wareki(report.as_of)}現在",
        total=total,
        items=tuple(items),
        programmes=tuple(
            _page(one, texts[one.name].texts, tuple(texts[one.name].photos)) for one in summary.programmes
        ),
    )


def _told(total: Total) -> str:
    """計164講座（約2,429名）, as the city writes it."""
    courses = f"計{total.courses:,}講座" if total.courses is not None else ""
    distinct = f"、実{total.distinct:,}名" if total.distinct is not None else ""
    people = f"（{people_said(total)}{distinct}）" if total.participants is not None else ""
    return courses + people or "実績は、まだありません。"


def _cells(figures: Figures, total: Total | None = None) -> tuple[Said, ...]:
    """計画, 講座数, 参加者数, 実人員, 中止・延期."""
    shown = total or figures
    missed = figures.cancelled + figures.postponed
    # Where no course was recorded, nobody knows how many were cancelled.
    recorded = missed or figures.counted.courses is not None
    return (
        number(figures.planned, "講座"),
        number(shown.courses, "講座"),
        number(shown.participants, "名", shown.approx),
        number(shown.distinct, "名"),
        Number(missed, "回") if recorded else NOTHING,
    )


_HEADS = ("事業", "計画", "講座数", "参加者数（延べ）", "実人員", "中止・延期")
_WIDTHS = (40.0, 25.0, 25.0, 36.0, 18.0, 24.0)


def _year_table(report: YearReport, total: Total) -> SheetTable:
    programmes = report.summary.programmes
    rows = [(one.name, *_cells(one)) for one in programmes]
    rows.append(("計", *_cells(report.summary.grand_total, total)))
    return SheetTable("事業別 講座数・参加者数", _HEADS, _WIDTHS, tuple(rows), frozenset({len(programmes)}))


def _year_notes(report: YearReport, with_approx: bool, tables: Sequence[SheetTable]) -> list[str]:
    summary = report.summary
    notes = []
    about = [one.name for one in summary.programmes if one.approx]
    if about and with_approx:
        notes.append(f"計の「約」は、{'・'.join(about)}の参加者数がおよその数であるためです。")
    elif about:
        notes.append(f"計には、{'・'.join(about)}のおよその数をそのまま足しています。")
    if sum(one.courses is not None for one in summary.programmes) > 1:
        notes.append("実人員は、同じ人が何度も来ることがあるため、事業をまたいで足していません。")
    planned = sum(one.planned is not None for one in summary.programmes)
    if 0 < planned < len(summary.programmes):
        notes.append("計画の計は、計画のわかる事業だけを足したものです。")
    lines = [line for one in summary.programmes for line in one.lines]
    said = reasons_said(lines)
    if said:
        notes.append(f"中止・延期の理由：{'、'.join(said)}")
    if summary.grand_total.waiting:
        notes.append(
            f"終わったあと実績が記録されていない講座が{summary.grand_total.waiting}回あり、数に入れていません。"
        )
    if summary.grand_total.uncounted:
        notes.append(f"参加者数のわからない講座が{summary.grand_total.uncounted}回あり、人数に入れていません。")
    if any(NOTHING in row for table in tables for row in table.rows):
        notes.append("「–」は、記録がないか、足し合わせない数です。")
    return notes


def _page(programme: ProgrammeFigures, texts: dict[int, str], photos: Sequence[ReportPhoto]) -> ProgrammePage:
    lines = programme.lines
    rows = [(line.line or programme.name, *_cells(line)) for line in lines]
    sums: frozenset[int] = frozenset()
    if len(lines) > 1:
        rows.append(("計", *_cells(programme)))
        sums = frozenset({len(lines)})
    table = SheetTable("事業別 講座数・参加者数", _HEADS, _WIDTHS, tuple(rows), sums)
    items = (
        Item(MARKS[0], PROGRAMME_ITEMS[1], texts.get(1, "")),
        Item(MARKS[1], PROGRAMME_ITEMS[2], texts.get(2, ""), (table,), tuple(_notes(programme))),
    )
    return ProgrammePage(lines[0].id, programme.name, tuple(_facts(lines)), items, tuple(photos))


def _facts(lines: Sequence[LineFigures]) -> list[tuple[str, str]]:
    """What the lines of a programme are; what they share is said once."""
    said = {
        "対象": [AUDIENCE[line.audience] for line in lines if line.audience],
        "財源": [line.funding for line in lines if line.funding],
        "公募": [line.call for line in lines if line.call],
        "連携先": [line.partner for line in lines if line.partner],
        "担当": [line.owner_section for line in lines if line.owner_section],
        "会場": [line.venues_note for line in lines if line.venues_note],
        "備考": [line.note for line in lines if line.note],
    }
    return [(name, "、".join(dict.fromkeys(words))) for name, words in said.items() if words]


def _notes(programme: ProgrammeFigures) -> list[str]:
    notes = _printed(programme)
    held = {venue.code: venue.name for line in programme.lines for venue in line.venues}
    if held:
        notes.append(f"開いた会場は{len(held)}か所です（{'・'.join(held.values())}）。")
    if programme.without:
        notes.append(f"公民館のうち{'・'.join(programme.without)}では開いていません。")
    said = reasons_said(programme.lines)
    if said:
        notes.append(f"中止・延期の理由：{'、'.join(said)}")
    asked = [line for line in programme.lines if line.supporters_asked is not None]
    for line in asked:
        agreed = 0 if line.supporters_agreed is None else line.supporters_agreed
        notes.append(f"参加者{line.supporters_asked}人のうち{agreed}人が、デジタルサポーターになりました。")
    return notes


def _printed(programme: ProgrammeFigures) -> list[str]:
    """Which of a line's two totals is printed; once where the lines have the same to say."""
    said = [(line.line, _two_totals(line)) for line in programme.lines]
    if len({sentence for _, sentence in said}) == 1:
        return [sentence for _, sentence in said[:1] if sentence]
    return [f"{name}：{sentence}" if name else sentence for name, sentence in said if sentence]


def _two_totals(line: LineFigures) -> str:
    """Both totals of a line where they differ, and the one that is printed; nothing where there is none of them."""
    printed = f"この報告には{SOURCES[line.prints]}を載せています"
    if line.counted == Total():
        return "" if line.reported == Total() else f"{printed}（講座ごとの実績の記録はありません）。"
    if line.reported == Total():
        return f"{printed}（報告の数は入力されていません）。"
    if line.counted == line.reported:
        return "報告の数と、講座の記録から数えた数は同じです。"
    both = "、".join(
        f"{SOURCES[source]}は{total.courses or 0:,}講座・{people_said(total) or '人数の記録なし'}"
        for source, total in ((TotalSource.REPORTED, line.reported), (TotalSource.COUNTED, line.counted))
    )
    return f"{both}です。{printed}。"


def with_photos(sheet: Sheet, printable: Collection[str]) -> Sheet:
    """The sheet with those photos alone that may still be shown."""
    pages = []
    for page in sheet.programmes:
        shown = tuple(photo for photo in page.photos if photo.picture in printable)
        pages.append(replace(page, photos=shown, gone=page.gone + len(page.photos) - len(shown)))
    return replace(sheet, programmes=tuple(pages))


def standing_now(report: YearReport) -> str:
    """What stands on a report that is not fixed yet."""
    return f"案（{wareki(report.as_of)}現在）"


def standing_of(card: EditionCard) -> str:
    return f"確定版 第{card.number}版（{wareki(card.submitted_on)}提出）"
