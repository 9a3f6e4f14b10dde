"""Courses as an iCalendar object (RFC 5545): CRLF, lines of at most 75 octets, texts escaped.

Times carry TZID=Asia/Tokyo and the object brings its VTIMEZONE (§3.6.5). A course is at 13:30 on the clock of the hall
wherever the telephone that shows it believes to be, and whoever opens the file reads that time; since Japan has known
no other offset than +09:00 since 1951, the zone is five lines. UTC would be as exact, but calendars show it as a
meeting of another country.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from inventory.calendar import TOKYO
from inventory.courses import CourseCard
from inventory.tables import CourseState

MEDIA_TYPE = "text/calendar; charset=utf-8"
# Octets of a line without its break (§3.1).
_WIDTH = 75
_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Tokyo",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0900",
    "TZOFFSETTO:+0900",
    "TZNAME:JST",
    "END:STANDARD",
    "END:VTIMEZONE",
)
# What a postponed course was planned for does not take place; the date that stands in for it is a course of its own.
_CALLED_OFF = {CourseState.CANCELLED: "中止", CourseState.POSTPONED: "延期"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def calendar_file(courses: Iterable[CourseCard], *, ledger: str, address: str, name: str, now: datetime) -> bytes:
    """The object with an event for each course.

    ``ledger`` tells this ledger from every other (``journal_mark``), ``address`` is that of the server: neither a
    course's number alone nor an address that may change would make a lasting UID. ``name`` is what the calendar is
    called. No reason, note or contact is in it, since a name may stand there.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tsunagu-daicho//courses//JA", "CALSCALE:GREGORIAN"]
    lines += [f"X-WR-CALNAME:{escaped(name)}", *_ZONE]
    for course in courses:
        lines += _event(course, ledger, address, now)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(course: CourseCard, ledger: str, address: str, now: datetime) -> list[str]:
    called_off = _CALLED_OFF.get(course.state)
    title = f"【{called_off}】{course.title}" if called_off else course.title
    place = "　".join(word for word in (course.venue_name, course.room_name) if word)
    told = [course.programme_name]
    if course.level is not None:
        told.append(f"段階：{course.level}（5段階）")
    if course.capacity is not None:
        told.append(f"定員：{course.capacity}人")
    return [
        "BEGIN:VEVENT",
        f"UID:{uuid5(NAMESPACE_URL, f'{ledger}/courses/{course.id}')}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{course.revision}",
        f"DTSTART;TZID=Asia/Tokyo:{course.starts_at.astimezone(TOKYO):%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Asia/Tokyo:{course.ends_at.astimezone(TOKYO):%Y%m%dT%H%M%S}",
        f"SUMMARY:{escaped(title)}",
        *([f"LOCATION:{escaped(place)}"] if place else []),
        f"DESCRIPTION:{escaped(chr(10).join(told))}",
        f"STATUS:{_status(course)}",
        f"URL:{address}/courses/{course.id}",
        "END:VEVENT",
    ]


def _status(course: CourseCard) -> str:
    """CONFIRMED once the hall is known; a plan without one may still move (§3.8.1.11)."""
    if course.state in _CALLED_OFF:
        return "CANCELLED"
    return "CONFIRMED" if course.state == CourseState.HELD or course.venue else "TENTATIVE"


def escaped(text: str) -> str:
    """A value of type TEXT (§3.3.11). Control characters other than breaks have no place in it."""
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, "\\" + sign)
    return plain.replace("\n", "\\n")


def folded(line: str) -> bytes:
    """The content line with its break, folded so that no line has more than 75 octets (§3.1).

    A fold falls between characters: octets of one letter on two lines are what half of all programs cannot read.
    """
    lines: list[bytes] = [b""]
    for character in line:
        octets = character.encode()
        if len(lines[-1]) + len(octets) > _WIDTH:
            lines.append(b" ")
        lines[-1] += octets
    return b"\r\n".join(lines) + b"\r\n"
