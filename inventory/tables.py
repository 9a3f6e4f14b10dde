"""Every table, enum and constraint of the ledger.

Facts are rows with an opening and a closing time; what can be derived (lent, overdue, lendable) has no column.
A fact row names the journal entry that wrote it. Times are UTC instants, days are those of Asia/Tokyo, money is
whole yen. Enums are VARCHAR with a CHECK by value, because both databases know that and PostgreSQL's own ENUM
cannot lose a member.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class PoolKind(StrEnum):
    TABLET = "tablet"
    SMARTPHONE = "smartphone"
    ROUTER = "router"
    ACCESS_POINT = "access_point"
    OTHER = "other"


class Demand(StrEnum):
    """What a return asks for before the device may go out again."""

    NONE = "none"
    INSPECT = "inspect"
    WIPE = "wipe"


class Handover(StrEnum):
    """How a device passes from an officer to the successor."""

    WIPE = "wipe"
    CHECK = "check"


class HoldReason(StrEnum):
    INSPECT = "inspect"
    WIPE = "wipe"
    REPAIR = "repair"
    LOST = "lost"
    MISSING = "missing"


class WorkKind(StrEnum):
    """Work that is done on a device between two loans. Each ends the hold of the same name."""

    INSPECT = "inspect"
    WIPE = "wipe"


class DeviceState(StrEnum):
    """Derived, never stored. The order is the precedence."""

    RETIRED = "retired"
    ON_LOAN = "on_loan"
    HELD = "held"
    IN_STOCK = "in_stock"


class VenueKind(StrEnum):
    KOMINKAN = "kominkan"
    COMMUNITY_CENTER = "community_center"
    WELFARE_CENTER = "welfare_center"
    BRANCH_OFFICE = "branch_office"
    LIBRARY = "library"
    OTHER = "other"


class CourseState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"


class Audience(StrEnum):
    PHONE = "phone"
    NO_PHONE = "no_phone"
    SUPPORTER = "supporter"
    RESIDENT = "resident"
    OFFICER = "officer"


class Role(StrEnum):
    VIEWER = "viewer"
    DESK = "desk"
    IT = "it"
    ADMIN = "admin"


class Choice(StrEnum):
    """How a conflict ended: the ledger stayed as it was, the late act counts, it lapsed, or later news made it fit."""

    KEEP = "keep"
    OTHER = "other"
    DISMISS = "dismiss"
    FITTED = "fitted"


class FormKind(StrEnum):
    """Papers of a loan besides the 借用書."""

    APPLICATION = "application"
    APPROVAL = "approval"
    HANDOVER = "handover"
    RETURN = "return"
    LOSS = "loss"


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"


class ReminderChannel(StrEnum):
    MAIL = "mail"
    PHONE = "phone"
    LETTER = "letter"


class ReminderOutcome(StrEnum):
    """How a reminder ended: it reached the borrower, it did not, or a person decided that it does not count."""

    SENT = "sent"
    FAILED = "failed"
    VOID = "void"


class PresenceChannel(StrEnum):
    """Where the word came from that a device is at hand: its label's page, the telephone, a visit."""

    LABEL = "label"
    PHONE = "phone"
    VISIT = "visit"


class Usage(StrEnum):
    """How much a lent device is used."""

    USED = "used"
    LITTLE = "little"
    UNUSED = "unused"


class IssueCategory(StrEnum):
    POWER = "power"
    SCREEN = "screen"
    NETWORK = "network"
    HOWTO = "howto"
    BROKEN = "broken"
    LOST = "lost"
    HANDOVER = "handover"
    OTHER = "other"


class IssueState(StrEnum):
    RECEIVED = "received"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"


class CallTime(StrEnum):
    """When somebody who reported trouble wants to be called."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class Author(StrEnum):
    """Which side of a report wrote a message."""

    OFFICE = "office"
    REPORTER = "reporter"


class MessageChannel(StrEnum):
    """How a message went. A ``note`` is for the staff alone and on no public page."""

    MESSAGE = "message"
    PHONE = "phone"
    LETTER = "letter"
    NOTE = "note"


class LossStepKind(StrEnum):
    """What was done about a lost device."""

    LOCK_ASKED = "lock_asked"
    LOCKED = "locked"
    WIPE_ASKED = "wipe_asked"
    WIPED = "wiped"
    LINE_STOPPED = "line_stopped"
    POLICE = "police"
    FORM_FILED = "form_filed"
    FOUND = "found"


class WifiStage(StrEnum):
    """Where the wifi of a venue stands: six stages in their order, and three beside them."""

    SURVEY = "survey"
    DESIGN = "design"
    CONTRACT = "contract"
    CONSTRUCTION = "construction"
    ACTIVATION = "activation"
    IN_SERVICE = "in_service"
    ON_HOLD = "on_hold"
    EXCLUDED = "excluded"
    REMOVED = "removed"


class SlipCause(StrEnum):
    """Why a planned day was moved."""

    TENDER_FAILED = "tender_failed"
    CARRIED_OVER = "carried_over"
    PARTS_SHORT = "parts_short"
    POLE_WAIT = "pole_wait"
    LINE_WAIT = "line_wait"
    BUILDING = "building"
    BUDGET = "budget"
    DISASTER = "disaster"
    OTHER = "other"


class LineKind(StrEnum):
    """What a line to the internet runs over."""

    FIBRE = "fibre"
    CABLE = "cable"
    MOBILE = "mobile"
    OTHER = "other"


class WifiAuth(StrEnum):
    """What a guest does before the network lets the device in."""

    OPEN = "open"
    PASSPHRASE = "passphrase"  # noqa: S105  # A wire value, no password.
    PORTAL = "portal"


class TotalSource(StrEnum):
    """Which of a programme's two totals a report prints: what was reported, or the sum of its courses."""

    REPORTED = "reported"
    COUNTED = "counted"


class SupporterCategory(StrEnum):
    """介護予防サポーター, 民生委員, 生涯学習奨励員, 学生, anybody else."""

    CARE_PREVENTION = "care_prevention"
    WELFARE = "welfare"
    LIFELONG_LEARNING = "lifelong_learning"
    STUDENT = "student"
    OTHER = "other"


class HelpAnswer(StrEnum):
    """What a supporter answers when asked to help at a course."""

    AGREED = "agreed"
    DECLINED = "declined"


class WishKind(StrEnum):
    """What is wished for: that a course goes on, a series of them, or something new."""

    CONTINUATION = "continuation"
    SERIES = "series"
    NEW = "new"


class WishAnswer(StrEnum):
    """What planning answers: it is in the plan, it is looked at next year, it cannot be done."""

    PLANNED = "planned"
    LATER = "later"
    DECLINED = "declined"


class Realm(StrEnum):
    """The space in which an op_id is unique for ever."""

    STAFF = "staff"
    PUBLIC = "public"


