"""Một buổi trong ngày nói cho người mới mở trang: đang phát, sắp phát, sẵn sàng hay còn thiếu gì."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Actor
from broadcaster.studio.enums import RecordingState
from broadcaster.traffic.candidates import chosen_recordings
from broadcaster.traffic.emptiness import THIN_BELOW
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.locking import is_empty
from broadcaster.traffic.queries import ProgrammeView, programmes_between
from broadcaster.traffic.snapshots import Line, title_of

_AHEAD = (ProgrammeState.PLANNED, ProgrammeState.LOCKED)


@dataclass(frozen=True)
class Standing:
    """Một buổi và tình trạng của nó. ``lacks``: còn thiếu gì, trống là sẵn sàng (chỉ có nghĩa khi chưa phát)."""

    view: ProgrammeView
    lacks: tuple[str, ...]
    on_air: str
    """Tên mục đang vang."""
    upcoming: bool

    @property
    def zones(self) -> frozenset[int]:
        """TDP buổi nhắm tới; rỗng là cả phường."""
        return frozenset(zone.id for zone in self.view.programme.slot.zones)


def standings(session: Session, actor: Actor, day: date, now: datetime) -> list[Standing]:
    """Các buổi của một ngày, theo giờ phát. Lỗi: ``NotAllowed``."""
    views = programmes_between(session, actor, day, day)
    ids = [line.item.revision_id for view in views for line in view.lines if line.item.revision_id]
    made = chosen_recordings(session, sorted(set(ids))).keys() if ids else set[int]()
    soon = now + timedelta(minutes=settings.get(session, actor.station_id, settings.PREPARE_BEFORE_MIN))
    return [_standing(view, frozenset(made), now, soon) for view in views]


def _standing(view: ProgrammeView, made: frozenset[int], now: datetime, soon: datetime) -> Standing:
    programme = view.programme
    upcoming = programme.state in _AHEAD and programme.ends_at > now
    sounding = next((title_of(line.item) for line in view.lines if line.item.state is ItemState.ON_AIR), "")
    lacks = _lacks(view, made, prepared=programme.starts_at <= soon) if upcoming else ()
    return Standing(view, tuple(lacks), sounding, upcoming)


def _lacks(view: ProgrammeView, made: frozenset[int], *, prepared: bool) -> Sequence[str]:
    """``prepared``: đã tới giờ chuẩn bị, nên lời theo mẫu cũng phải có tiếng."""
    if is_empty(view.programme):
        return ["chưa có bản tin nào"]
    voiceless = sum(line.fits and line.item.kind is ItemKind.SCRIPT and not _sounds(line, made) for line in view.lines)
    unspoken = sum(line.fits and line.item.kind is ItemKind.TEMPLATE and not _sounds(line, made) for line in view.lines)
    found = [f"{voiceless} bản tin chưa có tiếng"] if voiceless else []
    found += [f"{unspoken} lời theo mẫu chưa có tiếng"] if unspoken and prepared else []
    heard_ms = sum(line.planned_ms for line in view.lines if line.fits)
    if not view.programme.rehearsal and heard_ms * 100 < view.slot_ms * THIN_BELOW:
        found.append(f"mới đầy {round(heard_ms * 100 / view.slot_ms)}% khung giờ")
    return found


def _sounds(line: Line, made: frozenset[int]) -> bool:
    recording = line.item.recording
    return line.item.revision_id in made or (recording is not None and recording.state is RecordingState.MADE)
