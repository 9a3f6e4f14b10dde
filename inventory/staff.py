"""Staff accounts: who may work with the ledger, in which roles, until when."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import today
from inventory.errors import Conflict, Invalid, NotFound
from inventory.journal import By
from inventory.revisions import must_be_current
from inventory.shapes import Card, Name, OptionalDay, OptionalName, Shape, row_id
from inventory.tables import Role, Staff

STAFF = SQLModel.metadata.tables["staff"]
STAFF_ROLE = SQLModel.metadata.tables["staff_role"]
STAFF_SESSION = SQLModel.metadata.tables["staff_session"]

Username = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$", to_lower=True),
    Field(description="Letters, digits and . _ - @; upper and lower case are the same."),
]

# NIST SP 800-63B-4 3.1.1.2: length counts, composition rules do not; the service's own words are refused.
_COMMON = frozenset(
    "password password1 passw0rd 12345678 123456789 1234567890 11111111 00000000 qwertyui qwerty123 iloveyou "
    "abcd1234 abc12345 1q2w3e4r 1qaz2wsx asdfghjk letmein1 changeme change-me admin123 administrator".split()
)
_CONTEXT = ("maebashi", "前橋", "tsunagu", "つなぐ", "tablet", "タブレット")


def _password(value: str) -> str:
    if len(value) < 8:
        raise ValueError("パスワードは8文字以上にしてください。長いほど安全です")
    if value.casefold() in _COMMON or len(set(value)) < 4:
        raise ValueError("よく使われるパスワードです。ほかの人が思いつかないものにしてください")
    if any(value.casefold().startswith(word) and len(value) < len(word) + 6 for word in _CONTEXT):
        raise ValueError("市や台帳の名前から思いつくパスワードです。ほかの言葉を足してください")
    return value


Password = Annotated[str, StringConstraints(max_length=128), AfterValidator(_password)]


class NewStaff(Shape):
    """``appointed_until`` is the last day of the appointment; nobody signs in after it."""

    username: Username
    name: Name
    section: OptionalName = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=4)]
    appointed_until: OptionalDay = None


class StaffChange(Shape):
    """Fields left out stay as they are; null empties a field."""

    name: Name | None = None
    section: OptionalName = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=4)] | None = None
    appointed_until: OptionalDay = None
    disabled: bool | None = None


class StaffCard(Card):
    id: str
    username: str
    name: str
    section: str | None
    roles: list[Role]
    appointed_until: date | None
    disabled: bool
    active: bool
    revision: int


def add_staff(
    session: Session, order: NewStaff, *, password_hash: str | None, by: By, now: datetime, op_id: str
) -> StaffCard:
    """Open an account. The password was hashed before the act began, outside the writer's turn.

    Raises:
        Invalid: the user name is taken.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    if session.connection().execute(select(STAFF.c.id).where(STAFF.c.username == order.username)).first():
        raise Invalid.field("username", f"{order.username} は使われています。別の名前にしてください。")
    row = Staff(
        username=order.username,
        name=order.name,
        section=order.section,
        password_hash=password_hash,
        appointed_until=order.appointed_until,
        entry=entry,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    _set_roles(session, row.id, order.roles)
    journal.note(session, "add_staff", staff=row.id, roles=sorted(order.roles))
    return staff_card(session, str(row.id), now=now)


def first_admin(
    session: Session, order: NewStaff, *, password_hash: str, by: By, now: datetime, op_id: str
) -> StaffCard:
    """Open the first account of an empty ledger.

    Raises:
        Conflict: somebody has an account already; of ten set-ups at once one wins.
    """
    if any_staff(session):
        raise Conflict("はじめの設定は、もう済んでいます。サインインしてください。")
    return add_staff(session, order, password_hash=password_hash, by=by, now=now, op_id=op_id)


def change_staff(
    session: Session, change: StaffChange, *, staff: str, revision: int, by: By, now: datetime, op_id: str
) -> StaffCard:
    """Change an account. Disabling it or changing its roles ends its sessions.

    Raises:
        Invalid: no admin would be left.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _staff(session, staff)
    must_be_current(row.revision, revision)
    given = change.model_dump(exclude_unset=True)
    values: dict[str, Any] = {name: given[name] for name in ("section", "appointed_until") if name in given}
    if given.get("name"):
        values["name"] = given["name"]
    if given.get("disabled") is not None:
        values["disabled_at"] = (row.disabled_at or now) if given["disabled"] else None
    session.connection().execute(update(STAFF).where(STAFF.c.id == row.id).values(**values, revision=row.revision + 1))
    if given.get("roles"):
        session.connection().execute(delete(STAFF_ROLE).where(STAFF_ROLE.c.staff_id == row.id))
        _set_roles(session, row.id, given["roles"])
    if given.get("roles") or given.get("disabled"):
        end_sessions(session, row.id, now)
    if not _admins(session, today(now)):
        raise Invalid.field("roles", "管理者が1人もいなくなります。ほかの人を管理者にしてからにしてください。")
    journal.note(session, "change_staff", staff=row.id, fields=sorted(given))
    return staff_card(session, staff, now=now)


def set_password(session: Session, *, staff: str, password_hash: str, by: By, now: datetime, op_id: str) -> StaffCard:
    """Give an account a new password and end its sessions."""
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = _staff(session, staff)
    session.connection().execute(update(STAFF).where(STAFF.c.id == row.id).values(password_hash=password_hash))
    end_sessions(session, row.id, now)
    journal.note(session, "set_password", staff=row.id)
    return staff_card(session, staff, now=now)


def end_sessions(session: Session, staff: int, now: datetime) -> None:
    session.connection().execute(
        update(STAFF_SESSION)
        .where(STAFF_SESSION.c.staff_id == staff, STAFF_SESSION.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def any_staff(session: Session) -> bool:
    return session.connection().execute(select(STAFF.c.id).limit(1)).first() is not None


def staff_card(session: Session, staff: str, *, now: datetime) -> StaffCard:
    return _card(_staff(session, staff), roles_of(session).get(row_id(staff), []), today(now))


def list_staff(session: Session, *, now: datetime) -> list[StaffCard]:
    """Every account, by user name. A city's team is small, so there is no paging."""
    roles = roles_of(session)
    rows = session.connection().execute(select(STAFF).order_by(STAFF.c.username))
    return [_card(row, roles.get(row.id, []), today(now)) for row in rows]


def roles_of(session: Session) -> dict[int, list[Role]]:
    roles: dict[int, list[Role]] = {}
    for row in session.connection().execute(select(STAFF_ROLE)):
        roles.setdefault(row.staff_id, []).append(row.role)
    return {staff: sorted(held, key=list(Role).index) for staff, held in roles.items()}


def find_by_username(session: Session, username: str, *, now: datetime) -> StaffCard | None:
    row = session.connection().execute(select(STAFF).where(STAFF.c.username == username.lower())).first()
    return staff_card(session, str(row.id), now=now) if row else None


def _staff(session: Session, staff: str) -> Any:
    row = session.connection().execute(select(STAFF).where(STAFF.c.id == row_id(staff))).first()
    if row is None:
        raise NotFound("その職員は見つかりません。一覧から選んでください。")
    return row


def _set_roles(session: Session, staff: int, roles: list[Role]) -> None:
    session.connection().execute(
        insert(STAFF_ROLE), [{"staff_id": staff, "role": role} for role in dict.fromkeys(roles)]
    )


def _admins(session: Session, day: date) -> int:
    query = (
        select(func.count())
        .select_from(STAFF.join(STAFF_ROLE, STAFF_ROLE.c.staff_id == STAFF.c.id))
        .where(
            STAFF_ROLE.c.role == Role.ADMIN,
            STAFF.c.disabled_at.is_(None),
            func.coalesce(STAFF.c.appointed_until, day) >= day,
        )
    )
    return session.connection().execute(query).scalar_one()


def _card(row: Any, roles: list[Role], day: date) -> StaffCard:
    return StaffCard(
        id=str(row.id),
        username=row.username,
        name=row.name,
        section=row.section,
        roles=roles,
        appointed_until=row.appointed_until,
        disabled=row.disabled_at is not None,
        active=row.disabled_at is None and (row.appointed_until is None or row.appointed_until >= day),
        revision=row.revision,
    )
