"""Chữ đang gõ mà chưa bấm lưu: giữ theo người và biểu mẫu, lấy lại được ở máy khác; lưu hay bỏ thì hết.

Không đụng bản nháp: hai người cùng mở một bản vẫn được hỏi như cũ, sổ kiểm tra không đầy những lần gõ dở.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Invalid
from broadcaster.newsroom.tables import UnsavedText
from broadcaster.newsroom.text import MAX_TEXT

Fields = Mapping[str, str | Sequence[str]]
MOST, KEPT_FOR = 20, timedelta(days=30)
"""Mỗi người giữ nhiều nhất chừng ấy biểu mẫu, trong chừng ấy ngày."""
_PLACE = re.compile(r"ban-[1-9][0-9]{0,9}|moi-[0-9a-f]{12}")


def is_place(place: str) -> bool:
    """Có phải tên một biểu mẫu soạn không."""
    return _PLACE.fullmatch(place) is not None


def keep(session: Session, actor: Actor, place: str, fields: Fields, *, now: datetime) -> UnsavedText:
    """Giữ các ô như đang gõ, thay lần giữ trước. Lỗi: ``NotAllowed``; ``Invalid`` khi lạ biểu mẫu hay dài quá mức lưu được."""
    actor.require(Action.SCRIPT_WRITE)
    if not is_place(place) or sum(map(len, fields.values())) > 2 * MAX_TEXT:
        raise Invalid("Không giữ được chữ này. Hãy bấm Lưu nháp.")
    values = {"fields": dict(fields), "saved_at": now}
    insert_if_absent(session, UnsavedText, station_id=actor.station_id, user_id=actor.user_id, place=place, **values)
    row = session.scalars(_mine(actor).where(UnsavedText.place == place)).one()
    row.fields, row.saved_at = values["fields"], now
    session.flush()
    for old in session.scalars(_mine(actor)).all()[MOST:]:
        session.delete(old)
    session.execute(delete(UnsavedText).where(UnsavedText.station_id == actor.station_id, UnsavedText.saved_at < now - KEPT_FOR))
    return row


def kept(session: Session, actor: Actor) -> list[UnsavedText]:
    """Mọi biểu mẫu người này đang gõ dở, mới gõ trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_WRITE)
    return list(session.scalars(_mine(actor)))


def kept_at(session: Session, actor: Actor, place: str) -> UnsavedText | None:
    """Chữ đang gõ dở ở một biểu mẫu. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_WRITE)
    return session.scalar(_mine(actor).where(UnsavedText.place == place))


def forget(session: Session, actor: Actor, place: str) -> None:
    """Đã lưu, hay người ấy bỏ. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_WRITE)
    mine = (UnsavedText.station_id == actor.station_id, UnsavedText.user_id == actor.user_id)
    session.execute(delete(UnsavedText).where(*mine, UnsavedText.place == place))


def _mine(actor: Actor) -> Select[UnsavedText]:
    query = select(UnsavedText).where(UnsavedText.station_id == actor.station_id, UnsavedText.user_id == actor.user_id)
    return query.order_by(UnsavedText.saved_at.desc(), UnsavedText.id.desc())
