"""The checks of what a course borrows and of the wifi that routers stand in for. Pure."""

from datetime import date, timedelta

from inventory.calendar import month_day, today
from inventory.readiness_cards import Act, Check, Do, Level, made, moment_of
from inventory.readiness_facts import Facts, Hall, phones_needed
from inventory.readiness_stock import AHEAD, Stock
from inventory.reservation_lists import ReservationCard
from inventory.tables import HoldReason, PoolKind, WifiStage

# Waiting for a wipe is told at any time, and is a worry when the course is so near.
WORRY = timedelta(days=7)
NO_PHONES = "スマホは貸しません"
WIFI_WORKS = "使えます"
_WAITS = {HoldReason.WIPE: "初期化待ち", HoldReason.INSPECT: "点検待ち"}
_STAGES = {
    WifiStage.SURVEY: "調査中です",
    WifiStage.DESIGN: "設計中です",
    WifiStage.CONTRACT: "契約の手続き中です",
    WifiStage.CONSTRUCTION: "工事中です",
    WifiStage.ACTIVATION: "開通したところで、運用はまだです",
    WifiStage.ON_HOLD: "整備を止めています",
    WifiStage.EXCLUDED: "整備の対象外です",
    WifiStage.REMOVED: "撤去しました",
}


def router_kept(facts: Facts) -> bool:
    return bool(facts.kept_of(PoolKind.ROUTER)) or facts.loose[PoolKind.ROUTER] > 0


def _no_wifi(name: str, facts: Facts, detail: str, note: str) -> Check:
    """A hall without wifi is a worry until a router is reserved, or gone out, for the course."""
    if router_kept(facts):
        kept = "予約ずみです" if facts.kept_of(PoolKind.ROUTER) else "貸しています"
        return made(name, Level.OK, f"ルーターを{kept}", f"{detail}。{note}" if note else f"{detail}。")
    stocks = facts.stocks(PoolKind.ROUTER)
    free = stocks[0].free(facts.card.starts_at, facts.card.ends_at) if stocks else 0
    if free < 1:
        return made(name, Level.CAUTION, detail, note)
    said = "。".join(part for part in (note, f"{stocks[0].name}が{free}台空いています") if part)
    return made(name, Level.CAUTION, detail, said, Do.RESERVE_ROUTER, stocks[0], 1)


def check_wifi(facts: Facts) -> Check | None:
    hall = facts.hall
    if not facts.card.needs_wifi or hall is None:
        return None
    if hall.stage is WifiStage.IN_SERVICE:
        return made("wifi", Level.OK, WIFI_WORKS, "運用中です")
    if hall.stage is WifiStage.REMOVED:
        return _no_wifi("wifi", facts, "Wi-Fiは撤去しました", "")
    stage = _STAGES[hall.stage] if hall.stage else "整備は始まっていません"
    if hall.service_on is None or hall.stage is WifiStage.EXCLUDED:
        return _no_wifi("wifi", facts, f"まだ使えません。{stage}", "")
    day = month_day(hall.service_on)
    if hall.service_on < today(facts.now):
        return _no_wifi("wifi", facts, f"まだ使えません。{stage}", f"開通の見込みは{day}でしたが、おくれています")
    if hall.service_on <= facts.day:
        return _no_wifi("wifi", facts, f"見込みどおりなら、{day}から使えます", f"いまは{stage}")
    return _no_wifi("wifi", facts, f"まだ使えません。{stage}", f"開通の見込みは{day}です")


def check_outage(facts: Facts) -> Check | None:
    hall = facts.hall
    if not facts.card.needs_wifi or hall is None or hall.stage is not WifiStage.IN_SERVICE:
        return None
    if hall.down_since is None:
        return made("outage", Level.OK, "障害はありません")
    found = _no_wifi("outage", facts, "障害中で、いまは使えません", f"{moment_of(hall.down_since)}から直っていません")
    return found if found.ok or found.act else found.model_copy(update={"act": Act(do=Do.END_OUTAGE)})


def check_routers(facts: Facts) -> Check | None:
    """Routers as the way out where the wifi fails."""
    if not facts.card.needs_wifi:
        return None
    kept = facts.kept_of(PoolKind.ROUTER)
    needed = facts.hall is not None and not facts.hall.has_wifi
    bad = Level.NO_GO if needed else Level.CAUTION
    for one in kept:
        stock = facts.pools[one.pool]
        missing = _missing(one, stock)
        if missing:
            detail = f"{stock.name}が{missing}台足りません"
            return made("routers", bad, detail, _when_enough(facts, stock, one.wanted), Do.SEE_RESERVATIONS, stock)
    if kept:
        return made("routers", Level.OK, f"{_names(facts, kept)}を予約ずみです", _times(kept[0]))
    if facts.loose[PoolKind.ROUTER]:
        return made("routers", Level.OK, f"ルーターを{facts.loose[PoolKind.ROUTER]}台貸しています")
    stocks = facts.stocks(PoolKind.ROUTER)
    if not stocks:
        level = Level.NO_GO if needed else Level.OK
        return made("routers", level, "貸し出すルーターが台帳にありません")
    free = stocks[0].free(facts.card.starts_at, facts.card.ends_at)
    if free >= 1:
        detail = f"{stocks[0].name}が{free}台空いています"
        return made("routers", Level.OK, detail, None, Do.RESERVE_ROUTER, stocks[0], 1)
    note = _when_enough(facts, stocks[0], 1)
    level = Level.NO_GO if needed else Level.OK
    do = Do.SEE_RESERVATIONS if needed else None
    return made("routers", level, f"空いている{stocks[0].name}がありません", note, do, stocks[0])


