"""Photos of a course (開催風景). Only one with 掲載の同意 may appear in a report or a print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select, update
from sqlmodel import Session

from inventory import journal
from inventory.borrowers import COURSE
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.pictures import PICTURE, Digest, Ready, put
from inventory.shapes import Card, OptionalLine, Shape, row_id
from inventory.venue_pictures import take_away

# Photos that a course may have. A city keeps a handful; each weighs up to 400 kB in every backup.
MOST = 40


class AddCoursePhoto(Shape):
    """``photo`` is the SHA-256 of the file as sent. ``consent``: everybody on it agreed that it is printed."""

    photo: Digest
    caption: OptionalLine = None
    consent: bool = False


class ChangeCoursePhoto(Shape):
    """What may be changed of a photo; what is left out stays."""

    caption: OptionalLine = None
    consent: bool | None = None


class CoursePhoto(Card):
    """``course`` is the course's id. ``erased``: its bytes and its caption are gone."""

    id: str
    course: str
    caption: str | None
    consent: bool
    media_type: str
    width: int
    height: int
    received_at: datetime
    erased: bool


class CoursePhotos(Card):
    items: list[CoursePhoto]
    next: None = None
    total: int


@dataclass(frozen=True)
class PrintablePhoto:
    """A photo that may be printed: ``content`` in ``media_type``, sizes in pixels."""

    id: str
    course: int
    caption: str | None
    content: bytes
    media_type: str
    width: int
    height: int


def add_course_photo(
    session: Session, order: AddCoursePhoto, *, course: str, ready: Ready, by: By, now: datetime, op_id: str
) -> CoursePhoto:
    """Keep a photo of a course.

    Raises:
        NotFound: there is no such course.
        Invalid: the course has as many as one may have.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _course(session, course)
    if len(list_course_photos(session, course).items) >= MOST:
        raise Invalid.field("photo", f"写真は1つの講座に{MOST}枚までです。使わない写真を消してから加えてください。")
    picture = put(session, ready, now=now, entry=entry, course_id=row, caption=order.caption, consent=order.consent)
    journal.note(session, "add_course_photo", course=row, picture=picture, consent=order.consent, sha256=ready.sha256)
    return course_photo(session, str(picture))


def change_course_photo(
    session: Session, order: ChangeCoursePhoto, *, course: str, picture: str, by: By, now: datetime, op_id: str
) -> CoursePhoto:
    """Give a photo another caption, or write down that its consent was given or taken back.

    Raises:
        NotFound: the course has no such photo, or it was erased.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = _of(session, course, picture)
    if card.erased:
        raise _not_there()
    said = order.model_dump(exclude_unset=True)
    news = {name: value for name, value in said.items() if not (name == "consent" and value is None)}
    news = {name: value for name, value in news.items() if getattr(card, name) != value}
    if news:
        session.connection().execute(update(PICTURE).where(PICTURE.c.id == row_id(picture)).values(news))
        told = {"consent": news["consent"]} if "consent" in news else {}
        journal.note(
            session,
            "change_course_photo",
            course=row_id(course),
            picture=row_id(picture),
            columns=sorted(news),
            **told,
        )
    return course_photo(session, picture)


def erase_course_photo(
    session: Session, *, course: str, picture: str, by: By, now: datetime, op_id: str
) -> CoursePhoto:
    """Take a photo's bytes and its caption away; that it was there, and its digest, stay.

    Raises:
        NotFound: the course has no such photo.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    card = _of(session, course, picture)
    if not card.erased:
        erased = take_away(session, row_id(picture), now=now)
        journal.note(session, "erase_pictures", course=row_id(course), erased=erased)
    return course_photo(session, picture)


def course_photo(session: Session, picture: str) -> CoursePhoto:
    query = select(*_KEPT).where(PICTURE.c.id == row_id(picture), PICTURE.c.course_id.is_not(None))
    row = session.connection().execute(query).mappings().first()
    if row is None:
        raise _not_there()
    return _card(row)


def list_course_photos(session: Session, course: str, *, consented: bool = False) -> CoursePhotos:
    """The photos of a course that are still kept, the newest first; with ``consented`` those that may be shown.

    Raises:
        NotFound: there is no such course.
    """
    query = select(*_KEPT).where(PICTURE.c.course_id == _course(session, course), PICTURE.c.erased_at.is_(None))
    if consented:
        query = query.where(PICTURE.c.consent.is_(True))
    found = session.connection().execute(query.order_by(PICTURE.c.id.desc()).limit(MOST)).mappings().all()
    return CoursePhotos(items=[_card(row) for row in found], total=len(found))


def printable_photos(session: Session, courses: Sequence[int], *, most: int = 12) -> list[PrintablePhoto]:
    """Photos with consent of these courses (row numbers), the earliest first, ``most`` of them in all.

    Each course gives its first photo before any gives its second, so that a report shows many courses.
    """
    wanted = [PICTURE.c.id, PICTURE.c.course_id]
    query = select(*wanted).where(
        PICTURE.c.course_id.in_(courses), PICTURE.c.consent.is_(True), PICTURE.c.erased_at.is_(None)
    )
    of_course: dict[int, list[int]] = {}
    for row in session.connection().execute(query.order_by(PICTURE.c.id)):
        of_course.setdefault(row.course_id, []).append(row.id)
    turns = sorted((turn, picture) for ids in of_course.values() for turn, picture in enumerate(ids))
    chosen = sorted(picture for _, picture in turns[:most])
    # The bytes of those alone that are printed: a year's photos together weigh more than a report may.
    shown = select(*_KEPT, PICTURE.c.content).where(PICTURE.c.id.in_(chosen)).order_by(PICTURE.c.id)
    return [
        PrintablePhoto(
            id=str(row.id),
            course=row.course_id,
            caption=row.caption,
            content=bytes(row.content),
            media_type=row.media_type,
            width=row.width,
            height=row.height,
        )
        for row in session.connection().execute(shown)
        if row.content is not None
    ]


_KEPT = tuple(
    PICTURE.c[name]
    for name in ("id", "course_id", "caption", "consent", "media_type", "width", "height", "received_at", "erased_at")
)


def _card(row: RowMapping) -> CoursePhoto:
    kept = {name: row[name] for name in ("caption", "consent", "media_type", "width", "height", "received_at")}
    erased = row["erased_at"] is not None
    return CoursePhoto(id=str(row["id"]), course=str(row["course_id"]), erased=erased, **kept)


def _of(session: Session, course: str, picture: str) -> CoursePhoto:
    card = course_photo(session, picture)
    if card.course != course:
        raise _not_there()
    return card


def _course(session: Session, course: str) -> int:
    found = session.connection().execute(select(COURSE.c.id).where(COURSE.c.id == row_id(course))).scalar()
    if found is None:
        raise NotFound("その講座は見つかりません。一覧から選んでください。")
    return int(found)


def _not_there() -> NotFound:
    return NotFound("この写真は見つかりません。講座の画面を開き直してください。")
