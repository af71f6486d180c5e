"""Buổi không như đã hẹn: khép mà mất bản tin thì mời phát bù; bắt đầu trễ quá nửa phút thì nói trễ bao lâu."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.lateness import LATE_TOLD, lateness_words
from broadcaster.playout.entering.entry import Entry
from broadcaster.traffic import calendar
from broadcaster.traffic.make_up import LOST, lost_items
from broadcaster.traffic.snapshots import title_of
from broadcaster.traffic.tables import Item, Programme


def tell(session: Session, programme: Programme, *, now: datetime) -> None:
    """Nêu cảnh báo nếu buổi có bản tin không được nghe trọn; diễn tập thì không."""
    lost = lost_items(session, programme)
    if not lost or programme.rehearsal:
        return
    names = "; ".join(f"“{title_of(item)}”" for item in lost)
    message = (
        f"Buổi “{programme.slot.name}” ngày {programme.day:%d/%m/%Y} không phát trọn {len(lost)} bản tin: {names}. "
        "Bấm Phát bù để đưa vào buổi kế tiếp còn chỗ."
    )
    raise_alert(session, programme.station_id, f"{LOST}{programme.id}", message, now=now, level=AlertLevel.CRITICAL)


def tell_no_file(entry: Entry, item: Item, note: str) -> None:
    """Tới lượt mà không có tệp tiếng nào phát được: cảnh báo ngay, không đợi buổi khép."""
    message = (
        f"Mục “{title_of(item)}” của buổi {item.programme.slot.name} không phát được: {note} Hãy bấm làm lại ở trang bản tin."
    )
    raise_alert(entry.session, entry.station_id, f"file:{item.id}", message, now=entry.now, level=AlertLevel.CRITICAL)


def tell_crash(entry: Entry, programme: Programme) -> None:
    """Máy phát dừng đột ngột giữa buổi: một cảnh báo cho một buổi, dù nó đã tự phát tiếp."""
    if programme.rehearsal:
        return
    message = (
        f"Máy phát dừng đột ngột giữa buổi {programme.slot.name} ngày {programme.day:%d/%m/%Y} rồi chạy lại. "
        "Nhật ký ngày ấy có chỗ im lặng. Hãy xem nguồn điện và nhật ký máy; lặp lại thì gọi người giữ máy."
    )
    raise_alert(entry.session, entry.station_id, f"crash:{programme.id}", message, now=entry.now, level=AlertLevel.WARNING)


def tell_dropped(entry: Entry, body: Mapping[str, Any], title: str) -> None:
    """Một cảnh báo cho mỗi đường ra mà loa không nhận kịp quá mức cho phép khi phát mục ``title``."""
    for output, lost_ms in body.get("lost", {}).items():
        message = (
            f"Đường ra “{output}” nhận không kịp, mất {lost_ms / 1000:.0f} giây của “{title}”. "
            "Hãy xem cạc âm thanh, dây USB và máy có quá tải không; mục ấy được ghi là phát thiếu."
        )
        raise_alert(entry.session, entry.station_id, f"dropped:{output}", message, now=entry.now, level=AlertLevel.CRITICAL)


def tell_late(session: Session, programme: Programme, *, planned_at: datetime, started_at: datetime, now: datetime) -> None:
    """Một cảnh báo cho một buổi, khi một mục của nó vang trễ quá ``LATE_TOLD`` so với giờ dự kiến; diễn tập thì không."""
    if started_at - planned_at <= LATE_TOLD or programme.rehearsal:
        return
    zone = calendar.zone_of(session, programme.station_id)
    planned, started = (f"{at.astimezone(zone):%H:%M:%S}" for at in (planned_at, started_at))
    message = (
        f"Buổi {programme.slot.name} ngày {programme.day:%d/%m/%Y} phát {lateness_words(started_at - planned_at)}: "
        f"dự kiến {planned}, thật {started}. Hãy xem nhật ký ngày ấy để biết vì sao."
    )
    raise_alert(session, programme.station_id, f"late:{programme.id}", message, now=now, level=AlertLevel.WARNING)
