"""Wifi rollout: rooms and closed days of venues, steps and plans on two clocks, contracts, lines, access points."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STAGES = (
    "survey",
    "design",
    "contract",
    "construction",
    "activation",
    "in_service",
    "on_hold",
    "excluded",
    "removed",
)


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
    _widen_venues()
    _create_wifi()
    _let_pictures_belong_to_venues()
    _let_loans_be_installed()


def _widen_venues() -> None:
    for column, length in (
        ("name_english", 160),
        ("postal_code", 7),
        ("prefecture", 10),
        ("city", 40),
        ("town", 60),
        ("street", 60),
        ("building", 80),
        ("extension", 20),
        ("url", 300),
        ("disaster_procedure", 2000),
    ):
        op.add_column("venue", sa.Column(column, AutoString(length=length), nullable=True))
    # A venue that is there already got no such mark; the default goes again, because the program always says.
    for column in ("shelter", "disaster_open"):
        op.add_column("venue", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("venue") as batch:
        for column in ("shelter", "disaster_open"):
            batch.alter_column(column, server_default=None)


def _let_loans_be_installed() -> None:
    op.add_column("loan", sa.Column("installed", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("loan") as batch:
        batch.alter_column("installed", server_default=None)
        batch.drop_constraint(op.f("ck_loan_due"), type_="check")
        batch.create_check_constraint(op.f("ck_loan_due"), "due_on IS NOT NULL OR end_of_office OR installed")
        batch.create_check_constraint(op.f("ck_loan_installed"), "NOT installed OR venue_id IS NOT NULL")


def _let_pictures_belong_to_venues() -> None:
    with op.batch_alter_table("picture") as batch:
        batch.add_column(sa.Column("venue_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("wifi_step_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("caption", AutoString(length=200), nullable=True))
        batch.drop_constraint(op.f("ck_picture_one_thing"), type_="check")
        batch.create_check_constraint(
            op.f("ck_picture_one_thing"),
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN issue_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END) = 1",
        )
        batch.create_foreign_key(op.f("fk_picture_venue_id_venue"), "venue", ["venue_id"], ["id"])
        batch.create_foreign_key(op.f("fk_picture_wifi_step_id_wifi_step"), "wifi_step", ["wifi_step_id"], ["id"])
    op.create_index(op.f("ix_picture_venue_id"), "picture", ["venue_id"])
    op.create_index(op.f("ix_picture_wifi_step_id"), "picture", ["wifi_step_id"])


def _create_wifi() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("retired_at", UTCDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity IS NULL OR (capacity >= 1 AND capacity <= 9999)", name=op.f("ck_room_capacity")),
        _to("room", "venue_id", "venue"),
        _entry("room", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index(op.f("ix_room_entry"), "room", ["entry"])
    _open("uq_room_venue_id_name", "room", ["venue_id", "name"], "retired_at", unique=True)
    op.create_table(
        "venue_closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", AutoString(length=200), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_venue_closure_days")),
        _to("venue_closure", "venue_id", "venue"),
        _entry("venue_closure", "entry"),
        _entry("venue_closure", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_closure")),
    )
    op.create_index(op.f("ix_venue_closure_entry"), "venue_closure", ["entry"])
    op.create_index(op.f("ix_venue_closure_undone_entry"), "venue_closure", ["undone_entry"])
    op.create_index(op.f("ix_venue_closure_venue_id_from_on"), "venue_closure", ["venue_id", "from_on"])
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", AutoString(length=40), nullable=False),
        sa.Column("title", AutoString(length=120), nullable=False),
        sa.Column("contractor", AutoString(length=80), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("funding", AutoString(length=80), nullable=True),
        sa.Column("amount_yen", sa.BigInteger(), nullable=True),
        sa.Column("budget_yen", sa.BigInteger(), nullable=True),
        sa.Column("carried_yen", sa.BigInteger(), nullable=True),
        sa.Column("executed_yen", sa.BigInteger(), nullable=True),
        sa.Column("note", AutoString(length=2000), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("budget_yen IS NULL OR budget_yen >= 0", name=op.f("ck_contract_budget_yen")),
        sa.CheckConstraint("carried_yen IS NULL OR carried_yen >= 0", name=op.f("ck_contract_carried_yen")),
        sa.CheckConstraint("executed_yen IS NULL OR executed_yen >= 0", name=op.f("ck_contract_executed_yen")),
        sa.CheckConstraint(
            "budget_yen IS NULL OR COALESCE(executed_yen, 0) + COALESCE(carried_yen, 0) <= budget_yen",
            name=op.f("ck_contract_within_budget"),
        ),
        sa.CheckConstraint("amount_yen IS NULL OR amount_yen >= 0", name=op.f("ck_contract_amount_yen")),
        _entry("contract", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("fiscal_year", "number", name=op.f("uq_contract_fiscal_year_number")),
    )
    op.create_index(op.f("ix_contract_entry"), "contract", ["entry"])
    op.create_index(op.f("ix_contract_fiscal_year"), "contract", ["fiscal_year"])
    op.create_table(
        "contract_venue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("share_yen", sa.BigInteger(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("share_yen IS NULL OR share_yen >= 0", name=op.f("ck_contract_venue_share_yen")),
        _to("contract_venue", "contract_id", "contract"),
        _to("contract_venue", "venue_id", "venue"),
        _entry("contract_venue", "entry"),
        _entry("contract_venue", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_venue")),
    )
    op.create_index(op.f("ix_contract_venue_entry"), "contract_venue", ["entry"])
    op.create_index(op.f("ix_contract_venue_undone_entry"), "contract_venue", ["undone_entry"])
    op.create_index(op.f("ix_contract_venue_venue_id"), "contract_venue", ["venue_id"])
    _open(
        "uq_contract_venue_contract_id_venue_id_open",
        "contract_venue",
        ["contract_id", "venue_id"],
        "undone_entry",
        unique=True,
    )
    op.create_table(
        "wifi_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("stage", _members(*_STAGES, "wifi_stage"), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("reason", AutoString(length=400), nullable=True),
        sa.Column("note", AutoString(length=1000), nullable=True),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("wifi_step", "venue_id", "venue"),
        _to("wifi_step", "contract_id", "contract"),
        _entry("wifi_step", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wifi_step")),
    )
    op.create_index(op.f("ix_wifi_step_contract_id"), "wifi_step", ["contract_id"])
    op.create_index(op.f("ix_wifi_step_entry"), "wifi_step", ["entry"])
    op.create_index(op.f("ix_wifi_step_happened_on"), "wifi_step", ["happened_on"])
    op.create_index(op.f("ix_wifi_step_venue_id_happened_on_id"), "wifi_step", ["venue_id", "happened_on", "id"])
    op.create_table(
        "wifi_step_strike",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("reason", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("wifi_step_strike", "step_id", "wifi_step"),
        _entry("wifi_step_strike", "entry"),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_wifi_step_strike")),
    )
    op.create_index(op.f("ix_wifi_step_strike_entry"), "wifi_step_strike", ["entry"])
    op.create_table(
        "wifi_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("stage", _members(*_STAGES, "wifi_stage"), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column(
            "cause",
            _members(
                "tender_failed",
                "carried_over",
                "parts_short",
                "pole_wait",
                "line_wait",
                "building",
                "budget",
                "disaster",
                "other",
                "slip_cause",
            ),
            nullable=True,
        ),
        sa.Column("reason", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("wifi_plan", "venue_id", "venue"),
        _entry("wifi_plan", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wifi_plan")),
    )
    op.create_index(op.f("ix_wifi_plan_entry"), "wifi_plan", ["entry"])
    op.create_index(
        op.f("ix_wifi_plan_venue_id_stage_decided_on_id"), "wifi_plan", ["venue_id", "stage", "decided_on", "id"]
    )
    op.create_table(
        "wifi_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("action", AutoString(length=200), nullable=True),
        sa.Column("owner", AutoString(length=60), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("ended_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_entry IS NULL)", name=op.f("ck_wifi_action_ended")),
        _to("wifi_action", "venue_id", "venue"),
        _entry("wifi_action", "entry"),
        _entry("wifi_action", "ended_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wifi_action")),
    )
    op.create_index(op.f("ix_wifi_action_ended_entry"), "wifi_action", ["ended_entry"])
    op.create_index(op.f("ix_wifi_action_entry"), "wifi_action", ["entry"])
    op.create_index(op.f("ix_wifi_action_venue_id"), "wifi_action", ["venue_id"])
    _open("uq_wifi_action_venue_open", "wifi_action", ["venue_id"], "ended_at", unique=True)
    op.create_table(
        "wifi_programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", AutoString(length=32), nullable=False),
        sa.Column("name", AutoString(length=80), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("baseline_on", sa.Date(), nullable=False),
        sa.Column("note", AutoString(length=1000), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_wifi_programme_days")),
        _entry("wifi_programme", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wifi_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_wifi_programme_code")),
    )
    op.create_index(op.f("ix_wifi_programme_entry"), "wifi_programme", ["entry"])
    op.create_table(
        "wifi_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("reason", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("wifi_target", "programme_id", "wifi_programme"),
        _entry("wifi_target", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wifi_target")),
    )
    op.create_index(op.f("ix_wifi_target_entry"), "wifi_target", ["entry"])
    op.create_index(op.f("ix_wifi_target_programme_id_since_on_id"), "wifi_target", ["programme_id", "since_on", "id"])
    op.create_table(
        "wifi_target_venue",
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        _to("wifi_target_venue", "target_id", "wifi_target"),
        _to("wifi_target_venue", "venue_id", "venue"),
        _entry("wifi_target_venue", "entry"),
        sa.PrimaryKeyConstraint("target_id", "venue_id", name=op.f("pk_wifi_target_venue")),
    )
    op.create_index(op.f("ix_wifi_target_venue_entry"), "wifi_target_venue", ["entry"])
    op.create_index(op.f("ix_wifi_target_venue_venue_id"), "wifi_target_venue", ["venue_id"])
    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("provider", AutoString(length=80), nullable=False),
        sa.Column("kind", _members("fibre", "cable", "mobile", "other", "line_kind"), nullable=False),
        sa.Column("circuit", AutoString(length=60), nullable=True),
        sa.Column("speed_mbps", sa.Integer(), nullable=True),
        sa.Column("monthly_yen", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("speed_mbps IS NULL OR speed_mbps > 0", name=op.f("ck_line_speed_mbps")),
        sa.CheckConstraint("monthly_yen IS NULL OR monthly_yen >= 0", name=op.f("ck_line_monthly_yen")),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_line_days")),
        _to("line", "venue_id", "venue"),
        _to("line", "contract_id", "contract"),
        _entry("line", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
    )
    op.create_index(op.f("ix_line_contract_id"), "line", ["contract_id"])
    op.create_index(op.f("ix_line_entry"), "line", ["entry"])
    op.create_index(op.f("ix_line_venue_id"), "line", ["venue_id"])
    op.create_table(
        "access_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("ssid", AutoString(length=32), nullable=False),
        sa.Column("area", AutoString(length=120), nullable=True),
        sa.Column("auth", _members("open", "passphrase", "portal", "wifi_auth"), nullable=False),
        sa.Column("band", AutoString(length=40), nullable=True),
        sa.Column("disaster_ssid", sa.Boolean(), nullable=False),
        sa.Column("passphrase", sa.LargeBinary(), nullable=True),
        sa.Column("passphrase_until", sa.Date(), nullable=True),
        sa.Column("installed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("note", AutoString(length=1000), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("removed_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("removed_on IS NULL OR removed_on >= installed_on", name=op.f("ck_access_point_days")),
        sa.CheckConstraint("passphrase IS NULL OR auth = 'passphrase'", name=op.f("ck_access_point_passphrase")),
        _to("access_point", "venue_id", "venue"),
        _to("access_point", "room_id", "room"),
        _to("access_point", "device_id", "device"),
        _entry("access_point", "entry"),
        _entry("access_point", "removed_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_point")),
    )
    op.create_index(op.f("ix_access_point_device_id"), "access_point", ["device_id"])
    op.create_index(op.f("ix_access_point_entry"), "access_point", ["entry"])
    op.create_index(op.f("ix_access_point_removed_entry"), "access_point", ["removed_entry"])
    op.create_index(op.f("ix_access_point_room_id"), "access_point", ["room_id"])
    op.create_index(op.f("ix_access_point_venue_id"), "access_point", ["venue_id"])
    op.create_table(
        "speed_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("measured_at", UTCDateTime(), nullable=False),
        sa.Column("down_mbps", sa.Float(), nullable=False),
        sa.Column("up_mbps", sa.Float(), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("up_mbps >= 0 AND up_mbps <= 100000", name=op.f("ck_speed_test_up_mbps")),
        sa.CheckConstraint("down_mbps >= 0 AND down_mbps <= 100000", name=op.f("ck_speed_test_down_mbps")),
        sa.CheckConstraint(
            "latency_ms IS NULL OR (latency_ms >= 0 AND latency_ms <= 60000)", name=op.f("ck_speed_test_latency_ms")
        ),
        _to("speed_test", "venue_id", "venue"),
        _to("speed_test", "room_id", "room"),
        _entry("speed_test", "entry"),
        _entry("speed_test", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speed_test")),
    )
    op.create_index(op.f("ix_speed_test_entry"), "speed_test", ["entry"])
    op.create_index(op.f("ix_speed_test_room_id"), "speed_test", ["room_id"])
    op.create_index(op.f("ix_speed_test_undone_entry"), "speed_test", ["undone_entry"])
    op.create_index(op.f("ix_speed_test_venue_id_measured_at"), "speed_test", ["venue_id", "measured_at"])
    op.create_table(
        "wifi_usage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_wifi_usage_count")),
        _to("wifi_usage", "venue_id", "venue"),
        _entry("wifi_usage", "entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wifi_usage")),
    )
    op.create_index(op.f("ix_wifi_usage_entry"), "wifi_usage", ["entry"])
    op.create_index(op.f("ix_wifi_usage_venue_id_month_id"), "wifi_usage", ["venue_id", "month", "id"])
    op.create_table(
        "wifi_outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("ended_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_entry IS NULL)", name=op.f("ck_wifi_outage_ended")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name=op.f("ck_wifi_outage_order")),
        _to("wifi_outage", "venue_id", "venue"),
        _to("wifi_outage", "issue_id", "issue"),
        _entry("wifi_outage", "entry"),
        _entry("wifi_outage", "ended_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wifi_outage")),
    )
    op.create_index(op.f("ix_wifi_outage_ended_entry"), "wifi_outage", ["ended_entry"])
    op.create_index(op.f("ix_wifi_outage_entry"), "wifi_outage", ["entry"])
    op.create_index(op.f("ix_wifi_outage_issue_id"), "wifi_outage", ["issue_id"])
    op.create_index(op.f("ix_wifi_outage_venue_id"), "wifi_outage", ["venue_id"])
    _open("ix_wifi_outage_venue_open", "wifi_outage", ["venue_id"], "ended_at", unique=False)
    op.create_table(
        "disaster_drill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        _to("disaster_drill", "venue_id", "venue"),
        _entry("disaster_drill", "entry"),
        _entry("disaster_drill", "undone_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disaster_drill")),
    )
    op.create_index(op.f("ix_disaster_drill_entry"), "disaster_drill", ["entry"])
    op.create_index(op.f("ix_disaster_drill_undone_entry"), "disaster_drill", ["undone_entry"])
    op.create_index(op.f("ix_disaster_drill_venue_id"), "disaster_drill", ["venue_id"])
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", AutoString(length=60), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("query", AutoString(length=400), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("removed_entry", sa.Integer(), nullable=True),
        _entry("saved_filter", "entry"),
        _entry("saved_filter", "removed_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    op.create_index(op.f("ix_saved_filter_entry"), "saved_filter", ["entry"])
    op.create_index(op.f("ix_saved_filter_page"), "saved_filter", ["page"])
    op.create_index(op.f("ix_saved_filter_removed_entry"), "saved_filter", ["removed_entry"])
