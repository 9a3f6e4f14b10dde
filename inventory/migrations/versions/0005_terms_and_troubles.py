"""Lending for a term of office: transfers, papers, reminders, 所在確認. Trouble reports and what is done about them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CATEGORIES = ("power", "screen", "network", "howto", "broken", "lost", "handover", "other")


def _entry(table: str, column: str = "entry") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["entry.seq"], name=op.f(f"fk_{table}_{column}_entry"), initially="DEFERRED", deferrable=True
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _open(name: str, table: str, column: str, until: str, *, unique: bool = True) -> None:
    still = sa.text(f"{until} IS NULL")
    op.create_index(name, table, [column], unique=unique, sqlite_where=still, postgresql_where=still)


def _members(*values: str) -> sa.Enum:
    """The type of a column with members; the last value is its name."""
    *members, name = values
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    _widen_pools()
    _create_terms()
    _create_issues()
    _let_agreements_be_superseded()
    _let_pictures_belong_to_issues()


def _widen_pools() -> None:
    with op.batch_alter_table("pool") as batch:
        batch.add_column(sa.Column("remind_before_days", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("remind_every_days", sa.Integer(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_pool_remind_before_days"),
            "remind_before_days IS NULL OR (remind_before_days >= 0 AND remind_before_days <= 365)",
        )
        batch.create_check_constraint(
            op.f("ck_pool_remind_every_days"),
            "remind_every_days IS NULL OR (remind_every_days >= 1 AND remind_every_days <= 365)",
        )
    for column, length in (("legal_basis", 200), ("form_number", 40)):
        op.add_column("agreement_text", sa.Column(column, AutoString(length=length), nullable=True))


def _let_agreements_be_superseded() -> None:
    with op.batch_alter_table("agreement") as batch:
        batch.add_column(sa.Column("officer_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("superseded_at", UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("superseded_entry", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f("uq_agreement_loan_id"), type_="unique")
        batch.create_foreign_key(op.f("fk_agreement_officer_id_officer"), "officer", ["officer_id"], ["id"])
        batch.create_foreign_key(
            op.f("fk_agreement_superseded_entry_entry"),
            "entry",
            ["superseded_entry"],
            ["seq"],
            initially="DEFERRED",
            deferrable=True,
        )
    for column in ("loan_id", "officer_id", "superseded_entry"):
        op.create_index(op.f(f"ix_agreement_{column}"), "agreement", [column])
    _open("uq_agreement_loan_standing", "agreement", "loan_id", "superseded_at")
    op.execute("UPDATE agreement SET officer_id = (SELECT loan.officer_id FROM loan WHERE loan.id = agreement.loan_id)")


def _let_pictures_belong_to_issues() -> None:
    with op.batch_alter_table("picture") as batch:
        batch.add_column(sa.Column("issue_id", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f("ck_picture_one_thing"), type_="check")
        batch.create_check_constraint(
            op.f("ck_picture_one_thing"),
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN issue_id IS NULL THEN 0 ELSE 1 END) = 1",
        )
        batch.create_foreign_key(op.f("fk_picture_issue_id_issue"), "issue", ["issue_id"], ["id"])
    op.create_index(op.f("ix_picture_issue_id"), "picture", ["issue_id"])


def _create_terms() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column("from_association_id", sa.Integer(), nullable=False),
        sa.Column("from_officer_id", sa.Integer(), nullable=True),
        sa.Column("to_association_id", sa.Integer(), nullable=False),
        sa.Column("to_officer_id", sa.Integer(), nullable=False),
        sa.Column("way", _members("wipe", "check", "handover"), nullable=False),
        sa.Column("transferred_at", UTCDateTime(), nullable=False),
        sa.Column("checked_at", UTCDateTime(), nullable=True),
        sa.Column("checklist", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("checked_entry", sa.Integer(), nullable=True),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        _to("transfer", "loan_id", "loan"),
        _to("transfer", "from_association_id", "association"),
        _to("transfer", "from_officer_id", "officer"),
        _to("transfer", "to_association_id", "association"),
        _to("transfer", "to_officer_id", "officer"),
        _entry("transfer", "entry"),
        _entry("transfer", "checked_entry"),
        _entry("transfer", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    op.create_index(op.f("ix_transfer_checked_entry"), "transfer", ["checked_entry"])
    op.create_index(op.f("ix_transfer_entry"), "transfer", ["entry"])
    op.create_index(op.f("ix_transfer_from_officer_id"), "transfer", ["from_officer_id"])
    op.create_index(op.f("ix_transfer_loan_id"), "transfer", ["loan_id"])
    op.create_index(op.f("ix_transfer_to_officer_id"), "transfer", ["to_officer_id"])
    op.create_index(op.f("ix_transfer_undone_entry"), "transfer", ["undone_entry"])
    op.create_table(
        "form_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pool_id", AutoString(length=40), nullable=False),
        sa.Column(
            "kind", _members("application", "approval", "handover", "return", "loss", "form_kind"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("title", AutoString(length=40), nullable=False),
        sa.Column("opening", AutoString(length=400), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("statement", AutoString(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("legal_basis", AutoString(length=200), nullable=True),
        sa.Column("form_number", AutoString(length=40), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("form_text", "pool_id", "pool"),
        _entry("form_text", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_text")),
        sa.UniqueConstraint("pool_id", "kind", "version", name=op.f("uq_form_text_pool_id_kind_version")),
    )
    op.create_index(op.f("ix_form_text_entry"), "form_text", ["entry"])
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("association_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", AutoString(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("purpose", AutoString(length=200), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("note", AutoString(length=1000), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("decision", _members("approved", "refused", "decision"), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("document_number", AutoString(length=40), nullable=True),
        sa.Column("decision_reason", AutoString(length=400), nullable=True),
        sa.Column("decision_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 200", name=op.f("ck_application_quantity")),
        sa.CheckConstraint("(decision IS NULL) = (decided_on IS NULL)", name=op.f("ck_application_decided")),
        _to("application", "association_id", "association"),
        _to("application", "officer_id", "officer"),
        _to("application", "pool_id", "pool"),
        _entry("application", "entry"),
        _entry("application", "decision_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    op.create_index(op.f("ix_application_association_id"), "application", ["association_id"])
    op.create_index(op.f("ix_application_decision_entry"), "application", ["decision_entry"])
    op.create_index(op.f("ix_application_entry"), "application", ["entry"])
    op.create_index(op.f("ix_application_officer_id"), "application", ["officer_id"])
    op.create_index(op.f("ix_application_pool_id"), "application", ["pool_id"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("borrower", AutoString(length=80), nullable=False),
        sa.Column("association_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("channel", _members("mail", "phone", "letter", "reminder_channel"), nullable=False),
        sa.Column("loans", sa.JSON(), nullable=False),
        sa.Column("claimed_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", _members("sent", "failed", "void", "reminder_outcome"), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("ended_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_reminder_ended")),
        _to("reminder", "association_id", "association"),
        _to("reminder", "person_id", "person"),
        _entry("reminder", "entry"),
        _entry("reminder", "ended_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("borrower", "on_day", "channel", name=op.f("uq_reminder_borrower_on_day_channel")),
    )
    op.create_index(op.f("ix_reminder_association_id"), "reminder", ["association_id"])
    _open("ix_reminder_claimed_open", "reminder", "claimed_at", "ended_at", unique=False)
    op.create_index(op.f("ix_reminder_ended_entry"), "reminder", ["ended_entry"])
    op.create_index(op.f("ix_reminder_entry"), "reminder", ["entry"])
    op.create_index(op.f("ix_reminder_person_id"), "reminder", ["person_id"])
    op.create_table(
        "presence_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_presence_round_days")),
        _entry("presence_round", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_round")),
    )
    op.create_index(op.f("ix_presence_round_entry"), "presence_round", ["entry"])
    op.create_table(
        "presence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("channel", _members("label", "phone", "visit", "presence_channel"), nullable=False),
        sa.Column("in_hand", sa.Boolean(), nullable=False),
        sa.Column("usage", _members("used", "little", "unused", "usage"), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("presence", "round_id", "presence_round"),
        _to("presence", "device_id", "device"),
        _to("presence", "loan_id", "loan"),
        _to("presence", "officer_id", "officer"),
        _entry("presence", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_device_id"), "presence", ["device_id"])
    op.create_index(op.f("ix_presence_entry"), "presence", ["entry"])
    op.create_index(op.f("ix_presence_loan_id"), "presence", ["loan_id"])
    op.create_index(op.f("ix_presence_officer_id"), "presence", ["officer_id"])
    op.create_index(op.f("ix_presence_round_id_device_id"), "presence", ["round_id", "device_id"])


def _create_issues() -> None:
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt", AutoString(length=6), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("loan_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("category", _members(*_CATEGORIES, "issue_category"), nullable=False),
        sa.Column("phrases", sa.JSON(), nullable=False),
        sa.Column("words", AutoString(length=2000), nullable=True),
        sa.Column("reporter_name", AutoString(length=60), nullable=True),
        sa.Column("phone", AutoString(length=20), nullable=True),
        sa.Column("email", AutoString(length=200), nullable=True),
        sa.Column("call_time", _members("any", "morning", "afternoon", "call_time"), nullable=True),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("self_solved", sa.Boolean(), nullable=False),
        sa.Column("secret_version", sa.Integer(), nullable=False),
        sa.Column("secret_hash", AutoString(length=64), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("bring_venue_id", sa.Integer(), nullable=True),
        sa.Column("bring_on", sa.Date(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("erased_at", UTCDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("merged_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(merged_into_id IS NULL) = (merged_entry IS NULL)", name=op.f("ck_issue_merged")),
        sa.CheckConstraint("device_id IS NULL OR venue_id IS NULL", name=op.f("ck_issue_one_thing")),
        _to("issue", "device_id", "device"),
        _to("issue", "venue_id", "venue"),
        _to("issue", "loan_id", "loan"),
        _to("issue", "officer_id", "officer"),
        _to("issue", "bring_venue_id", "venue"),
        _to("issue", "merged_into_id", "issue"),
        _entry("issue", "entry"),
        _entry("issue", "merged_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("receipt", name=op.f("uq_issue_receipt")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_issue_secret_hash")),
    )
    op.create_index(op.f("ix_issue_device_id"), "issue", ["device_id"])
    op.create_index(op.f("ix_issue_entry"), "issue", ["entry"])
    op.create_index(op.f("ix_issue_loan_id"), "issue", ["loan_id"])
    op.create_index(op.f("ix_issue_merged_entry"), "issue", ["merged_entry"])
    op.create_index(op.f("ix_issue_merged_into_id"), "issue", ["merged_into_id"])
    op.create_index(op.f("ix_issue_officer_id"), "issue", ["officer_id"])
    op.create_index(op.f("ix_issue_received_at"), "issue", ["received_at"])
    op.create_index(op.f("ix_issue_venue_id"), "issue", ["venue_id"])
    op.create_table(
        "issue_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _members("received", "confirmed", "in_progress", "waiting", "resolved", "issue_state"),
            nullable=False,
        ),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("ended_entry", sa.Integer(), nullable=True),
        _to("issue_step", "issue_id", "issue"),
        _entry("issue_step", "entry"),
        _entry("issue_step", "ended_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_step")),
    )
    op.create_index(op.f("ix_issue_step_ended_entry"), "issue_step", ["ended_entry"])
    op.create_index(op.f("ix_issue_step_entry"), "issue_step", ["entry"])
    op.create_index(op.f("ix_issue_step_issue_id"), "issue_step", ["issue_id"])
    _open("ix_issue_step_state_open", "issue_step", "state", "ended_at", unique=False)
    _open("uq_issue_step_issue_open", "issue_step", "issue_id", "ended_at", unique=True)
    op.create_table(
        "issue_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("author", _members("office", "reporter", "author"), nullable=False),
        sa.Column("channel", _members("message", "phone", "letter", "note", "message_channel"), nullable=False),
        sa.Column("words", AutoString(length=2000), nullable=True),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.Column("erased_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("issue_message", "issue_id", "issue"),
        _entry("issue_message", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_message")),
    )
    op.create_index(op.f("ix_issue_message_entry"), "issue_message", ["entry"])
    op.create_index(op.f("ix_issue_message_issue_id"), "issue_message", ["issue_id"])
    op.create_table(
        "issue_hold",
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("issue_hold", "hold_id", "hold"),
        _to("issue_hold", "issue_id", "issue"),
        _entry("issue_hold", "entry"),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_issue_hold")),
    )
    op.create_index(op.f("ix_issue_hold_entry"), "issue_hold", ["entry"])
    op.create_index(op.f("ix_issue_hold_issue_id"), "issue_hold", ["issue_id"])
    op.create_table(
        "issue_substitute",
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("issue_substitute", "loan_id", "loan"),
        _to("issue_substitute", "issue_id", "issue"),
        _entry("issue_substitute", "entry"),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_issue_substitute")),
    )
    op.create_index(op.f("ix_issue_substitute_entry"), "issue_substitute", ["entry"])
    op.create_index(op.f("ix_issue_substitute_issue_id"), "issue_substitute", ["issue_id"])
    op.create_table(
        "loss_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            _members(
                "lock_asked",
                "locked",
                "wipe_asked",
                "wiped",
                "line_stopped",
                "police",
                "form_filed",
                "found",
                "loss_step_kind",
            ),
            nullable=False,
        ),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("loss_step", "device_id", "device"),
        _to("loss_step", "issue_id", "issue"),
        _entry("loss_step", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loss_step")),
    )
    op.create_index(op.f("ix_loss_step_device_id"), "loss_step", ["device_id"])
    op.create_index(op.f("ix_loss_step_entry"), "loss_step", ["entry"])
    op.create_index(op.f("ix_loss_step_issue_id"), "loss_step", ["issue_id"])
    op.create_table(
        "standard_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", AutoString(length=60), nullable=False),
        sa.Column("words", AutoString(length=1000), nullable=False),
        sa.Column("category", _members(*_CATEGORIES, "issue_category"), nullable=True),
        sa.Column("retired_at", UTCDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _entry("standard_answer", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_answer")),
    )
    op.create_index(op.f("ix_standard_answer_entry"), "standard_answer", ["entry"])
