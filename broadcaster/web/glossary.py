"""Từ của các trang ở một nơi: mã của máy thành lời cho người đọc, và nghĩa của những từ trong ngành.

Trang nào hiện điều lấy từ sổ, nhật ký hay cấu hình đều qua đây, nên cùng một thứ chỉ có một tên.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from broadcaster.accounts import settings
from broadcaster.accounts.enums import Role
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.enums import Word
from broadcaster.errors import Invalid
from broadcaster.newsroom.enums import Genre, Origin, Part, Priority, RevisionState
from broadcaster.playout.enums import OutputKind
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.log_filter import filter_words, stored_filter
from broadcaster.studio.enums import RecordingSource
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.web.device_names import address_name, device_name

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("Bản tin", "Chữ cán bộ viết để đài đọc. Mỗi lần sửa sau khi gửi là một bản mới, phải duyệt lại."),
    ("Duyệt", "Lãnh đạo đồng ý đúng chữ ấy và đúng cách đọc ấy. Người viết không tự duyệt bài mình."),
    ("Buổi phát", "Một lần đài lên tiếng: một khung giờ trong một ngày, với thứ tự các mục."),
    ("Khung giờ", "Giờ phát lặp lại hằng ngày hay hằng tuần; từ đó máy lập ra các buổi."),
    ("Khuôn chương trình", "Các đoạn của một buổi: nhạc hiệu, lời chào, tin bài, nhạc, lời kết."),
    ("Mục phát", "Một chỗ trong buổi: một bản tin, một lời theo mẫu, một bản nhạc."),
    ("Lượt phát", "Một mục đã vang trọn một lần trong một buổi, dù ra bao nhiêu cụm loa."),
    ("Đường ra", "Một dây tín hiệu tới loa: cạc âm thanh, máy tăng âm, FM. Một đường có thể nuôi nhiều cụm loa."),
    ("Cụm loa", "Các loa treo một chỗ, thuộc một tổ dân phố (TDP)."),
    ("Đã gửi", "Đường ra đã nhận tiếng. Chưa chắc loa đã vang."),
    ("Đã xác nhận", "Có người hay thiết bị nói rằng cụm loa ấy đã vang."),
    ("Phát thiếu", "Mục đã vang nhưng không trọn: bị cắt, nhường tin khẩn cấp, mất tiếng."),
    ("Khẩn cấp", "Phát ngay, qua cả giờ yên tĩnh; buổi đang phát nhường rồi đọc tiếp."),
    ("Im lặng", "Không gì vang ở đường ra ấy, kể cả tin khẩn cấp, tới khi có người bỏ im lặng."),
    ("Giờ yên tĩnh", "Quãng không gì được vang trừ khẩn cấp hay phép có số văn bản."),
    ("Diễn tập", "Phát thử chỉ nghe trong trình duyệt: không ra loa, có ghi nhật ký, không tính vào số liệu."),
    ("Mốc nhật ký", "Dấu niêm phong của nhật ký, cất ở nơi khác: sau này ai sửa dòng cũ là lộ."),
    ("Dấu niêm phong", "Dãy chữ số tính ra từ nội dung (mã băm SHA-256): đổi một chữ là dấu khác hẳn."),
)

_WORDS: dict[str, tuple[type[Word], ...]] = {
    "event": (Event,),
    "genre": (Genre,),
    "kind": (ItemKind, DayExceptionKind, OutputKind),
    "mode": (Mode,),
    "origin": (Origin,),
    "part": (Part,),
    "placed_by": (PlacedBy,),
    "priority": (Priority,),
    "reason": (Reason,),
    "result": (Result,),
    "roles": (Role,),
    "source": (RecordingSource,),
    "state": (DeliveryState, ItemState, ProgrammeState, RevisionState),
}
"""Khoá của một chi tiết → những bộ từ mà giá trị của nó có thể thuộc về."""
VOICES = {"espeak:vi-bac": "miền Bắc", "espeak:vi-trung": "miền Trung", "espeak:vi-nam": "miền Nam"}
_SAID = {"device": device_name, "address": address_name}
"""Khoá của một chi tiết → cách đọc chữ của máy trong nó."""
_ENGINES = {"espeak": "Giọng máy (không cần mạng)", "gtts": "Giọng Google (cần mạng)", "tone": "Tiếng bíp diễn tập"}
_SETUP = "config.toml"
_SUBJECTS = {
    "complaint": "phản ánh",
    "day": "ngày",
    "day_exception": "ngày ngoại lệ",
    "format": "khuôn chương trình",
    "job": "việc của phòng thu",
    "output": "đường ra",
    "player": "máy phát",
    "programme": "buổi",
    "quiet_exception": "phép giờ yên tĩnh",
    "recording": "bản ghi",
    "revision": "bản sửa",
    "script": "bản tin",
    "session": "phiên",
    "slot": "khung giờ",
    "sound": "âm thanh",
    "template": "mẫu lời",
    "token": "thẻ truy cập",
    **{one.value: f"báo cáo “{one.label}”" for one in ReportKind},
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d:\d\d|Z)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CODE = re.compile(r"[0-9a-f]{64}")
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

BLANKS = {
    "buoi": "sáng, trưa, chiều hay tối",
    "dai": "tên đài",
    "don_vi": "tên đơn vị",
    "gio": "giờ phát",
    "khung_gio": "tên khung giờ",
    "ngay": "ngày phát",
    "noi_dung": "tên các bài trong buổi",
    "thong_bao_ai": "câu báo giọng máy",
}
"""Chỗ trống của mẫu lời → điều máy sẽ nói ở đó."""

NAMES = {
    "action": "việc",
    "address": "từ máy",
    "admin": "quản trị",
    "ai": "giọng máy",
    "amount": "mức (đồng)",
    "amplifier_off": "máy tăng âm lúc tắt",
    "amplifier_on": "máy tăng âm lúc mở",
    "answers": "chỗ đã xác nhận",
    "approval": "duyệt",
    "approved_at": "duyệt lúc",
    "approver": "người duyệt",
    "approver_title": "chức vụ người duyệt",
    "at": "lúc",
    "audio_sha256": "dấu niêm phong của tiếng",
    "author": "người viết",
    "body": "nội dung",
    "cause": "nguyên nhân",
    "changed": "đã đổi",
    "channel": "đăng ở",
    "cluster_id": "cụm loa số",
    "clusters": "cụm loa",
    "code": "mã",
    "code_missing": "đúng mật khẩu mà thiếu mã",
    "codes": "mã",
    "column": "chuyên mục",
    "columns": "cột",
    "confirmed": "đã nghe và xác nhận",
    "count": "số lượng",
    "credits": "người hưởng nhuận bút",
    "day": "ngày",
    "days": "số ngày",
    "deed": "việc",
    "deliveries": "giao tới",
    "detail": "chi tiết",
    "device": "trình duyệt",
    "document": "số văn bản",
    "duration_ms": "dài",
    "engine": "giọng",
    "entries": "số dòng",
    "event": "việc",
    "file": "tệp",
    "filler": "nhạc lấp",
    "filter": "bộ lọc",
    "first": "từ ngày",
    "first_day_off": "thôi từ ngày",
    "format": "khuôn chương trình",
    "from": "từ",
    "gain_db": "độ to (dB)",
    "genre": "thể loại",
    "hands": "người có phần",
    "heard_ms": "đã nghe",
    "holder": "máy phát",
    "id": "số",
    "ingredients": "phần của lời mẫu",
    "ingredients_sha256": "dấu niêm phong của các phần",
    "is_reform": "thuộc cải cách hành chính",
    "is_rerun": "phát lại",
    "item": "mục",
    "item_id": "mục số",
    "items": "các mục",
    "job_title": "chức danh",
    "kind": "loại",
    "last": "đến ngày",
    "last_day": "đến hết ngày",
    "lead_ms": "mở trước",
    "login": "tên đăng nhập",
    "message": "lời báo",
    "mode": "chế độ",
    "name": "tên",
    "new": "mới",
    "note": "ghi chú",
    "number": "số",
    "old": "cũ",
    "old_target": "chỉ tiêu cũ",
    "operator": "người vận hành",
    "origin": "nguồn",
    "output": "đường ra",
    "outputs": "đường ra",
    "overheard": "cũng nghe thấy",
    "own_work": "tự duyệt bài mình",
    "part": "phần",
    "parts": "từng phần",
    "period": "kỳ",
    "place": "chỗ",
    "placed_by": "ai xếp",
    "placed_name": "người xếp",
    "planned_at": "giờ dự kiến",
    "planned_ms": "dự kiến dài",
    "position": "thứ tự",
    "priority": "ưu tiên",
    "programme": "buổi",
    "programme_id": "buổi số",
    "programmes": "số buổi",
    "raised_at": "nêu lúc",
    "reader": "người đọc",
    "reading": "đọc là",
    "reading_sha256": "dấu niêm phong của cách đọc",
    "readings": "đọc là",
    "reason": "lý do",
    "record": "dòng sổ",
    "recording": "bản ghi",
    "recording_sha256": "dấu niêm phong của bản ghi",
    "rehearsal": "diễn tập",
    "report": "báo cáo số",
    "resident": "người dân",
    "result": "kết quả",
    "revision": "bản sửa",
    "revision_id": "bản sửa số",
    "revision_number": "bản sửa thứ",
    "revision_sha256": "dấu niêm phong của bản viết",
    "roles": "vai trò",
    "rows": "số dòng",
    "run": "lượt giữ buổi",
    "run_id": "lượt giữ buổi số",
    "script": "bản tin",
    "script_id": "bản tin số",
    "sealed": "đã khoá bằng khoá công khai",
    "segment": "đoạn",
    "seq": "tính đến dòng nhật ký số",
    "sha256": "dấu niêm phong",
    "since": "từ",
    "slot": "khung giờ",
    "slot_id": "khung giờ số",
    "sounds_at": "vang lúc",
    "source": "nguồn tiếng",
    "speed": "tốc độ",
    "spoken": "lời đọc",
    "started_at": "bắt đầu lúc",
    "starts_at": "giờ bắt đầu",
    "state": "trạng thái",
    "subject": "đối tượng",
    "target": "chỉ tiêu",
    "text": "lời",
    "text_sha256": "dấu niêm phong của chữ",
    "title": "tiêu đề",
    "to": "tới",
    "topics": "nội dung kế hoạch",
    "unit": "đơn vị",
    "until": "tới",
    "user_id": "tài khoản số",
    "version": "bản",
    "voice": "giọng",
    "volume": "âm lượng (%)",
    "weekdays": "các thứ trong tuần",
    "what": "là",
    "who": "người",
    "why": "vì sao",
    "year": "năm",
    "zone": "TDP",
    "zone_ids": "TDP số",
    "zones": "TDP",
}
"""Khoá của một chi tiết trong sổ kiểm tra hay dòng nhật ký → lời."""


def blanks_told(text: str) -> str:
    """Mẫu lời cho người đọc: ``{dai}`` thành ‹tên đài›; chỗ trống người ra lệnh tự đặt thì giữ tên nó."""
    return re.sub(r"\{(\w+(?: \w+)*)\}", lambda blank: f"‹{BLANKS.get(blank[1], blank[1])}›", text)


def voice_name(engine: str) -> str:
    """Tên một giọng máy: ``espeak:vi-bac`` → Giọng máy (không cần mạng), miền Bắc; mã lạ thì để nguyên."""
    known = _ENGINES.get(engine.partition(":")[0])
    return engine if known is None else ", ".join(filter(None, (known, VOICES.get(engine))))


def person_name(who: str) -> str:
    """Người đứng tên một việc; tệp cấu hình không phải là người."""
    return "Tệp cấu hình lúc lập đài" if who == _SETUP else who


def subject_name(subject: str) -> str:
    """Đối tượng của một việc trong sổ: ``slot:12`` → khung giờ số 12, tên cài đặt → lời của nó; tên người, tên tệp để nguyên."""
    kind, _, number = subject.partition(":")
    if subject in settings.KEYS:
        return f"cài đặt “{settings.KEYS[subject].label}”"
    return f"{_SUBJECTS[kind]} số {number}" if number and kind in _SUBJECTS else subject


def value_text(value: Any, name: str = "") -> str:
    """Một giá trị của máy thành lời: đúng sai, giờ UTC thành giờ Việt Nam, mili giây thành phút giây, mã giọng thành tên."""
    if value is None or value in ("", [], {}):
        return "không có"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int) and name.endswith("_ms"):
        return f"{value // 60_000}:{value // 1000 % 60:02}"
    if not isinstance(value, str):
        return str(value)
    if name in _SAID:
        return _SAID[name](value)
    if word := next((one for words in _WORDS.get(name, ()) for one in words if one.value == value), None):
        return word.label
    if _MOMENT.fullmatch(value):
        return f"{datetime.fromisoformat(value).astimezone(_VIETNAM):%H:%M:%S ngày %d/%m/%Y}"
    if _DAY.fullmatch(value):
        return f"{value[8:]}/{value[5:7]}/{value[:4]}"
    return f"{value[:16]}…" if _CODE.fullmatch(value) else voice_name(person_name(value))


def _name(key: str, value: Any) -> str:
    """Lời của một khoá; ``device`` của một đường ra là cạc âm thanh, của một phiên là trình duyệt."""
    return "cạc âm thanh" if key == "device" and isinstance(value, dict) else NAMES.get(key, key)


def _filter_text(stored: dict[str, str]) -> str:
    """Bộ lọc của một tệp xuất, bằng câu in lên chính tệp ấy."""
    try:
        return filter_words(stored_filter(stored))
    except (KeyError, ValueError, Invalid):
        return "; ".join(map(value_text, stored.values()))


def told(detail: Any, path: str = "", name: str = "") -> list[tuple[str, str]]:
    """Chi tiết thành từng dòng (tên, lời); điều lồng nhau thành nhiều dòng, không bao giờ là chữ của máy."""
    if isinstance(detail, dict) and name == "filter":
        return [(path, _filter_text(detail))]
    if isinstance(detail, dict):
        return [line for key, value in detail.items() for line in told(value, f"{path} {_name(key, value)}".strip(), key)]
    if isinstance(detail, list) and any(isinstance(one, dict) for one in detail):
        return [line for number, one in enumerate(detail, 1) for line in told(one, f"{path} {number}", name)]
    if isinstance(detail, list):
        return [(path, "; ".join(value_text(one, name) for one in detail) or "không có")]
    return [(path, value_text(detail, name))]
