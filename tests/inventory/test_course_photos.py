"""Photos of a course: kept, with consent or without, changed, erased for good; only those with consent are printed."""

import pytest

from inventory.course_photos import (
    MOST,
    AddCoursePhoto,
    ChangeCoursePhoto,
    CoursePhoto,
    add_course_photo,
    change_course_photo,
    erase_course_photo,
    list_course_photos,
    printable_photos,
)
from inventory.database import Database, reading
from inventory.erasure_register import line_of
from inventory.errors import Invalid, NotFound
from inventory.pictures import Ready, shown
from tests.inventory.city import act, course, look, refused_fields, rows

READY = Ready(b"\xff\xd8\xff picture", "image/jpeg", 40, 30)


def photo(database: Database, of: str, **fields: object) -> CoursePhoto:
    order = AddCoursePhoto.model_validate({"photo": "0" * 64, **fields})
    return act(database, add_course_photo, order, course=of, ready=READY)


def printable(database: Database, *courses: str, **more: int) -> list[str]:
    return [one.id for one in look(database, printable_photos, [int(one) for one in courses], **more)]


def test_only_photos_with_consent_are_printed(database: Database) -> None:
    first, second = course(database).id, course(database).id
    without = photo(database, first, caption="席のようす")
    assert (without.consent, printable(database, first, second)) == (False, [])
    with_consent = [photo(database, first, consent=True).id for _ in range(3)]
    other = photo(database, second, consent=True)
    assert printable(database, first, second) == [*with_consent, other.id]
    # Each course comes once before any comes twice.
    assert printable(database, first, second, most=2) == [with_consent[0], other.id]
    assert [one.id for one in look(database, list_course_photos, first, consented=True).items] == with_consent[::-1]
    assert look(database, list_course_photos, first).total == 4
    assert (look(database, shown, without.id).personal, look(database, shown, other.id).personal) == (True, False)
    (one,) = look(database, printable_photos, [int(second)])
    assert (one.content, one.course, one.width) == (READY.content, int(second), 40)


def test_consent_is_taken_back_and_a_caption_stays_out_of_the_journal(database: Database) -> None:
    of = course(database).id
    kept = photo(database, of, consent=True, caption="金井さんの実演")
    changed = act(database, change_course_photo, ChangeCoursePhoto(consent=False), course=of, picture=kept.id)
    assert (changed.consent, changed.caption) == (False, "金井さんの実演")
    assert printable(database, of) == []
    again = act(database, change_course_photo, ChangeCoursePhoto(caption="実演"), course=of, picture=kept.id)
    assert (again.consent, again.caption) == (False, "実演")
    assert "金井" not in str([row.data for row in rows(database, "entry")])
    with pytest.raises(NotFound):
        act(database, change_course_photo, ChangeCoursePhoto(consent=True), course="99", picture=kept.id)


def test_an_erased_photo_is_gone_and_the_register_knows(database: Database) -> None:
    of = course(database).id
    kept = photo(database, of, consent=True, caption="開催風景")
    gone = act(database, erase_course_photo, course=of, picture=kept.id)
    assert (gone.erased, gone.caption) == (True, None)
    assert (printable(database, of), look(database, list_course_photos, of).items) == ([], [])
    (row,) = rows(database, "picture")
    assert (row.content, row.caption, row.sha256) == (None, None, READY.sha256)
    last = rows(database, "entry")[-1]
    with reading(database) as session:
        line = line_of(session, last.seq, last.mac, last.data["notes"])
    assert [(one.kind, one.row) for one in line.erased] == [("picture", 1), ("picture.caption", 1)]
    with pytest.raises(NotFound):
        act(database, change_course_photo, ChangeCoursePhoto(consent=True), course=of, picture=kept.id)
    assert act(database, erase_course_photo, course=of, picture=kept.id) == gone


def test_what_is_refused(database: Database) -> None:
    of, other = course(database).id, course(database).id
    kept = photo(database, of)
    with pytest.raises(NotFound):
        photo(database, "99")
    with pytest.raises(NotFound):
        act(database, erase_course_photo, course=other, picture=kept.id)
    for _ in range(MOST - 1):
        photo(database, of)
    with pytest.raises(Invalid) as full:
        photo(database, of)
    assert refused_fields(full) == ["photo"]
