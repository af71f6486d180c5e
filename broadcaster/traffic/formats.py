"""Khuôn chương trình: tạo từ khuôn có sẵn, chọn khuôn hợp với thời lượng, và các đoạn của một buổi sau khi co giãn."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.errors import Invalid
from broadcaster.newsroom.tables import Column
from broadcaster.studio.tables import Sound
from broadcaster.traffic.clock_fit import share_out
from broadcaster.traffic.enums import SegmentFill, SegmentKind
from broadcaster.traffic.format_presets import FIVE, HALF_HOUR, HOUR, QUARTER_HOUR, SPECIAL, Preset, SegmentPreset
from broadcaster.traffic.tables import Format, Programme, Segment

UNBUILT = (SegmentKind.RELAY, SegmentKind.LIVE)
"""Đoạn có chỗ trong khuôn mà máy phát chưa phát được: thời gian của nó chia cho tin bài và nhạc đệm."""
_ELASTIC = (SegmentKind.SCRIPTS, SegmentKind.FILLER)
_BY_LENGTH = (FIVE, QUARTER_HOUR, HALF_HOUR, HOUR)


def segments_of(programme: Programme) -> list[tuple[Segment, int]]:
    """Các đoạn của khuôn có mặt trong buổi này, với thời lượng đã co giãn theo khung giờ (mili giây).

    Đoạn không còn thời gian thì không có mặt.
    """
    return shared_out(programme.slot.format.segments, str(programme.day.isoweekday()), programme.length_ms)


def shared_out(segments: Iterable[Segment], weekday: str, length_ms: int) -> list[tuple[Segment, int]]:
    """Như ``segments_of``, cho một khung giờ dài ``length_ms`` vào ngày ISO ấy."""
    present = on_day(segments, weekday)
    given = share_out([(one.kind in _ELASTIC, one.target_ms) for one in present], length_ms)
    return [(one, ms) for one, ms in zip(present, given, strict=True) if ms]


def on_day(segments: Iterable[Segment], weekday: str) -> list[Segment]:
    """Các đoạn phát được có mặt vào ngày ISO ấy."""
    return [one for one in segments if one.kind not in UNBUILT and (not one.weekdays or weekday in one.weekdays)]


def takes_scripts(segment: Segment) -> bool:
    """Máy có xếp tin bài vào đoạn này không."""
    return segment.kind is SegmentKind.SCRIPTS and segment.fill is SegmentFill.AUTO


def length_on(segments: Iterable[Segment], weekday: str) -> int:
    """Tổng thời lượng của khuôn vào ngày ISO ấy, kể cả chỗ của tiếp âm."""
    return sum(one.target_ms for one in segments if not one.weekdays or weekday in one.weekdays)


def formats_in_use(session: Session, station_id: int) -> list[Format]:
    """Khuôn của đài còn chọn được, theo tên, với các đoạn."""
    query = select(Format).where(Format.station_id == station_id, Format.retired_at.is_(None))
    return list(session.scalars(query.options(selectinload(Format.segments)).order_by(Format.name)))


def fitting_format(session: Session, station_id: int, length_ms: int) -> Format:
    """Khuôn hợp nhất với thời lượng: đúng độ dài trước, rồi khuôn có sẵn gần nhất theo tỷ lệ.

    Lỗi: ``Invalid`` như ``default_format``.
    """
    for one in formats_in_use(session, station_id):
        if one.preset not in SPECIAL and length_on(one.segments, "1") == length_ms and one.segments[0].kind not in UNBUILT:
            return one
    nearest = min(_BY_LENGTH, key=lambda preset: max(preset.length_ms, length_ms) / min(preset.length_ms, length_ms))
    return default_format(session, station_id, nearest)


def default_format(session: Session, station_id: int, preset: Preset = QUARTER_HOUR, *, rerun_of: int | None = None) -> Format:
    """Khuôn ``preset`` của đài; chưa có thì tạo. ``rerun_of``: khung giờ mà đoạn phát lại lấy chuyên mục.

    Lỗi: ``Invalid`` khi đài chưa có âm thanh hoặc chuyên mục CCHC mà khuôn cần.
    """
    query = select(Format).where(Format.station_id == station_id, Format.preset == preset.code, Format.retired_at.is_(None))
    found = session.scalar(query.order_by(Format.id).limit(1))
    if found is not None:
        return found
    sounds, column_id = _sounds(session, station_id, preset), _reform_column(session, station_id)
    made = Format(station_id=station_id, name=_free_name(session, station_id, preset.name), preset=preset.code)
    made.segments = [
        _segment(position, one, sounds, column_id, rerun_of if one.rerun else None)
        for position, one in enumerate(preset.segments)
    ]
    session.add(made)
    session.flush()
    return made


def _free_name(session: Session, station_id: int, name: str) -> str:
    """Tên chưa dùng: khuôn cũ cùng tên của đài được giữ nguyên."""
    taken = set(session.scalars(select(Format.name).where(Format.station_id == station_id, Format.name.startswith(name))))
    names = [name, f"{name} (mẫu mới)", *(f"{name} (mẫu mới {number})" for number in range(2, len(taken) + 2))]
    return next(one for one in names if one not in taken)


def _segment(position: int, preset: SegmentPreset, sounds: dict[str, int], column_id: int, rerun_of: int | None) -> Segment:
    return Segment(
        position=position,
        name=preset.name,
        kind=preset.kind,
        target_ms=preset.seconds * 1000,
        genres=preset.genres,
        column_id=column_id if preset.reform else None,
        template_code=preset.template,
        sound_id=sounds[preset.sound] if preset.sound else None,
        rerun_of=rerun_of,
        hard=preset.hard,
        fill=preset.fill,
        weekdays=preset.weekdays,
    )


def _sounds(session: Session, station_id: int, preset: Preset) -> dict[str, int]:
    wanted = {str(one.sound) for one in preset.segments if one.sound}
    query = select(Sound.code, Sound.id).where(Sound.station_id == station_id, Sound.code.in_(wanted), Sound.retired_at.is_(None))
    found = {row.code: row.id for row in session.execute(query)}
    missing = sorted(wanted - set(found))
    if missing:
        raise Invalid(f"Đài chưa có âm thanh {', '.join(missing)}. Hãy đưa nhạc hiệu vào thư viện trước khi tạo khuôn.")
    return found


def _reform_column(session: Session, station_id: int) -> int:
    query = select(Column.id).where(Column.station_id == station_id, Column.is_reform.is_(True), Column.retired_on.is_(None))
    found = session.scalar(query.order_by(Column.id).limit(1))
    if found is None:
        raise Invalid("Đài chưa có chuyên mục Cải cách hành chính. Hãy tạo chuyên mục ấy trước khi tạo khuôn.")
    return found
