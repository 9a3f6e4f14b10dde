"""Every code a door can answer with, and the refusals of the doors themselves."""

from typing import Any

# Code → status and title. The title names the kind of problem; the detail says what to do in this case.
TITLES: dict[str, tuple[int, str]] = {
    "missing-op-id": (400, "操作番号がありません"),
    "bad-request": (400, "読み取れない要求です"),
    "sign-in": (401, "サインインしてください"),
    "not-allowed": (403, "この操作は許可されていません"),
    "not-found": (404, "見つかりません"),
    "wrong-method": (405, "この宛先では使えない方法です"),
    "refused": (409, "いまはできません"),
    "already-lent": (409, "貸出中です"),
    "held": (409, "貸出停止中です"),
    "retired": (409, "除却ずみです"),
    "in-other-case": (409, "ほかの貸出ケースに入っています"),
    "promised": (409, "予約されています"),
    "limit-reached": (409, "貸せる台数を超えます"),
    "not-enough": (409, "台数が足りません"),
    "agreement-missing": (409, "借用書がまだです"),
    "illegal-step": (409, "その段階には進めません"),
    "too-late-to-undo": (409, "取り消せません"),
    "replaced": (410, "貼り替えられたラベルです"),
    "stale": (412, "ほかの人が先に直しました"),
    "too-large": (413, "大きすぎます"),
    "bad-photo": (422, "受け取れない写真です"),
    "op-id-reused": (422, "操作番号が使い回されています"),
    "invalid": (422, "書き方を見直してください"),
    "impossible-time": (422, "ありえない日時です"),
    "missing-if-match": (428, "もとにした版がわかりません"),
    "too-many": (429, "回数が多すぎます"),
    "broken": (500, "うまくいきませんでした"),
    "busy": (503, "混み合っています"),
    "storage-full": (507, "保存する場所がいっぱいです"),
}


class Problem(Exception):
    """A refusal of the door itself: it never reached the rule book."""

    def __init__(self, code: str, detail: str, *, headers: dict[str, str] | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.status = TITLES[code][0]
        self.detail = detail
        self.headers = headers or {}
        self.facts = facts