def one_of(kind: type[StrEnum], name: str) -> Any:
    """Column type that stores the member's value and checks it on both databases."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


def entry_of(*, optional: bool = False) -> Any:
    """Column that names the journal entry of a fact.

    The entry is sealed at the end of the act, after the facts it tells of, so the reference is checked at commit.
    Every such column has an index: SQLite looks in all of them for facts that wait for an entry when it is written.
    """
    return Field(
        default=None if optional else ...,
        sa_column=Column(
            Integer, ForeignKey("entry.seq", deferrable=True, initially="DEFERRED"), nullable=optional, index=True
        ),
    )


# --- the journal -----------------------------------------------------------------------------------------------


class Entry(SQLModel, table=True):
    """One act. Append-only: triggers forbid UPDATE and DELETE. Holds ids, codes and dates; no names, no free text."""

    __table_args__ = (UniqueConstraint("realm", "op_id"),)

    seq: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    realm: Realm = Field(sa_type=one_of(Realm, "realm"))
    op_id: str = Field(max_length=255)
    act: str = Field(max_length=40)
    at: datetime = Field(index=True)
    occurred_at: datetime
    by: int | None = None
    desk: str | None = Field(default=None, max_length=60)
    desk_seq: int | None = None
    data: dict[str, Any] = Field(sa_type=JSON)
    request_mac: str | None = Field(default=None, max_length=64)
    answer: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    key_id: str = Field(max_length=16)
    mac: str = Field(max_length=64)


class Setting(SQLModel, table=True):
    """A few facts about this ledger itself, such as that it holds the demo city."""

    name: str = Field(primary_key=True, max_length=40)
    value: str = Field(max_length=400)


# --- staff -----------------------------------------------------------------------------------------------------


class Staff(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=60)
    section: str | None = Field(default=None, max_length=60)
    password_hash: str | None = Field(default=None, max_length=200)
    appointed_until: date | None = None
    disabled_at: datetime | None = None
    revision: int = 1
    entry: int | None = entry_of(optional=True)


class StaffRole(SQLModel, table=True):
    __tablename__ = "staff_role"

    staff_id: int = Field(primary_key=True, foreign_key="staff.id")
    role: Role = Field(sa_column=Column(one_of(Role, "role"), primary_key=True))


class StaffSession(SQLModel, table=True):
    """A signed-in browser. Only the token's hash is kept; idle time lives in the re-signed cookie."""

    __tablename__ = "staff_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class ApiToken(SQLModel, table=True):
    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    label: str = Field(max_length=60)
    created_at: datetime
    revoked_at: datetime | None = None


