"""Courses: series, states and what they need; reservations, supporters, wishes, the report of a fiscal year."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _entry(table: str, column: str = "entry") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["entry.seq"], name=op.f(f"fk_{table}_{column}_entry"), initially="DEFERRED", deferrable=True
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _open(name: str, table: str, columns: list[str], until: str, *, unique: bool = True) -> None:
    still = sa.text(f"{until} IS NULL")
    op.create_index(name, table, columns, unique=unique, sqlite_where=still, postgresql_where=still)


def _members(*values: str) -> sa.Enum:
    """The type of a column with members; the last value is its name."""
    *members, name = values
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    _widen_programmes()
    _create_series()
    _widen_courses()
    _create_the_rest()
    _let_items_be_reserved()
    _let_pictures_belong_to_courses()


def _widen_programmes() -> None:
    with op.batch_alter_table("programme") as batch:
        batch.add_column(sa.Column("call", AutoString(length=60), nullable=True))
        batch.add_column(sa.Column("owner_section", AutoString(length=60), nullable=True))
        batch.add_column(sa.Column("planned_participants", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("planned_approx", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("prints", _members("reported", "counted", "prints"), nullable=True))
        batch.add_column(sa.Column("supporters_asked", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("supporters_agreed", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.create_check_constraint(
            op.f("ck_programme_agreed_within_asked"),
            "supporters_asked IS NULL OR supporters_agreed IS NULL OR supporters_agreed <= supporters_asked",
        )
    with op.batch_alter_table("programme") as batch:
        batch.alter_column("planned_approx", server_default=None)
        batch.alter_column("revision", server_default=None)


def _widen_courses() -> None:
    with op.batch_alter_table("course") as batch:
        for column, other in (
            ("series_id", "course_series"),
            ("room_id", "room"),
            ("case_id", "loan_case"),
            ("postponed_to_id", "course"),
        ):
            batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_course_{column}_{other}"), other, [column], ["id"])
        for column, length in (
            ("title_kana", 240),
            ("topics", 200),
            ("note", 1000),
            ("description", 500),
            ("fee", 60),
            ("contact", 120),
            ("apply_how", 200),
            ("url", 300),
        ):
            batch.add_column(sa.Column(column, AutoString(length=length), nullable=True))
        for column in ("enrolled", "phones_needed", "supporters_needed"):
            batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch.create_check_constraint(op.f(f"ck_course_{column}"), f"{column} IS NULL OR {column} >= 0")
        batch.add_column(sa.Column("apply_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("published", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.create_check_constraint(op.f("ck_course_postponed"), "postponed_to_id IS NULL OR state = 'postponed'")
    with op.batch_alter_table("course") as batch:
        batch.alter_column("published", server_default=None)
        batch.alter_column("revision", server_default=None)
    for column in ("series_id", "room_id", "case_id", "postponed_to_id"):
        op.create_index(op.f(f"ix_course_{column}"), "course", [column])


def _let_items_be_reserved() -> None:
    # A batch would rebuild the largest table of the ledger, and lose its partial indexes on the way.
    op.execute(
        "ALTER TABLE loan_item ADD COLUMN reservation_id INTEGER"
        " CONSTRAINT fk_loan_item_reservation_id_reservation REFERENCES reservation (id)"
    )
    op.create_index(op.f("ix_loan_item_reservation_id"), "loan_item", ["reservation_id"])


def _let_pictures_belong_to_courses() -> None:
    with op.batch_alter_table("picture") as batch:
        batch.add_column(sa.Column("course_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("consent", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.drop_constraint(op.f("ck_picture_one_thing"), type_="check")
        batch.create_check_constraint(
            op.f("ck_picture_one_thing"),
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN issue_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
        )
        batch.create_foreign_key(op.f("fk_picture_course_id_course"), "course", ["course_id"], ["id"])
    with op.batch_alter_table("picture") as batch:
        batch.alter_column("consent", server_default=None)
    op.create_index(op.f("ix_picture_course_id"), "picture", ["course_id"])


def _create_series() -> None:
    op.create_table(
        "course_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("title", AutoString(length=120), nullable=False),
        sa.Column("participants_distinct", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("course_series", "programme_id", "programme"),
        _entry("course_series", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_series")),
    )
    op.create_index(op.f("ix_course_series_entry"), "course_series", ["entry"])
    op.create_index(op.f("ix_course_series_programme_id"), "course_series", ["programme_id"])


def _create_the_rest() -> None:
    op.create_table(
        "reservation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pool_id", AutoString(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("until_at", UTCDateTime(), nullable=False),
        sa.Column("long", sa.Boolean(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("association_id", sa.Integer(), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("override_reason", AutoString(length=400), nullable=True),
        sa.Column("released_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("released_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_reservation_lasts")),
        sa.CheckConstraint(
            "(CASE WHEN association_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_reservation_one_borrower"),
        ),
        sa.CheckConstraint("(released_at IS NULL) = (released_entry IS NULL)", name=op.f("ck_reservation_released")),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 9999", name=op.f("ck_reservation_quantity")),
        _to("reservation", "pool_id", "pool"),
        _to("reservation", "course_id", "course"),
        _to("reservation", "association_id", "association"),
        _entry("reservation", "entry"),
        _entry("reservation", "released_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(op.f("ix_reservation_association_id"), "reservation", ["association_id"])
    op.create_index(op.f("ix_reservation_course_id"), "reservation", ["course_id"])
    op.create_index(op.f("ix_reservation_entry"), "reservation", ["entry"])
    _open(
        "ix_reservation_open_from",
        "reservation",
        ["pool_id", "long", "from_at", "until_at", "quantity"],
        "released_at",
        unique=False,
    )
    _open(
        "ix_reservation_open_until",
        "reservation",
        ["pool_id", "long", "until_at", "from_at", "quantity"],
        "released_at",
        unique=False,
    )
    op.create_index(op.f("ix_reservation_released_entry"), "reservation", ["released_entry"])
    op.create_table(
        "pack_held",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("desk", AutoString(length=60), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("held_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("pack_held", "venue_id", "venue"),
        _entry("pack_held", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_held")),
    )
    op.create_index(op.f("ix_pack_held_entry"), "pack_held", ["entry"])
    op.create_index(op.f("ix_pack_held_on_day"), "pack_held", ["on_day"])
    op.create_index(op.f("ix_pack_held_venue_id"), "pack_held", ["venue_id"])
    op.create_table(
        "supporter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "category",
            _members("care_prevention", "welfare", "lifelong_learning", "student", "other", "supporter_category"),
            nullable=False,
        ),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= registered_on", name=op.f("ck_supporter_days")),
        _to("supporter", "person_id", "person"),
        _to("supporter", "programme_id", "programme"),
        _entry("supporter", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter")),
    )
    op.create_index(op.f("ix_supporter_entry"), "supporter", ["entry"])
    op.create_index(op.f("ix_supporter_person_id"), "supporter", ["person_id"])
    op.create_index(op.f("ix_supporter_programme_id"), "supporter", ["programme_id"])
    op.create_table(
        "supporter_district",
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        _to("supporter_district", "supporter_id", "supporter"),
        _to("supporter_district", "district_id", "district"),
        sa.PrimaryKeyConstraint("supporter_id", "district_id", name=op.f("pk_supporter_district")),
    )
    op.create_index(op.f("ix_supporter_district_district_id"), "supporter_district", ["district_id"])
    op.create_table(
        "course_help",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("answer", _members("agreed", "declined", "help_answer"), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("answered_entry", sa.Integer(), nullable=True),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_course_help_answered")),
        _to("course_help", "course_id", "course"),
        _to("course_help", "supporter_id", "supporter"),
        _entry("course_help", "entry"),
        _entry("course_help", "answered_entry"),
        _entry("course_help", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_help")),
    )
    op.create_index(op.f("ix_course_help_answered_entry"), "course_help", ["answered_entry"])
    op.create_index(op.f("ix_course_help_entry"), "course_help", ["entry"])
    op.create_index(op.f("ix_course_help_supporter_id"), "course_help", ["supporter_id"])
    op.create_index(op.f("ix_course_help_undone_entry"), "course_help", ["undone_entry"])
    _open("uq_course_help_course_supporter", "course_help", ["course_id", "supporter_id"], "undone_entry", unique=True)
    op.create_table(
        "wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("association_id", sa.Integer(), nullable=True),
        sa.Column("kind", _members("continuation", "series", "new", "wish_kind"), nullable=False),
        sa.Column("words", AutoString(length=400), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("wished_on", sa.Date(), nullable=False),
        sa.Column("answer", _members("planned", "later", "declined", "wish_answer"), nullable=True),
        sa.Column("answer_words", AutoString(length=400), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("answered_entry", sa.Integer(), nullable=True),
        sa.Column("withdrawn_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_on IS NULL)", name=op.f("ck_wish_answered")),
        sa.CheckConstraint("people IS NULL OR people >= 1", name=op.f("ck_wish_people")),
        _to("wish", "district_id", "district"),
        _to("wish", "association_id", "association"),
        _to("wish", "course_id", "course"),
        _to("wish", "programme_id", "programme"),
        _entry("wish", "entry"),
        _entry("wish", "answered_entry"),
        _entry("wish", "withdrawn_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
    )
    op.create_index(op.f("ix_wish_answered_entry"), "wish", ["answered_entry"])
    op.create_index(op.f("ix_wish_association_id"), "wish", ["association_id"])
    op.create_index(op.f("ix_wish_course_id"), "wish", ["course_id"])
    op.create_index(op.f("ix_wish_district_id"), "wish", ["district_id"])
    op.create_index(op.f("ix_wish_entry"), "wish", ["entry"])
    op.create_index(op.f("ix_wish_programme_id"), "wish", ["programme_id"])
    op.create_index(op.f("ix_wish_withdrawn_entry"), "wish", ["withdrawn_entry"])
    op.create_table(
        "report_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("words", AutoString(length=4000), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "item >= 1 AND item <= 8 AND (programme_id IS NULL OR item <= 2)", name=op.f("ck_report_text_item")
        ),
        _to("report_text", "programme_id", "programme"),
        _entry("report_text", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_text")),
    )
    op.create_index(op.f("ix_report_text_entry"), "report_text", ["entry"])
    op.create_index(op.f("ix_report_text_newest"), "report_text", ["fiscal_year", "programme_id", "item", "id"])
    op.create_table(
        "report_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("with_approx", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", AutoString(length=64), nullable=False),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("fixed_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _entry("report_edition", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_edition")),
        sa.UniqueConstraint("fiscal_year", "number", name=op.f("uq_report_edition_fiscal_year_number")),
    )
    op.create_index(op.f("ix_report_edition_entry"), "report_edition", ["entry"])
