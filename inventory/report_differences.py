"""What two reports of the same fiscal year say otherwise, figure by figure and text by text, in words."""

from collections.abc import Iterator

from inventory.calendar import fiscal_year_name, wareki
from inventory.report_texts import MARKS, PROGRAMME_ITEMS, SHEET_ITEMS
from inventory.shapes import Card
from inventory.tables import CourseState, TotalSource
from inventory.year_figures import Figures, LineFigures, ProgrammeFigures, Total
from inventory.year_reports import Compared, YearOfProgramme, YearReport

_Said = Iterator[tuple[tuple[str, str], str | None]]
SOURCES = {TotalSource.REPORTED: "報告の数", TotalSource.COUNTED: "講座の記録から数えた数"}
_WHY = {CourseState.CANCELLED: "中止", CourseState.POSTPONED: "延期"}


class Difference(Card):
    """``place`` is where in the report, ``what`` stands there; ``was`` or ``now`` is None where there is nothing."""

    place: str
    what: str
    was: str | None
    now: str | None


def differences(was: YearReport, now: YearReport) -> list[Difference]:
    """In the order in which the report says it; the day on which the figures were taken is none."""
    before, after = dict(_said(was)), dict(_said(now))
    keys = list(before) + [key for key in after if key not in before]
    return [
        Difference(place=place, what=what, was=before.get((place, what)), now=after.get((place, what)))
        for place, what in keys
        if before.get((place, what)) != after.get((place, what))
    ]


def people(count: int | None, approx: bool = False) -> str | None:
    """約900名"""
    return None if count is None else f"{'約' if approx else ''}{count:,}名"


def reasons_said(lines: list[LineFigures]) -> list[str]:
    """中止 台風 2回; the same reason of several lines is told once."""
    counts: dict[str, int] = {}
    for line in lines:
        for one in line.reasons:
            name = f"{_WHY[one.state]}　{one.reason or '理由の記録なし'}"
            counts[name] = counts.get(name, 0) + one.courses
    return [f"{name}　{count}回" for name, count in sorted(counts.items(), key=lambda found: -found[1])]


def _said(report: YearReport) -> _Said:
    summary = report.summary
    yield from _figures(f"{summary.name}の計", summary.grand_total)
    for programme in summary.programmes:
        yield from _programme(programme)
    yield from _beside(report)
    yield from _compared(report.compared)
    for item, heading in SHEET_ITEMS.items():
        yield (f"{MARKS[item - 1]}{heading}", "文"), report.texts.get(item)
    for one in report.programmes:
        for item, heading in PROGRAMME_ITEMS.items():
            yield (one.name, f"{MARKS[item - 1]}{heading}の文"), one.texts.get(item)
        shown = "・".join(photo.picture for photo in one.photos)
        yield (one.name, "開催風景の写真"), f"{len(one.photos)}枚（番号 {shown}）" if shown else None


def _programme(programme: ProgrammeFigures) -> _Said:
    yield from _figures(programme.name, programme)
    yield (programme.name, "中止・延期の理由"), "、".join(reasons_said(programme.lines)) or None
    yield (programme.name, "開催のなかった公民館"), "・".join(programme.without) or None
    for line in programme.lines:
        place = f"{programme.name}　{line.line or line.code}"
        yield (place, "印刷する数"), SOURCES[line.prints]
        yield (place, SOURCES[TotalSource.REPORTED]), _total(line.reported)
        yield (place, SOURCES[TotalSource.COUNTED]), _total(line.counted)
        yield (place, "開いた会場"), "、".join(f"{one.name} {one.courses}回" for one in line.venues) or None
        yield (place, "会場の注記"), line.venues_note
        yield (place, "メモ"), line.note
        yield from _plan(place, line)


def _figures(place: str, figures: Figures) -> _Said:
    yield (place, "講座数"), _courses(figures.courses)
    yield (place, "参加者（延べ）"), people(figures.participants, figures.approx)
    yield (place, "参加者（実人員）"), people(figures.distinct)
    yield from _plan(place, figures)


def _plan(place: str, figures: Figures) -> _Said:
    """What was planned and did not come to be; what it brought, a line says by its two totals."""
    yield (place, "計画の講座数"), _courses(figures.planned)
    yield (place, "計画の参加者数"), people(figures.planned_participants, figures.planned_approx)
    yield (place, "中止"), f"{figures.cancelled:,}回" if figures.cancelled else None
    yield (place, "延期"), f"{figures.postponed:,}回" if figures.postponed else None
    yield (place, "実績の記録待ち"), f"{figures.waiting:,}回" if figures.waiting else None
    yield (place, "人数のわからない講座"), f"{figures.uncounted:,}回" if figures.uncounted else None


def _total(total: Total) -> str | None:
    said = [one for one in (_courses(total.courses), people(total.participants, total.approx)) if one]
    return "・".join(said + ([f"実{total.distinct:,}名"] if total.distinct is not None else [])) or None


def _courses(count: int | None) -> str | None:
    return None if count is None else f"{count:,}講座"


def _compared(compared: Compared) -> _Said:
    """The other years; the report's own has said its figures already."""
    rows = [(one.name, one.years) for one in compared.programmes] + [("計", compared.total)]
    for at, year in enumerate(compared.years):
        place = f"3か年と計画　{fiscal_year_name(year)}"
        for name, years in rows:
            if at < 2:
                yield (place, f"{name}　実績"), _brought(years[at])
            elif at == 3:
                yield (place, f"{name}　計画"), _planned(years[at])
        if at < 2:
            hand = compared.in_hand[at]
            yield (place, "貸した端末"), None if hand.devices is None else f"{hand.devices:,}台"
            yield (place, "Wi-Fiを使える会場"), None if hand.wifi_in_service is None else f"{hand.wifi_in_service:,}館"


def _brought(one: YearOfProgramme | None) -> str | None:
    return _courses_and_people(one.courses, one.participants, one.approx) if one else None


def _planned(one: YearOfProgramme | None) -> str | None:
    return _courses_and_people(one.planned, one.planned_participants, one.planned_approx) if one else None


def _courses_and_people(courses: int | None, count: int | None, approx: bool) -> str | None:
    return "・".join(said for said in (_courses(courses), people(count, approx)) if said) or None


def _beside(report: YearReport) -> _Said:
    beside, place = report.beside, "端末・Wi-Fi・サポーターなど"
    for pool in beside.lent:
        yield (place, f"貸した端末　{pool.name}"), f"{pool.devices:,}台（延べ{pool.times:,}台・{pool.loans:,}件）"
    yield (place, "Wi-Fiを使える会場"), None if beside.wifi_in_service is None else f"{beside.wifi_in_service:,}館"
    yield (place, "数えた日"), None if beside.on is None else wareki(beside.on)
    yield (place, "サポーターに誘った人"), people(beside.asked)
    yield (place, "サポーターになった人"), people(beside.agreed)
    yield (place, "登録したサポーター"), people(beside.registered)
    yield (place, "登録しているサポーター"), people(beside.standing)
    yield (place, "困りごと"), None if beside.issues is None else f"{beside.issues:,}件"
