"""休館日: a hall's rule in words, as cities write it, read as a rule. Pure.

``第1・第3月曜、12/29–1/3``, ``月曜（祝日のときは翌日）``, ``毎月末日``, ``年末年始（12月29日から1月3日まで）`` and the
like, in any width and with any stroke. 年末年始 without days of its own is 29 December to 3 January, as in
行政機関の休日に関する法律 §1.
"""

import re
import unicodedata
from dataclasses import replace
from datetime import date
from functools import lru_cache

from inventory.closed_rules import LAST, WEEKDAYS, Holidays, Monthly, Part, Rule, Weekly, Yearly


class NotARule(ValueError):
    """``part`` is what cannot be read."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


_TO_DASH = str.maketrans(dict.fromkeys("~〜ー−–—―‐‑‒─━→⁓∼⸺﹘", "-"))
_NUMERALS = str.maketrans("一二三四五", "12345")
_J = r"(?:[,、・/;と]|及び|および|並びに|ならびに|または|又は)"
_JOINED = re.compile(rf"{_J}+")
_W = rf"[{WEEKDAYS}]"
_TAIL = r"曜(?:日(?!曜))?"
# 月・火曜日, 土日, 月曜から金曜: letters, the last with 曜, or two of them without.
_RUN = re.compile(rf"{_W}(?:{_TAIL})?(?:{_J}?{_W}(?!末|[0-9])(?:{_TAIL})?)*")
_SPAN_OF_WEEK = re.compile(rf"({_W})(?:{_TAIL})?(?:から|-)({_W})(?:{_TAIL})?(?:まで)?")
_ONE = re.compile(rf"({_W})({_TAIL})?")
_WEEKS = re.compile(
    rf"(?:毎月の?)?((?:第[1-5一二三四五](?:{_J}*第?[1-5一二三四五](?![0-9]*[月/]?[0-9]))*)"
    rf"(?:{_J}*(?:最終|最後の?))?|最終|最後の?)週?の?(?={_W})"
)
_EVERY = re.compile(r"毎週の?")
_WHEN = r"(?:祝祭?日|休日|国民の祝日)等?(?:の日)?(?:(?:に|と)(?:(?:あ|当)た|重な)(?:る|った)|である|の)?"
_ON_HOLIDAY = re.compile(
    rf"[,、。.]?\(?(?:ただし|但し)?[,、]?(?:(?:その日|当日|{_W}(?:{_TAIL}))が)?{_WHEN}"
    rf"(?:(?:とき|時|場合)は?[,、]?(?:(?P<open>開館|開く|休まない|休館しない|開館する)"
    rf"|(?:その|直後の)?(?P<next>翌日|次の日|翌平日|次の平日|直近の平日|翌開館日|(?:翌日?の?)?(?P<named>{_W})(?:{_TAIL})))"
    rf"|(?P<but>は?(?:を)?(?:除く|のぞく|開館)))(?:に?振り?替え?る?|に?休館|に休む|を休館(?:とする|日とする)?|とする)?\)?"
)
_MD = r"([0-9]{1,2})(?:月|/|\.)([0-9]{1,2})日?"
_SPAN = re.compile(rf"毎?年?{_MD}(?:から|-|より)(?:翌年?の?)?(?:([0-9]{{1,2}})(?:月|/|\.))?([0-9]{{1,2}})日?(?:まで)?")
_DAY = re.compile(rf"(?:毎年)?{_MD}")
_NEW_YEAR = re.compile(r"年末年始(?:の休み|休み|休館|休業)?(?:期間)?")
_WITH_DAYS = re.compile(rf"\(?(?:は|:)?(?={_MD}(?:から|-|より))")
_WITH_DAYS = re.compile(rf"\(?(?:は|:)?(?={_MD}(?:から|-|より))")
_HOLIDAY = re.compile(r"(?:国民の)?(?:祝祭日|祝日(?!曜)|祝|休日)(の翌日)?")
_MONTH_END = re.compile(r"(?:毎月の?)?(?:月?末日|月末)|毎月末")
_MONTH_DAYS = re.compile(rf"毎月([0-9]{{1,2}})日(?:{_J}([0-9]{{1,2}})日)*")
_BEFORE = re.compile(r"(?:定期)?(?:休館日|休業日|定休日|休日)(?:は|:)|定休(?:日)?:?")
_AFTER = re.compile(r"(?:日?は|を)?(?:定?休館日?|定?休業日?|定休日?|お?休み)?(?:とする|です)?。?")
_NEVER = re.compile(r"(?:休館日?|定休日?)?(?:は)?(?:なし|無し|ない|年中無休|無休|ありません|特になし)(?:です)?。?")
_FORMAL = (12, 29), (1, 3)


@lru_cache(maxsize=4096)
def parse(text: str) -> Rule:
    """The rule that ``text`` names.

    Raises:
        NotARule: a part of it cannot be read.
    """
    plain = _plain(text)
    if _NEVER.fullmatch(plain):
        return Rule(())
    begun = _BEFORE.match(plain)
    at = begun.end() if begun else 0
    parts: list[Part] = []
    while at < len(plain):
        ended = _AFTER.fullmatch(plain, at)
        if ended and parts:
            break
        joined = _JOINED.match(plain, at)
        if joined and parts:
            at = joined.end()
            continue
        found = _part(plain, at)
        unclear = found and isinstance(found[0], Weekly) and _unclear(parts, found[0], plain, at)
        if found is None or unclear:
            raise NotARule(_unread(plain, at))
        parts.append(found[0])
        at = found[1]
    if not parts:
        raise NotARule(plain or "（空）")
    over_new_year = any(isinstance(part, Yearly) and not part.plain and part.first > part.last for part in parts)
    return Rule(tuple(part for part in parts if not (over_new_year and isinstance(part, Yearly) and part.plain)))


def readable(text: str) -> str:
    """The text as it is, when it is a rule: the check of a field.

    Raises:
        ValueError: it is none; the sentence names what cannot be read.
    """
    try:
        parse(text)
    except NotARule as error:
        raise ValueError(
            f"「{error.part}」は休館日として読み取れません。「第1・第3月曜、12/29–1/3」「月曜（祝日のときは翌日）」"
            "「毎月末日」「なし」のように書き、そのほかの説明はメモに書いてください"
        ) from None
    return text


def _plain(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).translate(_TO_DASH)
    # A blank between two figures is all that parts them.
    parted = re.sub(r"(?<=[0-9])\s+(?=[0-9])", ",", wide)
    return "".join(parted.split()).replace("[", "(").replace("]", ")").replace("【", "(").replace("】", ")")


def _unread(plain: str, at: int) -> str:
    """The words from here to the next comma, short enough to be shown."""
    part = re.split(r"[,、;]", plain[at:].lstrip(",、・;"), maxsplit=1)[0]
    return part[:30] or plain[at : at + 30]


def _unclear(parts: list[Part], found: Weekly, plain: str, at: int) -> bool:
    """第2月曜・火曜 may mean the second Tuesday or every Tuesday: somebody has to say which."""
    before = parts[-1] if parts else None
    every = _EVERY.match(plain, at) is not None
    return isinstance(before, Weekly) and bool(before.weeks) and not found.weeks and not every


def _part(plain: str, at: int) -> tuple[Part, int] | None:
    """The part of a rule that begins here, and where it ends."""
    if found := _NEW_YEAR.match(plain, at):
        bracket = _WITH_DAYS.match(plain, found.end())
        span = _span(plain, bracket.end()) if bracket else None
        if span:
            end = span[1] + (plain[span[1] : span[1] + 1] == ")" and "(" in plain[found.end() : span[1]])
            return replace(span[0], name="年末年始"), end
        return Yearly(*_FORMAL, name="年末年始", plain=True), found.end()
    if span := _span(plain, at):
        return span
    if found := _DAY.match(plain, at):
        day = int(found[1]), int(found[2])
        return (Yearly(day, day), found.end()) if _is_a_day(*day) else None
    if found := _MONTH_DAYS.match(plain, at):
        days = tuple(sorted({int(number) for number in re.findall(r"([0-9]{1,2})日", found[0])}))
        return (Monthly(days), found.end()) if all(1 <= day <= 31 for day in days) else None
    if found := _MONTH_END.match(plain, at):
        return Monthly((LAST,)), found.end()
    if found := _HOLIDAY.match(plain, at):
        return Holidays(after=found[1] is not None), found.end()
    return _weekly(plain, at)


def _span(plain: str, at: int) -> tuple[Yearly, int] | None:
    found = _SPAN.match(plain, at)
    if found is None:
        return None
    first = int(found[1]), int(found[2])
    last = int(found[3] or found[1]), int(found[4])
    if not (_is_a_day(*first) and _is_a_day(*last)):
        return None
    return Yearly(first, last), found.end()


def _is_a_day(month: int, day: int) -> bool:
    try:
        date(2024, month, day)
    except ValueError:
        return False
    return True


def _weekly(plain: str, at: int) -> tuple[Weekly, int] | None:
    weeks: tuple[int, ...] = ()
    if named := _WEEKS.match(plain, at):
        numbers = re.findall(r"[1-5]", named[1].translate(_NUMERALS))
        weeks = tuple(sorted({int(number) for number in numbers}))
        weeks += (LAST,) if "最" in named[1] else ()
        at = named.end()
    elif every := _EVERY.match(plain, at):
        at = every.end()
    if week := _SPAN_OF_WEEK.match(plain, at):
        first, last = (WEEKDAYS.index(letter) for letter in week.groups())
        weekdays = tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
        end = week.end()
    else:
        run = _RUN.match(plain, at)
        if run is None:
            return None
        found = list(_ONE.finditer(run[0]))
        if weeks:
            # 第1月曜・火曜 says no more of 火曜 than the letters up to the first 曜.
            found = found[: next((place for place, one in enumerate(found, 1) if one[2]), 0)]
        elif not any(one[2] for one in found) and len(found) < 2:
            return None
        if not found:
            return None
        weekdays = tuple(sorted({WEEKDAYS.index(one[1]) for one in found}))
        end = at + found[-1].end()
    policy, end = _on_holiday(plain, end, weekdays)
    return Weekly(weekdays, weeks, policy), end


def _on_holiday(plain: str, at: int, weekdays: tuple[int, ...]) -> tuple[str, int]:
    """What becomes of a closed day that is a holiday, where the words after it say so."""
    found = _ON_HOLIDAY.match(plain, at)
    if found is None or found[0].count("(") != found[0].count(")"):
        return "closed", at
    if found["open"] or found["but"]:
        return "open", found.end()
    if found["named"]:
        # 月曜（祝日のときは火曜） is the next day; any other day of the week is for a person to say.
        follows = {(day + 1) % 7 for day in weekdays}
        return ("next", found.end()) if follows == {WEEKDAYS.index(found["named"])} else ("closed", at)
    return ("workday" if "平日" in found["next"] or "開館日" in found["next"] else "next"), found.end()
