"""Sổ kiểm tra: ai làm gì lúc nào ngoài sóng, lọc theo ngày, người, việc."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import settings
from broadcaster.accounts.audit import PAGE, Wanted, entries, names
from broadcaster.accounts.tables import AuditEntry
from broadcaster.clock import read_day
from broadcaster.web.glossary import told
from broadcaster.web.pages import VIETNAM, local, render, services_of
from broadcaster.web.paging import paged
from broadcaster.web.params import PageNumber
from broadcaster.web.session import SignedIn

router = APIRouter()
DAYS = 30
DEEDS = {
    "programme_made_up": "Phát bù",
    "programme_moved": "Dời buổi",
    "programme_move_undone": "Trả buổi về ngày giờ cũ",
    "day_copied": "Chép lịch một ngày",
    "sound_edited": "Sửa âm thanh của đài",
    "station_added": "Thêm đài",
    "format_restored": "Dùng lại khuôn chương trình",
    "format_retired": "Cất khuôn chương trình",
    "format_saved": "Sửa khuôn chương trình",
    "format_added": "Thêm khuôn chương trình",
    "job_asked": "Nhờ phòng thu làm báo cáo dài",
    "job_cancelled": "Thôi việc đã nhờ phòng thu",
    "script_published": "Chép bản tin để đăng nơi khác",
    "credits_set": "Ghi người hưởng nhuận bút",
    "royalty_rate_set": "Đặt mức nhuận bút",
    "report_made": "Lập báo cáo",
    "programme_restored": "Mở lại buổi phát",
    "slot_resumed": "Mở lại khung giờ",
    "code_dropped": "Bỏ mã điện thoại của người khác",
    "code_switched_off": "Tắt mã điện thoại",
    "code_switched_on": "Bật mã điện thoại",
    "exported": "Xuất dữ liệu",
    "restored": "Phục hồi từ bản sao lưu",
    "check_link_made": "Gửi liên kết xác nhận cho tổ trưởng",
    "check_link_revoked": "Thôi liên kết xác nhận",
    "complaint_received": "Ghi phản ánh của người dân",
    "complaint_answered": "Trả lời phản ánh của người dân",
    "password_changed": "Đổi mật khẩu của mình",
    "person_left": "Người đài khác thôi làm",
    "person_shared": "Thêm người của đài khác",
    "session_ended": "Đăng xuất một máy",
    "sign_in_failed": "Đăng nhập sai",
    "signed_in": "Đăng nhập",
    "signed_out": "Đăng xuất",
    "alert_closed": "Đóng cảnh báo",
    "lexicon_taught": "Dạy từ điển đọc",
    "lexicon_imported": "Nhập từ điển đọc",
    "lexicon_above_replaced": "Thay danh mục đọc của cấp trên",
    "lexicon_approved": "Duyệt mục từ điển cho lời xướng",
    "lexicon_refused": "Không duyệt mục từ điển",
    "wording_approved": "Cho loa đọc tên mới",
    "wording_refused": "Không cho loa đọc tên mới",
    "lexicon_forgotten": "Thôi dùng mục từ điển",
    "cluster_created": "Thêm cụm loa",
    "cluster_edited": "Sửa cụm loa",
    "cluster_retired": "Bỏ cụm loa",
    "column_added": "Thêm chuyên mục",
    "column_edited": "Sửa chuyên mục",
    "column_retired": "Bỏ chuyên mục",
    "day_exception_added": "Ghi ngày ngoại lệ",
    "day_exception_removed": "Bỏ ngày ngoại lệ",
    "demo_filled": "Dựng dữ liệu mẫu",
    "fault_fixed": "Báo sửa xong cụm loa",
    "fault_reported": "Báo cụm loa hỏng",
    "item_added": "Thêm mục vào buổi",
    "item_dropped": "Gỡ mục khỏi buổi",
    "item_moved": "Dời mục trong buổi",
    "item_restored": "Đưa lại mục đã gỡ",
    "output_created": "Thêm đường ra",
    "output_edited": "Sửa đường ra",
    "output_retired": "Bỏ đường ra",
    "password_reset": "Đặt lại mật khẩu",
    "person_created": "Thêm người",
    "person_disabled": "Khoá tài khoản",
    "person_enabled": "Mở lại tài khoản",
    "plan_added": "Thêm kế hoạch",
    "plan_edited": "Sửa kế hoạch",
    "programme_cancelled": "Huỷ buổi phát",
    "quiet_exception_added": "Cho phát trong giờ yên tĩnh",
    "quiet_exception_revoked": "Thu hồi phép phát trong giờ yên tĩnh",
    "voice_attached": "Thu hoặc tải giọng người",
    "voice_chosen": "Chọn giọng của bản tin",
    "recording_wanted_again": "Làm lại bản ghi",
    "roles_set": "Đổi vai trò",
    "script_approved": "Duyệt bản tin",
    "script_created": "Soạn bản tin",
    "script_edited": "Sửa bản tin",
    "script_recalled": "Lấy lại bản tin",
    "script_returned": "Trả lại bản tin",
    "script_revised": "Mở bản sửa mới",
    "script_duplicated": "Nhân bản bản tin",
    "script_submitted": "Gửi duyệt bản tin",
    "script_withdrawn": "Rút bản tin",
    "setting_changed": "Đổi cài đặt",
    "slot_created": "Thêm khung giờ",
    "slot_edited": "Sửa khung giờ",
    "slot_ended": "Thôi khung giờ",
    "station_renamed": "Đổi tên đài",
    "template_saved": "Sửa mẫu lời",
    "token_created": "Tạo thẻ truy cập",
    "token_revoked": "Thu hồi thẻ truy cập",
    "topic_added": "Thêm nội dung kế hoạch",
    "topic_edited": "Sửa nội dung kế hoạch",
    "topic_retired": "Bỏ nội dung kế hoạch",
    "unit_renamed": "Đổi tên đơn vị",
    "zone_renamed": "Sửa tên TDP",
    "zone_retired": "Bỏ TDP",
    "zones_added": "Thêm TDP",
}
"""Việc ghi trong sổ → lời cho người đọc; phép thử giữ cho không việc nào thiếu lời."""


@router.get("/kiem-tra")
def book(
    request: Request, signed: SignedIn, tu: str = "", den: str = "", nguoi: str = "", viec: str = "", trang: PageNumber = 1
) -> Response:
    """Mặc định ba mươi ngày gần đây; ngày gõ sai thì coi như để trống."""
    services = services_of(request)
    today = local(services.clock.now()).date()
    first, last = _day(tu) or today - timedelta(days=DAYS), _day(den) or today
    wanted = Wanted(_midnight(first), _midnight(last + timedelta(days=1)), nguoi, viec)
    with services.database.reading() as session:
        found, total = entries(session, signed.actor, wanted, page=trang)
        return render(
            request,
            "kiem_tra.html",
            signed=signed,
            entries=found,
            **paged(total, trang, PAGE),
            first=first,
            last=last,
            narrowed=bool(tu or den),
            who=nguoi,
            action=viec,
            query=urlencode({"tu": first, "den": last, "nguoi": nguoi, "viec": viec}),
            names=names(session, signed.actor),
            deeds=DEEDS,
            told=_told,
        )


def _told(entry: AuditEntry) -> list[tuple[str, str]]:
    """Chi tiết của một dòng; giá trị của cài đặt nói bằng lời của chính cài đặt ấy."""
    key = settings.KEYS.get(entry.subject) if entry.action == "setting_changed" else None
    shown = {name: key.shown(entry.detail[name]) for name in ("old", "new") if name in entry.detail} if key else {}
    return told({**entry.detail, **shown})


def _day(text: str) -> date | None:
    try:
        return read_day(text.strip())
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)
