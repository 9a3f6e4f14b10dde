"""The words of the screen for what the code calls otherwise, and the filters that say times and numbers in Japanese."""

from datetime import date, datetime
from typing import Any

from inventory.calendar import TOKYO, fiscal_year_name, month_day, today, wareki
from inventory.text import spoken

KIND = {
    "tablet": "タブレット",
    "smartphone": "スマートフォン",
    "router": "モバイルルーター",
    "access_point": "アクセスポイント",
    "other": "そのほか",
}
STATE = {"retired": "除却", "on_loan": "貸出中", "held": "貸出停止", "in_stock": "在庫"}
HOLD = {"inspect": "点検待ち", "wipe": "初期化待ち", "repair": "修理中", "lost": "紛失", "missing": "所在不明"}
# What is written when the work is done, on the button that ends a hold.
RELEASE = {
    "inspect": "点検を記録",
    "wipe": "初期化を記録",
    "repair": "修理の終わりを記録",
    "lost": "見つかったと記録",
    "missing": "見つかったと記録",
}
DEMAND = {"none": "何もしない", "inspect": "点検する", "wipe": "初期化する"}
HANDOVER = {"wipe": "初期化してから渡す", "check": "手から手に渡す（確認表と同意）"}
VENUE = {
    "kominkan": "公民館",
    "community_center": "コミュニティセンター",
    "welfare_center": "福祉会館",
    "branch_office": "支所",
    "library": "図書館",
    "other": "そのほか",
}
COURSE = {"planned": "予定", "held": "実施", "cancelled": "中止", "postponed": "延期"}
AUDIENCE = {
    "phone": "スマホをお持ちの方",
    "no_phone": "スマホをお持ちでない方",
    "supporter": "サポーター",
    "resident": "住民",
    "officer": "自治会役員",
}
SUPPORTER = {
    "care_prevention": "介護予防サポーター",
    "welfare": "民生委員",
    "lifelong_learning": "生涯学習奨励員",
    "student": "学生",
    "other": "そのほか",
}
HELP = {"agreed": "引き受ける", "declined": "都合がつかない"}
WISH = {"continuation": "継続", "series": "連続", "new": "新しく"}
WISH_STATE = {"open": "まだ", "answered": "答えずみ", "withdrawn": "取り下げ"}
WISH_ANSWER = {"planned": "計画に入れた", "later": "あとの年度に考える", "declined": "できない"}
ROLE = {"viewer": "見るだけ", "desk": "窓口", "it": "情報担当", "admin": "管理者"}
CHOICE = {
    "keep": "台帳のまま",
    "other": "あとから届いた読み取りのとおり",
    "dismiss": "取り下げ",
    "fitted": "あとから届いた記録で合った",
}
BORROWER = {
    "association": "自治会",
    "course": "講座",
    "venue": "会場",
    "section": "庁内の課",
    "substitute": "代替機",
}
# What the staff call the troubles; who reports them reads plainer words.
ISSUE_CATEGORY = {
    "power": "電源",
    "screen": "画面・操作",
    "network": "通信・Wi-Fi",
    "howto": "使い方",
    "broken": "こわれた",
    "lost": "紛失",
    "handover": "会長の交代",
    "other": "そのほか",
}
ISSUE_STATE = {
    "received": "受付",
    "confirmed": "確認中",
    "in_progress": "対応中",
    "waiting": "ご連絡待ち",
    "resolved": "解決",
}
ISSUE_CHANNEL = {"message": "返事", "phone": "電話", "letter": "手紙", "note": "職員のメモ"}
CALL_TIME = {"any": "いつでも", "morning": "午前", "afternoon": "午後"}
LOSS_STEP = {
    "lock_asked": "ロックを頼んだ",
    "locked": "ロックできた",
    "wipe_asked": "遠隔での消去を頼んだ",
    "wiped": "遠隔で消去できた",
    "line_stopped": "回線を止めた",
    "police": "警察に届けた",
    "form_filed": "亡失届を受け取った",
    "found": "見つかった",
}

# 所在確認: what was said of a lent device, how much it is used, and where the word came from.
PRESENCE = {"missing": "まだ", "not_in_hand": "手元にない", "confirmed": "確認ずみ"}
USAGE = {"used": "使っている", "little": "あまり使っていない", "unused": "使っていない"}
CHANNEL = {"label": "ラベルから", "phone": "電話", "visit": "訪問"}

