"""The readiness of a course in the words of the screen: its verdict as a sentence, and an address for each act."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from inventory.courses import CourseCard
from inventory.readiness import Readiness, Verdict
from inventory.readiness_cards import Act, Check, Do, Level
from inventory.readiness_devices import NO_PHONES, WIFI_WORKS

MARK = {"go": "go", "caution": "caution", "no_go": "nogo", "ok": "go"}
TONE = {"go": "take", "caution": "ink", "no_go": "shu", "ok": "take"}
# The checks that stand in one knot of the thread, and its heading.
_KNOTS = (
    ("Wi-Fi", ("wifi", "outage", "routers")),
    ("スマホ", ("phones", "prepared")),
    ("会館", ("hall",)),
    ("部屋", ("room",)),
    ("サポーター", ("supporters",)),
    ("ケース", ("case",)),
    ("窓口の控え", ("pack",)),
    ("困りごと", ("issues",)),
)


@dataclass(frozen=True)
class ActView:
    """``href`` leads somewhere; where ``post`` is set, it is pressed there with these fields. ``roles`` may do it."""

    words: str
    href: str
    post: dict[str, str] | None = None
    mark: str = ""
    roles: tuple[str, ...] = ("desk",)


@dataclass(frozen=True)
class RowView:
    check: Check
    act: ActView | None
    # The page's one filled button ends its most pressing trouble.
    main: bool = False


@dataclass(frozen=True)
class KnotView:
    heading: str
    mark: str
    tone: str
    rows: list[RowView]


def act_view(act: Act, course: CourseCard) -> ActView:
    """The words and the address of what ends a trouble of this course."""
    here = f"/courses/{course.id}"
    count = act.quantity or 1
    reserved = {"pool": act.pool or "", "quantity": str(count)}
    if act.do is Do.RESERVE_ROUTER:
        return ActView(f"ルーターを{count}台予約する", f"{here}/reserve", reserved)
    if act.do is Do.RESERVE_PHONES:
        return ActView(f"スマホを{count}台予約する", f"{here}/reserve", reserved)
    if act.do is Do.WIPE:
        return ActView(f"{count}台を初期化する", "/desk?act=wipe", mark="scan", roles=("desk", "it"))
    if act.do is Do.INSPECT:
        return ActView(f"{count}台を点検する", "/desk?act=inspect", mark="scan", roles=("desk", "it"))
    if act.do is Do.SEE_CASE:
        return ActView("ケースを見る", f"/cases/{quote(course.case or '')}", roles=("viewer", "desk", "it"))
    if act.do is Do.SEE_ISSUES:
        search = quote(course.venue_name or "")
        return ActView("困りごとを見る", f"/issues?audience=all&q={search}", roles=("viewer", "desk", "it"))
    if act.do is Do.END_OUTAGE:
        return ActView("障害の記録を見る", f"/venues/{quote(course.venue or '')}/outages", roles=("desk", "it"))
    if act.do is Do.SEE_RESERVATIONS:
        return ActView("予約を見直す", f"/reservations?pool={quote(act.pool or '')}", roles=("viewer", "desk", "it"))
    return _LEADS[act.do](here, course)


_LEADS = {
    Do.CHANGE_COURSE: lambda here, course: ActView("日時・会場を変える", f"{here}/edit"),
    Do.ASK_SUPPORTERS: lambda here, course: ActView("サポーターに頼む", f"{here}/supporters"),
    Do.HOLD_PACK: lambda here, course: ActView(
        "窓口で控えを読み込む", f"/desk?act=lend&course={course.id}", mark="scan", roles=("desk", "it")
    ),
}


def knots(found: Readiness, course: CourseCard) -> list[KnotView]:
    """The thread of checks: in each knot its troubles, or, where there are none, what is well."""
    pressing = next((check.name for check in found.troubles if check.act is not None), None)
    shown = []
    for heading, names in _KNOTS:
        checks = [check for check in found.checks if check.name in names]
        if not checks:
            continue
        troubles = [check for check in checks if not check.ok]
        worst = max((check.level for check in checks), key=list(Level).index)
        rows = [
            RowView(
                check,
                act_view(check.act, course) if check.act is not None and not check.ok else None,
                check.name == pressing,
            )
            for check in troubles or _well(checks)
        ]
        shown.append(KnotView(heading, MARK[worst], TONE[worst], rows))
    return shown


def _well(checks: Sequence[Check]) -> list[Check]:
    """Of checks that are all ok the first says so; what waits for work is told as well, though there is time."""
    return [check for at, check in enumerate(checks) if at == 0 or (check.name == "prepared" and check.act)]


def answer(found: Readiness) -> tuple[str, str | None]:
    """The verdict as the heading, in one or two sentences, and the sentence under it."""
    troubles = found.troubles
    cautions = [check for check in troubles if check.level is Level.CAUTION]
    worst = [check for check in troubles if check.level is Level.NO_GO]
    if found.verdict is Verdict.NO_GO:
        more = f"ほかに、気がかりが{len(cautions)}つあります。" if cautions else ""
        if len(worst) > 1:
            return f"このままではできません。わけが{len(worst)}つあります。", more or None
        return f"このままではできません。{spoken(worst[0])}。", more or None
    if found.verdict is Verdict.CAUTION:
        each = {1: "", 2: "どちらも、"}.get(len(cautions), "どれも、")
        can = all(check.act is not None for check in cautions)
        lead = f"{each}ここから片づけられます。" if can else None
        return f"できます。ただし、気がかりが{len(cautions)}つあります。", lead
    return "できます。", "気がかりはありません。"


# Whose sentences stand below a heading on the page of the course, and need its word in a list.
_NAMED = {"wifi": "Wi-Fi", "outage": "Wi-Fi", "case": "ケース", "room": "部屋"}


def spoken(check: Check) -> str:
    """What a check found, where no heading says what it is about."""
    return f"{_NAMED[check.name]}：{check.detail}" if check.name in _NAMED else check.detail


def brief(found: Readiness, course: CourseCard) -> tuple[str, str, str]:
    """Mark, word and what it is about, for a line of a list."""
    troubles = found.troubles
    said = "　".join(spoken(check) for check in troubles[:2])
    more = f"　ほか{len(troubles) - 2}つ" if len(troubles) > 2 else ""
    if found.verdict is Verdict.NO_GO:
        return "nogo", "できません", said + more
    if found.verdict is Verdict.CAUTION:
        return "caution", f"気がかり{len(troubles)}つ", said + more
    told = {check.name: check for check in found.checks if check.name in ("phones", "wifi")}
    facts = [told["phones"].detail] if told["phones"].detail != NO_PHONES else []
    facts += [f"定員{course.capacity}人"] if course.capacity is not None and not facts else []
    wifi = told["wifi"].detail if "wifi" in told else None
    facts += [f"Wi-Fiは{wifi}" if wifi == WIFI_WORKS else wifi] if wifi else []
    return "go", "できます", "　".join(facts)
