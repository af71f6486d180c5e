"""Bảng của phòng phát sóng: trạm phát, đường ra, cụm loa và hỏng hóc, lượt giữ buổi."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from broadcaster.accounts.tables import Zone
from broadcaster.database.base import Row, StationRow
from broadcaster.database.types import CanonicalJson, word_type
from broadcaster.playout.enums import OutputKind, RunState, UrgentState


class Player(StationRow):
    """Trạm phát: máy phát ở một nơi."""

    __tablename__ = "players"
    __table_args__ = (UniqueConstraint("station_id", "name"),)

    name: Mapped[str]
    seen_at: Mapped[datetime | None]
    """Dấu hiệu sống cuối cùng."""
    spooled_to: Mapped[int] = mapped_column(default=0)
    """Số của bản ghi cuối cùng trong sổ trực đã vào nhật ký."""
    gate_closed_at: Mapped[datetime | None]
    """Đồng hồ bị lùi: phát thường lệ dừng từ lúc này, tới khi giờ đuổi kịp hoặc có người xác nhận giờ đã đúng."""
    clock_trusted_from: Mapped[datetime | None]
    """Có người xác nhận giờ máy đúng từ lúc này, dù nhật ký có dòng ở tương lai (viết khi giờ còn sai)."""


class Output(StationRow):
    """Đường ra: một đường tín hiệu của trạm phát, nuôi một hay nhiều cụm loa."""

    __tablename__ = "outputs"
    __table_args__ = (UniqueConstraint("station_id", "name"), CheckConstraint("lead_ms BETWEEN 0 AND 60000", name="lead"))

    player_id: Mapped[int] = mapped_column(ForeignKey("players.id"), index=True)
    name: Mapped[str]
    kind: Mapped[OutputKind] = mapped_column(word_type(OutputKind))
    device: Mapped[Any] = mapped_column(CanonicalJson, default=dict)
    lead_ms: Mapped[int] = mapped_column(default=0)
    """Mở đường trước giờ phát chừng này để máy tăng âm kịp lên nguồn."""
    gain_db: Mapped[float] = mapped_column(default=0.0)
    captured: Mapped[bool] = mapped_column(default=True)
    silenced_by: Mapped[str | None]
    """Nút đỏ: tên người đã cho im lặng; còn tới khi có người gỡ."""
    silenced_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    player: Mapped[Player] = relationship()
    clusters: Mapped[list[Cluster]] = relationship(back_populates="output", order_by="Cluster.code")


class Cluster(StationRow):
    """Cụm loa: thuộc một TDP, do một đường ra nuôi."""

    __tablename__ = "clusters"
    __table_args__ = (UniqueConstraint("station_id", "code"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"), index=True)
    output_id: Mapped[int] = mapped_column(ForeignKey("outputs.id"), index=True)
    technology: Mapped[str] = mapped_column(default="")
    former_unit: Mapped[str] = mapped_column(default="")
    special_area: Mapped[bool] = mapped_column(default=False)
    volume_caps: Mapped[Any] = mapped_column(CanonicalJson, default=list)
    """Trần âm lượng theo giờ: danh sách [giờ bắt đầu, giờ kết thúc, phần trăm]."""
    retired_on: Mapped[date | None]

    zone: Mapped[Zone] = relationship()
    output: Mapped[Output] = relationship(back_populates="clusters")
    open_faults: Mapped[list[ClusterFault]] = relationship(
        primaryjoin="and_(ClusterFault.cluster_id == Cluster.id, ClusterFault.fixed_at.is_(None))",
        order_by="ClusterFault.id",
        viewonly=True,
    )


class ClusterFault(Row):
    """Một lần hỏng của cụm loa, tới khi sửa xong."""

    __tablename__ = "cluster_faults"

    cluster_id: Mapped[int] = mapped_column(ForeignKey("clusters.id"), index=True)
    reported_at: Mapped[datetime]
    reported_by: Mapped[str]
    what: Mapped[str]
    fixed_at: Mapped[datetime | None]
    fixed_by: Mapped[str | None]


class UrgentOrder(StationRow):
    """Một lệnh khẩn cấp; do sổ trực của phòng phát sóng ghi vào, vì lệnh phải chạy được cả khi cơ sở dữ liệu bị khoá."""

    __tablename__ = "urgent_orders"

    player_id: Mapped[int] = mapped_column(ForeignKey("players.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Khoá của biểu mẫu: bấm hai lần, tải lại trang thì vẫn là một lệnh."""
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[str]
    title: Mapped[str]
    order: Mapped[Any] = mapped_column(CanonicalJson)
    """Nguyên lệnh, không kèm tiếng."""
    state: Mapped[UrgentState] = mapped_column(word_type(UrgentState))
    soundings: Mapped[int] = mapped_column(default=0)
    sounded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Run(Row):
    """Một lần một trạm phát giữ một buổi; mỗi trạm phát giữ một buổi nhiều nhất một lần cùng lúc. Sổ trực mở và khép nó."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_live",
            "programme_id",
            "player_id",
            unique=True,
            sqlite_where=text("state IN ('claimed', 'airing')"),
            postgresql_where=text("state IN ('claimed', 'airing')"),
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    player_id: Mapped[int] = mapped_column(ForeignKey("players.id"))
    state: Mapped[RunState] = mapped_column(word_type(RunState), default=RunState.CLAIMED)
    holder: Mapped[str] = mapped_column(String(64), index=True)
    """Mã của lượt giữ trong sổ trực."""
    claimed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
