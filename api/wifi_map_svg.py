"""The map of the venues as SVG text: a mark a stage, names that do not collide, and every dot a link.

Made as one string, because a template took ten times as long for two thousand dots. Drawn twice, wide and for a phone,
so that its letters stay 16 px; the phone's drawing has no links, whose dots would be too small and close to be met by a
finger: the list below it has them.
"""

from collections.abc import Sequence

from markupsafe import escape

from api.wifi_words import STAGE, STAGE_MARK
from inventory.tables import WifiStage
from inventory.wifi_board import Hall, by_lateness
from inventory.wifi_map import Label, Sheet, label_places, project

# Above this many halls only those that are late or not in service yet bear their name, and no more than this.
NAMED = 60
NOT_BEGUN, NOT_BEGUN_MARK = "まだ", "full"
_NAMES = ("公民館",)


def short_name(name: str) -> str:
    """大胡公民館 among halls of its kind is 大胡."""
    for tail in _NAMES:
        if name.endswith(tail) and len(name) > len(tail):
            return name.removesuffix(tail)
    return name


def stage_name(hall: Hall) -> str:
    return STAGE[hall.stage] if hall.stage else NOT_BEGUN


def tone(hall: Hall) -> str:
    """The colour of a hall's mark, by role."""
    if hall.late_days or hall.overdue_days:
        return "shu"
    if hall.stage is WifiStage.IN_SERVICE:
        return "take"
    if hall.stage is WifiStage.ON_HOLD:
        return "kaki"
    return "ai" if hall.place and hall.stage is not WifiStage.REMOVED else "soft"


def lateness_words(hall: Hall) -> str:
    """14日おくれ, or how long ago the day planned went by; empty when all is well."""
    if hall.late_days:
        return f"{hall.late_days}日おくれ"
    return f"予定から{hall.overdue_days}日" if hall.overdue_days else ""


def drawings(halls: Sequence[Hall], title: str) -> str:
    """Both drawings of the halls that have coordinates, safe to put into a page; empty where none has."""
    there = [hall for hall in halls if hall.latitude is not None and hall.longitude is not None]
    if not there:
        return ""
    points = [(hall.latitude or 0.0, hall.longitude or 0.0) for hall in there]
    wide = project(points, width=736, tallest=546, margin=52, square_of=90)
    narrow = project(points, width=328, tallest=360, margin=24, square_of=48)
    size = 14 if len(there) <= NAMED else 10 if len(there) <= 300 else 7
    small = round(size * 0.72)
    return _drawing(there, wide, title, size, phone=False) + _drawing(there, narrow, title, small, phone=True)


def listing(halls: Sequence[Hall]) -> str:
    """The halls of a map as list items, safe to put into a page: what the marks and names say, in words."""
    return "".join(
        f'<li><a href="/venues/{hall.code}">{escape(hall.name)}</a>　{stage_name(hall)}'
        + (f'　<b class="tone-shu">{late}</b>' if (late := lateness_words(hall)) else "")
        + "</li>"
        for hall in halls
    )


def _drawing(halls: Sequence[Hall], sheet: Sheet, title: str, radius: int, *, phone: bool) -> str:
    name, shown = ("map-phone", "only-phone") if phone else ("map-wide", "only-wide")
    width, foot = sheet.width, 44
    # The numbers of an image are its contents; links inside one would not be told, so the wide one is a group.
    role = "img" if phone else "group"
    grid = "".join(f"M{x:.1f} 0V{sheet.height}" for x in sheet.columns)
    grid += "".join(f"M0 {y:.1f}H{width}" for y in sheet.rows)
    far = f"{sheet.square_km:g} km" if sheet.square_km >= 1 else f"{sheet.square_km * 1000:g} m"
    under = sheet.height + 22
    parts = [
        f'<svg class="map chart {shown}" viewBox="0 0 {width} {sheet.height + foot}" role="{role}"'
        f' aria-labelledby="{name}"><title id="{name}">{escape(title)}</title>',
        f'<path class="grid" d="{grid}"/>',
        f'<path class="ink" d="M4 {under}v8h{sheet.square:.1f}v-8"/>'
        f'<text x="{sheet.square + 16:.1f}" y="{under + 10}">ひとます {far}</text>',
        f'<path class="ink" d="M{width - 12} {under + 16}V{under - 12}m-7 11 7-11 7 11"/>'
        f'<text x="{width - 26}" y="{under + 10}" text-anchor="end">北</text>',
    ]
    labels = {label.dot: label for label in _labels(halls, sheet, radius, phone)}
    parts.append(_stamps(halls, name, radius))
    dots = enumerate(zip(halls, sheet.dots, strict=True))
    parts += [_dot(hall, place, labels.get(at), name, phone=phone) for at, (hall, place) in dots]
    parts.append("</svg>")
    return "".join(parts)


def _labels(halls: Sequence[Hall], sheet: Sheet, radius: int, phone: bool) -> list[Label]:
    at = {hall.venue: number for number, hall in enumerate(halls)}
    named = list(halls)
    if len(halls) > NAMED:
        named = [hall for hall in halls if hall.stage is not WifiStage.IN_SERVICE or hall.late_days]
    texts = [(at[hall.venue], _text(hall, phone)) for hall in by_lateness(named)[:NAMED]]
    return label_places(sheet, texts, radius=radius)


def _text(hall: Hall, phone: bool) -> str:
    name = short_name(hall.name)
    if phone or hall.stage is WifiStage.IN_SERVICE:
        return name
    late = lateness_words(hall)
    return f"{name}　{stage_name(hall)}" + (f"　{late}" if late else "")


def _mark(hall: Hall) -> str:
    return STAGE_MARK[hall.stage] if hall.stage else NOT_BEGUN_MARK


def _stamps(halls: Sequence[Hall], name: str, radius: int) -> str:
    """Each mark on its ground once; the dots repeat them by name, in the colour of where they stand."""
    across = f'x="-{radius}" y="-{radius}" width="{2 * radius}" height="{2 * radius}"'
    marks = sorted({_mark(hall) for hall in halls})
    stamps = (
        f'<g id="{name}-{mark}"><circle r="{radius}" class="ground"/><use href="#mark-{mark}" {across}/></g>'
        for mark in marks
    )
    return f"<defs>{''.join(stamps)}</defs>"


def _dot(hall: Hall, place: tuple[float, float], label: Label | None, name: str, *, phone: bool) -> str:
    late = lateness_words(hall)
    drawn = f'<use href="#{name}-{_mark(hall)}" x="{place[0]:.1f}" y="{place[1]:.1f}" class="tone-{tone(hall)}"/>'
    written = ""
    if label is not None:
        written = _text(hall, phone)
        drawn += f'<text x="{label.x:.1f}" y="{label.y:.1f}" text-anchor="{label.anchor}">{escape(written)}</text>'
    if phone:
        return f'<g class="late">{drawn}</g>' if late and written else drawn
    told = f"{hall.name}　{stage_name(hall)}　{late}" if late else f"{hall.name}　{stage_name(hall)}"
    if not written:
        return f'<a href="/venues/{hall.code}"><title>{escape(told)}</title>{drawn}</a>'
    # What is read aloud holds what is written, so that a voice that says it meets the dot (WCAG 2.5.3).
    told = told if written in told else f"{written}（{told}）"
    shown = ' class="late"' if late else ""
    return f'<a href="/venues/{hall.code}"{shown} aria-label="{escape(told)}">{drawn}</a>'
