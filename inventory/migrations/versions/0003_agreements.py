"""Agreements: their words, forms on paper, signatures, and pictures."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _entry(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["entry"], ["entry.seq"], name=op.f(f"fk_{table}_entry_entry"), initially="DEFERRED", deferrable=True
    )


def _to(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}"))


def upgrade() -> None:
    op.create_table(
        "agreement_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pool_id", AutoString(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("opening", AutoString(length=400), nullable=False),
        sa.Column("promises", sa.JSON(), nullable=False),
        sa.Column("statement", AutoString(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("agreement_text", "pool_id", "pool"),
        _entry("agreement_text"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_text")),
        sa.UniqueConstraint("pool_id", "version", name=op.f("uq_agreement_text_pool_id_version")),
    )
    op.create_table(
        "paper_form",
        sa.Column("number", AutoString(length=8), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("association_id", sa.Integer(), nullable=True),
        sa.Column("printed_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("paper_form", "number", "tag", "number"),
        _to("paper_form", "text_id", "agreement_text"),
        _to("paper_form", "association_id", "association"),
        _entry("paper_form"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_paper_form")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("paper_number", AutoString(length=8), nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "screen", "typed", "paper", name="sign_method", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("signed_at", UTCDateTime(), nullable=False),
        sa.Column("signed_name", AutoString(length=60), nullable=True),
        sa.Column("by_proxy", sa.Boolean(), nullable=False),
        sa.Column("relation", AutoString(length=60), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("signature_sha256", AutoString(length=64), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("erased_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("agreement", "loan_id", "loan"),
        _to("agreement", "text_id", "agreement_text"),
        _to("agreement", "paper_number", "paper_form", "number"),
        _entry("agreement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("loan_id", name=op.f("uq_agreement_loan_id")),
        sa.UniqueConstraint("paper_number", name=op.f("uq_agreement_paper_number")),
    )
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_type", AutoString(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", AutoString(length=64), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("loan_item_id", sa.Integer(), nullable=True),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("erased_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("(device_id IS NULL) <> (agreement_id IS NULL)", name=op.f("ck_picture_one_thing")),
        _to("picture", "device_id", "device"),
        _to("picture", "loan_item_id", "loan_item"),
        _to("picture", "agreement_id", "agreement"),
        _entry("picture"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
    )
    for column in ("device_id", "loan_item_id", "agreement_id"):
        op.create_index(op.f(f"ix_picture_{column}"), "picture", [column])
