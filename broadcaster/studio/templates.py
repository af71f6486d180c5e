"""Lời theo mẫu: xướng đài, lời chào giới thiệu nội dung, lời kết; mỗi lần sửa là một phiên bản do lãnh đạo duyệt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Invalid, NotFound
from broadcaster.newsroom.text import clean_text
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Template

AI_NOTICE = "thong_bao_ai"
"""Chỗ trống duy nhất được phép rỗng: đài tắt câu báo giọng máy."""
BLANKS = frozenset({"dai", "don_vi", "ngay", "buoi", "gio", "khung_gio", "noi_dung", AI_NOTICE})
"""Chỗ trống mà phòng lịch điền được."""
_BAREST = dict.fromkeys(BLANKS, "một") | {AI_NOTICE: ""}
DEFAULTS = {
    TemplateCode.STATION_CALL: "Đây là {dai}.",
    TemplateCode.OPENING: (
        "Xin kính chào quý vị và bà con. Mời bà con nghe chương trình phát thanh {buoi}, {ngay}. "
        "Trong chương trình có các nội dung sau: {noi_dung}."
    ),
    TemplateCode.CLOSING: (
        "Chương trình phát thanh của {dai} đến đây là hết. {thong_bao_ai} "
        "Cảm ơn quý vị và bà con đã quan tâm theo dõi. Xin kính chào và hẹn gặp lại."
    ),
}
URGENT_DEFAULTS = {
    TemplateCode.URGENT_STORM: (
        "{tên bão} đang tiến gần, dự báo ảnh hưởng tới địa phương từ {thời gian}. Đề nghị bà con chằng chống nhà cửa, "
        "đưa người già và trẻ em tới nơi an toàn trước {hạn chót}. Cần giúp đỡ, xin gọi {số điện thoại}."
    ),
    TemplateCode.URGENT_FLOOD: (
        "Nước đang lên nhanh tại {khu vực}. Bà con ở đó cần ngắt điện, kê cao tài sản, không đi qua chỗ ngập, "
        "và tới {nơi tập trung} khi có yêu cầu. Cần giúp đỡ, xin gọi {số điện thoại}."
    ),
    TemplateCode.URGENT_FIRE: (
        "Đang có cháy tại {địa điểm}. Bà con quanh đó bình tĩnh ra khỏi nhà theo hướng {hướng thoát}, không quay lại lấy đồ. "
        "Lực lượng chữa cháy cần đường trống; phương tiện đang đỗ xin dời đi ngay."
    ),
    TemplateCode.URGENT_EVACUATION: (
        "Yêu cầu bà con tại {khu vực} sơ tán ngay tới {nơi tập trung}, xong trước {hạn chót}. "
        "Mang theo giấy tờ, thuốc, nước uống. Ai không tự đi được, xin gọi {số điện thoại}."
    ),
    TemplateCode.URGENT_EPIDEMIC: (
        "Tại {khu vực} đã ghi nhận ca bệnh {tên bệnh}. Bà con hạn chế tập trung đông người, "
        "ai có biểu hiện {biểu hiện} hãy tới {nơi khám} hoặc gọi {số điện thoại}."
    ),
    TemplateCode.URGENT_MISSING: (
        "Gia đình đang tìm {người cần tìm}, được thấy lần cuối tại {nơi} lúc {thời gian}, mặc {trang phục}. "
        "Ai gặp, xin gọi ngay {số điện thoại}."
    ),
    TemplateCode.URGENT_CLEAR: "Tình hình {sự việc} tại {khu vực} đã hết nguy hiểm. Bà con có thể trở lại sinh hoạt bình thường.",
}
_BLANK = re.compile(r"\{([^{}]*)\}")
_LONGEST_BLANK = 40
_BLANK_RULE = {
    False: f"Mẫu phải có chữ và chỉ dùng các chỗ trống: {', '.join(f'{{{blank}}}' for blank in sorted(BLANKS))}.",
    True: f"Mẫu phải có chữ; tên mỗi chỗ trống để trong ngoặc nhọn, ví dụ {{khu vực}}, dài không quá {_LONGEST_BLANK} chữ cái.",
}


def latest(session: Session, station_id: int, code: TemplateCode) -> Template:
    """Phiên bản mới nhất của một mẫu. Lỗi: ``NotFound`` khi đài chưa có mẫu ấy."""
    query = select(Template).where(Template.station_id == station_id, Template.code == code)
    found = session.scalar(query.order_by(Template.version.desc()).limit(1))
    if found is None:
        raise NotFound(f"Đài chưa có mẫu “{code.label}”. Hãy soạn mẫu này trước.")
    return found


def render(text: str, context: Mapping[str, str]) -> str:
    """Điền mọi chỗ trống; chỗ trống không có điều để điền là ``Invalid``, trừ câu báo giọng máy được phép rỗng."""
    return re.sub(r"  +", " ", _BLANK.sub(lambda match: _fill(match[1], context), text)).strip()


def blanks_of(text: str) -> tuple[str, ...]:
    """Tên các chỗ trống của một mẫu khẩn cấp, theo thứ tự người nghe gặp."""
    return tuple(dict.fromkeys(blank.strip() for blank in _BLANK.findall(text)))


def save(session: Session, actor: Actor, code: TemplateCode, text: str, *, now: datetime) -> Template:
    """Phiên bản mới do lãnh đạo duyệt. Lỗi: ``NotAllowed``, ``Invalid`` khi rỗng hoặc có chỗ trống lạ."""
    actor.require(Action.SCRIPT_DECIDE)
    text = clean_text(text)
    if not _fits(code, text):
        raise Invalid(problems={"text": _BLANK_RULE[code.urgent]})
    query = select(Template.version, Template.text).where(Template.station_id == actor.station_id, Template.code == code)
    newest = session.execute(query.order_by(Template.version.desc()).limit(1)).first()
    version, old = (newest.version + 1, newest.text) if newest else (1, None)
    template = Template(
        station_id=actor.station_id,
        code=code,
        version=version,
        text=text,
        approved_by=actor.name,
        approved_by_id=actor.user_id,
        approved_title=actor.job_title,
        approved_at=now,
    )
    session.add(template)
    session.flush()
    note(
        session, actor, "template_saved", f"template:{template.id}", now=now, code=code.value, version=version, old=old, new=text
    )
    return template


def install_defaults(session: Session, station_id: int, *, approved_by: str, now: datetime) -> None:
    """Mẫu có sẵn khi dựng đài; đã có thì giữ nguyên."""
    for code, text in {**DEFAULTS, **URGENT_DEFAULTS}.items():
        insert_if_absent(
            session,
            Template,
            station_id=station_id,
            code=code,
            version=1,
            text=text,
            approved_by=approved_by,
            approved_title="",
            approved_at=now,
        )


def _fits(code: TemplateCode, text: str) -> bool:
    """Mẫu phải điền được bằng đúng ``render``, kể cả khi không có gì hơn điều bắt buộc, và còn lời để đọc."""
    blanks = blanks_of(text)
    known = {blank: "một" for blank in blanks if 0 < len(blank) <= _LONGEST_BLANK} if code.urgent else _BAREST
    try:
        spoken = render(text, known)
    except Invalid:
        return False
    return not re.search(r"[{}]", spoken) and any(letter.isalnum() for letter in spoken)


def _fill(blank: str, context: Mapping[str, str]) -> str:
    blank = blank.strip()
    value = context.get(blank)
    if value is None or (not value.strip() and blank != AI_NOTICE):
        raise Invalid(f"Mẫu lời có chỗ trống {{{blank}}} mà chưa có gì để điền. Hãy sửa mẫu hoặc điền thông tin ấy.")
    return value