class FailedSignIn(SQLModel, table=True):
    """A failed try, counted per account and per client. Both are keyed hashes, so the table names nobody."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (
        Index("ix_failed_sign_in_account_at", "account", "at"),
        Index("ix_failed_sign_in_client_at", "client", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(max_length=64)
    client: str = Field(max_length=64)
    at: datetime


# --- stock -----------------------------------------------------------------------------------------------------


class Pool(SQLModel, table=True):
    """Devices lent under the same rules.

    ``remind_before_days``: how long before its due day a loan is called to mind. ``remind_every_days``: how often once
    it is overdue. Never when null.
    """

    __table_args__ = (
        CheckConstraint("preparation_minutes >= 0 AND preparation_minutes <= 10080", name="preparation_minutes"),
        CheckConstraint("default_days IS NULL OR (default_days >= 0 AND default_days <= 3660)", name="default_days"),
        CheckConstraint(
            "remind_before_days IS NULL OR (remind_before_days >= 0 AND remind_before_days <= 365)",
            name="remind_before_days",
        ),
        CheckConstraint(
            "remind_every_days IS NULL OR (remind_every_days >= 1 AND remind_every_days <= 365)",
            name="remind_every_days",
        ),
    )

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=60)
    kind: PoolKind = Field(sa_type=one_of(PoolKind, "pool_kind"))
    after_course: Demand = Field(default=Demand.NONE, sa_type=one_of(Demand, "after_course"))
    after_term: Demand = Field(default=Demand.NONE, sa_type=one_of(Demand, "after_term"))
    handover: Handover = Field(default=Handover.CHECK, sa_type=one_of(Handover, "handover"))
    agreement_required: bool = False
    accessories: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    preparation_minutes: int = 0
    default_days: int | None = None
    one_per_borrower: bool = False
    lend_word: str = Field(default="貸出", max_length=10)
    return_word: str = Field(default="返却", max_length=10)
    remind_before_days: int | None = None
    remind_every_days: int | None = None
    revision: int = 1
    entry: int = entry_of()


class Device(SQLModel, table=True):
    __table_args__ = (
        CheckConstraint("call_number IS NULL OR (call_number >= 1 AND call_number <= 99)", name="call_number"),
        CheckConstraint("price_yen IS NULL OR price_yen >= 0", name="price_yen"),
        CheckConstraint("monthly_cost_yen IS NULL OR monthly_cost_yen >= 0", name="monthly_cost_yen"),
        Index(
            "uq_device_pool_call_number",
            "pool_id",
            "call_number",
            unique=True,
            sqlite_where=text("call_number IS NOT NULL AND retired_at IS NULL"),
            postgresql_where=text("call_number IS NOT NULL AND retired_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    asset_number: str = Field(max_length=32)
    asset_key: str = Field(max_length=32, unique=True)
    pool_id: str = Field(foreign_key="pool.id", index=True)
    model: str = Field(max_length=80)
    serial: str | None = Field(default=None, max_length=60, unique=True)
    imei: str | None = Field(default=None, max_length=15, unique=True)
    line_number: str | None = Field(default=None, max_length=20)
    call_number: int | None = None
    acquired_on: date | None = None
    price_yen: int | None = None
    lease_until: date | None = None
    monthly_cost_yen: int | None = None
    os_support_until: date | None = None
    section: str | None = Field(default=None, max_length=60)
    place: str | None = Field(default=None, max_length=60, index=True)
    note: str | None = Field(default=None, max_length=2000)
    retired_at: datetime | None = None
    retired_reason: str | None = Field(default=None, max_length=200)
    search: str
    revision: int = 1
    entry: int = entry_of()


class Tag(SQLModel, table=True):
    """A label number: seven random digits and a Damm check digit. An identity, not a secret; never reused."""

    number: str = Field(primary_key=True, max_length=8)
    created_at: datetime
    entry: int = entry_of()


class TagBinding(SQLModel, table=True):
    """What a label was stuck to, from when to when. A number is bound once in its life."""

    __tablename__ = "tag_binding"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
        Index(
            "uq_tag_binding_case_open",
            "case_id",
            unique=True,
            sqlite_where=text("unbound_at IS NULL"),
            postgresql_where=text("unbound_at IS NULL"),
        ),
        Index(
            "uq_tag_binding_device_open",
            "device_id",
            unique=True,
            sqlite_where=text("unbound_at IS NULL"),
            postgresql_where=text("unbound_at IS NULL"),
        ),
        Index(
            "uq_tag_binding_venue_open",
            "venue_id",
            unique=True,
            sqlite_where=text("unbound_at IS NULL"),
            postgresql_where=text("unbound_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(foreign_key="tag.number", unique=True, max_length=8)
    device_id: int | None = Field(default=None, foreign_key="device.id")
    venue_id: int | None = Field(default=None, foreign_key="venue.id")
    case_id: int | None = Field(default=None, foreign_key="loan_case.id")
    bound_at: datetime
    unbound_at: datetime | None = None
    entry: int = entry_of()
    unbound_entry: int | None = entry_of(optional=True)


class Hold(SQLModel, table=True):
    """An open reason why a device may not go out."""

    __table_args__ = (
        Index(
            "uq_hold_device_reason_open",
            "device_id",
            "reason",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_hold_device_id_opened_at", "device_id", "opened_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id")
    reason: HoldReason = Field(sa_type=one_of(HoldReason, "hold_reason"))
    opened_at: datetime
    note: str | None = Field(default=None, max_length=1000)
    closed_at: datetime | None = None
    closing_note: str | None = Field(default=None, max_length=1000)
    entry: int = entry_of()
    closed_entry: int | None = entry_of(optional=True)


class Work(SQLModel, table=True):
    """An inspection or a wipe that was done, asked for or not: a return told of later asks for it no more."""

    __table_args__ = (Index("ix_work_device_id_kind_done_at", "device_id", "kind", "done_at"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id")
    kind: WorkKind = Field(sa_type=one_of(WorkKind, "work_kind"))
    done_at: datetime
    entry: int = entry_of()
    undone_entry: int | None = entry_of(optional=True)


class LoanCase(SQLModel, table=True):
    """A case with fixed members and a label of its own: one scan is all of them. ``placed_at``: when it came there."""

    __tablename__ = "loan_case"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32)
    code_key: str = Field(max_length=32, unique=True)
    name: str = Field(max_length=60)
    place: str | None = Field(default=None, max_length=60)
    placed_at: datetime | None = None
    note: str | None = Field(default=None, max_length=1000)
    retired_at: datetime | None = None
    search: str
    revision: int = 1
    entry: int = entry_of()


class LoanCaseMember(SQLModel, table=True):
    """A device's place in a case, from when to when. A device has its place in one case at most."""

    __tablename__ = "loan_case_member"
    __table_args__ = (
        Index(
            "uq_loan_case_member_device_open",
            "device_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="loan_case.id", index=True)
    device_id: int = Field(foreign_key="device.id")
    joined_at: datetime
    left_at: datetime | None = None
    entry: int = entry_of()
    left_entry: int | None = entry_of(optional=True)


class Move(SQLModel, table=True):
    """Where a device was taken, and from where. Places are words of people, so they stand here, not in the journal."""

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id", index=True)
    from_place: str | None = Field(default=None, max_length=60)
    to_place: str | None = Field(default=None, max_length=60)
    moved_at: datetime
    entry: int = entry_of()


# --- people and places -----------------------------------------------------------------------------------------


class District(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60, unique=True)
    name_kana: str | None = Field(default=None, max_length=120)
    entry: int = entry_of()


class Association(SQLModel, table=True):
    __table_args__ = (Index("ix_association_sort", "name_kana", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    name_kana: str = Field(default="", max_length=120)
    district_id: int | None = Field(default=None, foreign_key="district.id", index=True)
    search: str
    revision: int = 1
    entry: int = entry_of()


class Person(SQLModel, table=True):
    """Personal data stands here alone, so that a person can be erased and the counts cannot."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    name_kana: str = Field(default="", max_length=120)
    phone: str | None = Field(default=None, max_length=20)
    email: str | None = Field(default=None, max_length=200)
    erased_at: datetime | None = None
    entry: int = entry_of()


class Officer(SQLModel, table=True):
    """A person in an office of an association; ``until_on`` is the last day in office, unknown when null."""

    __table_args__ = (CheckConstraint("until_on IS NULL OR until_on >= from_on", name="term"),)

    id: int | None = Field(default=None, primary_key=True)
    association_id: int = Field(foreign_key="association.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    office: str = Field(default="会長", max_length=30)
    from_on: date
    until_on: date | None = None
    revision: int = 1
    entry: int = entry_of()


class Venue(SQLModel, table=True):
    """A hall. ``address`` is the whole address as written (所在地_連結表記); its parts stand beside it (GIF DS-433).

    Coordinates are degrees of JGD2011. ``closed_days`` is the rule in words, such as 第1・第3月曜、12/29–1/3.
    ``shelter``: it is a 指定避難所. ``disaster_open``: its network opens as 00000JAPAN in a disaster, and
    ``disaster_procedure`` is how.
    """

    __table_args__ = (
        CheckConstraint("latitude IS NULL OR (latitude >= 20 AND latitude <= 46)", name="latitude"),
        CheckConstraint("longitude IS NULL OR (longitude >= 122 AND longitude <= 154)", name="longitude"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32, unique=True)
    kind: VenueKind = Field(sa_type=one_of(VenueKind, "venue_kind"))
    name: str = Field(max_length=80)
    name_kana: str = Field(default="", max_length=160)
    name_english: str | None = Field(default=None, max_length=160)
    postal_code: str | None = Field(default=None, max_length=7)
    address: str | None = Field(default=None, max_length=200)
    prefecture: str | None = Field(default=None, max_length=10)
    city: str | None = Field(default=None, max_length=40)
    town: str | None = Field(default=None, max_length=60)
    street: str | None = Field(default=None, max_length=60)
    building: str | None = Field(default=None, max_length=80)
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = Field(default=None, max_length=20)
    extension: str | None = Field(default=None, max_length=20)
    url: str | None = Field(default=None, max_length=300)
    closed_days: str | None = Field(default=None, max_length=200)
    shelter: bool = False
    disaster_open: bool = False
    disaster_procedure: str | None = Field(default=None, max_length=2000)
    note: str | None = Field(default=None, max_length=2000)
    search: str
    revision: int = 1
    entry: int = entry_of()


class Room(SQLModel, table=True):
    """A room of a venue. ``capacity``: how many people it holds."""

    __table_args__ = (
        CheckConstraint("capacity IS NULL OR (capacity >= 1 AND capacity <= 9999)", name="capacity"),
        Index(
            "uq_room_venue_id_name",
            "venue_id",
            "name",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id")
    name: str = Field(max_length=60)
    capacity: int | None = None
    note: str | None = Field(default=None, max_length=400)
    retired_at: datetime | None = None
    revision: int = 1
    entry: int = entry_of()


class VenueClosure(SQLModel, table=True):
    """Days on which a venue is closed besides its rule, both included. One that was taken back stays and is marked."""

    __tablename__ = "venue_closure"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        Index("ix_venue_closure_venue_id_from_on", "venue_id", "from_on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id")
    from_on: date
    until_on: date
    reason: str | None = Field(default=None, max_length=200)
    entry: int = entry_of()
    undone_entry: int | None = entry_of(optional=True)


# --- courses ---------------------------------------------------------------------------------------------------


class Programme(SQLModel, table=True):
    """A fiscal year's programme. Reported totals are what the city printed; ``approx`` is its 「約」.

    ``prints``: which total a report prints, its reported one or the sum of its courses; null: the reported one where
    there is one. ``supporters_asked`` people who took part were asked to become supporters, ``supporters_agreed`` did.
    """

    __table_args__ = (
        UniqueConstraint("fiscal_year", "code"),
        CheckConstraint(
            "reported_distinct IS NULL OR reported_participants IS NULL OR reported_distinct <= reported_participants",
            name="distinct_within_total",
        ),
        CheckConstraint(
            "supporters_asked IS NULL OR supporters_agreed IS NULL OR supporters_agreed <= supporters_asked",
            name="agreed_within_asked",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32)
    fiscal_year: int = Field(index=True)
    name: str = Field(max_length=120)
    line: str | None = Field(default=None, max_length=120)
    call: str | None = Field(default=None, max_length=60)
    audience: Audience | None = Field(default=None, sa_type=one_of(Audience, "audience"))
    funding: str | None = Field(default=None, max_length=60)
    partner: str | None = Field(default=None, max_length=60)
    owner_section: str | None = Field(default=None, max_length=60)
    planned_courses: int | None = None
    planned_participants: int | None = None
    planned_approx: bool = False
    reported_courses: int | None = None
    reported_participants: int | None = None
    reported_distinct: int | None = None
    approx: bool = False
    prints: TotalSource | None = Field(default=None, sa_type=one_of(TotalSource, "prints"))
    supporters_asked: int | None = None
    supporters_agreed: int | None = None
    venues_note: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=400)
    revision: int = 1
    entry: int = entry_of()


class CourseSeries(SQLModel, table=True):
    """Several dates under one title. ``participants_distinct``: people who came to any of them, each once."""

    __tablename__ = "course_series"

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id", index=True)
    title: str = Field(max_length=120)
    participants_distinct: int | None = None
    revision: int = 1
    entry: int = entry_of()


class Course(SQLModel, table=True):
    """One date of a course. ``participants`` 延べ, ``participants_distinct`` 実人員, ``approx`` 「約」.

    ``phones_needed`` and ``supporters_needed`` are what the plan asks for, ``enrolled`` who has applied; ``case_id``
    the case that is to be at the hall. ``postponed_to_id`` is the date that stands in for this one.
    ``published``: it stands in the open data; ``title_kana`` and ``description`` to ``url`` are what that says of it.
    """

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("level IS NULL OR (level >= 1 AND level <= 5)", name="level"),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
        CheckConstraint("enrolled IS NULL OR enrolled >= 0", name="enrolled"),
        CheckConstraint("phones_needed IS NULL OR phones_needed >= 0", name="phones_needed"),
        CheckConstraint("supporters_needed IS NULL OR supporters_needed >= 0", name="supporters_needed"),
        CheckConstraint("postponed_to_id IS NULL OR state = 'postponed'", name="postponed"),
        CheckConstraint(
            "participants_distinct IS NULL OR participants IS NULL OR participants_distinct <= participants",
            name="distinct_within_total",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id", index=True)
    series_id: int | None = Field(default=None, foreign_key="course_series.id", index=True)
    title: str = Field(max_length=120)
    title_kana: str | None = Field(default=None, max_length=240)
    level: int | None = None
    topics: str | None = Field(default=None, max_length=200)
    venue_id: int | None = Field(default=None, foreign_key="venue.id", index=True)
    room_id: int | None = Field(default=None, foreign_key="room.id", index=True)
    starts_at: datetime = Field(index=True)
    ends_at: datetime
    capacity: int | None = None
    enrolled: int | None = None
    phones_needed: int | None = None
    supporters_needed: int | None = None
    case_id: int | None = Field(default=None, foreign_key="loan_case.id", index=True)
    needs_wifi: bool = False
    state: CourseState = Field(default=CourseState.PLANNED, sa_type=one_of(CourseState, "course_state"))
    cancel_reason: str | None = Field(default=None, max_length=200)
    postponed_to_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    participants: int | None = None
    participants_distinct: int | None = None
    approx: bool = False
    note: str | None = Field(default=None, max_length=1000)
    published: bool = False
    description: str | None = Field(default=None, max_length=500)
    fee: str | None = Field(default=None, max_length=60)
    contact: str | None = Field(default=None, max_length=120)
    apply_until: date | None = None
    apply_how: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=300)
    search: str
    revision: int = 1
    entry: int = entry_of()


class Reservation(SQLModel, table=True):
    """So many devices of a pool for one course or association over [``from_at``, ``until_at``), without preparation.

    Which units go is decided by scanning: a loan item names the reservation that it was handed out on. ``long`` ones
    last more than seven days (``availability.SHORT``): an index finds the short ones that reach into a day by where
    they begin, so the few long ones are looked through apart.
    """

    __table_args__ = (
        CheckConstraint("until_at > from_at", name="lasts"),
        CheckConstraint("quantity >= 1 AND quantity <= 9999", name="quantity"),
        CheckConstraint(
            "(CASE WHEN association_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_borrower",
        ),
        CheckConstraint("(released_at IS NULL) = (released_entry IS NULL)", name="released"),
        Index(
            "ix_reservation_open_from",
            "pool_id",
            "long",
            "from_at",
            "until_at",
            "quantity",
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index(
            "ix_reservation_open_until",
            "pool_id",
            "long",
            "until_at",
            "from_at",
            "quantity",
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    pool_id: str = Field(foreign_key="pool.id")
    quantity: int
    from_at: datetime
    until_at: datetime
    long: bool = False
    course_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    association_id: int | None = Field(default=None, foreign_key="association.id", index=True)
    note: str | None = Field(default=None, max_length=400)
    override_reason: str | None = Field(default=None, max_length=400)
    released_at: datetime | None = None
    entry: int = entry_of()
    released_entry: int | None = entry_of(optional=True)


class PackHeld(SQLModel, table=True):
    """A desk said that it holds the offline pack of a day, for one hall or (null) for all."""

    __tablename__ = "pack_held"
    __table_args__ = (Index("ix_pack_held_on_day", "on_day"),)

    id: int | None = Field(default=None, primary_key=True)
    desk: str = Field(max_length=60)
    venue_id: int | None = Field(default=None, foreign_key="venue.id", index=True)
    on_day: date
    made_at: datetime
    expires_at: datetime
    held_at: datetime
    entry: int = entry_of()


# --- who helps, and what is wished for -------------------------------------------------------------------------


class Supporter(SQLModel, table=True):
    """A registered helper (デジタルサポーター), with consent, from a day until it ends."""

    __table_args__ = (CheckConstraint("ended_on IS NULL OR ended_on >= registered_on", name="days"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    category: SupporterCategory = Field(sa_type=one_of(SupporterCategory, "supporter_category"))
    registered_on: date
    consented_on: date
    ended_on: date | None = None
    programme_id: int | None = Field(default=None, foreign_key="programme.id", index=True)
    note: str | None = Field(default=None, max_length=400)
    revision: int = 1
    entry: int = entry_of()


class SupporterDistrict(SQLModel, table=True):
    """A district in which a supporter helps; without any, everywhere."""

    __tablename__ = "supporter_district"

    supporter_id: int = Field(foreign_key="supporter.id", primary_key=True)
    district_id: int = Field(foreign_key="district.id", primary_key=True, index=True)


class CourseHelp(SQLModel, table=True):
    """A supporter asked to help at a course, and the answer. One that was taken back stays and is marked."""

    __tablename__ = "course_help"
    __table_args__ = (
        Index(
            "uq_course_help_course_supporter",
            "course_id",
            "supporter_id",
            unique=True,
            sqlite_where=text("undone_entry IS NULL"),
            postgresql_where=text("undone_entry IS NULL"),
        ),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
    )

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id")
    supporter_id: int = Field(foreign_key="supporter.id", index=True)
    asked_at: datetime
    answer: HelpAnswer | None = Field(default=None, sa_type=one_of(HelpAnswer, "help_answer"))
    answered_at: datetime | None = None
    entry: int = entry_of()
    answered_entry: int | None = entry_of(optional=True)
    undone_entry: int | None = entry_of(optional=True)


class Wish(SQLModel, table=True):
    """A wish (要望) for courses, from a district or an association, and what planning answered."""

    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_on IS NULL)", name="answered"),
        CheckConstraint("people IS NULL OR people >= 1", name="people"),
    )

    id: int | None = Field(default=None, primary_key=True)
    district_id: int | None = Field(default=None, foreign_key="district.id", index=True)
    association_id: int | None = Field(default=None, foreign_key="association.id", index=True)
    kind: WishKind = Field(sa_type=one_of(WishKind, "wish_kind"))
    words: str = Field(max_length=400)
    people: int | None = None
    wished_on: date
    answer: WishAnswer | None = Field(default=None, sa_type=one_of(WishAnswer, "wish_answer"))
    answer_words: str | None = Field(default=None, max_length=400)
    answered_on: date | None = None
    course_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    programme_id: int | None = Field(default=None, foreign_key="programme.id", index=True)
    revision: int = 1
    entry: int = entry_of()
    answered_entry: int | None = entry_of(optional=True)
    withdrawn_entry: int | None = entry_of(optional=True)


# --- the report of a fiscal year -------------------------------------------------------------------------------


class ReportText(SQLModel, table=True):
    """A version of a text of a fiscal year's report; the newest counts, a blank one takes the text away.

    Without ``programme_id``: ①–⑧ of the working group's sheet. With one: ①事業概要, ②成果 of that programme.
    """

    __tablename__ = "report_text"
    __table_args__ = (
        CheckConstraint("item >= 1 AND item <= 8 AND (programme_id IS NULL OR item <= 2)", name="item"),
        Index("ix_report_text_newest", "fiscal_year", "programme_id", "item", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    fiscal_year: int
    programme_id: int | None = Field(default=None, foreign_key="programme.id")
    item: int
    words: str = Field(max_length=4000)
    written_at: datetime
    entry: int = entry_of()


class ReportEdition(SQLModel, table=True):
    """確定版: a report as it was submitted. ``content`` is all of its figures and texts, ``sha256`` that of its bytes.

    ``with_approx``: its grand total was printed with 「約」, where the data has one.
    """

    __tablename__ = "report_edition"
    __table_args__ = (UniqueConstraint("fiscal_year", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    fiscal_year: int
    number: int
    submitted_on: date
    with_approx: bool = True
    content: dict[str, Any] = Field(sa_type=JSON)
    sha256: str = Field(max_length=64)
    note: str | None = Field(default=None, max_length=400)
    fixed_at: datetime
    entry: int = entry_of()


# --- loans -----------------------------------------------------------------------------------------------------


class Loan(SQLModel, table=True):
    """Devices handed to one borrower in one act. Due on a day, at a time, or at the end of the officer's term.

    ``installed`` ones stay at a venue until they are taken down: access points.
    """

    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN association_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN section IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN substitute_for_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_borrower",
        ),
        CheckConstraint("due_on IS NOT NULL OR end_of_office OR installed", name="due"),
        CheckConstraint("NOT installed OR venue_id IS NOT NULL", name="installed"),
        UniqueConstraint("fiscal_year", "sequence"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=12, unique=True)
    fiscal_year: int
    sequence: int
    association_id: int | None = Field(default=None, foreign_key="association.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officer.id", index=True)
    course_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    venue_id: int | None = Field(default=None, foreign_key="venue.id", index=True)
    section: str | None = Field(default=None, max_length=60)
    substitute_for_id: int | None = Field(default=None, foreign_key="device.id")
    due_on: date | None = None
    due_at: datetime | None = None
    end_of_office: bool = False
    installed: bool = False
    purpose: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=2000)
    override_reason: str | None = Field(default=None, max_length=400)
    batch: str | None = Field(default=None, max_length=64, unique=True)
    lent_at: datetime
    entry: int = entry_of()


class LoanItem(SQLModel, table=True):
    """One device on one loan. Open until ``returned_at``; an undone row is closed and marked, never deleted."""

    __tablename__ = "loan_item"
    __table_args__ = (
        Index(
            "uq_loan_item_device_open",
            "device_id",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
        Index("ix_loan_item_device_id_lent_at", "device_id", "lent_at"),
        Index(
            "ix_loan_item_loan_open",
            "loan_id",
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
        CheckConstraint("returned_at IS NULL OR returned_at >= lent_at", name="order"),
    )

    id: int | None = Field(default=None, primary_key=True)
    loan_id: int = Field(foreign_key="loan.id", index=True)
    device_id: int = Field(foreign_key="device.id")
    lent_at: datetime
    accessories: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    seat: str | None = Field(default=None, max_length=20)
    reservation_id: int | None = Field(default=None, foreign_key="reservation.id", index=True)
    returned_at: datetime | None = Field(default=None, index=True)
    returned_accessories: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    condition_ok: bool | None = None
    condition_note: str | None = Field(default=None, max_length=1000)
    entry: int = entry_of()
    returned_entry: int | None = entry_of(optional=True)
    undone_entry: int | None = entry_of(optional=True)


class StrayReturn(SQLModel, table=True):
    """A return that found no loan to end: a second scan of the same return, or a loan that is still to be told of.

    ``item_id`` is the loan item that it ended after all, once that loan was told of.
    """

    __tablename__ = "stray_return"
    __table_args__ = (Index("ix_stray_return_device_id_returned_at", "device_id", "returned_at"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id")
    returned_at: datetime
    accessories: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    condition_ok: bool = True
    condition_note: str | None = Field(default=None, max_length=1000)
    item_id: int | None = Field(default=None, foreign_key="loan_item.id")
    entry: int = entry_of()
    undone_entry: int | None = entry_of(optional=True)


class Conflict(SQLModel, table=True):
    """A late act that the ledger could not accept as it stood, kept until a person settles it.

    ``claim`` is the scan as it came, ``happened_at`` when it happened by the server's clock, ``code`` why it could not
    be accepted; ``against_id`` is the loan item that stood in its way, when one did.
    """

    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (choice IS NULL)", name="settled"),
        Index(
            "ix_conflict_device_open",
            "device_id",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id")
    code: str = Field(max_length=40)
    claim: dict[str, Any] = Field(sa_type=JSON)
    happened_at: datetime
    against_id: int | None = Field(default=None, foreign_key="loan_item.id")
    item_id: int | None = Field(default=None, foreign_key="loan_item.id")
    entry: int = entry_of()
    settled_at: datetime | None = None
    choice: Choice | None = Field(default=None, sa_type=one_of(Choice, "choice"))
    reason: str | None = Field(default=None, max_length=200)
    settled_entry: int | None = entry_of(optional=True)


# --- agreements and pictures -----------------------------------------------------------------------------------


class SignMethod(StrEnum):
    """How an agreement was signed: with the finger, by a typed name with consent, or on paper."""

    SCREEN = "screen"
    TYPED = "typed"
    PAPER = "paper"


class AgreementText(SQLModel, table=True):
    """One version of the words of a pool's 借用書. Never changed: whoever signed it signed these words.

    ``since`` is the day from which it is printed, null for the words that the program brings. ``fields`` names what the
    sheet shows besides what every sheet shows.
    """

    __tablename__ = "agreement_text"
    __table_args__ = (UniqueConstraint("pool_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    pool_id: str = Field(foreign_key="pool.id", max_length=40)
    version: int
    since: date | None = None
    opening: str = Field(max_length=400)
    promises: list[str] = Field(sa_type=JSON)
    statement: str = Field(max_length=200)
    fields: list[str] = Field(default_factory=list, sa_type=JSON)
    legal_basis: str | None = Field(default=None, max_length=200)
    form_number: str | None = Field(default=None, max_length=40)
    entry: int = entry_of()


class PaperForm(SQLModel, table=True):
    """A 借用書 printed before its loan, known by a number of its own, which is a tag number."""

    __tablename__ = "paper_form"

    number: str = Field(primary_key=True, foreign_key="tag.number", max_length=8)
    text_id: int = Field(foreign_key="agreement_text.id")
    association_id: int | None = Field(default=None, foreign_key="association.id")
    printed_at: datetime
    entry: int = entry_of()


class Agreement(SQLModel, table=True):
    """A signed 借用書 with the words, devices and accessories that were signed for.

    A loan has one that stands; one that was signed before the loan passed to a successor is superseded and kept.
    ``officer_id`` is who answered for the loan then. Name, relation and signature are personal: blanked when a person
    is erased, while the signature's hash stays. ``relation`` is what a proxy is to the borrower. ``document`` holds
    what the sheet said and no person's name.
    """

    __table_args__ = (
        Index(
            "uq_agreement_loan_standing",
            "loan_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    loan_id: int = Field(foreign_key="loan.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officer.id", index=True)
    text_id: int = Field(foreign_key="agreement_text.id")
    paper_number: str | None = Field(default=None, foreign_key="paper_form.number", max_length=8, unique=True)
    method: SignMethod = Field(sa_type=one_of(SignMethod, "sign_method"))
    signed_at: datetime
    signed_name: str | None = Field(default=None, max_length=60)
    by_proxy: bool = False
    relation: str | None = Field(default=None, max_length=60)
    signature: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    signature_sha256: str | None = Field(default=None, max_length=64)
    document: dict[str, Any] = Field(sa_type=JSON)
    superseded_at: datetime | None = None
    erased_at: datetime | None = None
    entry: int = entry_of()
    superseded_entry: int | None = entry_of(optional=True)


class Picture(SQLModel, table=True):
    """A picture as the ledger keeps it: upright, re-encoded, at most 400 kB, without the metadata of its camera.

    It belongs to a device (and perhaps to the loan item that ended when it was taken), to an agreement, to a report,
    to a venue (and perhaps to the wifi step that it is evidence of) or to a course. ``caption`` is what it shows;
    ``consent``: everybody on it agreed that it is printed. ``sha256`` is that of ``content`` and stays when the picture
    is erased.
    """

    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN issue_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    media_type: str = Field(max_length=20)
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    width: int
    height: int
    sha256: str = Field(max_length=64)
    device_id: int | None = Field(default=None, foreign_key="device.id", index=True)
    loan_item_id: int | None = Field(default=None, foreign_key="loan_item.id", index=True)
    agreement_id: int | None = Field(default=None, foreign_key="agreement.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id", index=True)
    venue_id: int | None = Field(default=None, foreign_key="venue.id", index=True)
    wifi_step_id: int | None = Field(default=None, foreign_key="wifi_step.id", index=True)
    course_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    caption: str | None = Field(default=None, max_length=200)
    consent: bool = False
    received_at: datetime
    erased_at: datetime | None = None
    entry: int = entry_of()


# --- a term of office ------------------------------------------------------------------------------------------


class Transfer(SQLModel, table=True):
    """A loan that passed from an officer to the successor without coming back.

    ``way`` is the pool's rule of that day. For ``check``, ``checked_at`` is when both had consented and the list in
    ``checklist`` (codes that were ticked) was gone through; for ``wipe``, when the wipe was done stands in ``work``.
    """

    id: int | None = Field(default=None, primary_key=True)
    loan_id: int = Field(foreign_key="loan.id", index=True)
    from_association_id: int = Field(foreign_key="association.id")
    from_officer_id: int | None = Field(default=None, foreign_key="officer.id", index=True)
    to_association_id: int = Field(foreign_key="association.id")
    to_officer_id: int = Field(foreign_key="officer.id", index=True)
    way: Handover = Field(sa_type=one_of(Handover, "handover"))
    transferred_at: datetime
    checked_at: datetime | None = None
    checklist: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    entry: int = entry_of()
    checked_entry: int | None = entry_of(optional=True)
    undone_entry: int | None = entry_of(optional=True)


class FormText(SQLModel, table=True):
    """One version of the words of a paper of a pool. Never changed; ``since`` is null for what the program brings."""

    __tablename__ = "form_text"
    __table_args__ = (UniqueConstraint("pool_id", "kind", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    pool_id: str = Field(foreign_key="pool.id", max_length=40)
    kind: FormKind = Field(sa_type=one_of(FormKind, "form_kind"))
    version: int
    since: date | None = None
    title: str = Field(max_length=40)
    opening: str = Field(max_length=400)
    lines: list[str] = Field(default_factory=list, sa_type=JSON)
    statement: str = Field(default="", max_length=200)
    fields: list[str] = Field(default_factory=list, sa_type=JSON)
    legal_basis: str | None = Field(default=None, max_length=200)
    form_number: str | None = Field(default=None, max_length=40)
    entry: int = entry_of()


class Application(SQLModel, table=True):
    """A 貸出申請書 that an association handed in, and what the city decided, with its document number and day."""

    __table_args__ = (
        CheckConstraint("quantity >= 1 AND quantity <= 200", name="quantity"),
        CheckConstraint("(decision IS NULL) = (decided_on IS NULL)", name="decided"),
    )

    id: int | None = Field(default=None, primary_key=True)
    association_id: int = Field(foreign_key="association.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officer.id", index=True)
    pool_id: str = Field(foreign_key="pool.id", max_length=40, index=True)
    quantity: int
    purpose: str | None = Field(default=None, max_length=200)
    from_on: date
    until_on: date | None = None
    applied_on: date
    note: str | None = Field(default=None, max_length=1000)
    entry: int = entry_of()
    decision: Decision | None = Field(default=None, sa_type=one_of(Decision, "decision"))
    decided_on: date | None = None
    document_number: str | None = Field(default=None, max_length=40)
    decision_reason: str | None = Field(default=None, max_length=400)
    decision_entry: int | None = entry_of(optional=True)


class Reminder(SQLModel, table=True):
    """One reminder to one borrower about everything that is due. ``borrower`` is type and id (``association:12``).

    A mail is claimed first and sent then: a row that never ended was perhaps sent, and a person decides. Mail address
    and telephone number stand with the person alone.
    """

    __table_args__ = (
        UniqueConstraint("borrower", "on_day", "channel"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
        Index(
            "ix_reminder_claimed_open",
            "claimed_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    borrower: str = Field(max_length=80)
    association_id: int | None = Field(default=None, foreign_key="association.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    on_day: date
    channel: ReminderChannel = Field(sa_type=one_of(ReminderChannel, "reminder_channel"))
    loans: list[str] = Field(sa_type=JSON)
    claimed_at: datetime
    ended_at: datetime | None = None
    outcome: ReminderOutcome | None = Field(default=None, sa_type=one_of(ReminderOutcome, "reminder_outcome"))
    note: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()
    ended_entry: int | None = entry_of(optional=True)


class PresenceRound(SQLModel, table=True):
    """A yearly 所在確認, open from a day to a day, both included."""

    __tablename__ = "presence_round"
    __table_args__ = (CheckConstraint("closes_on >= opens_on", name="days"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    opens_on: date
    closes_on: date
    entry: int = entry_of()


class Presence(SQLModel, table=True):
    """Somebody's word that a lent device is at hand or is not, and how much it is used. The newest counts."""

    __table_args__ = (Index("ix_presence_round_id_device_id", "round_id", "device_id"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="presence_round.id")
    device_id: int = Field(foreign_key="device.id", index=True)
    loan_id: int | None = Field(default=None, foreign_key="loan.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officer.id", index=True)
    channel: PresenceChannel = Field(sa_type=one_of(PresenceChannel, "presence_channel"))
    in_hand: bool
    usage: Usage | None = Field(default=None, sa_type=one_of(Usage, "usage"))
    note: str | None = Field(default=None, max_length=400)
    confirmed_at: datetime
    entry: int = entry_of()


# --- trouble reports -------------------------------------------------------------------------------------------


class Issue(SQLModel, table=True):
    """A report of trouble with a device or at a venue. ``receipt`` is 6 digits, read out as 482-173.

    ``loan_id`` and ``officer_id`` are who had the device then. The private link is an HMAC over the row's number and
    ``secret_version``; only its hash stands here. ``words`` and the reporter's name and contacts are personal and can
    be erased. ``self_solved``: what to try first was enough, and nobody waits for an answer.
    """

    __table_args__ = (
        CheckConstraint("device_id IS NULL OR venue_id IS NULL", name="one_thing"),
        CheckConstraint("(merged_into_id IS NULL) = (merged_entry IS NULL)", name="merged"),
    )

    id: int | None = Field(default=None, primary_key=True)
    receipt: str = Field(max_length=6, unique=True)
    device_id: int | None = Field(default=None, foreign_key="device.id", index=True)
    venue_id: int | None = Field(default=None, foreign_key="venue.id", index=True)
    loan_id: int | None = Field(default=None, foreign_key="loan.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officer.id", index=True)
    category: IssueCategory = Field(sa_type=one_of(IssueCategory, "issue_category"))
    phrases: list[str] = Field(default_factory=list, sa_type=JSON)
    words: str | None = Field(default=None, max_length=2000)
    reporter_name: str | None = Field(default=None, max_length=60)
    phone: str | None = Field(default=None, max_length=20)
    email: str | None = Field(default=None, max_length=200)
    call_time: CallTime | None = Field(default=None, sa_type=one_of(CallTime, "call_time"))
    on_behalf: bool = False
    self_solved: bool = False
    secret_version: int = 1
    secret_hash: str = Field(max_length=64, unique=True)
    received_at: datetime = Field(index=True)
    bring_venue_id: int | None = Field(default=None, foreign_key="venue.id")
    bring_on: date | None = None
    merged_into_id: int | None = Field(default=None, foreign_key="issue.id", index=True)
    erased_at: datetime | None = None
    revision: int = 1
    entry: int = entry_of()
    merged_entry: int | None = entry_of(optional=True)


class IssueStep(SQLModel, table=True):
    """A state that a report was in, from when to when. One is open."""

    __tablename__ = "issue_step"
    __table_args__ = (
        Index(
            "uq_issue_step_issue_open",
            "issue_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_issue_step_state_open",
            "state",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    state: IssueState = Field(sa_type=one_of(IssueState, "issue_state"))
    began_at: datetime
    ended_at: datetime | None = None
    entry: int = entry_of()
    ended_entry: int | None = entry_of(optional=True)


class IssueMessage(SQLModel, table=True):
    """What one side told the other about a report, or a note among the staff. ``words`` are null once erased."""

    __tablename__ = "issue_message"

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id", index=True)
    author: Author = Field(sa_type=one_of(Author, "author"))
    channel: MessageChannel = Field(sa_type=one_of(MessageChannel, "message_channel"))
    words: str | None = Field(default=None, max_length=2000)
    written_at: datetime
    erased_at: datetime | None = None
    entry: int = entry_of()


class IssueHold(SQLModel, table=True):
    """A hold that was opened because of a report: repair or loss."""

    __tablename__ = "issue_hold"

    hold_id: int = Field(primary_key=True, foreign_key="hold.id")
    issue_id: int = Field(foreign_key="issue.id", index=True)
    entry: int = entry_of()


class IssueSubstitute(SQLModel, table=True):
    """A loan of a 代替機 because of a report."""

    __tablename__ = "issue_substitute"

    loan_id: int = Field(primary_key=True, foreign_key="loan.id")
    issue_id: int = Field(foreign_key="issue.id", index=True)
    entry: int = entry_of()


class LossStep(SQLModel, table=True):
    """What was done about a lost device, and when. ``note`` holds the number of the police's report, for one."""

    __tablename__ = "loss_step"

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id", index=True)
    kind: LossStepKind = Field(sa_type=one_of(LossStepKind, "loss_step_kind"))
    at: datetime
    note: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()


class StandardAnswer(SQLModel, table=True):
    """Words that staff put into an answer with one press. ``category``: where they are offered first."""

    __tablename__ = "standard_answer"

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=60)
    words: str = Field(max_length=1000)
    category: IssueCategory | None = Field(default=None, sa_type=one_of(IssueCategory, "issue_category"))
    retired_at: datetime | None = None
    revision: int = 1
    entry: int = entry_of()


# --- wifi ------------------------------------------------------------------------------------------------------
# Two clocks: ``happened_on`` (``decided_on``) is when it was so, ``recorded_at`` when the ledger heard of it. What was
# recorded is never changed; what was recorded wrongly is struck out by a row of its own, from that moment on.


class WifiStep(SQLModel, table=True):
    """A venue entered a stage on a day. Append-only, but for words about people that are erased.

    ``reason`` is given for a skip, a step back, a hold. Evidence: ``checks`` are the codes of the stage's list that
    were ticked, ``contract_id`` what was signed, ``accepted_on`` the day of the 検収.
    """

    __tablename__ = "wifi_step"
    __table_args__ = (Index("ix_wifi_step_venue_id_happened_on_id", "venue_id", "happened_on", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id")
    stage: WifiStage = Field(sa_type=one_of(WifiStage, "wifi_stage"))
    happened_on: date = Field(index=True)
    recorded_at: datetime
    reason: str | None = Field(default=None, max_length=400)
    note: str | None = Field(default=None, max_length=1000)
    checks: list[str] = Field(default_factory=list, sa_type=JSON)
    contract_id: int | None = Field(default=None, foreign_key="contract.id", index=True)
    accepted_on: date | None = None
    entry: int = entry_of()


class WifiStepStrike(SQLModel, table=True):
    """A step that was recorded wrongly and does not count from ``recorded_at`` on."""

    __tablename__ = "wifi_step_strike"

    step_id: int = Field(primary_key=True, foreign_key="wifi_step.id")
    recorded_at: datetime
    reason: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()


class WifiPlan(SQLModel, table=True):
    """One revision of the day on which a venue is to enter a stage; null takes the plan back. Append-only.

    The newest ``decided_on`` counts, of one day the one recorded last.
    """

    __tablename__ = "wifi_plan"
    __table_args__ = (Index("ix_wifi_plan_venue_id_stage_decided_on_id", "venue_id", "stage", "decided_on", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id")
    stage: WifiStage = Field(sa_type=one_of(WifiStage, "wifi_stage"))
    planned_on: date | None = None
    decided_on: date
    recorded_at: datetime
    cause: SlipCause | None = Field(default=None, sa_type=one_of(SlipCause, "slip_cause"))
    reason: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()


class WifiAction(SQLModel, table=True):
    """What is to be done next at a venue, by whom, until when. One is open per venue."""

    __tablename__ = "wifi_action"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_entry IS NULL)", name="ended"),
        Index(
            "uq_wifi_action_venue_open",
            "venue_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id", index=True)
    action: str | None = Field(default=None, max_length=200)
    owner: str | None = Field(default=None, max_length=60)
    due_on: date | None = None
    opened_at: datetime
    ended_at: datetime | None = None
    entry: int = entry_of()
    ended_entry: int | None = entry_of(optional=True)


class WifiProgramme(SQLModel, table=True):
    """A rollout with a set of venues that changes over time. The plan of ``baseline_on`` is the one it began with."""

    __tablename__ = "wifi_programme"
    __table_args__ = (CheckConstraint("until_on >= from_on", name="days"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32, unique=True)
    name: str = Field(max_length=80)
    from_on: date
    until_on: date
    baseline_on: date
    note: str | None = Field(default=None, max_length=1000)
    revision: int = 1
    entry: int = entry_of()


class WifiTarget(SQLModel, table=True):
    """From ``since_on`` on, a programme is about the venues of this set. Append-only.

    The newest ``since_on`` counts, of one day the one recorded last.
    """

    __tablename__ = "wifi_target"
    __table_args__ = (Index("ix_wifi_target_programme_id_since_on_id", "programme_id", "since_on", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="wifi_programme.id")
    name: str = Field(max_length=60)
    since_on: date
    recorded_at: datetime
    reason: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()


class WifiTargetVenue(SQLModel, table=True):
    """A venue of a target set. Append-only."""

    __tablename__ = "wifi_target_venue"

    target_id: int = Field(primary_key=True, foreign_key="wifi_target.id")
    venue_id: int = Field(primary_key=True, foreign_key="venue.id", index=True)
    entry: int = entry_of()


class Contract(SQLModel, table=True):
    """A contract over one venue or many. Yen with tax.

    ``budget_yen`` is the 予算現額, ``executed_yen`` the 執行済額, ``carried_yen`` the 翌年度繰越額.
    """

    __table_args__ = (
        UniqueConstraint("fiscal_year", "number"),
        CheckConstraint("amount_yen IS NULL OR amount_yen >= 0", name="amount_yen"),
        CheckConstraint("budget_yen IS NULL OR budget_yen >= 0", name="budget_yen"),
        CheckConstraint("carried_yen IS NULL OR carried_yen >= 0", name="carried_yen"),
        CheckConstraint("executed_yen IS NULL OR executed_yen >= 0", name="executed_yen"),
        CheckConstraint(
            "budget_yen IS NULL OR COALESCE(executed_yen, 0) + COALESCE(carried_yen, 0) <= budget_yen",
            name="within_budget",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=40)
    title: str = Field(max_length=120)
    contractor: str = Field(max_length=80)
    fiscal_year: int = Field(index=True)
    signed_on: date | None = None
    until_on: date | None = None
    funding: str | None = Field(default=None, max_length=80)
    amount_yen: int | None = Field(default=None, sa_type=BigInteger)
    budget_yen: int | None = Field(default=None, sa_type=BigInteger)
    carried_yen: int | None = Field(default=None, sa_type=BigInteger)
    executed_yen: int | None = Field(default=None, sa_type=BigInteger)
    note: str | None = Field(default=None, max_length=2000)
    revision: int = 1
    entry: int = entry_of()


class ContractVenue(SQLModel, table=True):
    """A venue that a contract covers, until it was taken out. ``share_yen``: its part of the amount, where known."""

    __tablename__ = "contract_venue"
    __table_args__ = (
        CheckConstraint("share_yen IS NULL OR share_yen >= 0", name="share_yen"),
        Index(
            "uq_contract_venue_contract_id_venue_id_open",
            "contract_id",
            "venue_id",
            unique=True,
            sqlite_where=text("undone_entry IS NULL"),
            postgresql_where=text("undone_entry IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id")
    venue_id: int = Field(foreign_key="venue.id", index=True)
    share_yen: int | None = Field(default=None, sa_type=BigInteger)
    entry: int = entry_of()
    undone_entry: int | None = entry_of(optional=True)


class Line(SQLModel, table=True):
    """A venue's line to the internet, from a day to its last day. ``speed_mbps`` is what the provider promises."""

    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="days"),
        CheckConstraint("monthly_yen IS NULL OR monthly_yen >= 0", name="monthly_yen"),
        CheckConstraint("speed_mbps IS NULL OR speed_mbps > 0", name="speed_mbps"),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id", index=True)
    contract_id: int | None = Field(default=None, foreign_key="contract.id", index=True)
    provider: str = Field(max_length=80)
    kind: LineKind = Field(sa_type=one_of(LineKind, "line_kind"))
    circuit: str | None = Field(default=None, max_length=60)
    speed_mbps: int | None = None
    monthly_yen: int | None = None
    from_on: date
    until_on: date | None = None
    note: str | None = Field(default=None, max_length=400)
    revision: int = 1
    entry: int = entry_of()


class AccessPoint(SQLModel, table=True):
    """A network name (SSID) that is on the air in an area of a venue, and the device that sends it.

    ``passphrase`` is sealed with the ledger's key (``inventory.sealing``) and for eyes of ``it`` alone;
    ``passphrase_until`` is the day on which it changes next.
    """

    __tablename__ = "access_point"
    __table_args__ = (
        CheckConstraint("passphrase IS NULL OR auth = 'passphrase'", name="passphrase"),
        CheckConstraint("removed_on IS NULL OR removed_on >= installed_on", name="days"),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id", index=True)
    room_id: int | None = Field(default=None, foreign_key="room.id", index=True)
    device_id: int | None = Field(default=None, foreign_key="device.id", index=True)
    ssid: str = Field(max_length=32)
    area: str | None = Field(default=None, max_length=120)
    auth: WifiAuth = Field(sa_type=one_of(WifiAuth, "wifi_auth"))
    band: str | None = Field(default=None, max_length=40)
    disaster_ssid: bool = False
    passphrase: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    passphrase_until: date | None = None
    installed_on: date
    removed_on: date | None = None
    note: str | None = Field(default=None, max_length=1000)
    revision: int = 1
    entry: int = entry_of()
    removed_entry: int | None = entry_of(optional=True)


class SpeedTest(SQLModel, table=True):
    """A measurement: Mbit/s down and up, milliseconds there and back. One typed wrongly stays and is marked."""

    __tablename__ = "speed_test"
    __table_args__ = (
        CheckConstraint("down_mbps >= 0 AND down_mbps <= 100000", name="down_mbps"),
        CheckConstraint("up_mbps >= 0 AND up_mbps <= 100000", name="up_mbps"),
        CheckConstraint("latency_ms IS NULL OR (latency_ms >= 0 AND latency_ms <= 60000)", name="latency_ms"),
        Index("ix_speed_test_venue_id_measured_at", "venue_id", "measured_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id")
    room_id: int | None = Field(default=None, foreign_key="room.id", index=True)
    measured_at: datetime
    down_mbps: float
    up_mbps: float
    latency_ms: float | None = None
    note: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()
    undone_entry: int | None = entry_of(optional=True)


class WifiUsage(SQLModel, table=True):
    """利用件数 of a venue in a month (its first day). The count recorded last counts."""

    __tablename__ = "wifi_usage"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        Index("ix_wifi_usage_venue_id_month_id", "venue_id", "month", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id")
    month: date
    count: int
    recorded_at: datetime
    entry: int = entry_of()


class WifiOutage(SQLModel, table=True):
    """The wifi of a venue did not work, from when to when; perhaps a report told of it."""

    __tablename__ = "wifi_outage"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="order"),
        CheckConstraint("(ended_at IS NULL) = (ended_entry IS NULL)", name="ended"),
        Index(
            "ix_wifi_outage_venue_open",
            "venue_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id", index=True)
    began_at: datetime
    ended_at: datetime | None = None
    note: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()
    ended_entry: int | None = entry_of(optional=True)


class DisasterDrill(SQLModel, table=True):
    """A drill in which a venue opened its network as in a disaster."""

    __tablename__ = "disaster_drill"

    id: int | None = Field(default=None, primary_key=True)
    venue_id: int = Field(foreign_key="venue.id", index=True)
    held_on: date
    note: str | None = Field(default=None, max_length=400)
    entry: int = entry_of()
    undone_entry: int | None = entry_of(optional=True)


class SavedFilter(SQLModel, table=True):
    """A list with its conditions under a name, for all staff: ``page`` is a path, ``query`` what follows its ``?``."""

    __tablename__ = "saved_filter"

    id: int | None = Field(default=None, primary_key=True)
    page: str = Field(max_length=60, index=True)
    name: str = Field(max_length=60)
    query: str = Field(max_length=400)
    entry: int = entry_of()
    removed_entry: int | None = entry_of(optional=True)
