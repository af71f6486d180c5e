"""Lời theo mẫu: xướng đài, lời chào giới thiệu nội dung, lời kết; mỗi lần sửa là một phiên bản do lãnh đạo duyệt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.database.inserts import insert_if_absent
from broadcaster.errors import Invalid, NotFound
from broadcaster.newsroom.text import clean_text
from broadcaster.studio.tables import Template
from broadcaster.studio.words import TemplateCode

BLANKS = frozenset({"dai", "don_vi", "ngay", "buoi", "gio", "khung_gio", "noi_dung", "thong_bao_ai"})
"""Chỗ trống mà phòng lịch điền được."""
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
_BLANK = re.compile(r"\{([^{}]*)\}")


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


def save(session: Session, actor: Actor, code: TemplateCode, text: str, *, now: datetime) -> Template:
    """Phiên bản mới do lãnh đạo duyệt. Lỗi: ``NotAllowed``, ``Invalid`` khi rỗng hoặc có chỗ trống lạ."""
    actor.require(Action.SCRIPT_DECIDE)
    text = clean_text(text)
    if not text or set(_BLANK.findall(text)) - BLANKS or re.search(r"[{}]", _BLANK.sub("", text)):
        known = ", ".join(f"{{{blank}}}" for blank in sorted(BLANKS))
        raise Invalid(problems={"text": f"Mẫu phải có chữ và chỉ dùng các chỗ trống: {known}."})
    newest = select(func.max(Template.version)).where(Template.station_id == actor.station_id, Template.code == code)
    version = (session.scalar(newest) or 0) + 1
    template = Template(
        station_id=actor.station_id,
        code=code,
        version=version,
        text=text,
        approved_by=actor.name,
        approved_title=actor.job_title,
        approved_at=now,
    )
    session.add(template)
    session.flush()
    note(session, actor, "template_saved", f"template:{template.id}", now=now, code=code.value, version=version)
    return template


def install_defaults(session: Session, station_id: int, *, approved_by: str, now: datetime) -> None:
    """Mẫu có sẵn khi dựng đài; đã có thì giữ nguyên."""
    for code, text in DEFAULTS.items():
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


def _fill(blank: str, context: Mapping[str, str]) -> str:
    value = context.get(blank)
    if value is None or (not value.strip() and blank != "thong_bao_ai"):
        raise Invalid(f"Mẫu lời có chỗ trống {{{blank}}} mà chưa có gì để điền. Hãy sửa mẫu hoặc điền thông tin ấy.")
    return value
