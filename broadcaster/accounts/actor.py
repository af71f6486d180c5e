"""Ai đang làm: tham số thứ hai của mọi việc; và bảng vai trò × việc, nơi duy nhất nói ai được làm gì."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.accounts.enums import Role
from broadcaster.enums import Word
from broadcaster.errors import NotAllowed


class Action(Word):
    """Mọi việc cần quyền."""

    SCRIPT_READ = "script_read", "Xem bản tin"
    SCRIPT_WRITE = "script_write", "Soạn và gửi bản tin"
    SCRIPT_DECIDE = "script_decide", "Duyệt hoặc trả lại bản tin"
    SCRIPT_WITHDRAW = "script_withdraw", "Rút bản tin đã duyệt"
    PROGRAMME_READ = "programme_read", "Xem lịch phát"
    PROGRAMME_EDIT = "programme_edit", "Sửa thứ tự phát"
    SLOT_EDIT = "slot_edit", "Sửa khung giờ và khuôn chương trình"
    QUIET_EDIT = "quiet_edit", "Cho phép phát trong giờ yên tĩnh"
    LISTEN = "listen", "Nghe đường ra"
    SILENCE = "silence", "Cho im lặng"
    URGENT = "urgent", "Ra lệnh phát khẩn cấp"
    LOG_READ = "log_read", "Xem và xuất nhật ký"
    LOG_CORRECT = "log_correct", "Đính chính nhật ký, xác nhận tại loa"
    REPORT_MAKE = "report_make", "Lập báo cáo, ghi phản ánh của người dân"
    STATION_EDIT = "station_edit", "Sửa TDP, cụm loa, đường ra, chuyên mục, cài đặt"
    PEOPLE_EDIT = "people_edit", "Quản lý tài khoản"
    AUDIT_READ = "audit_read", "Xem sổ kiểm tra"
    ALERT_CLOSE = "alert_close", "Đóng cảnh báo"


_READ = frozenset({Action.SCRIPT_READ, Action.PROGRAMME_READ, Action.LISTEN, Action.LOG_READ})

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.CONTRIBUTOR: _READ | {Action.SCRIPT_WRITE},
    Role.APPROVER: _READ
    | {
        Action.SCRIPT_DECIDE,
        Action.SCRIPT_WITHDRAW,
        Action.SILENCE,
        Action.URGENT,
        Action.QUIET_EDIT,
        Action.ALERT_CLOSE,
        Action.REPORT_MAKE,
    },
    Role.OPERATOR: _READ
    | {
        Action.SCRIPT_WRITE,
        Action.PROGRAMME_EDIT,
        Action.SLOT_EDIT,
        Action.SILENCE,
        Action.URGENT,
        Action.LOG_CORRECT,
        Action.REPORT_MAKE,
        Action.STATION_EDIT,
        Action.ALERT_CLOSE,
    },
    Role.CLERK: _READ | {Action.REPORT_MAKE},
    Role.AUDITOR: _READ | {Action.AUDIT_READ},
    Role.ADMIN: _READ
    | {
        Action.SLOT_EDIT,
        Action.SILENCE,
        Action.STATION_EDIT,
        Action.PEOPLE_EDIT,
        Action.AUDIT_READ,
        Action.ALERT_CLOSE,
    },
}
"""Vai trò → việc được làm. Người nhiều vai trò được hợp của các tập; không có ngoại lệ nào nằm ngoài bảng này."""


@dataclass(frozen=True)
class Actor:
    """Một người ở một đài, lúc này; mọi việc nhận nó làm tham số thứ hai."""

    user_id: int
    station_id: int
    name: str
    job_title: str
    roles: frozenset[Role]
    station_code: str = ""
    """Mã của đài: máy phát nhận việc theo mã này, không nhận việc của đài khác."""

    def may(self, action: Action) -> bool:
        """Có quyền không."""
        return any(action in ALLOWED[role] for role in self.roles)

    def require(self, action: Action) -> None:
        """Không có quyền thì ``NotAllowed``, nói rõ việc gì và vai trò nào làm được."""
        if self.may(action):
            return
        roles = ", ".join(role.label for role, actions in ALLOWED.items() if action in actions)
        raise NotAllowed(f"Bạn chưa có quyền “{action.label}”. Vai trò làm được: {roles}.")