# Why a loan is on the list of terms.
TERM = {
    "behind": "前の役職者の手元",
    "ending": "任期満了が近い",
    "unknown": "任期の終わりがわからない",
    "wiping": "初期化待ち",
    "checking": "引き継ぎ確認待ち",
    "unsigned": "借用書がまだ",
}
# The points of a hand-over check: code, what was done, and how.
CHECKED = (
    ("photos", "写真・動画を消した", "「最近削除した項目」も空にします。"),
    ("line", "LINEからログアウトした", "トークの履歴が残っていないことも見ます。"),
    ("passcode", "暗証番号を外し、新しい方が決めた", "指紋・顔の登録も消します。"),
    ("accounts", "個人のアカウントを外した", "Google・Appleの個人アカウントです。"),
    ("accessories", "付属品がそろっている", "充電器・ケースなどです。"),
)

# Sentences shown after a form was carried out. The address names them by key, so that nobody can put words on our
# pages.
DONE = {
    "lent": "貸出を記録しました。",
    "report-text": "文を新しい版にしました。",
    "report-texts": "去年の文を写しました。今年に合わせて直してください。",
    "report-fixed": "確定版をつくりました。この版は変わりません。",
    "returned": "返却を記録しました。",
    "reserved": "予約しました。",
    "reservation-released": "予約を取りやめました。",
    "reserved-for-course": "この講座の時間に予約しました。",
    "already-here": "この端末は、もう返却されています。",
    "extended": "返す日を延ばしました。",
    "undone": "直前の操作を取り消しました。",
    "created": "台帳に加えました。",
    "counted": "参加した人の数を記録しました。",
    "changed": "直した内容を記録しました。",
    "held": "貸出停止にしました。",
    "released": "貸出停止を解きました。",
    "retired": "除却を記録しました。",
    "venue-tagged": "番号をつけました。ポスターを刷って、貼ってください。",
    "tagged": "新しいラベル番号をつけました。古いラベルははがしてください。",
    "blanks": "新しいラベル番号をつくりました。下から刷ってください。",
    "signed-out": "サインアウトしました。",
    "password": "パスワードを変えました。もう一度サインインしてください。",
    "password-given": "パスワードを決め直しました。本人に新しいパスワードを伝えてください。",
    "set-up": "管理者を決めました。つぎは貸出区分と端末を登録します。手引きの「はじめに」が順に案内します。",
    "officer": "役職者を記録しました。",
    "filled": "入れる端末を記録しました。",
    "carried": "場所を記録しました。",
    "brought": "ケースにもどしたことを記録しました。",
    "given-up": "このケースを使うのをやめました。端末は1台ずつ貸せます。",
    "end-of-office": "任期の終わりを記録しました。",
    "signed": "借用書の署名を記録しました。",
    "paper": "紙の借用書を記録しました。",
    "scan": "紙の写しを加えました。",
    "forms": "用紙の番号をつくりました。下から刷ってください。",
    "text": "新しい版の文を記録しました。これから刷る借用書に使います。",
    "form-text": "新しい版の文を記録しました。今日から刷る書類に使います。",
    "applied": "申請を記録しました。決定を待っています。",
    "decided": "決定を記録しました。通知書を印刷できます。",
    "settled": "決めたことを記録しました。",
    "called": "電話で知らせたことを記録しました。",
    "no-answer": "電話に出なかったことを記録しました。あすも、知らせる相手に入ります。",
    "letters": "手紙を出すことを記録しました。下の「手紙」から刷ってください。",
    "not-told": "知らせた記録を取り消しました。知らせる相手にもどります。",
    "reminder-settled": "メールについて、決めたことを記録しました。",
    "extended-all": "返す日を、まとめて延ばしました。",
    "erased": "消去しました。数と日付と台帳の記録は残っています。",
    "retention": "保存期間を決めました。",
    "reported": "困りごとを記録しました。受付番号を、電話の相手に読み上げてください。",
    "answered": "返事を記録しました。",
    "noted": "メモを記録しました。",
    "issue-changed": "困りごとの内容を直しました。",
    "merged": "1件にまとめました。どちらの受付番号からも、これからの返事が読めます。",
    "stopped-for-issue": "端末を止めました。",
    "substitute": "代替機の貸出を記録しました。",
    "repaired": "もとの端末を渡したことを記録しました。",
    "loss-step": "紛失の対応を記録しました。",
    "standard-answer": "標準の答えを記録しました。",
    "round": "所在確認を始めました。自治会長は、端末のラベルから答えられます。",
    "presence": "所在確認を記録しました。",
    "not-in-hand": "手元にないと記録しました。紛失や所在不明は、端末の画面で記録してください。",
    "transferred": "引き継ぎを記録しました。新しい借用書に署名をもらってください。",
    "handed-over": "引き継ぎの確認を記録しました。",
    "registered": "サポーターを登録しました。",
    "registration-ended": "登録の終わりを記録しました。",
    "asked-supporters": "頼んだことを記録しました。返事が来たら、講座の画面で記録してください。",
    "help-answered": "返事を記録しました。",
    "help-taken-back": "頼むのを取りやめました。",
    "wished": "要望を記録しました。",
    "wish-answered": "要望への答えを記録しました。",
    "wish-withdrawn": "要望を取り下げました。",
    "nothing": "変わったところはありませんでした。",
    "course-copied": "講座を写しました。日時と会場をたしかめてください。",
    "course-cancelled": "中止を記録しました。この講座のためにとっておいた端末は、ほかに使えます。",
    "course-postponed": "延期を記録しました。日が決まったら、「延期した先の日を決める」で書いてください。",
    "course-postponed-to": "延期を記録しました。これが延期した先の講座です。予約があったときは、この日に移りました。",
    "course-postponed-short": "延期を記録しました。この日は端末が足りないので、予約が入っていないものがあります。",
    "course-planned-again": "予定にもどしました。予約が要るときは、もう一度予約してください。",
    "series-created": "連続講座を加えました。",
    "series-dates": "日にちを加えました。",
    "plan-copied": "新しい年度に写しました。日にちと会場をたしかめてください。",
}


