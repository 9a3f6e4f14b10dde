"""The words of the screen for venues and their wifi: stages, causes, lines, checklists, and the marks of stages."""

from typing import Any

STAGE = {
    "survey": "調査",
    "design": "設計",
    "contract": "契約",
    "construction": "工事",
    "activation": "開通",
    "in_service": "運用",
    "on_hold": "保留",
    "excluded": "対象外",
    "removed": "撤去",
}
# A pie that fills in sixths, a tick at 運用; beside the road a bar, an empty ring and a struck ring.
STAGE_MARK = {
    "survey": "w1",
    "design": "w2",
    "contract": "w3",
    "construction": "w4",
    "activation": "w5",
    "in_service": "w6",
    "on_hold": "hold",
    "excluded": "ring",
    "removed": "gone",
}
CAUSE = {
    "tender_failed": "入札不調",
    "carried_over": "繰越",
    "parts_short": "部材不足",
    "pole_wait": "電柱の共架待ち",
    "line_wait": "回線の開通待ち",
    "building": "館の改修・都合",
    "budget": "予算",
    "disaster": "災害・天候",
    "other": "そのほか",
}
LINE = {"fibre": "光回線", "cable": "ケーブルテレビ", "mobile": "モバイル回線", "other": "そのほか"}
AUTH = {"open": "認証なし", "passphrase": "パスワード", "portal": "利用登録の画面"}
# The checklist of each stage: what was done, by code (inventory.wifi_stages.CHECKLISTS).
CHECK = {
    "power": "電源の位置を確かめた",
    "mounting": "機器の取り付け場所を決めた",
    "wiring": "配線の通り道を確かめた",
    "line_possible": "回線が引けることを確かめた",
    "radio": "電波の届く範囲を測った",
    "drawings": "館の図面を受け取った",
    "floor_plan": "配置図をつくった",
    "estimate": "見積もりを取った",
    "security": "セキュリティの方針に合わせた",
    "hall_agreed": "館長と日程を合わせた",
    "tender_done": "入札・見積合わせが終わった",
    "contract_signed": "契約書を交わした",
    "schedule_agreed": "工程表を受け取った",
    "notice_given": "利用者に工事を知らせた",
    "cabling_done": "配線が終わった",
    "mounted": "機器を取り付けた",
    "cleaned_up": "片付けを確かめた",
    "line_up": "回線が開通した",
    "speed_measured": "速度を測った",
    "coverage_walked": "館内を歩いて電波を確かめた",
    "filter_on": "フィルタリングを確かめた",
    "accepted": "検収に合格した",
    "poster_up": "ポスターを貼った",
    "label_on": "管理ラベルを貼った",
    "staff_told": "館の職員に使い方を伝えた",
    "documents_filed": "完成図書を受け取った",
}

# Sentences shown after a form was carried out, by key (see ``words.DONE``).
DONE: dict[str, str] = {
    "closure-added": "休館の日を記録しました。",
    "closure-taken-back": "休館の記録を取り消しました。",
    "outage-begun": "障害を記録しました。直ったら、復旧を記録してください。",
    "outage-over": "復旧を記録しました。",
    "speed-added": "速度を記録しました。つぎの部屋も、ここで記録できます。",
    "speed-taken-back": "速度の記録を取り消しました。",
    "usage-recorded": "利用件数を記録しました。",
    "photo-added": "写真を加えました。",
    "photo-erased": "写真を消しました。",
    "disaster-planned": "災害時の開放について記録しました。",
    "drill-added": "訓練を記録しました。",
    "drill-taken-back": "訓練の記録を取り消しました。",
    "filter-saved": "この条件を保存しました。職員みんなの表の上に並びます。",
    "filter-removed": "保存した条件を消しました。",
    "point-added": "アクセスポイントを加えました。",
    "point-changed": "アクセスポイントの内容を直しました。",
    "point-removed": "アクセスポイントを外したことを記録しました。",
    "passphrase-changed": "パスワードを変えました。機器の設定とポスターも変えてください。",
    "passphrases-changed": "パスワードを変えました。機器の設定を変えて、ポスターを刷り直してください。",
    "room-added": "部屋を加えました。",
    "room-retired": "この部屋を、使わない部屋にしました。",
    "wifi-plans": "見込みを記録しました。前の見込みも残っています。",
    "wifi-action": "つぎにすることを記録しました。",
    "wifi-action-done": "すんだと記録しました。",
    "wifi-programme": "整備計画を加えました。対象の館を選んでください。",
    "wifi-target": "対象の館を記録しました。前の対象も残っています。",
    "wifi-step": "段階を記録しました。",
    "wifi-steps": "選んだ館の段階を記録しました。",
    "wifi-step-struck": "記録を取り消しました。取り消したことも経過に残ります。",
}


def _words(table: dict[str, str]) -> Any:
    return lambda value: table[str(value)]


FILTERS: dict[str, Any] = {
    "stage_word": _words(STAGE),
    "stage_mark": _words(STAGE_MARK),
    "cause_word": _words(CAUSE),
    "line_word": _words(LINE),
    "auth_word": _words(AUTH),
    "check_word": _words(CHECK),
}
GLOBALS: dict[str, Any] = {
    "STAGES": list(STAGE.items()),
    "CHECKS": list(CHECK),
    "CAUSES": list(CAUSE.items()),
    "LINES": list(LINE.items()),
    "AUTHS": list(AUTH.items()),
}
