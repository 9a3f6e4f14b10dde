"""change_course: what is planned is written anew, and what was reserved for it goes along to its new time."""

from datetime import datetime

from pydantic import model_validator
from sqlmodel import Session

from inventory import journal
from inventory.course_fields import (
    ApplyHow,
    Description,
    Level,
    OptionalId,
    TitleKana,
    must_last,
    refer,
    search_of,
    venue_name,
    why_not,
)
from inventory.courses import REFERENCES, CourseCard, course_card
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.lending import Override
from inventory.reservation_moves import move_with_course
from inventory.revisions import must_be_current
from inventory.shapes import (
    Identifier,
    Instant,
    LongName,
    Note,
    OptionalCount,
    OptionalDay,
    OptionalLine,
    OptionalLongName,
    OptionalName,
    Shape,
    row_id,
)
from inventory.tables import Course, CourseState
from inventory.venues import WebAddress

# What a change may not empty: everything else may be null.
_ALWAYS = ("programme", "title", "starts_at", "ends_at", "needs_wifi", "published")


class ChangeCourse(Shape):
    """Fields left out stay as they are; null empties what a course may be without.

    How it went is not changed here: counting, cancelling and postponing are acts of their own. ``override`` lets the
    reservations go along although not enough is free at the new time.
    """

    programme: Identifier | None = None
    series: OptionalId = None
    title: LongName | None = None
    title_kana: TitleKana = None
    level: Level = None
    topics: OptionalLine = None
    venue: OptionalId = None
    room: OptionalId = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    capacity: OptionalCount = None
    enrolled: OptionalCount = None
    phones_needed: OptionalCount = None
    supporters_needed: OptionalCount = None
    case: OptionalId = None
    needs_wifi: bool | None = None
    cancel_reason: OptionalLine = None
    note: Note = None
    published: bool | None = None
    description: Description = None
    fee: OptionalName = None
    contact: OptionalLongName = None
    apply_until: OptionalDay = None
    apply_how: ApplyHow = None
    url: WebAddress = None
    override: Override | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "ChangeCourse":
        if self.starts_at is not None and self.ends_at is not None:
            must_last(self.starts_at, self.ends_at)
        return self


def change_course(
    session: Session, change: ChangeCourse, *, course: str, revision: int, by: By, now: datetime, op_id: str
) -> CourseCard:
    """Change what the order names. A new venue without a room leaves the old room behind.

    Raises:
        Invalid: what it refers to is unknown or does not go together, it would not last, a course that was held would
            not have begun, or a reason is given for what takes place.
        NotEnough: at the new time fewer are free than reserved for it, and no reason was given; nothing has changed.
        NotFound, Stale.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = session.get(Course, row_id(course))
    if row is None:
        raise NotFound("その講座は見つかりません。一覧から選んでください。")
    must_be_current(row.revision, revision)
    card = course_card(session, course)
    given = change.model_dump(exclude_unset=True, exclude={"override"})
    fields = {name: value for name, value in given.items() if value is not None or name not in _ALWAYS}
    written = {name: getattr(card, name) for name in REFERENCES} | fields
    if "room" not in fields and written["venue"] != card.venue:
        written["room"] = None
    found = refer(session, written, kept=row)
    starts_at, ends_at = fields.get("starts_at", row.starts_at), fields.get("ends_at", row.ends_at)
    _must_hold_together(row, fields, starts_at, ends_at, now)
    if (starts_at, ends_at) != (row.starts_at, row.ends_at):
        assert row.id is not None
        move_with_course(session, row.id, starts_at, ends_at, now=now, entry=entry, override=change.override)
    plain = {name: value for name, value in fields.items() if name not in REFERENCES}
    row.sqlmodel_update(plain | found)
    row.search = search_of(row.title, venue_name(session, row.venue_id))
    row.revision += 1
    session.add(row)
    session.flush()
    journal.note(session, "change_course", course=row.id, fields=sorted(fields))
    return course_card(session, course)


def _must_hold_together(
    row: Course, fields: dict[str, object], starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    span = why_not(starts_at, ends_at)
    if span is not None and (starts_at, ends_at) != (row.starts_at, row.ends_at):
        raise Invalid.field("ends_at", f"{span}。")
    if row.state == CourseState.HELD and now < starts_at:
        raise Invalid.field(
            "starts_at",
            "この講座は、もう開いたことになっています。これからの日時にするときは、さきに予定にもどしてください。",
        )
    if "cancel_reason" not in fields:
        return
    reason = fields["cancel_reason"]
    if reason is None and row.state == CourseState.CANCELLED:
        raise Invalid.field("cancel_reason", "中止した講座には、中止の理由を書いてください。")
    if reason is not None and row.state not in (CourseState.CANCELLED, CourseState.POSTPONED):
        raise Invalid.field("cancel_reason", "理由は、中止か延期にするときに書きます。この欄は空けてください。")
