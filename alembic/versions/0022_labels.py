"""Tìm theo đầu từ như ở trang Bản tin; nhãn của điều được phát cất một lần, PostgreSQL có chỉ mục từ của tiêu đề.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from alembic import op
from broadcaster.airlog.content import content_id
from broadcaster.airlog.subjects import listed, people_of, subject_values
from broadcaster.database.types import CanonicalJson
from broadcaster.search_text import fold, lower

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_CONTENT_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MARKS = ("people_lower", "people_plain", "column_name", "genre", "topics")
_BATCH = 1000
_Values = dict[str, Any]


def upgrade() -> None:
    """Điều nào có cột để tìm đã bị sửa tay thì chuyển nguyên cột ấy, không tính lại: phép kiểm sau này vẫn thấy."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "airing_labels",
        sa.Column("id", _CONTENT_ID, nullable=False, autoincrement=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("people_lower", sa.Text(), nullable=False),
        sa.Column("people_plain", sa.Text(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("genre", sa.String(length=32), nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_airing_labels_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_airing_labels")),
    )
    op.create_index(op.f("ix_airing_labels_station_id"), "airing_labels", ["station_id"])
    if sqlite:
        op.drop_index("ix_airing_subjects_search", "airing_subjects")
        op.drop_index("ix_airing_subjects_choices", "airing_subjects")
    op.add_column("airing_subjects", sa.Column("label_id", sa.BigInteger(), nullable=False, server_default="0"))
    _fill(op.get_bind())
    for name in _MARKS:
        op.drop_column("airing_subjects", name)
    op.create_index("ix_airing_subjects_label", "airing_subjects", ["station_id", "label_id"])
    if sqlite:
        texts = ["station_id", "title_plain", "title_lower", "label_id"]
        op.create_index("ix_airing_subjects_search", "airing_subjects", texts)
    else:
        words = sa.text("array_to_tsvector(array_remove(string_to_array(title_plain, ' '), ''))")
        told = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}
        op.create_index("ix_airing_subjects_words", "airing_subjects", [words], **told)


def _fill(connection: sa.Connection) -> None:
    subjects, labels = _table("airing_subjects", "title_lower", "title_plain", facts=True), _table("airing_labels")
    change = sa.text(
        "UPDATE airing_subjects SET title_lower = :title_lower, title_plain = :title_plain, label_id = :label_id WHERE id = :id"
    )
    kept: set[int] = set()
    query, last = sa.select(subjects).order_by(subjects.c.id).limit(_BATCH), -1
    while batch := connection.execute(query.where(subjects.c.id > last)).mappings().all():
        changed = []
        for row in batch:
            values, marked = _values(row)
            changed.append({"id": row["id"], **values})
            if values["label_id"] not in kept:
                kept.add(values["label_id"])
                connection.execute(sa.insert(labels).values(id=values["label_id"], station_id=row["station_id"], **marked))
        connection.execute(change, changed)
        last = batch[-1]["id"]


def _table(name: str, *texts: str, facts: bool = False) -> sa.TableClause:
    columns = [sa.column(one, sa.String()) for one in (*texts, *_MARKS)]
    told = [sa.column("facts", CanonicalJson())] if facts else []
    return sa.table(name, sa.column("id", _CONTENT_ID), sa.column("station_id", sa.Integer()), *columns, *told)


def _values(row: Any) -> tuple[_Values, _Values]:
    """Cột mới của một điều được phát, và nhãn của nó."""
    was = _searched(row["facts"])
    if all(row[name] == value for name, value in was.items()):
        values, label = subject_values(row["station_id"], row["facts"])
        return values, label.values
    told = {name: row[name] for name in _MARKS}
    return {
        "title_lower": row["title_lower"],
        "title_plain": row["title_plain"],
        "label_id": content_id(row["station_id"], told),
    }, told


def _searched(facts: _Values) -> _Values:
    """Các cột để tìm của bản trước."""
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
