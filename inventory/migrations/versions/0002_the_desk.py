"""The desk: cases, work that was done, returns that came before their loans, conflicts."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _entry(table: str, column: str = "entry") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["entry.seq"], name=op.f(f"fk_{table}_{column}_entry"), initially="DEFERRED", deferrable=True
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _open(name: str, table: str, column: str, until: str, *, unique: bool = True) -> None:
    still = sa.text(f"{until} IS NULL")
    op.create_index(name, table, [column], unique=unique, sqlite_where=still, postgresql_where=still)


def upgrade() -> None:
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("inspect", "wipe", name="work_kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("done_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        _to("work", "device_id", "device"),
        _entry("work"),
        _entry("work", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
    )
    op.create_index("ix_work_device_id_kind_done_at", "work", ["device_id", "kind", "done_at"])

    op.create_table(
        "loan_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", AutoString(length=32), nullable=False),
        sa.Column("code_key", AutoString(length=32), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("place", AutoString(length=60), nullable=True),
        sa.Column("placed_at", UTCDateTime(), nullable=True),
        sa.Column("note", AutoString(length=1000), nullable=True),
        sa.Column("retired_at", UTCDateTime(), nullable=True),
        sa.Column("search", AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _entry("loan_case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_case")),
        sa.UniqueConstraint("code_key", name=op.f("uq_loan_case_code_key")),
    )
    op.create_table(
        "loan_case_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=False),
        sa.Column("left_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("left_entry", sa.Integer(), nullable=True),
        _to("loan_case_member", "case_id", "loan_case"),
        _to("loan_case_member", "device_id", "device"),
        _entry("loan_case_member"),
        _entry("loan_case_member", "left_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_case_member")),
    )
    op.create_index(op.f("ix_loan_case_member_case_id"), "loan_case_member", ["case_id"])
    _open("uq_loan_case_member_device_open", "loan_case_member", "device_id", "left_at")

    with op.batch_alter_table("tag_binding") as batch:
        batch.add_column(sa.Column("case_id", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f("ck_tag_binding_one_thing"), type_="check")
        batch.create_check_constraint(
            op.f("ck_tag_binding_one_thing"),
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) = 1",
        )
        batch.create_foreign_key(op.f("fk_tag_binding_case_id_loan_case"), "loan_case", ["case_id"], ["id"])
    _open("uq_tag_binding_case_open", "tag_binding", "case_id", "unbound_at")

    op.create_table(
        "stray_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("returned_at", UTCDateTime(), nullable=False),
        sa.Column("accessories", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("condition_ok", sa.Boolean(), nullable=False),
        sa.Column("condition_note", AutoString(length=1000), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        _to("stray_return", "device_id", "device"),
        _to("stray_return", "item_id", "loan_item"),
        _entry("stray_return"),
        _entry("stray_return", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stray_return")),
    )
    op.create_index("ix_stray_return_device_id_returned_at", "stray_return", ["device_id", "returned_at"])

    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("code", AutoString(length=40), nullable=False),
        sa.Column("claim", sa.JSON(), nullable=False),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("against_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.Column(
            "choice",
            sa.Enum(
                "keep",
                "other",
                "dismiss",
                "fitted",
                name="choice",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("reason", AutoString(length=200), nullable=True),
        sa.Column("settled_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(settled_at IS NULL) = (choice IS NULL)", name=op.f("ck_conflict_settled")),
        _to("conflict", "device_id", "device"),
        _to("conflict", "against_id", "loan_item"),
        _to("conflict", "item_id", "loan_item"),
        _entry("conflict"),
        _entry("conflict", "settled_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
    )
    _open("ix_conflict_device_open", "conflict", "device_id", "settled_at", unique=False)
