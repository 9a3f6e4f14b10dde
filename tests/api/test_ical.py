"""The iCalendar object against RFC 5545, read back by a parser of its own."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.ical import calendar_file, escaped, folded
from inventory.courses import CourseCard
from inventory.tables import CourseState

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', re.DOTALL)


def card(**fields: Any) -> CourseCard:
    plain: dict[str, Any] = dict.fromkeys(CourseCard.model_fields)
    plain |= {"id": "7", "programme": "1", "programme_name": "スマホ講座", "fiscal_year": 2026, "title": "スマホ入門"}
    plain |= {"starts_at": datetime(2026, 11, 24, 4, 30, tzinfo=UTC), "ends_at": datetime(2026, 11, 24, 6, tzinfo=UTC)}
    plain |= {"needs_wifi": False, "state": "planned", "approx": False, "published": False, "revision": 3}
    return CourseCard.model_validate(plain | {"venue": "K01", "venue_name": "大胡公民館"} | fields)


def made(*courses: CourseCard, ledger: str = "mac") -> bytes:
    return calendar_file(courses, ledger=ledger, address="https://daicho.example.jp", name="前橋市の講座", now=NOW)


def lines_of(data: bytes) -> list[str]:
    """Content lines, unfolded (§3.1). A bare CR or LF anywhere is a fault."""
    assert (
        data.endswith(b"\r\n") and b"\n" not in data.replace(b"\r\n", b"") and b"\r" not in data.replace(b"\r\n", b"")
    )
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    return data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def value_of(text: str) -> str:
    """A TEXT without its escapes (§3.3.11), character by character."""
    said, rest = "", iter(text)
    for character in rest:
        if character == "\\":
            following = next(rest)
            assert following in '\\;,nN"', text
            said += "\n" if following in "nN" else following
        else:
            assert character not in ";,", text
            said += character
    return said


def events(data: bytes) -> list[dict[str, tuple[dict[str, str], str]]]:
    """Every VEVENT: name → parameters and raw value. Components are nested as they must be (§3.4, §3.6)."""
    open_now: list[str] = []
    found: list[dict[str, tuple[dict[str, str], str]]] = []
    for line in lines_of(data):
        match = LINE.fullmatch(line)
        assert match is not None, line
        name, value = match[1], match[3]
        if name == "BEGIN":
            open_now.append(value)
            if value == "VEVENT":
                found.append({})
        elif name == "END":
            assert open_now.pop() == value
        elif open_now[-1] == "VEVENT":
            parameters = dict(part.split("=", 1) for part in match[2].split(";")[1:])
            assert name not in found[-1], f"{name} stands twice"
            found[-1][name] = (parameters, value)
    assert open_now == []
    return found


def test_a_course_comes_back_as_it_was() -> None:
    (event,) = events(made(card(room_name="第1会議室", level=2, capacity=20)))
    zone = {"TZID": "Asia/Tokyo"}
    assert (event["DTSTART"], event["DTEND"]) == ((zone, "20261124T133000"), (zone, "20261124T150000"))
    begins = datetime.strptime(event["DTSTART"][1], "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo(zone["TZID"]))
    assert begins == card().starts_at
    plain = {name: value_of(value) for name, (_, value) in event.items()}
    assert (plain["SUMMARY"], plain["LOCATION"], plain["STATUS"]) == (
        "スマホ入門",
        "大胡公民館　第1会議室",
        "CONFIRMED",
    )
    assert plain["DESCRIPTION"].split("\n") == ["スマホ講座", "段階：2（5段階）", "定員：20人"]
    assert (plain["SEQUENCE"], plain["DTSTAMP"]) == ("3", "20261124T030000Z")
    assert event["URL"][1] == "https://daicho.example.jp/courses/7"


def test_the_object_is_whole_and_brings_its_zone() -> None:
    lines = lines_of(made(card(), card(id="8")))
    assert (lines[0], lines[1], lines[-1]) == ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR")
    assert sum(line.startswith("PRODID:") for line in lines) == 1
    zone = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]
    assert {"TZID:Asia/Tokyo", "BEGIN:STANDARD", "TZOFFSETFROM:+0900", "TZOFFSETTO:+0900"} <= set(zone)
    # Without METHOD no ORGANIZER is needed, and nobody's address stands in the file (RFC 5546 §3.2.1).
    assert not any(line.startswith(("METHOD", "ORGANIZER", "ATTENDEE")) for line in lines)
    assert "BEGIN:VEVENT" not in lines_of(made())


@pytest.mark.parametrize(
    ("fields", "status", "title"),
    [
        ({"state": CourseState.PLANNED, "venue": None, "venue_name": None}, "TENTATIVE", "スマホ入門"),
        ({"state": CourseState.PLANNED}, "CONFIRMED", "スマホ入門"),
        ({"state": CourseState.HELD}, "CONFIRMED", "スマホ入門"),
        ({"state": CourseState.CANCELLED}, "CANCELLED", "【中止】スマホ入門"),
        ({"state": CourseState.POSTPONED}, "CANCELLED", "【延期】スマホ入門"),
    ],
)
def test_the_state_of_a_course(fields: dict[str, Any], status: str, title: str) -> None:
    (event,) = events(made(card(**fields)))
    assert (event["STATUS"][1], value_of(event["SUMMARY"][1])) == (status, title)
    assert ("LOCATION" in event) == (fields.get("venue", "K01") is not None)


def test_a_uid_lasts_as_long_as_the_ledger() -> None:
    (first,) = events(made(card()))
    (moved,) = events(made(card(title="別の名", revision=9, venue=None, venue_name=None)))
    (other,) = events(made(card(id="8")))
    (elsewhere,) = events(made(card(), ledger="other"))
    assert first["UID"] == moved["UID"]
    assert len({event["UID"][1] for event in (first, other, elsewhere)}) == 3
    assert "mac" not in first["UID"][1]


@pytest.mark.parametrize("text", ["a,b;c\\d", "一行目\r\n二行目\n三\r四", "\\n", '"引用"', "、；：", "tab\there"])
def test_texts_are_escaped(text: str) -> None:
    assert value_of(escaped(text)) == text.replace("\r\n", "\n").replace("\r", "\n")
    assert "\n" not in escaped(text)


def test_a_control_character_falls_out() -> None:
    assert escaped("a\x00b\x1b\x7fc") == "abc"


@pytest.mark.parametrize(
    "text", ["SUMMARY:" + "講" * 200, "X:" + "a" * 300, "X:" + "𠮷é" * 99, "X:" + "あ" * 24 + "b", "X"]
)
def test_lines_are_folded_between_characters(text: str) -> None:
    data = folded(text)
    assert lines_of(data) == [text]


def test_nobody_stands_in_the_file() -> None:
    names = {"note": "金井さん欠席", "cancel_reason": "金井さんの都合", "contact": "金井", "description": "金井"}
    assert "金井" not in made(card(state="cancelled", **names)).decode().replace("\r\n ", "")
