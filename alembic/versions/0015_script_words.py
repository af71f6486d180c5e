"""tìm bản tin theo từ của tiêu đề và nội dung: mỗi bản sửa một dòng từ

Bản nâng cấp: 0015

"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.newsroom.word_index import indexed

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nâng lên, rồi dựng từ của mọi bản sửa đã có."""
    table = op.create_table(
        "revision_words",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("title_lower", "title_plain", "words")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_revision_words_revision_id_revisions")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_revision_words")),
    )
    connection = op.get_bind()
    revisions = sa.table("revisions", sa.column("id", sa.Integer), sa.column("title", sa.Text), sa.column("body", sa.Text))
    last = 0
    while rows := connection.execute(sa.select(revisions).where(revisions.c.id > last).order_by(revisions.c.id).limit(500)).all():
        connection.execute(sa.insert(table), [{"revision_id": row.id, **indexed(row.title, row.body)} for row in rows])
        last = rows[-1].id
