"""The checks of a course, one function each: what it finds, how bad that is, and what ends it. Pure.

A check that does not concern a course answers None: nobody asks for the wifi of a course that needs none.
"""

from collections.abc import Callable
from datetime import timedelta

from inventory.calendar import month_day, today
from inventory.readiness_cards import Check, Do, Level, made, moment_of
from inventory.readiness_devices import (
    check_outage,
    check_phones,
    check_prepared,
    check_routers,
    check_wifi,
    router_kept,
)
from inventory.readiness_facts import Facts, is_near, phones_needed
from inventory.tables import SupporterCategory
from inventory.text import fold

_SUPPORTERS = {
    SupporterCategory.CARE_PREVENTION: "介護予防サポーター",
    SupporterCategory.WELFARE: "民生委員",
    SupporterCategory.LIFELONG_LEARNING: "生涯学習奨励員",
    SupporterCategory.STUDENT: "学生",
    SupporterCategory.OTHER: "そのほか",
}


def check_hall(facts: Facts) -> Check:
    hall = facts.hall
    if hall is None:
        return made("hall", Level.CAUTION, "会場が決まっていません", None, Do.CHANGE_COURSE)
    day = facts.day
    while day <= facts.last_day:
        if day in hall.closed:
            return made("hall", Level.NO_GO, f"{month_day(day)}は休館です", hall.closed[day], Do.CHANGE_COURSE)
        day += timedelta(days=1)
    if hall.rule is None:
        return made("hall", Level.OK, "休館の記録はありません", "この会場の休館日は、まだ書かれていません")
    if not hall.rule_read:
        return made("hall", Level.OK, "休館の記録はありません", f"休館日（{hall.rule}）は、会場にたしかめてください")
    return made("hall", Level.OK, "開いています", f"休館日（{hall.rule}）ではありません")


def check_room(facts: Facts) -> Check | None:
    card, hall = facts.card, facts.hall
    if hall is None:
        return None
    people, counted = (card.enrolled, "申込") if card.enrolled is not None else (card.capacity, "定員")
    if card.room is None:
        if people is not None and hall.largest_room is not None and people > hall.largest_room:
            note = f"いちばん広い部屋が{hall.largest_room}人に、{counted}{people}人"
            return made("room", Level.CAUTION, "どの部屋にも入りきりません", note, Do.CHANGE_COURSE)
        # Many halls have one room and no list of rooms; that is no trouble.
        return made("room", Level.OK, "部屋は決めていません") if hall.rooms else None
    if facts.clashes:
        other = facts.clashes[0]
        note = f"{moment_of(other.starts_at)}から「{other.title}」"
        return made("room", Level.NO_GO, f"{card.room_name}が、ほかの講座と重なっています", note, Do.CHANGE_COURSE)
    if facts.room_retired:
        return made("room", Level.CAUTION, f"{card.room_name}は、使わない部屋になりました", None, Do.CHANGE_COURSE)
    if card.room_capacity is None:
        return made("room", Level.OK, "ほかの講座と重なっていません", f"{card.room_name}　定員の記録はありません")
    note = f"{card.room_name}　定員{card.room_capacity}人" + (f"に、{counted}{people}人" if people is not None else "")
    if card.enrolled is not None and card.enrolled > card.room_capacity:
        over = card.enrolled - card.room_capacity
        return made("room", Level.NO_GO, f"{over}人が入りきりません", note, Do.CHANGE_COURSE)
    if card.capacity is not None and card.capacity > card.room_capacity:
        note = f"{card.room_name}　定員{card.room_capacity}人に、講座の定員{card.capacity}人"
        return made("room", Level.CAUTION, "定員まで申込があると、入りきりません", note, Do.CHANGE_COURSE)
    return made("room", Level.OK, "入れます", note)


def check_supporters(facts: Facts) -> Check | None:
    needed, helpers = facts.card.supporters_needed, facts.helpers
    who = "、".join(_SUPPORTERS[one] for one in SupporterCategory if helpers.categories.get(one))
    note = f"{helpers.agreed}人（{who}）" if who else f"{helpers.agreed}人"
    if not needed:
        return made("supporters", Level.OK, "手伝う人がいます", note) if helpers.agreed else None
    if helpers.agreed >= needed:
        return made("supporters", Level.OK, "足りています", note)
    note = f"必要なのは{needed}人。引き受けたのは{helpers.agreed}人"
    if helpers.waiting:
        note += f"、返事を待っているのは{helpers.waiting}人"
    detail = f"サポーターが{needed - helpers.agreed}人足りません"
    return made("supporters", Level.CAUTION, detail, note, Do.ASK_SUPPORTERS, quantity=needed - helpers.agreed)


def check_case(facts: Facts) -> Check | None:
    card = facts.card
    if card.case is None or card.venue_name is None or not is_near(card, facts.now):
        return None
    if facts.case_place is not None and fold(facts.case_place).startswith(fold(card.venue_name)):
        return made("case", Level.OK, "会場にあります", card.case_name)
    if facts.case_out:
        return made("case", Level.OK, "この講座に貸しました", card.case_name)
    where = f"いまは{facts.case_place}にあります" if facts.case_place else "どこにあるか、記録がありません"
    return made("case", Level.CAUTION, "まだ会場にありません", f"{card.case_name}　{where}", Do.SEE_CASE)


def check_pack(facts: Facts) -> Check | None:
    """A desk that has the day's pack can lend in a hall without a network. Nothing to lend, nothing to pack."""
    card = facts.card
    lends = bool(facts.kept or facts.loose or phones_needed(facts.card))
    if not lends or facts.hall is None or not is_near(card, facts.now):
        return None
    held = [
        one
        for one in facts.packs
        if one.on_day == facts.day and one.venue in (None, card.venue) and one.expires_at > facts.now
    ]
    if held:
        return made("pack", Level.OK, "窓口の控えがあります", f"{held[0].desk}　{moment_of(held[0].held_at)}から")
    if facts.hall.has_wifi or router_kept(facts):
        return made(
            "pack", Level.OK, "窓口の控えは、まだありません", "通信が切れても貸せるように、前の日に読み込めます"
        )
    note = "この会場にはWi-Fiがありません。控えがあれば、通信なしで貸せます"
    return made("pack", Level.CAUTION, "窓口の控えが、まだありません", note, Do.HOLD_PACK)


def check_issues(facts: Facts) -> Check | None:
    hall = facts.hall
    if hall is None:
        return None
    if hall.open_issues:
        return made(
            "issues", Level.CAUTION, f"この会場の困りごとが、{hall.open_issues}件開いています", None, Do.SEE_ISSUES
        )
    solved = f"最後の困りごとは{month_day(today(hall.last_solved))}に解決" if hall.last_solved else None
    return made("issues", Level.OK, "この会場に、開いている困りごとはありません", solved)


# In the order in which they stand on the page.
CHECKS: tuple[Callable[[Facts], Check | None], ...] = (
    check_wifi,
    check_outage,
    check_routers,
    check_phones,
    check_prepared,
    check_hall,
    check_room,
    check_supporters,
    check_case,
    check_pack,
    check_issues,
)
