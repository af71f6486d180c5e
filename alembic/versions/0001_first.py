"""lược đồ đầu tiên

Bản nâng cấp: 0001

"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types
from broadcaster.database.schema import create_append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nâng lên."""
    op.create_table(
        "sign_in_attempts",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index("ix_sign_in_attempts_address_at", "sign_in_attempts", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempts_login_at", "sign_in_attempts", ["login", "at"], unique=False)
    op.create_table(
        "stations",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
        sa.UniqueConstraint("code", name=op.f("uq_stations_code")),
    )
    op.create_table(
        "users",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "airings",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("slot_name", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("script_id", sa.Integer(), nullable=True),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("genre", sa.String(length=32), nullable=True),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("topics", types.CanonicalJson(), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=True),
        sa.Column("priority", sa.String(length=32), nullable=True),
        sa.Column(
            "mode",
            sa.Enum(
                "automatic", "manual", "urgent", "rehearsal", name="mode", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("planned_at", types.UtcDateTime(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("planned_ms", sa.Integer(), nullable=False),
        sa.Column("heard_ms", sa.Integer(), nullable=False),
        sa.Column(
            "result",
            sa.Enum("full", "partial", "none", "replaced", name="result", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "power",
                "network",
                "device",
                "urgent",
                "stopped",
                "quiet",
                "late",
                "no_recording",
                "not_approved",
                "clock",
                "cancelled",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("is_rerun", sa.Boolean(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_airings_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_airings")),
        sa.UniqueConstraint("run_id", "item_id", name=op.f("uq_airings_run_id_item_id")),
    )
    op.create_index("ix_airings_script_id", "airings", ["script_id"], unique=False)
    op.create_index(op.f("ix_airings_station_id"), "airings", ["station_id"], unique=False)
    op.create_index("ix_airings_station_id_local_day", "airings", ["station_id", "local_day"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column(
            "level",
            sa.Enum("info", "warning", "critical", name="alertlevel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_alerts_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_station_id"), "alerts", ["station_id"], unique=False)
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["station_id", "subject"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_api_tokens_station_id_stations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_tokens_token_sha256")),
    )
    op.create_index(op.f("ix_api_tokens_station_id"), "api_tokens", ["station_id"], unique=False)
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", types.CanonicalJson(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_audit_entries_station_id_stations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_station_id_at", "audit_entries", ["station_id", "at"], unique=False)
    op.create_table(
        "chain_heads",
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_chain_heads_station_id_stations")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_chain_heads")),
    )
    op.create_table(
        "columns",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_reform", sa.Boolean(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_columns_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_columns")),
        sa.UniqueConstraint("station_id", "code", name=op.f("uq_columns_station_id_code")),
    )
    op.create_index(op.f("ix_columns_station_id"), "columns", ["station_id"], unique=False)
    op.create_table(
        "day_exceptions",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("off", "extra", name="dayexceptionkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("series", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_day_exceptions_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_exceptions")),
    )
    op.create_index(op.f("ix_day_exceptions_station_id"), "day_exceptions", ["station_id"], unique=False)
    op.create_index("ix_day_exceptions_station_id_day", "day_exceptions", ["station_id", "day"], unique=False)
    op.create_table(
        "formats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_formats_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_formats")),
        sa.UniqueConstraint("station_id", "name", name=op.f("uq_formats_station_id_name")),
    )
    op.create_index(op.f("ix_formats_station_id"), "formats", ["station_id"], unique=False)
    op.create_table(
        "lexicon",
        sa.Column(
            "layer",
            sa.Enum("station", "above", name="lexiconlayer", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("context", types.CanonicalJson(), nullable=False),
        sa.Column(
            "case_rule",
            sa.Enum("exact", "any", name="lexiconcase", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_lexicon_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lexicon")),
    )
    op.create_index(op.f("ix_lexicon_station_id"), "lexicon", ["station_id"], unique=False)
    op.create_table(
        "log_entries",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("happened_at", types.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "programme_planned",
                "programme_locked",
                "programme_claimed",
                "programme_closed",
                "programme_missed",
                "programme_cancelled",
                "item_planned",
                "item_armed",
                "item_started",
                "item_ended",
                "item_held",
                "item_resumed",
                "item_skipped",
                "delivery_checked",
                "correction",
                "silenced",
                "silence_lifted",
                "urgent_ordered",
                "urgent_waiting",
                "urgent_chosen",
                "urgent_stopped",
                "urgent_closed",
                "path_silent",
                "path_tested",
                "path_back",
                "quiet_refused",
                "clock_stepped",
                "clock_corrected",
                "chain_resumed",
                name="event",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "event NOT IN ('item_armed', 'item_ended') OR (run_id IS NOT NULL AND item_id IS NOT NULL)",
            name=op.f("ck_log_entries_owner"),
        ),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_log_entries_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
        sa.UniqueConstraint("station_id", "seq", name=op.f("uq_log_entries_station_id_seq")),
    )
    op.create_index("ix_log_entries_item_id", "log_entries", ["item_id"], unique=False)
    op.create_index(op.f("ix_log_entries_station_id"), "log_entries", ["station_id"], unique=False)
    op.create_index("ix_log_entries_station_id_happened_at", "log_entries", ["station_id", "happened_at"], unique=False)
    op.create_index(
        "uq_log_entries_armed",
        "log_entries",
        ["run_id", "item_id"],
        unique=True,
        sqlite_where=sa.text("event = 'item_armed'"),
        postgresql_where=sa.text("event = 'item_armed'"),
    )
    op.create_index(
        "uq_log_entries_ended",
        "log_entries",
        ["run_id", "item_id"],
        unique=True,
        sqlite_where=sa.text("event = 'item_ended'"),
        postgresql_where=sa.text("event = 'item_ended'"),
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_memberships_station_id_stations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("user_id", "station_id", name=op.f("uq_memberships_user_id_station_id")),
    )
    op.create_index(op.f("ix_memberships_station_id"), "memberships", ["station_id"], unique=False)
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_plans_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("station_id", "number", "year", name=op.f("uq_plans_station_id_number_year")),
    )
    op.create_index(op.f("ix_plans_station_id"), "plans", ["station_id"], unique=False)
    op.create_table(
        "players",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=True),
        sa.Column("spooled_to", sa.Integer(), nullable=False),
        sa.Column("gate_closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("clock_trusted_from", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_players_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_players")),
        sa.UniqueConstraint("station_id", "name", name=op.f("uq_players_station_id_name")),
    )
    op.create_index(op.f("ix_players_station_id"), "players", ["station_id"], unique=False)
    op.create_table(
        "quiet_exceptions",
        sa.Column("starts_at", types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("document_number <> ''", name=op.f("ck_quiet_exceptions_document")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_quiet_exceptions_order")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_quiet_exceptions_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiet_exceptions")),
    )
    op.create_index(op.f("ix_quiet_exceptions_station_id"), "quiet_exceptions", ["station_id"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "wanted",
                "making",
                "made",
                "rejected",
                "failed",
                name="recordingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum("synthetic", "human", name="recordingsource", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sentences", types.CanonicalJson(), nullable=False),
        sa.Column("syllables", sa.Integer(), nullable=False),
        sa.Column("tags", types.CanonicalJson(), nullable=False),
        sa.Column("voices", types.CanonicalJson(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("wanted_at", types.UtcDateTime(), nullable=False),
        sa.Column("next_try_at", types.UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", types.UtcDateTime(), nullable=True),
        sa.Column("progress_done", sa.Integer(), nullable=False),
        sa.Column("progress_total", sa.Integer(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("voice_version", sa.Text(), nullable=True),
        sa.Column("reader_name", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("lufs", sa.Double(), nullable=True),
        sa.Column("true_peak_db", sa.Double(), nullable=True),
        sa.Column("made_at", types.UtcDateTime(), nullable=True),
        sa.Column("failures", types.CanonicalJson(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'made' OR (sha256 IS NOT NULL AND duration_ms > 0)", name=op.f("ck_recordings_made")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_recordings_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("station_id", "key", name=op.f("uq_recordings_station_id_key")),
    )
    op.create_index("ix_recordings_state_next_try_at", "recordings", ["state", "next_try_at"], unique=False)
    op.create_index(op.f("ix_recordings_station_id"), "recordings", ["station_id"], unique=False)
    op.create_table(
        "relay_sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_relay_sources_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_sources")),
        sa.UniqueConstraint("station_id", "name", name=op.f("uq_relay_sources_station_id_name")),
    )
    op.create_index(op.f("ix_relay_sources_station_id"), "relay_sources", ["station_id"], unique=False)
    op.create_table(
        "reports",
        sa.Column(
            "kind", sa.Enum("airlog", name="reportkind", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("figures_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("period_to >= period_from", name=op.f("ck_reports_period")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_reports_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_station_id"), "reports", ["station_id"], unique=False)
    op.create_table(
        "scripts",
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_scripts_created_by_id_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_scripts_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scripts")),
    )
    op.create_index(op.f("ix_scripts_station_id"), "scripts", ["station_id"], unique=False)
    op.create_table(
        "settings",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", types.CanonicalJson(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_settings_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        sa.UniqueConstraint("station_id", "key", "version", name=op.f("uq_settings_station_id_key_version")),
    )
    op.create_index(op.f("ix_settings_station_id"), "settings", ["station_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_sign_ins_station_id_stations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_sign_ins_token_sha256")),
    )
    op.create_index(op.f("ix_sign_ins_station_id"), "sign_ins", ["station_id"], unique=False)
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "sounds",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ident", "jingle", "music", "attention", name="soundkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("retired_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_sounds_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sounds")),
        sa.UniqueConstraint("station_id", "code", name=op.f("uq_sounds_station_id_code")),
    )
    op.create_index(op.f("ix_sounds_station_id"), "sounds", ["station_id"], unique=False)
    op.create_table(
        "templates",
        sa.Column(
            "code",
            sa.Enum(
                "station_call",
                "opening",
                "closing",
                "urgent_storm",
                "urgent_flood",
                "urgent_fire",
                "urgent_evacuation",
                "urgent_epidemic",
                "urgent_missing",
                "urgent_clear",
                name="templatecode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_title", sa.Text(), nullable=False),
        sa.Column("approved_at", types.UtcDateTime(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_templates_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("station_id", "code", "version", name=op.f("uq_templates_station_id_code_version")),
    )
    op.create_index(op.f("ix_templates_station_id"), "templates", ["station_id"], unique=False)
    op.create_table(
        "unit_names",
        sa.Column(
            "level",
            sa.Enum("ward", "parent", "province", name="unitlevel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_unit_names_order")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_unit_names_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_names")),
        sa.UniqueConstraint("station_id", "level", "valid_from", name=op.f("uq_unit_names_station_id_level_valid_from")),
    )
    op.create_index(op.f("ix_unit_names_station_id"), "unit_names", ["station_id"], unique=False)
    op.create_table(
        "voices",
        sa.Column("engine", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_voices_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voices")),
        sa.UniqueConstraint("station_id", "engine", name=op.f("uq_voices_station_id_engine")),
    )
    op.create_index(op.f("ix_voices_station_id"), "voices", ["station_id"], unique=False)
    op.create_table(
        "zones",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_zones_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
        sa.UniqueConstraint("station_id", "code", "valid_from", name=op.f("uq_zones_station_id_code_valid_from")),
    )
    op.create_index(op.f("ix_zones_station_id"), "zones", ["station_id"], unique=False)
    op.create_table(
        "complaints",
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("about_at", types.UtcDateTime(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "answered", name="complaintstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answer_script_id", sa.Integer(), nullable=True),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_script_id"], ["scripts.id"], name=op.f("fk_complaints_answer_script_id_scripts")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_complaints_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
    )
    op.create_index(op.f("ix_complaints_station_id"), "complaints", ["station_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("airing_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column("cluster_code", sa.Text(), nullable=False),
        sa.Column("cluster_name", sa.Text(), nullable=False),
        sa.Column("zone_code", sa.Text(), nullable=False),
        sa.Column("output_name", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "targeted",
                "sent",
                "confirmed",
                "failed",
                "preempted",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["airing_id"], ["airings.id"], name=op.f("fk_deliveries_airing_id_airings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("airing_id", "cluster_id", name=op.f("uq_deliveries_airing_id_cluster_id")),
    )
    op.create_index(op.f("ix_deliveries_airing_id"), "deliveries", ["airing_id"], unique=False)
    op.create_table(
        "outputs",
        sa.Column("player_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "monitor",
                "sound_card",
                "icecast",
                "rtp",
                "push",
                name="outputkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("device", types.CanonicalJson(), nullable=False),
        sa.Column("lead_ms", sa.Integer(), nullable=False),
        sa.Column("gain_db", sa.Double(), nullable=False),
        sa.Column("captured", sa.Boolean(), nullable=False),
        sa.Column("silenced_by", sa.Text(), nullable=True),
        sa.Column("silenced_at", types.UtcDateTime(), nullable=True),
        sa.Column("retired_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("lead_ms BETWEEN 0 AND 60000", name=op.f("ck_outputs_lead")),
        sa.ForeignKeyConstraint(["player_id"], ["players.id"], name=op.f("fk_outputs_player_id_players")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_outputs_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outputs")),
        sa.UniqueConstraint("station_id", "name", name=op.f("uq_outputs_station_id_name")),
    )
    op.create_index(op.f("ix_outputs_player_id"), "outputs", ["player_id"], unique=False)
    op.create_index(op.f("ix_outputs_station_id"), "outputs", ["station_id"], unique=False)
    op.create_table(
        "plan_topics",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("target IS NULL OR target >= 0", name=op.f("ck_plan_topics_target")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_topics_plan_id_plans")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_plan_topics_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_topics")),
        sa.UniqueConstraint("plan_id", "code", name=op.f("uq_plan_topics_plan_id_code")),
    )
    op.create_index(op.f("ix_plan_topics_plan_id"), "plan_topics", ["plan_id"], unique=False)
    op.create_index(op.f("ix_plan_topics_station_id"), "plan_topics", ["station_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "returned",
                "superseded",
                "withdrawn",
                "expired",
                name="revisionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "genre",
            sa.Enum(
                "news",
                "feature",
                "notice",
                "qa",
                "complaint_answer",
                "music",
                "relay",
                "live",
                name="genre",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum("normal", "preferred", "urgent", name="priority", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "own",
                "central",
                "province",
                "relay",
                "other",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("column_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("choices", types.CanonicalJson(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("submitted_at", types.UtcDateTime(), nullable=True),
        sa.Column("frozen", types.CanonicalJson(), nullable=True),
        sa.Column("frozen_sha256", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state = 'draft' OR frozen_sha256 IS NOT NULL", name=op.f("ck_revisions_frozen")),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_revisions_validity")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_revisions_author_id_users")),
        sa.ForeignKeyConstraint(["column_id"], ["columns.id"], name=op.f("fk_revisions_column_id_columns")),
        sa.ForeignKeyConstraint(["script_id"], ["scripts.id"], name=op.f("fk_revisions_script_id_scripts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("script_id", "number", name=op.f("uq_revisions_script_id_number")),
    )
    op.create_index(op.f("ix_revisions_script_id"), "revisions", ["script_id"], unique=False)
    op.create_index("ix_revisions_state", "revisions", ["state"], unique=False)
    op.create_index(
        "uq_revisions_approved",
        "revisions",
        ["script_id"],
        unique=True,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_table(
        "slots",
        sa.Column("series", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=False),
        sa.Column("format_id", sa.Integer(), nullable=False),
        sa.Column("rehearsal", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length_ms BETWEEN 10000 AND 14400000", name=op.f("ck_slots_length")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_slots_validity")),
        sa.ForeignKeyConstraint(["format_id"], ["formats.id"], name=op.f("fk_slots_format_id_formats")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_slots_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("series", "valid_from", name=op.f("uq_slots_series_valid_from")),
    )
    op.create_index(op.f("ix_slots_series"), "slots", ["series"], unique=False)
    op.create_index(op.f("ix_slots_station_id"), "slots", ["station_id"], unique=False)
    op.create_table(
        "urgent_orders",
        sa.Column("player_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("ordered_at", types.UtcDateTime(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("order", types.CanonicalJson(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "queued",
                "sounding",
                "resting",
                "done",
                "stopped",
                name="urgentstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("soundings", sa.Integer(), nullable=False),
        sa.Column("sounded_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["player_id"], ["players.id"], name=op.f("fk_urgent_orders_player_id_players")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_urgent_orders_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_orders")),
        sa.UniqueConstraint("key", name=op.f("uq_urgent_orders_key")),
    )
    op.create_index(op.f("ix_urgent_orders_station_id"), "urgent_orders", ["station_id"], unique=False)
    op.create_table(
        "clusters",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("output_id", sa.Integer(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("former_unit", sa.Text(), nullable=False),
        sa.Column("special_area", sa.Boolean(), nullable=False),
        sa.Column("volume_caps", types.CanonicalJson(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_clusters_output_id_outputs")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_clusters_station_id_stations")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_clusters_zone_id_zones")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clusters")),
        sa.UniqueConstraint("station_id", "code", name=op.f("uq_clusters_station_id_code")),
    )
    op.create_index(op.f("ix_clusters_output_id"), "clusters", ["output_id"], unique=False)
    op.create_index(op.f("ix_clusters_station_id"), "clusters", ["station_id"], unique=False)
    op.create_index(op.f("ix_clusters_zone_id"), "clusters", ["zone_id"], unique=False)
    op.create_table(
        "credits",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("author", "editor", "reader", name="creditrole", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_credits_revision_id_revisions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_credits_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credits")),
        sa.UniqueConstraint("revision_id", "role", "name", name=op.f("uq_credits_revision_id_role_name")),
    )
    op.create_index(op.f("ix_credits_revision_id"), "credits", ["revision_id"], unique=False)
    op.create_table(
        "programmes",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "locked",
                "airing",
                "closed",
                "missed",
                "cancelled",
                name="programmestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rehearsal", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cancelled_by", sa.Text(), nullable=False),
        sa.Column("locked_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_programmes_order")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_programmes_slot_id_slots")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_programmes_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("slot_id", "day", name=op.f("uq_programmes_slot_id_day")),
    )
    op.create_index(op.f("ix_programmes_slot_id"), "programmes", ["slot_id"], unique=False)
    op.create_index("ix_programmes_state_starts_at", "programmes", ["state", "starts_at"], unique=False)
    op.create_index(op.f("ix_programmes_station_id"), "programmes", ["station_id"], unique=False)
    op.create_index("ix_programmes_station_id_starts_at", "programmes", ["station_id", "starts_at"], unique=False)
    op.create_table(
        "reading_snapshots",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("sentences", types.CanonicalJson(), nullable=False),
        sa.Column("detail", types.CanonicalJson(), nullable=False),
        sa.Column("syllables", sa.Integer(), nullable=False),
        sa.Column("engine_version", sa.String(length=64), nullable=False),
        sa.Column("lexicon_version", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_reading_snapshots_revision_id_revisions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_snapshots")),
    )
    op.create_index(op.f("ix_reading_snapshots_revision_id"), "reading_snapshots", ["revision_id"], unique=False)
    op.create_table(
        "revision_topics",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_revision_topics_revision_id_revisions")),
        sa.ForeignKeyConstraint(["topic_id"], ["plan_topics.id"], name=op.f("fk_revision_topics_topic_id_plan_topics")),
        sa.PrimaryKeyConstraint("revision_id", "topic_id", name=op.f("pk_revision_topics")),
    )
    op.create_table(
        "revision_zones",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_revision_zones_revision_id_revisions")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_revision_zones_zone_id_zones")),
        sa.PrimaryKeyConstraint("revision_id", "zone_id", name=op.f("pk_revision_zones")),
    )
    op.create_table(
        "segments",
        sa.Column("format_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sound", "template", "scripts", "filler", name="segmentkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("target_ms", sa.Integer(), nullable=False),
        sa.Column(
            "genre",
            sa.Enum(
                "news",
                "feature",
                "notice",
                "qa",
                "complaint_answer",
                "music",
                "relay",
                "live",
                name="genre",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("column_id", sa.Integer(), nullable=True),
        sa.Column(
            "template_code",
            sa.Enum(
                "station_call",
                "opening",
                "closing",
                "urgent_storm",
                "urgent_flood",
                "urgent_fire",
                "urgent_evacuation",
                "urgent_epidemic",
                "urgent_missing",
                "urgent_clear",
                name="templatecode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("sound_id", sa.Integer(), nullable=True),
        sa.Column("rerun_of", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("target_ms > 0", name=op.f("ck_segments_target")),
        sa.ForeignKeyConstraint(["column_id"], ["columns.id"], name=op.f("fk_segments_column_id_columns")),
        sa.ForeignKeyConstraint(["format_id"], ["formats.id"], name=op.f("fk_segments_format_id_formats")),
        sa.ForeignKeyConstraint(["rerun_of"], ["slots.id"], name=op.f("fk_segments_rerun_of_slots")),
        sa.ForeignKeyConstraint(["sound_id"], ["sounds.id"], name=op.f("fk_segments_sound_id_sounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("format_id", "position", name=op.f("uq_segments_format_id_position")),
    )
    op.create_index(op.f("ix_segments_format_id"), "segments", ["format_id"], unique=False)
    op.create_table(
        "slot_zones",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_slot_zones_slot_id_slots")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_slot_zones_zone_id_zones")),
        sa.PrimaryKeyConstraint("slot_id", "zone_id", name=op.f("pk_slot_zones")),
    )
    op.create_table(
        "cluster_faults",
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column("reported_at", types.UtcDateTime(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("fixed_at", types.UtcDateTime(), nullable=True),
        sa.Column("fixed_by", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["clusters.id"], name=op.f("fk_cluster_faults_cluster_id_clusters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_faults")),
    )
    op.create_index(op.f("ix_cluster_faults_cluster_id"), "cluster_faults", ["cluster_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("reading_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "approved",
                "returned",
                "withdrawn",
                "recalled",
                name="decisionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("own_work", sa.Boolean(), nullable=False),
        sa.Column("revision_sha256", sa.String(length=64), nullable=False),
        sa.Column("reading_sha256", sa.String(length=64), nullable=True),
        sa.Column("recording_sha256", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading_snapshots.id"], name=op.f("fk_decisions_reading_id_reading_snapshots")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_decisions_revision_id_revisions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_decisions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_revision_id"), "decisions", ["revision_id"], unique=False)
    op.create_table(
        "exclusions",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("excluded_by", sa.Text(), nullable=False),
        sa.Column("excluded_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_exclusions_programme_id_programmes")),
        sa.ForeignKeyConstraint(["script_id"], ["scripts.id"], name=op.f("fk_exclusions_script_id_scripts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusions")),
        sa.UniqueConstraint("programme_id", "script_id", name=op.f("uq_exclusions_programme_id_script_id")),
    )
    op.create_index(op.f("ix_exclusions_programme_id"), "exclusions", ["programme_id"], unique=False)
    op.create_table(
        "items",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "script",
                "sound",
                "template",
                "filler",
                "relay",
                "live",
                "urgent",
                name="itemkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("sound_id", sa.Integer(), nullable=True),
        sa.Column(
            "template_code",
            sa.Enum(
                "station_call",
                "opening",
                "closing",
                "urgent_storm",
                "urgent_flood",
                "urgent_fire",
                "urgent_evacuation",
                "urgent_epidemic",
                "urgent_missing",
                "urgent_clear",
                name="templatecode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("relay_source_id", sa.Integer(), nullable=True),
        sa.Column("recording_id", sa.Integer(), nullable=True),
        sa.Column("wanted_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("planned_ms", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "armed",
                "on_air",
                "aired",
                "cut",
                "skipped",
                "preempted",
                "failed",
                "dropped",
                name="itemstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "placed_by",
            sa.Enum("rule", "person", name="placedby", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("placed_name", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("repeat_of_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'script') = (revision_id IS NOT NULL)\n AND (kind IN ('sound', 'filler')) = (sound_id IS NOT NULL)\n AND (kind = 'template') = (template_code IS NOT NULL)\n AND (kind = 'relay') = (relay_source_id IS NOT NULL)",
            name=op.f("ck_items_own_key"),
        ),
        sa.CheckConstraint("planned_ms > 0", name=op.f("ck_items_planned")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_items_programme_id_programmes")),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_items_recording_id_recordings")),
        sa.ForeignKeyConstraint(["relay_source_id"], ["relay_sources.id"], name=op.f("fk_items_relay_source_id_relay_sources")),
        sa.ForeignKeyConstraint(["repeat_of_id"], ["items.id"], name=op.f("fk_items_repeat_of_id_items")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_items_revision_id_revisions")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_items_segment_id_segments")),
        sa.ForeignKeyConstraint(["sound_id"], ["sounds.id"], name=op.f("fk_items_sound_id_sounds")),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name=op.f("fk_items_template_id_templates")),
        sa.ForeignKeyConstraint(["wanted_id"], ["recordings.id"], name=op.f("fk_items_wanted_id_recordings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
    )
    op.create_index("ix_items_programme_id_rank", "items", ["programme_id", "rank"], unique=False)
    op.create_index(op.f("ix_items_revision_id"), "items", ["revision_id"], unique=False)
    op.create_table(
        "runs",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("player_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("claimed", "airing", "closed", "lost", name="runstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", types.UtcDateTime(), nullable=False),
        sa.Column("lease_until", types.UtcDateTime(), nullable=False),
        sa.Column("heartbeat_at", types.UtcDateTime(), nullable=False),
        sa.Column("heard", types.CanonicalJson(), nullable=False),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["player_id"], ["players.id"], name=op.f("fk_runs_player_id_players")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_runs_programme_id_programmes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_programme_id"), "runs", ["programme_id"], unique=False)
    op.create_index(
        "uq_runs_live",
        "runs",
        ["programme_id", "player_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('claimed', 'airing')"),
        postgresql_where=sa.text("state IN ('claimed', 'airing')"),
    )
    op.create_table(
        "takes",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading_snapshots.id"], name=op.f("fk_takes_reading_id_reading_snapshots")),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_takes_recording_id_recordings")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_takes_revision_id_revisions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takes")),
        sa.UniqueConstraint("reading_id", "recording_id", name=op.f("uq_takes_reading_id_recording_id")),
    )
    op.create_index(op.f("ix_takes_reading_id"), "takes", ["reading_id"], unique=False)
    op.create_index(op.f("ix_takes_recording_id"), "takes", ["recording_id"], unique=False)
    op.create_index(op.f("ix_takes_revision_id"), "takes", ["revision_id"], unique=False)
    op.create_index(
        "uq_takes_chosen",
        "takes",
        ["reading_id"],
        unique=True,
        sqlite_where=sa.text("chosen"),
        postgresql_where=sa.text("chosen"),
    )
    op.create_table(
        "item_zones",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_zones_item_id_items")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_item_zones_zone_id_zones")),
        sa.PrimaryKeyConstraint("item_id", "zone_id", name=op.f("pk_item_zones")),
    )
    for table in ("log_entries", "decisions", "audit_entries", "reading_snapshots"):
        create_append_only(op.get_bind(), table)
