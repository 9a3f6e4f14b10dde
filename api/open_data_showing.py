"""What the pages of the published lists share: the file that is chosen, where it is, and its check in a sentence."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from api.published_files import FileForm, Headers, LayoutCode, Published
from api.spreadsheets import Encoding
from inventory.machine_rules import RuleResult
from inventory.open_data_layouts import layout

Kind = Literal["utf8", "cp932", "xlsx"]
_FILES: dict[Kind, tuple[FileForm, Encoding]] = {
    "utf8": ("csv", "utf-8-sig"),
    "cp932": ("csv", "cp932"),
    "xlsx": ("xlsx", "utf-8-sig"),
}
_COUNTED = (("ok", "適合"), ("caution", "要確認"), ("broken", "不適合"), ("not_applicable", "対象外"))


@dataclass(frozen=True)
class Asked:
    """``shown``: what the page draws of the choice, of the layout and of the addresses of the files."""

    published: Published
    shown: dict[str, Any]


def asked_for(dataset: str, layout_code: LayoutCode | None, file: Kind | None, headers: Headers | None) -> Asked:
    """A list in the layout and the file that are chosen, or in the usual ones."""
    code, kind, names = layout_code or "ods", file or "utf8", headers or "japanese"
    form, encoding = _FILES[kind]
    chosen = layout(dataset, code)
    wishes = {"layout": code, "headers": names} | ({"encoding": encoding} if form == "csv" else {})
    return Asked(
        Published(chosen, names, form, encoding),
        {
            "layout": chosen,
            "chosen": {"layout": code, "file": kind, "headers": names},
            "address": f"/api/exports/{dataset}.{form}?{urlencode(wishes)}",
            "definition": f"/api/open-data/{dataset}/definition.csv?{urlencode({'layout': code})}",
            "unproved": [column.name for column in chosen.columns if column.proof == "unproved"],
        },
    )


def verdict(rules: Sequence[RuleResult]) -> str:
    """The check in a sentence."""
    counts: Counter[str] = Counter(result.verdict for result in rules)
    told = [f"{word}{counts[one]}件" for one, word in _COUNTED if counts[one]]
    return "、".join(told)
