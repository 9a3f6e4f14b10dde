"""A fiscal year's report as it is printed: the working group's sheet 項目｜内容 and a page for each programme.

Page, PDF and workbook draw the same ``Sheet``. A figure stays a number, so that a workbook can go on counting with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from api.course_views import people_said
from api.words import AUDIENCE
from inventory.calendar import wareki
from inventory.report_differences import SOURCES, reasons_said
from inventory.report_editions import EditionCard
from inventory.report_texts import FIGURES, MARKS, PROGRAMME_ITEMS, SHEET_ITEMS
from inventory.tables import TotalSource
from inventory.year_figures import Figures, LineFigures, ProgrammeFigures, Total
from inventory.year_reports import ReportPhoto, YearReport

NOTHING = "–"


@dataclass(frozen=True)
class Number:
    """``value`` with what stands around it: 約2,429名."""

    value: int
    unit: str = ""
    approx: bool = False

    @property
    def said(self) -> str:
        return f"{'約' if self.approx else ''}{self.value:,}{self.unit}"


Said = str | Number


@dataclass(frozen=True)
class SheetTable:
    """``sums`` are the rows, counted from 0, that add up others. ``widths`` are shares of the line."""

    caption: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Said, ...], ...]
    sums: frozenset[int] = frozenset()

    @property
    def numbers(self) -> frozenset[int]:
        """The columns of figures, also of those that nobody knows."""
        return frozenset(
            at for row in self.rows for at, cell in enumerate(row) if isinstance(cell, Number) or cell == NOTHING
        )


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
    for number, name in SHEET_ITEMS.items():
        text, mark = report.texts.get(number, ""), MARKS[number - 1]
        if number == FIGURES:
            tables = (_year_table(report, total), _beside(report))
            items.append(Item(mark, name, text, tables, tuple(_year_notes(report, with_approx)), told))
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
    return (
        _number(figures.planned, "講座"),
        _number(shown.courses, "講座"),
        _number(shown.participants, "名", shown.approx),
        _number(shown.distinct, "名"),
        Number(figures.cancelled + figures.postponed, "回"),
    )


def _number(value: int | None, unit: str, approx: bool = False) -> Said:
    return NOTHING if value is None else Number(value, unit, approx)


_HEADS = ("事業", "計画", "講座数", "参加者数（延べ）", "実人員", "中止・延期")
_WIDTHS = (40.0, 25.0, 25.0, 36.0, 18.0, 24.0)


def _year_table(report: YearReport, total: Total) -> SheetTable:
    programmes = report.summary.programmes
    rows = [(one.name, *_cells(one)) for one in programmes]
    rows.append(("計", *_cells(report.summary.grand_total, total)))
    return SheetTable("事業別 講座数・参加者数", _HEADS, _WIDTHS, tuple(rows), frozenset({len(programmes)}))


def _beside(report: YearReport) -> SheetTable:
    """What the city had in hand that year besides the courses."""
    beside = report.beside
    rows: list[tuple[Said, ...]] = [
        (f"貸した端末　{pool.name}", Number(pool.devices, "台"), f"延べ{pool.times:,}台・{pool.loans:,}件の貸出")
        for pool in beside.lent
    ]
    times = "" if beside.times is None else f"延べ{beside.times:,}台・{beside.loans:,}件の貸出"
    rows.append(("貸した端末　計", _number(beside.devices, "台"), times))
    rows.append(
        ("Wi-Fiを使える会場", _number(beside.wifi_in_service, "館"), f"{wareki(beside.on)}現在" if beside.on else "")
    )
    agreed = f"講座で{beside.asked:,}名に呼びかけ" if beside.asked is not None else ""
    rows.append(("サポーターになった人", _number(beside.agreed, "名"), agreed))
    standing = "" if beside.standing is None else f"年度末の登録は{beside.standing:,}名"
    rows.append(("登録したサポーター", _number(beside.registered, "名"), standing))
    rows.append(("困りごとの受付", _number(beside.issues, "件"), ""))
    return SheetTable("端末・Wi-Fi・サポーターなど", ("項目", "数", "内わけなど"), (50.0, 24.0, 60.0), tuple(rows))


def _year_notes(report: YearReport, with_approx: bool) -> list[str]:
    summary = report.summary
    notes = []
    about = [one.name for one in summary.programmes if one.approx]
    if about and with_approx:
        notes.append(f"計の「約」は、{'・'.join(about)}の参加者数がおよその数であるためです。")
    elif about:
        notes.append(f"計には、{'・'.join(about)}のおよその数をそのまま足しています。")
    if sum(one.courses is not None for one in summary.programmes) > 1:
        notes.append("実人員は、同じ人が何度も来ることがあるため、事業をまたいで足していません。")
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
    notes = []
    if any(line.reported.courses is not None or line.reported.participants is not None for line in programme.lines):
        notes += [note for line in programme.lines for note in _two_totals(line, programme)]
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


def _two_totals(line: LineFigures, programme: ProgrammeFigures) -> list[str]:
    """Both totals of a line, where its courses say otherwise than its report."""
    if line.counted == Total() or line.counted == line.reported:
        return []
    name = f"{line.line}：" if line.line and len(programme.lines) > 1 else ""
    both = "、".join(
        f"{SOURCES[source]}は{total.courses or 0:,}講座・{people_said(total) or '人数の記録なし'}"
        for source, total in ((TotalSource.REPORTED, line.reported), (TotalSource.COUNTED, line.counted))
    )
    return [f"{name}{both}です。この報告には{SOURCES[line.prints]}を載せています。"]


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
