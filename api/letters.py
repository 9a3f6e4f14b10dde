"""What a letter about due devices says, as the ink's ``Letter``."""

from datetime import datetime

from inventory.calendar import today, wareki
from inventory.reminding import Call
from inventory.settings import Settings
from labels.letter import Letter, LetterRow


def letter_to(call: Call, settings: Settings, now: datetime) -> Letter:
    words = {item.return_word for item in call.items}
    word = words.pop() if len(words) == 1 else "返却"
    contact = call.contact
    reader = f"{contact.office or ''}　{contact.name}　様".strip("　") if contact.name else "ご担当者　様"
    late = any(item.days_late for item in call.items)
    opening = (
        f"お貸ししている端末のうち、{word}の期日をすぎたものがあります。"
        if late
        else f"お貸ししている端末の{word}の期日が近づきましたので、お知らせします。"
    )
    phone = f"電話　{settings.office_phone}" if settings.office_phone else ""
    hours = f"（{settings.office_hours}）" if settings.office_phone and settings.office_hours else ""
    return Letter(
        to=(call.borrower.name, reader),
        day=wareki(today(now)),
        office=tuple(line for line in (f"{settings.city_name} {settings.office_name}", phone + hours) if line),
        title=f"端末の{word}について（お願い）",
        opening=("いつもお世話になっております。", opening),
        rows=tuple(
            LetterRow(
                name=item.pool_name + (f"　呼び番号 {item.call_number}" if item.call_number is not None else ""),
                number=item.asset_number,
                due=wareki(item.due_on),
                late=f"{item.days_late}日すぎています" if item.days_late else "",
            )
            for item in call.items
        ),
        closing=(
            "お手数をおかけしますが、端末と付属品をそろえて、下の窓口までお持ちください。",
            "まだお使いになりたいとき、窓口までお持ちになるのが難しいとき、端末が見当たらないときは、"
            "お電話でご相談ください。",
            "行きちがいに、もうお返しいただいていましたら、お許しください。",
        ),
    )