def check_phones(facts: Facts) -> Check:
    """Phones, and whatever else is reserved: is it promised, and is there as much as was promised?"""
    kept = [one for one in facts.kept if facts.pools[one.pool].kind is not PoolKind.ROUTER]
    for one in kept:
        stock = facts.pools[one.pool]
        missing = _missing(one, stock)
        if missing:
            note = _when_enough(facts, stock, one.wanted)
            return made(
                "phones", Level.NO_GO, f"{stock.name}が{missing}台足りません", note, Do.SEE_RESERVATIONS, stock, missing
            )
    needed = phones_needed(facts.card)
    have = sum(one.quantity for one in facts.kept_of(PoolKind.SMARTPHONE)) + facts.loose[PoolKind.SMARTPHONE]
    if have < needed:
        return _reserve_phones(facts, needed - have, needed, have)
    if kept:
        return made("phones", Level.OK, f"{_names(facts, kept)}を予約ずみです", _times(kept[0]))
    if have:
        return made("phones", Level.OK, f"スマホを{have}台貸しています")
    return made("phones", Level.OK, NO_PHONES, "必要な台数も、予約もありません")


def _reserve_phones(facts: Facts, missing: int, needed: int, have: int) -> Check:
    said = f"{needed}台のうち{have}台を予約ずみ" if have else f"必要なのは{needed}台"
    stocks = facts.stocks(PoolKind.SMARTPHONE)
    if not stocks:
        return made(
            "phones", Level.NO_GO, f"スマホが{missing}台足りません", f"{said}。貸し出すスマホが台帳にありません"
        )
    stock = stocks[0]
    free = stock.free(facts.card.starts_at, facts.card.ends_at)
    if free >= missing:
        detail = f"スマホを、あと{missing}台予約していません" if have else "スマホを、まだ予約していません"
        note = f"{said}。{stock.name}が{free}台空いています"
        return made("phones", Level.CAUTION, detail, note, Do.RESERVE_PHONES, stock, missing)
    short = missing - max(0, free)
    note = "。".join(part for part in (said, _when_enough(facts, stock, missing)) if part)
    return made("phones", Level.NO_GO, f"{stock.name}が{short}台足りません", note, Do.SEE_RESERVATIONS, stock, short)


def check_prepared(facts: Facts) -> Check | None:
    """Whether what was reserved could go out: wiped and checked in time, as its pool asks."""
    open_ones = [one for one in facts.kept if one.wanted]
    if not open_ones:
        return None
    waits = {one.pool: min(sum(facts.pools[one.pool].waiting.values()), _not_ready(one, facts)) for one in open_ones}
    worst = max(open_ones, key=lambda one: waits[one.pool])
    stock, waiting = facts.pools[worst.pool], waits[worst.pool]
    note = f"予約{worst.wanted}台。すぐ貸せるのは{stock.ready}台"
    if not waiting:
        return made(
            "prepared", Level.OK, "すぐ貸せます" if stock.ready >= worst.wanted else "準備を待つものはありません", note
        )
    level = Level.CAUTION if facts.card.starts_at - facts.now <= WORRY else Level.OK
    away = _not_ready(worst, facts) - waiting
    note += f"。{away}台は、まだ返っていません" if away else ""
    if facts.card.starts_at - facts.now < stock.preparation or facts.card.starts_at <= facts.now:
        level, note = Level.NO_GO, f"{note}。始まりに間に合いません"
    reasons = [reason for reason in _WAITS if stock.waiting[reason]]
    said = f"{worst.wanted}台のうち{waiting}台が、{'か'.join(_WAITS[reason] for reason in reasons)}です"
    first = max(reasons, key=lambda reason: stock.waiting[reason])
    do = Do.WIPE if first is HoldReason.WIPE else Do.INSPECT
    return made("prepared", level, said, note, do, stock, min(waiting, stock.waiting[first]))


def _not_ready(one: ReservationCard, facts: Facts) -> int:
    """How many of what a reservation still waits for could not go out this minute."""
    return max(0, one.wanted - facts.pools[one.pool].ready)


def _missing(one: ReservationCard, stock: Stock) -> int:
    """How many of what a reservation still waits for will not be there: more is promised than there is."""
    return min(one.wanted, max(0, -stock.free(one.from_, one.until)))


def _when_enough(facts: Facts, stock: Stock, quantity: int) -> str:
    """The next day on which so many are free at the same time, and the hall is open; the words of it."""
    card = facts.card
    for step in range(1, AHEAD.days + 1):
        later = timedelta(days=step)
        if stock.free_later(card.starts_at + later, card.ends_at + later) >= quantity and _open(
            facts.hall, facts.day + later, facts.last_day + later
        ):
            return f"{month_day(facts.day + later)}なら足ります"
    return f"これから{AHEAD.days}日は、足りる日がありません"


def _open(hall: Hall | None, first: date, last: date) -> bool:
    return hall is None or not any(first <= day <= last for day in hall.closed)


def _names(facts: Facts, kept: list[ReservationCard]) -> str:
    return "、".join(f"{facts.pools[one.pool].name}{one.quantity}台" for one in kept)


def _times(one: ReservationCard) -> str:
    gone = one.quantity - one.wanted
    out = f"。{gone}台は、もう渡しました" if gone else ""
    return f"{moment_of(one.from_)}から{moment_of(one.until, one.from_)}まで{out}"
