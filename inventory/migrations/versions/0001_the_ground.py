"""The ground: stock, people, venues, courses, loans, staff and the journal."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "realm",
            sa.Enum("staff", "public", name="realm", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("op_id", AutoString(length=255), nullable=False),
        sa.Column("act", AutoString(length=40), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("desk", AutoString(length=60), nullable=True),
        sa.Column("desk_seq", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("request_mac", AutoString(length=64), nullable=True),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("key_id", AutoString(length=16), nullable=False),
        sa.Column("mac", AutoString(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_entry")),
        sa.UniqueConstraint("realm", "op_id", name=op.f("uq_entry_realm_op_id")),
    )
    op.create_index(op.f("ix_entry_at"), "entry", ["at"], unique=False)

    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", AutoString(length=64), nullable=False),
        sa.Column("client", AutoString(length=64), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_in")),
    )
    op.create_index("ix_failed_sign_in_account_at", "failed_sign_in", ["account", "at"], unique=False)
    op.create_index("ix_failed_sign_in_client_at", "failed_sign_in", ["client", "at"], unique=False)

    op.create_table(
        "setting",
        sa.Column("name", AutoString(length=40), nullable=False),
        sa.Column("value", AutoString(length=400), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "district",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("name_kana", AutoString(length=120), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_district_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
        sa.UniqueConstraint("name", name=op.f("uq_district_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("name_kana", AutoString(length=120), nullable=False),
        sa.Column("phone", AutoString(length=20), nullable=True),
        sa.Column("email", AutoString(length=200), nullable=True),
        sa.Column("erased_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_person_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "pool",
        sa.Column("id", AutoString(length=40), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "tablet",
                "smartphone",
                "router",
                "access_point",
                "other",
                name="pool_kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "after_course",
            sa.Enum(
                "none", "inspect", "wipe", name="after_course", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column(
            "after_term",
            sa.Enum("none", "inspect", "wipe", name="after_term", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column(
            "handover",
            sa.Enum("wipe", "check", name="handover", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("agreement_required", sa.Boolean(), nullable=False),
        sa.Column("accessories", sa.JSON(), nullable=False),
        sa.Column("preparation_minutes", sa.Integer(), nullable=False),
        sa.Column("default_days", sa.Integer(), nullable=True),
        sa.Column("one_per_borrower", sa.Boolean(), nullable=False),
        sa.Column("lend_word", AutoString(length=10), nullable=False),
        sa.Column("return_word", AutoString(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "default_days IS NULL OR (default_days >= 0 AND default_days <= 3660)", name=op.f("ck_pool_default_days")
        ),
        sa.CheckConstraint(
            "preparation_minutes >= 0 AND preparation_minutes <= 10080", name=op.f("ck_pool_preparation_minutes")
        ),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_pool_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", AutoString(length=32), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(length=120), nullable=False),
        sa.Column("line", AutoString(length=120), nullable=True),
        sa.Column(
            "audience",
            sa.Enum(
                "phone",
                "no_phone",
                "supporter",
                "resident",
                "officer",
                name="audience",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("funding", AutoString(length=60), nullable=True),
        sa.Column("partner", AutoString(length=60), nullable=True),
        sa.Column("planned_courses", sa.Integer(), nullable=True),
        sa.Column("reported_courses", sa.Integer(), nullable=True),
        sa.Column("reported_participants", sa.Integer(), nullable=True),
        sa.Column("reported_distinct", sa.Integer(), nullable=True),
        sa.Column("approx", sa.Boolean(), nullable=False),
        sa.Column("venues_note", AutoString(length=200), nullable=True),
        sa.Column("note", AutoString(length=400), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reported_distinct IS NULL OR reported_participants IS NULL OR reported_distinct <= reported_participants",
            name=op.f("ck_programme_distinct_within_total"),
        ),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_programme_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("fiscal_year", "code", name=op.f("uq_programme_fiscal_year_code")),
    )
    op.create_index(op.f("ix_programme_fiscal_year"), "programme", ["fiscal_year"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", AutoString(length=60), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("section", AutoString(length=60), nullable=True),
        sa.Column("password_hash", AutoString(length=200), nullable=True),
        sa.Column("appointed_until", sa.Date(), nullable=True),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_staff_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "tag",
        sa.Column("number", AutoString(length=8), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_tag_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tag")),
    )
    op.create_table(
        "venue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", AutoString(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "kominkan",
                "community_center",
                "welfare_center",
                "branch_office",
                "library",
                "other",
                name="venue_kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", AutoString(length=80), nullable=False),
        sa.Column("name_kana", AutoString(length=160), nullable=False),
        sa.Column("address", AutoString(length=200), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("phone", AutoString(length=20), nullable=True),
        sa.Column("closed_days", AutoString(length=200), nullable=True),
        sa.Column("note", AutoString(length=2000), nullable=True),
        sa.Column("search", AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("latitude IS NULL OR (latitude >= 20 AND latitude <= 46)", name=op.f("ck_venue_latitude")),
        sa.CheckConstraint(
            "longitude IS NULL OR (longitude >= 122 AND longitude <= 154)", name=op.f("ck_venue_longitude")
        ),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_venue_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("code", name=op.f("uq_venue_code")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", AutoString(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("label", AutoString(length=60), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_api_token_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_staff_id"), "api_token", ["staff_id"], unique=False)

    op.create_table(
        "association",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("name_kana", AutoString(length=120), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("search", AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_association_district_id_district")),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_association_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_association")),
    )
    op.create_index(op.f("ix_association_district_id"), "association", ["district_id"], unique=False)
    op.create_index("ix_association_sort", "association", ["name_kana", "id"], unique=False)

    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("title", AutoString(length=120), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("needs_wifi", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "cancelled",
                "postponed",
                name="course_state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("cancel_reason", AutoString(length=200), nullable=True),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("participants_distinct", sa.Integer(), nullable=True),
        sa.Column("approx", sa.Boolean(), nullable=False),
        sa.Column("search", AutoString(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity IS NULL OR capacity >= 0", name=op.f("ck_course_capacity")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_course_lasts")),
        sa.CheckConstraint("level IS NULL OR (level >= 1 AND level <= 5)", name=op.f("ck_course_level")),
        sa.CheckConstraint(
            "participants_distinct IS NULL OR participants IS NULL OR participants_distinct <= participants",
            name=op.f("ck_course_distinct_within_total"),
        ),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_course_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_course_programme_id_programme")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_course_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index(op.f("ix_course_programme_id"), "course", ["programme_id"], unique=False)
    op.create_index(op.f("ix_course_starts_at"), "course", ["starts_at"], unique=False)
    op.create_index(op.f("ix_course_venue_id"), "course", ["venue_id"], unique=False)

    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_number", AutoString(length=32), nullable=False),
        sa.Column("asset_key", AutoString(length=32), nullable=False),
        sa.Column("pool_id", AutoString(), nullable=False),
        sa.Column("model", AutoString(length=80), nullable=False),
        sa.Column("serial", AutoString(length=60), nullable=True),
        sa.Column("imei", AutoString(length=15), nullable=True),
        sa.Column("line_number", AutoString(length=20), nullable=True),
        sa.Column("call_number", sa.Integer(), nullable=True),
        sa.Column("acquired_on", sa.Date(), nullable=True),
        sa.Column("price_yen", sa.Integer(), nullable=True),
        sa.Column("lease_until", sa.Date(), nullable=True),
        sa.Column("monthly_cost_yen", sa.Integer(), nullable=True),
        sa.Column("os_support_until", sa.Date(), nullable=True),
        sa.Column("section", AutoString(length=60), nullable=True),
        sa.Column("place", AutoString(length=60), nullable=True),
        sa.Column("note", AutoString(length=2000), nullable=True),
        sa.Column("retired_at", UTCDateTime(), nullable=True),
        sa.Column("retired_reason", AutoString(length=200), nullable=True),
        sa.Column("search", AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "call_number IS NULL OR (call_number >= 1 AND call_number <= 99)", name=op.f("ck_device_call_number")
        ),
        sa.CheckConstraint(
            "monthly_cost_yen IS NULL OR monthly_cost_yen >= 0", name=op.f("ck_device_monthly_cost_yen")
        ),
        sa.CheckConstraint("price_yen IS NULL OR price_yen >= 0", name=op.f("ck_device_price_yen")),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_device_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_device_pool_id_pool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("asset_key", name=op.f("uq_device_asset_key")),
        sa.UniqueConstraint("imei", name=op.f("uq_device_imei")),
        sa.UniqueConstraint("serial", name=op.f("uq_device_serial")),
    )
    op.create_index(op.f("ix_device_place"), "device", ["place"], unique=False)
    op.create_index(op.f("ix_device_pool_id"), "device", ["pool_id"], unique=False)
    op.create_index(
        "uq_device_pool_call_number",
        "device",
        ["pool_id", "call_number"],
        unique=True,
        sqlite_where=sa.text("call_number IS NOT NULL AND retired_at IS NULL"),
        postgresql_where=sa.text("call_number IS NOT NULL AND retired_at IS NULL"),
    )

    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("viewer", "desk", "it", "admin", name="role", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "role", name=op.f("pk_staff_role")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", AutoString(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)

    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "inspect",
                "wipe",
                "repair",
                "lost",
                "missing",
                name="hold_reason",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("note", AutoString(length=1000), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closing_note", AutoString(length=1000), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("closed_entry", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_entry"],
            ["entry.seq"],
            name=op.f("fk_hold_closed_entry_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_hold_device_id_device")),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_hold_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_device_id_opened_at", "hold", ["device_id", "opened_at"], unique=False)
    op.create_index(
        "uq_hold_device_reason_open",
        "hold",
        ["device_id", "reason"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )

    op.create_table(
        "move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("from_place", AutoString(length=60), nullable=True),
        sa.Column("to_place", AutoString(length=60), nullable=True),
        sa.Column("moved_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_move_device_id_device")),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_move_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move")),
    )
    op.create_index(op.f("ix_move_device_id"), "move", ["device_id"], unique=False)

    op.create_table(
        "officer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("association_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("office", AutoString(length=30), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_officer_term")),
        sa.ForeignKeyConstraint(
            ["association_id"], ["association.id"], name=op.f("fk_officer_association_id_association")
        ),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_officer_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_officer_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
    )
    op.create_index(op.f("ix_officer_association_id"), "officer", ["association_id"], unique=False)
    op.create_index(op.f("ix_officer_person_id"), "officer", ["person_id"], unique=False)

    op.create_table(
        "tag_binding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", AutoString(length=8), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("bound_at", UTCDateTime(), nullable=False),
        sa.Column("unbound_at", UTCDateTime(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("unbound_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("(device_id IS NULL) <> (venue_id IS NULL)", name=op.f("ck_tag_binding_one_thing")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_tag_binding_device_id_device")),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_tag_binding_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["number"], ["tag.number"], name=op.f("fk_tag_binding_number_tag")),
        sa.ForeignKeyConstraint(
            ["unbound_entry"],
            ["entry.seq"],
            name=op.f("fk_tag_binding_unbound_entry_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_tag_binding_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_binding")),
        sa.UniqueConstraint("number", name=op.f("uq_tag_binding_number")),
    )
    op.create_index(
        "uq_tag_binding_device_open",
        "tag_binding",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("unbound_at IS NULL"),
        postgresql_where=sa.text("unbound_at IS NULL"),
    )
    op.create_index(
        "uq_tag_binding_venue_open",
        "tag_binding",
        ["venue_id"],
        unique=True,
        sqlite_where=sa.text("unbound_at IS NULL"),
        postgresql_where=sa.text("unbound_at IS NULL"),
    )

    op.create_table(
        "loan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", AutoString(length=12), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("association_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("section", AutoString(length=60), nullable=True),
        sa.Column("substitute_for_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("end_of_office", sa.Boolean(), nullable=False),
        sa.Column("purpose", AutoString(length=200), nullable=True),
        sa.Column("note", AutoString(length=2000), nullable=True),
        sa.Column("override_reason", AutoString(length=400), nullable=True),
        sa.Column("batch", AutoString(length=64), nullable=True),
        sa.Column("lent_at", UTCDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN association_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN section IS NULL THEN 0 ELSE 1 END) + (CASE WHEN substitute_for_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_loan_one_borrower"),
        ),
        sa.CheckConstraint("due_on IS NOT NULL OR end_of_office", name=op.f("ck_loan_due")),
        sa.ForeignKeyConstraint(
            ["association_id"], ["association.id"], name=op.f("fk_loan_association_id_association")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_loan_course_id_course")),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_loan_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_loan_officer_id_officer")),
        sa.ForeignKeyConstraint(["substitute_for_id"], ["device.id"], name=op.f("fk_loan_substitute_for_id_device")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_loan_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
        sa.UniqueConstraint("batch", name=op.f("uq_loan_batch")),
        sa.UniqueConstraint("fiscal_year", "sequence", name=op.f("uq_loan_fiscal_year_sequence")),
        sa.UniqueConstraint("number", name=op.f("uq_loan_number")),
    )
    op.create_index(op.f("ix_loan_association_id"), "loan", ["association_id"], unique=False)
    op.create_index(op.f("ix_loan_course_id"), "loan", ["course_id"], unique=False)
    op.create_index(op.f("ix_loan_officer_id"), "loan", ["officer_id"], unique=False)
    op.create_index(op.f("ix_loan_venue_id"), "loan", ["venue_id"], unique=False)

    op.create_table(
        "loan_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("lent_at", UTCDateTime(), nullable=False),
        sa.Column("accessories", sa.JSON(), nullable=False),
        sa.Column("seat", AutoString(length=20), nullable=True),
        sa.Column("returned_at", UTCDateTime(), nullable=True),
        sa.Column("returned_accessories", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("condition_ok", sa.Boolean(), nullable=True),
        sa.Column("condition_note", AutoString(length=1000), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("returned_entry", sa.Integer(), nullable=True),
        sa.Column("undone_entry", sa.Integer(), nullable=True),
        sa.CheckConstraint("returned_at IS NULL OR returned_at >= lent_at", name=op.f("ck_loan_item_order")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_loan_item_device_id_device")),
        sa.ForeignKeyConstraint(
            ["entry"], ["entry.seq"], name=op.f("fk_loan_item_entry_entry"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_loan_item_loan_id_loan")),
        sa.ForeignKeyConstraint(
            ["returned_entry"],
            ["entry.seq"],
            name=op.f("fk_loan_item_returned_entry_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["undone_entry"],
            ["entry.seq"],
            name=op.f("fk_loan_item_undone_entry_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_item")),
    )
    op.create_index("ix_loan_item_device_id_lent_at", "loan_item", ["device_id", "lent_at"], unique=False)
    op.create_index(op.f("ix_loan_item_loan_id"), "loan_item", ["loan_id"], unique=False)
    op.create_index(
        "ix_loan_item_loan_open",
        "loan_item",
        ["loan_id"],
        unique=False,
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )
    op.create_index(op.f("ix_loan_item_returned_at"), "loan_item", ["returned_at"], unique=False)
    op.create_index(
        "uq_loan_item_device_open",
        "loan_item",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("the ledger only grows; restore the copy taken before the migration")
