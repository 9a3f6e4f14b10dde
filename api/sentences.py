"""What pydantic found wrong, as Japanese sentences that say what to do."""

from collections.abc import Iterable
from typing import Any

_SENTENCES = {
    "missing": "書いてください",
    "extra_forbidden": "知らない項目です。名前をたしかめてください",
    "string_type": "文字で書いてください",
    "string_too_short": "もう少し長く書いてください",
    "string_pattern_mismatch": "使えない文字が入っています。半角の英数字などで書いてください",
    "string_unicode": "読めない文字が入っています。打ち直してください",
    "int_type": "数で書いてください",
    "int_parsing": "数で書いてください",
    "int_from_float": "整数で書いてください",
    "float_type": "数で書いてください",
    "float_parsing": "数で書いてください",
    "finite_number": "数で書いてください",
    "bool_type": "はいかいいえで答えてください",
    "bool_parsing": "はいかいいえで答えてください",
    "list_type": "一覧で書いてください",
    "dict_type": "項目と値の組で書いてください",
    "model_type": "項目と値の組で書いてください",
    "model_attributes_type": "項目と値の組で書いてください",
    "enum": "選べる値の中から選んでください",
    "literal_error": "選べる値の中から選んでください",
    "timezone_aware": "時刻に時差（+09:00など）をつけてください",
    "json_invalid": "JSONとして読めません。書き方をたしかめてください",
}
_DATES = ("date_", "datetime_")


def sentence_of(error: dict[str, Any]) -> str:
    """One error as a sentence; our own validators speak Japanese already."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context.get("error") or error["msg"].removeprefix("Value error, ")) + "。"
    if kind == "string_too_long":
        return f"{context['max_length']}文字までにしてください。"
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        return _bound(*next(iter(context.items())))
    if kind == "too_long":
        return f"{context['max_length']}件までにしてください。"
    if kind == "too_short":
        return "1件以上入れてください。"
    if kind.startswith(_DATES):
        return "日付は 2026-11-23 のように書いてください。"
    return _SENTENCES.get(kind, "書き方をたしかめてください") + "。"


_BOUNDS = {
    "ge": ("以後の日を", "以上の数を"),
    "gt": ("より後の日を", "より大きい数を"),
    "le": ("以前の日を", "以下の数を"),
    "lt": ("より前の日を", "より小さい数を"),
}


def _bound(name: str, limit: Any) -> str:
    """Which days or numbers may be written. ``name``: pydantic's word for the bound, ge, gt, le or lt.

    ``limit``: a number, or a day or moment as pydantic writes it, ``1900-01-01``.
    """
    day, number = _BOUNDS[name]
    if isinstance(limit, str):
        return f"{limit[:10]}{day}書いてください。"
    return f"{limit:,g}{number}書いてください。" if isinstance(limit, float) else f"{limit:,}{number}書いてください。"


def field_errors(errors: Iterable[Any]) -> list[dict[str, str]]:
    """``{"field": dotted path, "message": sentence}`` for each error. The input itself is never repeated."""
    found = []
    for error in errors:
        path = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header", "form")]
        found.append({"field": ".".join(path), "message": sentence_of(error)})
    return found
