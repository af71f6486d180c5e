"""Cài đặt của đài: mỗi khoá có kiểu, mặc định và nghĩa ở một nơi; mỗi lần đổi là một dòng, lịch sử còn nguyên."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Generic, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Setting
from broadcaster.clock import read_time
from broadcaster.errors import Invalid
from broadcaster.expression import check_formula

T = TypeVar("T")


@dataclass(frozen=True)
class Key(Generic[T]):
    """Một cài đặt: ``parse`` đổi giá trị JSON thành kiểu dùng trong chương trình và từ chối giá trị sai."""

    name: str
    label: str
    default: Any
    parse: Callable[[Any], T]
    choices: tuple[tuple[str, str], ...] = ()
    """(giá trị, lời cho người đọc) khi chỉ được chọn trong vài giá trị."""

    @property
    def is_time(self) -> bool:
        """Là một giờ trong ngày."""
        return self.parse is _clock_time

    def shown(self, value: Any) -> str:
        """Giá trị bằng lời."""
        if isinstance(value, bool):
            return "bật" if value else "tắt"
        return dict(self.choices).get(str(value), str(value)) or "(để trống)"


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"phải là số nguyên từ {low} đến {high}")
        return value

    return parse


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("phải là đúng hoặc sai")
    return value


def _text(longest: int) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise ValueError(f"phải là chữ, dài tối đa {longest} ký tự")
        return value.strip()

    return parse


def _clock_time(value: Any) -> time:
    return read_time(str(value))


POINT_NAMES = {
    "hoan_thanh": "số nội dung đã đủ chỉ tiêu",
    "noi_dung": "số nội dung của kế hoạch",
    "luot": "số lượt đã phát, mỗi nội dung tính tới chỉ tiêu của nó",
    "chi_tieu": "tổng chỉ tiêu lượt phát",
}
"""Tên dùng được trong công thức điểm dự kiến, và nghĩa của nó."""


def _formula(value: Any) -> str:
    text = _text(300)(value)
    try:
        check_formula(text, POINT_NAMES)
    except Invalid as error:
        raise ValueError(error.message) from error
    return text


def _choice(name: str, label: str, *choices: tuple[str, str]) -> Key[str]:
    def parse(value: Any) -> str:
        if value not in dict(choices):
            raise ValueError(f"phải là một trong: {', '.join(text for _, text in choices)}")
        return str(value)

    return Key(name, label, choices[0][0], parse, choices)


QUIET_FROM = Key("quiet_from", "Giờ yên tĩnh bắt đầu", "21:00", _clock_time)
QUIET_TO = Key("quiet_to", "Giờ yên tĩnh kết thúc", "06:00", _clock_time)
OWN_APPROVAL = Key("own_approval", "Cho phép tự duyệt bài mình viết (đài một người)", False, _flag)
URGENT_CODE = Key("urgent_code", "Ra lệnh khẩn cấp phải gõ mã điện thoại của người ra lệnh", False, _flag)
AI_NOTICE = Key("ai_notice", "Đọc câu thông báo giọng máy ở lời kết", False, _flag)
REPEAT_LIMIT = Key("repeat_limit", "Số lần phát tối đa của một bản tin trong 7 ngày tại một TDP", 3, _whole(1, 100))
REPEAT_SPACING_H = Key("repeat_spacing_h", "Khoảng cách tối thiểu giữa hai lần phát (giờ)", 12, _whole(0, 168))
REPEAT_TOTAL = Key("repeat_total", "Số lần phát tối đa của một bản tin, kể từ khi duyệt", 10, _whole(1, 1000))
PREFERRED_TIMES = Key("preferred_times", "Bản tin ưu tiên được xếp trước trong mấy lần phát đầu", 3, _whole(0, 100))
FIRST_WITHIN_DAYS = Key("first_within_days", "Bản tin không hạn phải được phát lần đầu trong (ngày)", 7, _whole(1, 365))
STALE_AFTER_DAYS = Key("stale_after_days", "Bản tin không hạn thôi được phát lại sau (ngày)", 30, _whole(1, 3650))
VALID_DAYS_NEWS = Key("valid_days_news", "Tin: mặc định phát trong (ngày)", 14, _whole(1, 3650))
VALID_DAYS_FEATURE = Key("valid_days_feature", "Bài: mặc định phát trong (ngày)", 60, _whole(1, 3650))
VALID_DAYS_NOTICE = Key("valid_days_notice", "Thông báo: mặc định phát trong (ngày)", 10, _whole(1, 3650))
VALID_DAYS_QA = Key("valid_days_qa", "Hỏi - đáp: mặc định phát trong (ngày)", 180, _whole(1, 3650))
VALID_DAYS_COMPLAINT_ANSWER = Key(
    "valid_days_complaint_answer", "Trả lời phản ánh: mặc định phát trong (ngày)", 30, _whole(1, 3650)
)
VALID_DAYS_PREFERRED = Key("valid_days_preferred", "Tin ưu tiên: mặc định phát trong (ngày)", 7, _whole(1, 3650))
SHARED_OUTPUTS = Key("shared_outputs", "Tự xếp tin riêng một TDP lên đường ra chung với TDP khác", True, _flag)
PLAN_DAYS = Key("plan_days", "Số ngày lên lịch trước", 7, _whole(1, 60))
LOCK_BEFORE_MIN = Key("lock_before_min", "Chốt buổi trước giờ phát (phút)", 10, _whole(0, 240))
PREPARE_BEFORE_MIN = Key("prepare_before_min", "Chuẩn bị âm thanh trước giờ phát (phút)", 30, _whole(1, 1440))
READING_THOUSAND = _choice("reading_thousand", "Đọc hàng nghìn là", ("nghìn", "nghìn"), ("ngàn", "ngàn"))
READING_ZERO = _choice("reading_zero", "Đọc số không ở hàng chục là", ("linh", "linh"), ("lẻ", "lẻ"))
READING_FIRST_DAYS = Key("reading_first_days", "Đọc “mùng” trước ngày 1 đến 10", True, _flag)
READING_DOCUMENTS = _choice(
    "reading_documents", "Đọc số văn bản", ("issuer", "số và cơ quan ban hành"), ("spelled", "cả tên loại văn bản")
)
CAPTURE_DAYS = Key("capture_days", "Giữ bản thu những gì đã phát (ngày)", 90, _whole(1, 3650))
REPORT_PLACE = Key("report_place", "Báo cáo: địa danh trước ngày tháng (để trống: tên phường)", "", _text(80))
REPORT_SIGNER_TITLE = Key(
    "report_signer_title",
    "Báo cáo: thẩm quyền và chức vụ người ký, cách nhau dấu chấm phẩy",
    "TM. ỦY BAN NHÂN DÂN; CHỦ TỊCH",
    _text(200),
)
REPORT_SIGNER = Key("report_signer", "Báo cáo: họ tên người ký", "", _text(80))
REPORT_STATION_HEAD = Key("report_station_head", "Nhật ký: họ tên người phụ trách đài", "", _text(80))
REPORT_RECIPIENTS = Key("report_recipients", "Báo cáo: nơi nhận, cách nhau dấu chấm phẩy", "Như trên; Lưu: VT, VHXH", _text(500))
PUBLIC_PROGRAMME = Key("public_programme", "Cho mọi người xem chương trình hôm nay, không cần đăng nhập", False, _flag)
URGENT_PHONES = Key(
    "urgent_phones", "Gọi ai để phát khẩn cấp khi trang không mở được: “tên số”, cách nhau dấu chấm phẩy", "", _text(300)
)
POINT_FORMULA = Key("point_formula", "Kế hoạch CCHC: công thức điểm dự kiến", "1 * hoan_thanh / noi_dung", _formula)

LED = frozenset({QUIET_FROM.name, QUIET_TO.name, OWN_APPROVAL.name, URGENT_CODE.name})
"""Cài đặt chỉ lãnh đạo đổi, kèm số văn bản: chúng quyết loa có được kêu lúc nửa đêm, lời có phải qua người thứ hai."""
KEYS: dict[str, Key[Any]] = {
    key.name: key
    for key in (
        QUIET_FROM,
        QUIET_TO,
        OWN_APPROVAL,
        URGENT_CODE,
        AI_NOTICE,
        REPEAT_LIMIT,
        REPEAT_SPACING_H,
        REPEAT_TOTAL,
        PREFERRED_TIMES,
        FIRST_WITHIN_DAYS,
        STALE_AFTER_DAYS,
        VALID_DAYS_NEWS,
        VALID_DAYS_FEATURE,
        VALID_DAYS_NOTICE,
        VALID_DAYS_QA,
        VALID_DAYS_COMPLAINT_ANSWER,
        VALID_DAYS_PREFERRED,
        SHARED_OUTPUTS,
        PLAN_DAYS,
        LOCK_BEFORE_MIN,
        PREPARE_BEFORE_MIN,
        READING_THOUSAND,
        READING_ZERO,
        READING_FIRST_DAYS,
        READING_DOCUMENTS,
        CAPTURE_DAYS,
        REPORT_PLACE,
        REPORT_SIGNER_TITLE,
        REPORT_SIGNER,
        REPORT_STATION_HEAD,
        REPORT_RECIPIENTS,
        POINT_FORMULA,
        PUBLIC_PROGRAMME,
        URGENT_PHONES,
    )
}


def get(session: Session, station_id: int, key: Key[T], *, at: datetime | None = None) -> T:
    """Giá trị của ``key`` ở đài lúc ``at`` (bỏ trống: hiện hành), hoặc mặc định."""
    if at is None:
        return key.parse(_current(session, station_id).get(key.name, key.default))
    row = _latest(session, station_id, key.name, at)
    return key.parse(key.default if row is None else row.value)


def raw(session: Session, station_id: int, name: str) -> Any:
    """Giá trị hiện hành ở dạng JSON; tên lạ thì ``None``."""
    return _current(session, station_id).get(name, KEYS[name].default if name in KEYS else None)


def put(session: Session, station_id: int, name: str, value: Any, *, changed_by: str, now: datetime) -> bool:
    """Đặt cài đặt ``name``, trả về có đổi không; giá trị cũ còn trong lịch sử. Lỗi: ``Invalid`` khi tên hoặc giá trị sai."""
    key = KEYS.get(name)
    if key is None:
        raise Invalid(f"Không có cài đặt tên “{name}”.")
    try:
        key.parse(value)
    except (ValueError, TypeError) as error:
        raise Invalid(problems={name: f"{key.label}: giá trị chưa đúng ({error})."}) from error
    row = _latest(session, station_id, name)
    if (key.default if row is None else row.value) == value:
        return False
    version = 1 if row is None else row.version + 1
    session.add(Setting(station_id=station_id, key=name, version=version, value=value, changed_by=changed_by, changed_at=now))
    session.info.pop(_KNOWN, None)
    return True


def from_text(name: str, text: str) -> Any:
    """Chữ của biểu mẫu thành giá trị JSON của cài đặt; ô đánh dấu gửi “1” hoặc rỗng. Lỗi: ``Invalid``."""
    key = KEYS.get(name)
    if key is None:
        raise Invalid(f"Không có cài đặt tên “{name}”.")
    if isinstance(key.default, bool):
        return bool(text)
    try:
        return int(text) if isinstance(key.default, int) else text.strip()
    except ValueError as error:
        raise Invalid(problems={name: f"{key.label}: hãy nhập một số nguyên."}) from error


def history(session: Session, station_id: int, name: str) -> list[Setting]:
    """Mọi lần đặt, mới nhất trước."""
    query = select(Setting).where(Setting.station_id == station_id, Setting.key == name)
    return list(session.scalars(query.order_by(Setting.version.desc())))


_KNOWN = "settings"
_CURRENT = select(Setting.key, Setting.value).where(Setting.station_id == bindparam("station")).order_by(Setting.version)


def _current(session: Session, station_id: int) -> dict[str, Any]:
    """Mọi giá trị hiện hành của đài, đọc một lần trong một phiên: giữ lịch hỏi chục lần mỗi tiếng chuông."""
    known: dict[int, dict[str, Any]] = session.info.setdefault(_KNOWN, {})
    if station_id not in known:
        known[station_id] = {row.key: row.value for row in session.execute(_CURRENT, {"station": station_id})}
    return known[station_id]


def _latest(session: Session, station_id: int, name: str, at: datetime | None = None) -> Setting | None:
    query = select(Setting).where(Setting.station_id == station_id, Setting.key == name)
    if at is not None:
        query = query.where(Setting.changed_at < at)
    return session.scalar(query.order_by(Setting.version.desc()).limit(1))
