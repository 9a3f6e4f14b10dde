"""The wifi rollout of the demo city: 16 halls, told so that on any day eleven are in service and one is late.

The programme begins on 1 April of the year before; ``u(n)`` is a day n six-hundredths of the way from there to the day
of loading, ``t(n)`` a day so many days from that day. What happened before the ledger was begun is typed in on its
first day, the rest when it happened. Contracts, figures and passphrases are made up.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days, today
from inventory.contract_lists import list_contracts
from inventory.demo.act import Act
from inventory.demo.lending import Event, days_ago
from inventory.tables import SlipCause, WifiStage
from inventory.wifi_actions import ActionOrder, set_action
from inventory.wifi_plans import PlansOrder, revise_plans
from inventory.wifi_programmes import NewTarget, NewWifiProgramme, create_wifi_programme, set_targets
from inventory.wifi_stages import CHECKLISTS, ROAD
from inventory.wifi_steps import Evidence, RecordStep, record_step

CODE = "KOMINKAN"
SURVEY, DESIGN, CONTRACT, CONSTRUCTION, ACTIVATION, IN_SERVICE = ROAD
# The ledger of the demo city was begun so many days ago (``city``).
BEGAN = 60


@dataclass(frozen=True)
class Days:
    """The calendar of the rollout, seen from the day of loading."""

    today: date

    @property
    def start(self) -> date:
        return fiscal_year_days(fiscal_year(self.today - timedelta(days=365)))[0]

    @property
    def end(self) -> date:
        """The last day of the fiscal year in which the last hall is to be in service."""
        return fiscal_year_days(fiscal_year(self.t(110)))[1] - timedelta(days=1)

    @property
    def enlarged(self) -> date:
        return self.u(200)

    def long(self, parts: int) -> int:
        """So many six-hundredths of the way until now, in days."""
        return round(parts * (self.today - self.start).days / 600)

    def u(self, parts: int) -> date:
        return self.start + timedelta(days=self.long(parts))

    def t(self, days: int) -> date:
        return self.today + timedelta(days=days)


@dataclass(frozen=True)
class Moved:
    """The plan from a stage on was moved by ``parts`` six-hundredths, or by ``days``."""

    stage: WifiStage
    cause: SlipCause
    reason: str
    parts: int = 0
    days: int = 0
    decided: int = 0

    def by(self, days: Days) -> int:
        return self.days or days.long(self.parts)


@dataclass(frozen=True)
class Hall:
    """``begun`` and ``ahead``: the stages entered and those to come, each with its day, in parts or from today."""

    code: str
    begun: tuple[tuple[str, int], ...]
    ahead: tuple[int, ...] = ()
    moved: tuple[Moved, ...] = ()
    joined: bool = False
    after: int = 0

    def entered(self, days: Days) -> list[tuple[WifiStage, date]]:
        read: dict[str, Callable[[int], date]] = {"u": days.u, "t": days.t}
        return [(stage, read[kind](number)) for stage, (kind, number) in zip(ROAD, self.begun, strict=False)]

    def planned(self, days: Days) -> dict[WifiStage, date]:
        """The plan that stands: what happened, at 運用 ``after`` days before, then what is to come."""
        plan = dict(self.entered(days))
        if IN_SERVICE in plan:
            plan[IN_SERVICE] -= timedelta(days=self.after)
        return plan | {stage: days.t(number) for stage, number in zip(ROAD[len(plan) :], self.ahead, strict=True)}

    def first(self, days: Days) -> dict[WifiStage, date]:
        """The plan before it was moved."""
        plan = self.planned(days)
        for move in self.moved:
            for stage in ROAD[ROAD.index(move.stage) :]:
                plan[stage] -= timedelta(days=move.by(days))
        return plan


_TENDER = Moved(
    CONTRACT, SlipCause.TENDER_FAILED, "1回目の入札は予定価格を超え、不調。仕様を見直して再度公告", 28, decided=60
)
_CARRIED = Moved(CONSTRUCTION, SlipCause.CARRIED_OVER, "半導体の納期により、翌年度へ繰越", 30, decided=372)


def _lot_a(code: str, n: int, service: int, *moved: Moved, after: int = 0) -> Hall:
    parts = (8 + 3 * n, 55, 110, service - 30, service - 8, service)
    return Hall(code, tuple(("u", part) for part in parts), moved=(_TENDER, *moved), after=after)


def _lot_b(code: str, n: int, service: int, after: int = 0) -> Hall:
    parts = (215 + 5 * n, 270, 370, service - 34, service - 9, service)
    return Hall(code, tuple(("u", part) for part in parts), moved=(_CARRIED,), after=after)


LOT_A = (
    _lot_a("K01", 0, 150),
    _lot_a("K02", 1, 188),
    _lot_a("K03", 2, 222, after=3),
    _lot_a("K05", 3, 264),
    _lot_a("K06", 4, 312),
    _lot_a(
        "K07",
        5,
        348,
        Moved(CONSTRUCTION, SlipCause.PARTS_SHORT, "アクセスポイントの納期がのびた", 14, decided=290),
    ),
    _lot_a("K08", 6, 396, Moved(CONSTRUCTION, SlipCause.BUILDING, "館の屋根の改修が終わるのを待つ", 21, decided=330)),
    _lot_a("K11", 7, 432, Moved(ACTIVATION, SlipCause.LINE_WAIT, "光回線の開通工事の順番待ち", 10, decided=410)),
)
LOT_B = (
    _lot_b("K12", 0, 440, after=-2),
    _lot_b("K13", 1, 490),
    Hall("K16", (("u", 225), ("u", 270), ("u", 370), ("t", -41), ("t", -16), ("t", -9)), moved=(_CARRIED,)),
)
_POLES = Moved(ACTIVATION, SlipCause.POLE_WAIT, "電柱の共架の許可がまだおりない", days=14)
LOT_C = (
    Hall("K04", (("u", 330), ("u", 400), ("t", -75), ("t", -45), ("t", -6)), ahead=(3,)),
    Hall("K14", (("u", 335), ("u", 405), ("t", -75), ("t", -30)), ahead=(6, 13), moved=(_POLES,)),
    Hall("K09", (("u", 340), ("u", 410), ("t", -75), ("t", -20)), ahead=(10, 27), joined=True),
)
LAST = (
    Hall("K15", (("u", 420), ("t", -70), ("t", -12)), ahead=(24, 60, 80), joined=True),
    Hall("K10", (("u", 430), ("t", -25)), ahead=(52, 75, 98, 105), joined=True),
)
HALLS = (*LOT_A, *LOT_B, *LOT_C, *LAST)
IN_USE = (*LOT_A, *LOT_B)


def _programme(act: Act) -> None:
    days = Days(act.today)
    whole = NewWifiProgramme(code=CODE, name="全公民館", from_on=days.start, until_on=days.end, baseline_on=days.start)
    act(create_wifi_programme, whole)
    first = [hall.code for hall in HALLS if not hall.joined]
    act(set_targets, NewTarget(name="13館", since_on=days.start, venues=first), programme=CODE)
    enlarged = NewTarget(
        name="13館＋3館",
        since_on=days.enlarged,
        venues=[hall.code for hall in HALLS],
        reason="補正予算がつき、残る3館も加える",
    )
    act(set_targets, enlarged, programme=CODE)


def _plans(act: Act) -> None:
    """What was planned and moved before the ledger was begun."""
    days = Days(act.today)
    for hall in HALLS:
        decided = days.enlarged if hall.joined else days.start
        act(revise_plans, PlansOrder(venues=[hall.code], days={**hall.first(days)}, decided_on=decided))
    _move(act, days, _TENDER, LOT_A)
    _move(act, days, _CARRIED, LOT_B)
    for hall in LOT_A:
        for move in hall.moved[1:]:
            _move(act, days, move, (hall,))


def _move(act: Act, days: Days, move: Moved, halls: Iterable[Hall]) -> None:
    order = PlansOrder(
        venues=[hall.code for hall in halls],
        stage=move.stage,
        shift_days=move.by(days),
        following=True,
        cause=move.cause,
        reason=move.reason,
        decided_on=days.u(move.decided) if move.decided else None,
    )
    act(revise_plans, order)


def _history(act: Act) -> None:
    days, now = Days(act.today), today(act.now)
    for hall in HALLS:
        for stage, day in hall.entered(days):
            if day <= now:
                _enter(act, hall.code, stage, day)


def _enter(act: Act, venue: str, stage: WifiStage, day: date) -> None:
    """With the list of the stage that is left ticked; 運用 with its own list, and accepted the day before."""
    left = CHECKLISTS[ROAD[ROAD.index(stage) - 1]] if stage is not SURVEY else frozenset()
    own = CHECKLISTS[stage] if stage is IN_SERVICE else frozenset()
    accepted = day - timedelta(days=1) if stage is IN_SERVICE else None
    signed = contract_of(act.session, venue) if stage is CONTRACT else None
    evidence = Evidence(checks=sorted(left | own), accepted_on=accepted, contract=signed)
    act(record_step, RecordStep(stage=stage, on=day, evidence=evidence), venue=venue)


def contract_of(session: Session, venue: str) -> str | None:
    """The id of the contract that covers a hall."""
    found = list_contracts(session, venue=venue).items
    return found[0].id if found else None


def _entered(venue: str, stage: WifiStage) -> Callable[[Act], object]:
    hall = next(hall for hall in HALLS if hall.code == venue)

    def do(act: Act) -> None:
        _enter(act, venue, stage, dict(hall.entered(Days(act.today)))[stage])

    return do


def first_day(minutes: int) -> Callable[[datetime], datetime]:
    """So many minutes after the ledger was begun."""
    return lambda now: now - timedelta(days=BEGAN) + timedelta(minutes=minutes)


def _on_the_day(venue: str, stage: WifiStage) -> Callable[[datetime], datetime]:
    """In the afternoon of the day on which a hall entered a stage."""
    hall = next(hall for hall in HALLS if hall.code == venue)

    def at(now: datetime) -> datetime:
        day = dict(hall.entered(Days(today(now))))[stage]
        return datetime.combine(day, time(16), tzinfo=TOKYO)

    return at


def _next(venue: str, action: str, owner: str, due: int) -> Callable[[Act], object]:
    return lambda act: act(
        set_action, ActionOrder(action=action, owner=owner, due_on=Days(act.today).t(due)), venue=venue
    )


_SINCE = (
    ("K04", CONSTRUCTION),
    ("K16", CONSTRUCTION),
    ("K14", CONSTRUCTION),
    ("K10", DESIGN),
    ("K09", CONSTRUCTION),
    ("K16", ACTIVATION),
    ("K15", CONTRACT),
    ("K16", IN_SERVICE),
    ("K04", ACTIVATION),
)

WIFI = (
    Event("wifi-programme", first_day(22), "it", _programme),
    Event("wifi-plans", first_day(24), "it", _plans),
    Event("wifi-history", first_day(28), "it", _history),
    *(
        Event(f"wifi-{code.lower()}-{stage}", _on_the_day(code, stage), "it", _entered(code, stage))
        for code, stage in _SINCE
    ),
    Event("wifi-poles", days_ago(20, 15), "it", lambda act: _move(act, Days(act.today), _POLES, (LOT_C[1],))),
    Event("wifi-next-10", days_ago(18, 10), "it", _next("K10", "配置図を館長に見てもらう", "情報政策課", -2)),
    Event("wifi-next-15", days_ago(11, 10), "it", _next("K15", "工程表を受け取る", "契約監理課", 9)),
    Event("wifi-next-9", days_ago(9, 10), "it", _next("K09", "休館日に合わせて配線の日を決める", "南橘公民館", 4)),
    Event("wifi-next-14", days_ago(8, 10), "it", _next("K14", "電力会社に共架の返事を聞く", "情報政策課", 1)),
    Event("wifi-next-4", days_ago(5, 10), "it", _next("K04", "検収に立ち会い、ポスターを貼る", "情報政策課", 3)),
)
