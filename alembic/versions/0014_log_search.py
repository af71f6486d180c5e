"""tìm trong nhật ký triệu dòng: điều và nơi được phát cất một lần, chỉ mục theo từng cách lọc; đính chính và ghi chú nằm trên lượt
phát; liên kết một chạm cho tổ trưởng; hỏng hóc cụm loa vào nhật ký

Bản nâng cấp: 0014

"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from alembic import op
from broadcaster.airlog.subjects import Known, listed, people_of, scope_values
from broadcaster.database import types
from broadcaster.database.schema import more_words
from broadcaster.search_text import fold, lower

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_CONTENT_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_SEARCHED = ["local_day", "subject_id", "scope_id", "result", "reason", "mode", "kind", "script_id", "programme_id"]


def upgrade() -> None:
    """Nâng lên, rồi dựng các cột mới từ chính nhật ký."""
    more_words(op.get_bind(), "log_entries", "event", "ck_log_entries_event", ["cluster_fault", "cluster_fixed"])
    more_words(op.get_bind(), "report_jobs", "kind", "ck_report_jobs_jobkind", ["log"])
    _add_columns()
    _create_tables()
    _fill(op.get_bind())
    op.drop_index("ix_log_entries_station_id", "log_entries")
    op.drop_index("ix_airings_station_id", "airings")
    op.drop_index("ix_deliveries_airing_id", "deliveries")
    op.create_index("ix_airings_programme", "airings", ["station_id", "programme_id", "local_day"])
    op.create_index("ix_airings_search", "airings", ["station_id", "planned_at", "id", *_SEARCHED])
    silent = (("silent", "'programme_missed', 'programme_cancelled'"), ("planned", "'programme_planned'"))
    for name, events in silent:
        where = sa.text(f"event IN ({events})")
        columns = ["station_id", "happened_at"]
        op.create_index(f"ix_log_entries_{name}", "log_entries", columns, sqlite_where=where, postgresql_where=where)
    for name in ("result", "reason", "mode", "subject_id", "scope_id"):
        op.create_index(f"ix_airings_{name}", "airings", ["station_id", name, "planned_at"])


def _add_columns() -> None:
    for name, kind in (("first_seq", sa.Integer()), ("subject_id", sa.BigInteger()), ("scope_id", sa.BigInteger())):
        op.add_column("airings", sa.Column(name, kind, nullable=False, server_default="0"))
    for name in ("note", "correction"):
        op.add_column("airings", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("airings", sa.Column("audio_sha256", sa.String(length=64), nullable=True))
    op.add_column("airings", sa.Column("corrected_seq", sa.Integer(), nullable=True))
    op.add_column("deliveries", sa.Column("volume", sa.Integer(), nullable=True))
    for name in ("received_by", "answered_by"):
        op.add_column("complaints", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def _create_tables() -> None:
    op.create_table(
        "airing_subjects",
        sa.Column("id", _CONTENT_ID, nullable=False, autoincrement=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("facts", types.CanonicalJson(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("title_lower", "title_plain", "people_lower", "people_plain")),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("genre", sa.String(length=32), nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_airing_subjects_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_airing_subjects")),
    )
    op.create_table(
        "airing_scopes",
        sa.Column("id", _CONTENT_ID, nullable=False, autoincrement=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("clusters", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_airing_scopes_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_airing_scopes")),
    )
    op.create_table(
        "check_links",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("zone_code", sa.String(length=64), nullable=False),
        sa.Column("zone_name", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_check_links_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_check_links_token_sha256")),
    )
    for table in ("airing_subjects", "airing_scopes", "check_links"):
        op.create_index(op.f(f"ix_{table}_station_id"), table, ["station_id"], unique=False)


def _fill(connection: sa.Connection) -> None:
    """Đọc nhật ký một lượt theo đài và số dòng; mỗi mẻ đổi các lượt phát nó mở, kết thúc hay đính chính."""
    known: dict[int, Known] = {}
    seen: set[tuple[str, int]] = set()
    skipped: set[tuple[int, int]] = set()
    subjects, scopes = _table("airing_subjects", _CONTENT_ID), _table("airing_scopes", _CONTENT_ID)
    change = sa.text(
        "UPDATE airings SET first_seq = :first_seq, audio_sha256 = :audio_sha256, subject_id = :subject_id, scope_id = :scope_id "
        "WHERE run_id = :run_id AND item_id = :item_id"
    )
    tell = sa.text("UPDATE airings SET note = :note WHERE run_id = :run_id AND item_id = :item_id")
    correct = sa.text("UPDATE airings SET corrected_seq = :seq, correction = :told WHERE run_id = :run_id AND item_id = :item_id")
    for row, body in _entries(connection):
        key = {"run_id": row.run_id or 0, "item_id": row.item_id}
        if row.event in ("item_armed", "item_skipped"):
            here = known.setdefault(row.station_id, Known(row.station_id))
            subject, scope = here.subject(body), here.scope(body)
            for table, one, values in (
                (subjects, subject.id, {"facts": subject.facts, **_searched(subject.facts)}),
                (scopes, scope.id, scope_values(scope)),
            ):
                if (table.name, one) not in seen:
                    seen.add((table.name, one))
                    connection.execute(sa.insert(table).values(id=one, station_id=row.station_id, **values))
            told = {"audio_sha256": body["item"].get("audio_sha256"), "subject_id": subject.id, "scope_id": scope.id}
            opened = (row.run_id or 0, row.item_id)
            if row.event == "item_armed" or not (opened in skipped or _armed_before(connection, key)):
                connection.execute(change, {**key, **told, "first_seq": row.seq})
            skipped |= {opened} if row.event == "item_skipped" else set()
        if row.event == "item_planned":
            skipped.discard((0, row.item_id))
        if row.event in ("item_skipped", "item_ended"):
            connection.execute(tell, {**key, "note": body.get("note", "")})
        if row.event == "correction":
            told_by = ": ".join(part for part in (body.get("by", ""), body.get("note", "")) if part)
            connection.execute(correct, {**key, "seq": row.seq, "told": told_by})


def _searched(facts: dict[str, Any]) -> dict[str, Any]:
    """Các cột để tìm của bản này; 0022 đổi chúng."""
    title, people = str(facts.get("title", "")), "\n".join(people_of(facts))
    return {
        "title_lower": lower(title),
        "title_plain": fold(title),
        "people_lower": lower(people),
        "people_plain": fold(people),
        "column_name": facts.get("column"),
        "genre": facts.get("genre"),
        "topics": listed(facts.get("topics") or ()),
    }


def _armed_before(connection: sa.Connection, key: dict[str, Any]) -> bool:
    """Mục đã chuẩn bị rồi mới bị bỏ: lượt của nó do dòng chuẩn bị mở."""
    query = sa.text(
        "SELECT first_seq FROM airings WHERE run_id = :run_id AND item_id = :item_id AND first_seq > 0 AND run_id <> 0"
    )
    return connection.execute(query, key).first() is not None


def _entries(connection: sa.Connection) -> Iterator[tuple[Any, dict[str, Any]]]:
    entries = sa.table(
        "log_entries",
        sa.column("station_id", sa.Integer),
        sa.column("seq", sa.Integer),
        sa.column("event", sa.String),
        sa.column("run_id", sa.Integer),
        sa.column("item_id", sa.Integer),
        sa.column("body", sa.Text),
    )
    wanted = entries.c.event.in_(["item_planned", "item_armed", "item_skipped", "item_ended", "correction"])
    last = 0, 0
    while True:
        after = sa.tuple_(entries.c.station_id, entries.c.seq) > sa.tuple_(*last)
        query = sa.select(entries).where(wanted, after).order_by(entries.c.station_id, entries.c.seq).limit(2000)
        rows = connection.execute(query).all()
        if not rows:
            return
        for row in rows:
            body = json.loads(row.body)
            if "item" in body or row.event not in ("item_armed", "item_skipped"):
                yield row, body
        last = rows[-1].station_id, rows[-1].seq


def _table(name: str, id_type: sa.types.TypeEngine[Any]) -> sa.TableClause:
    texts = {
        "airing_subjects": "title_lower title_plain people_lower people_plain column_name genre topics",
        "airing_scopes": "zones clusters",
    }[name]
    columns = [sa.column(one, sa.Text) for one in texts.split()]
    facts = [sa.column("facts", types.CanonicalJson())] if name == "airing_subjects" else []
    return sa.table(name, sa.column("id", id_type), sa.column("station_id", sa.Integer), *facts, *columns)