def jst(moment: datetime) -> datetime:
    return moment.astimezone(TOKYO)


def day_of(value: date | datetime) -> date:
    return today(value) if isinstance(value, datetime) else value


def short_day(value: date | datetime) -> str:
    """11月24日（火）"""
    return month_day(day_of(value))


def long_day(value: date | datetime) -> str:
    """令和8年11月24日"""
    return wareki(day_of(value))


def clock_time(value: datetime) -> str:
    """13:30, the hour without a leading zero."""
    local = jst(value)
    return f"{local.hour}:{local.minute:02d}"


def day_and_time(value: datetime) -> str:
    return f"{short_day(value)} {clock_time(value)}"


def yen(value: int) -> str:
    return f"{value:,}円"


def _words(table: dict[str, str]) -> Any:
    return lambda value: table[str(value)]


FILTERS: dict[str, Any] = {
    "short_day": short_day,
    "long_day": long_day,
    "clock_time": clock_time,
    "jst": jst,
    "day_and_time": day_and_time,
    "iso_day": lambda value: day_of(value).isoformat(),
    "yen": yen,
    "fiscal_year_word": fiscal_year_name,
    "spoken": spoken,
    "kind_word": _words(KIND),
    "state_word": _words(STATE),
    "hold_word": _words(HOLD),
    "release_word": _words(RELEASE),
    "demand_word": _words(DEMAND),
    "handover_word": _words(HANDOVER),
    "venue_word": _words(VENUE),
    "course_word": _words(COURSE),
    "audience_word": _words(AUDIENCE),
    "role_word": _words(ROLE),
    "supporter_word": _words(SUPPORTER),
    "help_word": _words(HELP),
    "wish_word": _words(WISH),
    "wish_answer_word": _words(WISH_ANSWER),
    "wish_state_word": _words(WISH_STATE),
    "borrower_word": _words(BORROWER),
    "usage_word": _words(USAGE),
    "channel_word": _words(CHANNEL),
    "issue_category_word": _words(ISSUE_CATEGORY),
    "issue_state_word": _words(ISSUE_STATE),
    "issue_channel_word": _words(ISSUE_CHANNEL),
    "call_time_word": _words(CALL_TIME),
    "loss_step_word": _words(LOSS_STEP),
}
GLOBALS: dict[str, Any] = {
    "KINDS": list(KIND.items()),
    "STATES": list(STATE.items()),
    "HOLDS": list(HOLD.items()),
    "DEMANDS": list(DEMAND.items()),
    "HANDOVERS": list(HANDOVER.items()),
    "VENUE_KINDS": list(VENUE.items()),
    "ROLES": list(ROLE.items()),
    "SUPPORTERS": list(SUPPORTER.items()),
    "WISHES": list(WISH.items()),
    "WISH_ANSWERS": list(WISH_ANSWER.items()),
    "ISSUE_CATEGORIES": list(ISSUE_CATEGORY.items()),
    "ISSUE_STATES": list(ISSUE_STATE.items()),
    "LOSS_STEPS": list(LOSS_STEP.items()),
}
