"""Bảng của phòng tài khoản: đài và tổ dân phố, người và phiên, cài đặt có lịch sử, sổ kiểm tra, cảnh báo."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.accounts.enums import AlertLevel, Role, UnitLevel, WordingKind
from broadcaster.database.base import Row, StationRow
from broadcaster.database.types import CanonicalJson, WordSet, word_type


class Station(Row):
    """Một đài truyền thanh phường."""

    __tablename__ = "stations"

    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(default="Asia/Ho_Chi_Minh")
    created_at: Mapped[datetime]


class UnitName(StationRow):
    """Tên đơn vị có ngày hiệu lực: phường sáp nhập, đổi tên thì báo cáo cũ vẫn giữ tên cũ."""

    __tablename__ = "unit_names"
    __table_args__ = (
        UniqueConstraint("station_id", "level", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
    )

    level: Mapped[UnitLevel] = mapped_column(word_type(UnitLevel))
    name: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Zone(StationRow):
    """Tổ dân phố (TDP): vùng có thể phát riêng."""

    __tablename__ = "zones"
    __table_args__ = (UniqueConstraint("station_id", "code", "valid_from"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @property
    def label(self) -> str:
        """Mã và tên, như mọi trang, báo cáo và tệp xuất gọi nó."""
        return self.code if self.code == self.name else f"{self.code} · {self.name}"


class User(Row):
    """Một người; tên đăng nhập là duy nhất trên cả hệ thống, luôn chữ thường."""

    __tablename__ = "users"

    login: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str]
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    totp_secret: Mapped[str | None]
    """Khoá của ứng dụng sinh mã trên điện thoại; trống là chưa bật."""
    totp_step: Mapped[int | None]
    """Nhịp ba mươi giây của mã vừa dùng: một mã không vào được hai lần."""


class Membership(StationRow):
    """Người này ở đài kia: chức danh và các vai trò."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "station_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    job_title: Mapped[str] = mapped_column(default="")
    roles: Mapped[frozenset[Role]] = mapped_column(WordSet(Role))


class SignIn(Row):
    """Một phiên đăng nhập; chỉ giữ sha256 của thẻ, mất cơ sở dữ liệu cũng không mất phiên."""

    __tablename__ = "sign_ins"

    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")


class SignInAttempt(Row):
    """Một lần thử đăng nhập: để chặn dò mật khẩu và để kiểm tra sau này."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_login_at", "login", "at"),
        Index("ix_sign_in_attempts_address_at", "address", "at"),
    )

    login: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    succeeded: Mapped[bool]


class ApiToken(StationRow):
    """Thẻ truy cập cho phần mềm khác; chỉ giữ sha256."""

    __tablename__ = "api_tokens"

    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Wording(StationRow):
    """Một cái tên mà đài nói (tên đài, đơn vị, khung giờ): ai đặt, ai duyệt; chưa duyệt thì loa nói tên cũ."""

    __tablename__ = "wordings"
    __table_args__ = (UniqueConstraint("station_id", "kind", "words"),)

    kind: Mapped[WordingKind] = mapped_column(word_type(WordingKind))
    words: Mapped[str]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_by: Mapped[str | None]
    approved_title: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[datetime | None]


class Setting(StationRow):
    """Một lần đặt một cài đặt; giá trị hiện hành là ``version`` lớn nhất, các dòng trước là lịch sử."""

    __tablename__ = "settings"
    __table_args__ = (UniqueConstraint("station_id", "key", "version"),)

    key: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    value: Mapped[Any] = mapped_column(CanonicalJson)
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class AuditEntry(Row):
    """Ai làm gì lúc nào, ngoài sóng; chỉ thêm."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_station_id_at", "station_id", "at"),)

    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    who: Mapped[str]
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str]
    detail: Mapped[Any] = mapped_column(CanonicalJson)


class Alert(StationRow):
    """Một điều người ở đài cần biết; cùng một chuyện thì đếm thêm chứ không thêm dòng."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open",
            "station_id",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    subject: Mapped[str] = mapped_column(String(128))
    level: Mapped[AlertLevel] = mapped_column(word_type(AlertLevel))
    message: Mapped[str]
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
