"""Khuôn chương trình có sẵn, dưới dạng dữ liệu: mười lăm phút của một đài phường, và một khuôn ngắn để diễn tập."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.errors import Invalid
from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.tables import Column
from broadcaster.sound.idents import Ident
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Sound
from broadcaster.traffic.enums import SegmentKind
from broadcaster.traffic.tables import Format, Segment


@dataclass(frozen=True)
class SegmentPreset:
    """Một đoạn của khuôn có sẵn; ``sound`` là mã âm thanh, ``reform``: thuộc chuyên mục CCHC."""

    name: str
    kind: SegmentKind
    seconds: int
    sound: str | None = None
    template: TemplateCode | None = None
    genre: Genre | None = None
    reform: bool = False


@dataclass(frozen=True)
class Preset:
    """Một khuôn có sẵn."""

    name: str
    segments: tuple[SegmentPreset, ...]

    @property
    def length_ms(self) -> int:
        """Tổng thời lượng các đoạn."""
        return sum(segment.seconds for segment in self.segments) * 1000


QUARTER_HOUR = Preset(
    "Chương trình 15 phút",
    (
        SegmentPreset("Nhạc hiệu", SegmentKind.SOUND, 15, sound=Ident.OPENING),
        SegmentPreset("Xướng đài", SegmentKind.TEMPLATE, 10, template=TemplateCode.STATION_CALL),
        SegmentPreset("Lời chào", SegmentKind.TEMPLATE, 20, template=TemplateCode.OPENING),
        SegmentPreset("Tin", SegmentKind.SCRIPTS, 200, genre=Genre.NEWS),
        SegmentPreset("Cải cách hành chính", SegmentKind.SCRIPTS, 270, reform=True),
        SegmentPreset("Hỏi - đáp", SegmentKind.SCRIPTS, 120, genre=Genre.QA),
        SegmentPreset("Thông báo", SegmentKind.SCRIPTS, 120, genre=Genre.NOTICE),
        SegmentPreset("Nhạc", SegmentKind.FILLER, 120, sound=Ident.FILLER),
        SegmentPreset("Lời kết", SegmentKind.TEMPLATE, 15, template=TemplateCode.CLOSING),
        SegmentPreset("Nhạc hiệu kết", SegmentKind.SOUND, 10, sound=Ident.CLOSING),
    ),
)
REHEARSAL = Preset(
    "Diễn tập ngắn",
    (
        SegmentPreset("Nhạc hiệu", SegmentKind.SOUND, 15, sound=Ident.OPENING),
        SegmentPreset("Xướng đài", SegmentKind.TEMPLATE, 10, template=TemplateCode.STATION_CALL),
        SegmentPreset("Lời chào", SegmentKind.TEMPLATE, 20, template=TemplateCode.OPENING),
        SegmentPreset("Cải cách hành chính", SegmentKind.SCRIPTS, 60, reform=True),
        SegmentPreset("Lời kết", SegmentKind.TEMPLATE, 15, template=TemplateCode.CLOSING),
        SegmentPreset("Nhạc hiệu kết", SegmentKind.SOUND, 10, sound=Ident.CLOSING),
    ),
)
PRESETS = (QUARTER_HOUR, REHEARSAL)


def default_format(session: Session, station_id: int, preset: Preset = QUARTER_HOUR) -> Format:
    """Khuôn ``preset`` của đài; chưa có thì tạo.

    Lỗi: ``Invalid`` khi đài chưa có âm thanh hoặc chuyên mục CCHC mà khuôn cần.
    """
    query = select(Format).where(Format.station_id == station_id, Format.name == preset.name)
    found = session.scalar(query)
    if found is not None:
        return found
    sounds = _sounds(session, station_id, preset)
    column_id = _reform_column(session, station_id)
    made = Format(station_id=station_id, name=preset.name)
    made.segments = [_segment(position, one, sounds, column_id) for position, one in enumerate(preset.segments)]
    session.add(made)
    session.flush()
    return made


def _segment(position: int, preset: SegmentPreset, sounds: dict[str, int], column_id: int) -> Segment:
    return Segment(
        position=position,
        name=preset.name,
        kind=preset.kind,
        target_ms=preset.seconds * 1000,
        genres=frozenset({preset.genre} if preset.genre else ()),
        column_id=column_id if preset.reform else None,
        template_code=preset.template,
        sound_id=sounds[preset.sound] if preset.sound else None,
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
