"""One person's record on screen, the page that erases it, and the page that says how long things are kept."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.forms import Sent, Wrong, wrong, wrong_status
from api.pages import render, see_other
from api.transactions import Look, Now
from api.visitors import ADMIN, DESK
from inventory.erasing import ErasePerson, Holdings, erase_person, holdings
from inventory.errors import NotFound
from inventory.personal_data import personal_record
from inventory.retention import KINDS, Plan, Rules, RulesCard, plan, set_rules

pages = APIRouter(include_in_schema=False)
Person = Annotated[str, Path(max_length=60)]
# A text of staff on the page that erases: enough of it to know what it is about.
SHOWN_OF_TEXT = 400
WHERE = {
    "loan.purpose": "貸出の目的",
    "loan.note": "貸出のメモ",
    "loan.override_reason": "貸出の特別な理由",
    "loan_item.condition_note": "返却のときのメモ",
    "application.purpose": "申請の目的",
    "application.note": "申請のメモ",
    "application.decision_reason": "申請の決定の理由",
    "hold.note": "貸出停止のメモ",
    "hold.closing_note": "貸出停止を解いたときのメモ",
    "stray_return.condition_note": "返却のときのメモ",
    "loss_step.note": "紛失の対応のメモ",
    "conflict.reason": "要確認を決めた理由",
    "device.note": "端末のメモ",
    "issue.words": "困りごとの言葉",
    "issue.reporter_name": "困りごとを知らせた方の名前",
    "issue_message.words": "困りごとのやりとり",
    "presence.note": "所在確認のメモ",
    "access_point.note": "アクセスポイントの備考",
    "supporter.note": "サポーターのメモ",
    "wish.words": "要望の言葉",
    "wish.answer_words": "要望への答え",
    "reservation.note": "予約のメモ",
    "reservation.override_reason": "足りなくても予約した理由",
    "venue_closure.reason": "臨時休館の理由",
    "speed_test.note": "速度測定のメモ",
    "wifi_outage.note": "Wi-Fiの障害のメモ",
    "disaster_drill.note": "災害時の訓練のメモ",
    "venue.note": "会場のメモ",
    "room.note": "部屋のメモ",
    "venue.disaster_procedure": "災害時の開放の手順",
    "wifi_step.reason": "Wi-Fi整備の段階を動かした理由",
    "wifi_step.note": "Wi-Fi整備の段階の備考",
    "wifi_step_strike.reason": "Wi-Fi整備の記録を取り消した理由",
    "wifi_plan.reason": "Wi-Fiの見込みを動かした理由",
    "wifi_action.action": "Wi-Fi整備でつぎにすること",
    "wifi_action.owner": "Wi-Fi整備でつぎにする人",
    "wifi_target.reason": "Wi-Fi整備の対象を決めた理由",
    "wifi_programme.note": "Wi-Fi整備計画のメモ",
    "contract.note": "契約のメモ",
    "line.note": "回線のメモ",
    "picture.caption": "会場の写真の説明",
}
OVER = {
    "people": "任期や登録の終わった人",
    "reports": "解決した困りごと",
    "pictures": "端末の写真",
    "reminders": "返す日の知らせのメモ",
    "presences": "所在確認のメモ",
}


@pages.get("/people/{person}", dependencies=[DESK])
async def one_person(request: Request, person: Person, look: Look, now: Now) -> Response:
    record = await look.read(personal_record, person, now=now)
    return render(request, "people/card.html", nav="associations", record=record)


@pages.get("/people/{person}/erase", dependencies=[DESK])
async def ask_to_erase(request: Request, person: Person, look: Look) -> Response:
    return _erase_form(request, await look.read(holdings, person), {})


@pages.post("/people/{person}/erase", dependencies=[DESK])
async def erase(request: Request, person: Person, sent: Sent, look: Look) -> Response:
    try:
        given: dict[str, Any] = sent.given("reason")
        order = ErasePerson.model_validate({**given, "texts": sent.lists.get("texts", [])})
        await sent.act(erase_person, order, person=person)
    except NotFound:
        raise
    except Wrong as error:
        values = {"reason": sent.values.get("reason"), "texts": sent.lists.get("texts", [])}
        return _erase_form(request, await look.read(holdings, person), values, error)
    return see_other(f"/people/{person}", done="erased")


def _erase_form(
    request: Request, card: Holdings, values: Mapping[str, Any], error: Exception | None = None
) -> Response:
    texts = [
        (
            text.key,
            text.words[:SHOWN_OF_TEXT],
            WHERE[text.key.rpartition(".")[0]] + "　" + (f"貸出 {text.loan}" if text.loan else text.device or ""),
        )
        for text in card.texts
    ]
    return render(
        request,
        "people/erase.html",
        nav="associations",
        status=wrong_status(error) if error else 200,
        card=card,
        texts=texts,
        values=values,
        errors=wrong(error) if error else {},
    )


@pages.get("/retention", dependencies=[ADMIN])
async def retention(request: Request, look: Look, now: Now) -> Response:
    found = await look.read(plan, now=now)
    return _retention(request, found, {name: years for name, years in found.rules if years is not None})


@pages.post("/retention", dependencies=[ADMIN])
async def set_retention(request: Request, sent: Sent, look: Look, now: Now) -> Response:
    """Try the years, or set them: two buttons of one form. Trying writes nothing."""
    try:
        rules = Rules.model_validate(sent.given(*Rules.model_fields))
        if "try" in sent.values:
            found = await look.read(plan, now=now, rules=RulesCard(**rules.model_dump()))
            return _retention(request, found, sent.values, tried=True)
        await sent.act(set_rules, rules)
    except Wrong as error:
        return _retention(request, await look.read(plan, now=now), sent.values, error=error)
    return see_other("/retention", done="retention")


def _retention(
    request: Request, found: Plan, values: Mapping[str, Any], *, tried: bool = False, error: Exception | None = None
) -> Response:
    kinds = [
        (OVER[kind], found.counts[kind], [one for one in found.rows if one.kind == kind])
        for kind in KINDS
        if kind in found.counts
    ]
    return render(
        request,
        "retention/rules.html",
        nav="retention",
        status=wrong_status(error) if error else 200,
        kinds=kinds,
        total=sum(found.counts.values()),
        on=bool(found.counts),
        tried=tried,
        values=values,
        errors=wrong(error) if error else {},
    )
