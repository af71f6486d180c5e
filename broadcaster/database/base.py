"""Gốc của mọi bảng: cách đặt tên ràng buộc và hai mẫu cột dùng chung."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from broadcaster.database.types import UtcDateTime

__all__ = ["Base", "Row", "StationRow"]


class Base(DeclarativeBase):
    """Lớp cha của mọi dòng."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, str: Text}  # noqa: RUF012  SQLAlchemy đọc thuộc tính lớp này


class Row(Base):
    """Dòng có số thứ tự riêng."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)


class StationRow(Row):
    """Dòng gốc thuộc một đài: chỉ lấy theo id qua ``accounts.door.owned``."""

    __abstract__ = True

    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
