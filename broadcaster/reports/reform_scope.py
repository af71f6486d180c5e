"""Lượt phát nào tính vào tuyên truyền CCHC: một quy tắc cho báo cáo F3 và gói minh chứng của nó."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.newsroom.tables import Column, PlanTopic, Revision, revision_topics


class Row(Protocol):
    """Điều cần biết ở một lượt phát."""

    @property
    def topics(self) -> Sequence[str]:
        """Mã nội dung kế hoạch."""

    @property
    def column_name(self) -> str | None:
        """Chuyên mục, tên như lúc phát."""

    @property
    def revision_id(self) -> int | None:
        """Bản sửa đã phát."""


@dataclass(frozen=True)
class ReformScope:
    """Các chuyên mục CCHC: tên bây giờ, và mọi bản sửa thuộc chúng, để chuyên mục đổi tên giữa năm không mất lượt nào."""

    names: frozenset[str]
    revisions: frozenset[int]
    marked: frozenset[int]
    """Bản sửa được đánh dấu một nội dung kế hoạch: dòng khẩn cấp không kể nội dung, trang Kế hoạch vẫn tính lượt ấy."""

    def in_column(self, row: Row) -> bool:
        """Lượt này thuộc một chuyên mục CCHC."""
        return row.revision_id in self.revisions or row.column_name in self.names

    def counts(self, row: Row) -> bool:
        """Lượt này tính vào tuyên truyền CCHC: có nội dung kế hoạch, hay thuộc chuyên mục CCHC."""
        return bool(row.topics) or row.revision_id in self.marked or self.in_column(row)


def reform_scope(session: Session, actor: Actor) -> ReformScope:
    """Các chuyên mục CCHC của đài, cả chuyên mục đã thôi dùng. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    mine = Column.station_id == actor.station_id, Column.is_reform.is_(True)
    revisions = select(Revision.id).join(Column, Column.id == Revision.column_id).where(*mine)
    topics = select(PlanTopic.id).where(PlanTopic.station_id == actor.station_id)
    marked = select(revision_topics.c.revision_id).where(revision_topics.c.topic_id.in_(topics)).distinct()
    return ReformScope(
        frozenset(session.scalars(select(Column.name).where(*mine))),
        frozenset(session.scalars(revisions)),
        frozenset(session.scalars(marked)),
    )
