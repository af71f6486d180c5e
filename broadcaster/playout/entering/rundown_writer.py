"""Người viết bản phát: sau mỗi tiếng chuông, buổi nào đổi thì có bản mới trên đĩa của phòng phát sóng.

Chỉ đọc cơ sở dữ liệu. Buổi sắp phát được dựng lại mỗi lần; buổi xa chỉ khi dấu của nó đổi.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from broadcaster.accounts.tables import Setting
from broadcaster.airlog.tables import ChainHead
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision
from broadcaster.playout import routing
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.network import Network, Path
from broadcaster.playout.rundown import Audio, Rundown, RundownItem, Shelf
from broadcaster.playout.tables import Output, Player
from broadcaster.sound.ident_files import Ident
from broadcaster.studio.enums import RecordingState
from broadcaster.studio.human_voice import made_beside
from broadcaster.studio.tables import Recording, Sound
from broadcaster.traffic import calendar
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.locking import is_empty, mode_of
from broadcaster.traffic.quiet import QuietHours
from broadcaster.traffic.snapshots import hard_at, item_body, piece_of, programme_body, read_scripts, voice_body
from broadcaster.traffic.tables import Item, Programme, QuietException, Slot

_AHEAD = timedelta(hours=36)
_KEPT = timedelta(days=1)
_NEAR = timedelta(minutes=20)
_LIVE = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)
_NOT_APPROVED = "Bản tin không còn được duyệt hoặc đã hết hiệu lực vào lúc phát."


class RundownWriter:
    """Một người cho một trạm phát; chỉ một luồng gọi."""

    def __init__(self, database: Database, clock: Clock, *, station_id: int, player_id: int, shelf: Shelf) -> None:
        """``shelf``: giá trên đĩa của phòng phát sóng."""
        self._database, self._clock = database, clock
        self._station_id, self._player_id = station_id, player_id
        self._shelf = shelf
        self._marks: dict[int, tuple[object, ...]] = {}
        self._common: tuple[object, ...] = ()

    def step(self) -> int:
        """Viết những bản đã đổi; trả về số bản. Lỗi: ``DatabaseAway``, ``OSError`` khi đĩa đầy (bản trước còn dùng được)."""
        now = self._clock.now()
        with self._database.reading() as session:
            outputs = routing.outputs_of(session, self._station_id, self._player_id)
            network = self._network(session, outputs)
            quiet = calendar.quiet_hours(session, self._station_id, now)
            common = (network.paths, quiet, *_settings_mark(session, self._station_id))
            programmes = _programmes(session, self._station_id, now)
            marks = {one.id: _mark(one) for one in programmes}
            fresh = [one for one in programmes if common != self._common or self._changed(one, marks[one.id], now)]
            read_scripts(session, fresh)
            rundowns = [self._rundown(session, one, outputs, quiet) for one in fresh]
            known = set(session.scalars(_recent(self._station_id, now)))
        written = [self._shelf.put_network(network), *(self._shelf.put(one) for one in rundowns)]
        self._common, self._marks = common, marks
        self._shelf.sweep(known)
        return sum(written)

    def _changed(self, programme: Programme, mark: tuple[object, ...], now: datetime) -> bool:
        return programme.starts_at <= now + _NEAR or self._marks.get(programme.id) != mark

    def _network(self, session: Session, outputs: Sequence[Output]) -> Network:
        player = session.scalars(select(Player).where(Player.id == self._player_id, Player.station_id == self._station_id)).one()
        music = select(Sound.sha256).where(
            Sound.station_id == self._station_id, Sound.code == Ident.FILLER, Sound.retired_at.is_(None)
        )
        newest = session.scalar(select(ChainHead.recorded_at).where(ChainHead.station_id == self._station_id))
        return Network(
            player_id=self._player_id,
            zone=calendar.zone_of(session, self._station_id).key,
            paths=tuple(path_of(output) for output in outputs),
            filler=session.scalar(music),
            entered=_rounded(player.spooled_to),
            newest_line=newest.replace(second=0, microsecond=0) if newest else None,
            clock_trusted_from=player.clock_trusted_from,
        )

    def _rundown(self, session: Session, programme: Programme, outputs: Sequence[Output], quiet: QuietHours) -> Rundown:
        zone_ids = [zone.id for zone in programme.slot.zones]
        mine = [one for one in outputs if not programme.rehearsal or one.kind is OutputKind.MONITOR]
        alive = [item for item in programme.items if item.state is not ItemState.DROPPED]
        return Rundown(
            programme=programme_body(session, programme),
            mode=mode_of(programme),
            starts_at=programme.starts_at,
            ends_at=programme.ends_at,
            items=tuple(_item(session, programme, item, place) for place, item in enumerate(alive, start=1)),
            paths=tuple(path_of(output) for output in routing.feeding(mine, zone_ids)),
            zone_ids=tuple(zone_ids),
            quiet=None if programme.rehearsal else quiet,
            off=programme.state not in _LIVE or (programme.state is not ProgrammeState.AIRING and is_empty(programme)),
        )


def path_of(output: Output) -> Path:
    """Từ dòng dữ liệu, kèm cụm loa còn dùng."""
    bodies = {body["cluster_id"]: body for body in routing.deliveries([output], ())}
    alive = [cluster for cluster in output.clusters if cluster.id in bodies]
    device = output.device or {}
    return Path(
        output.id,
        output.captured,
        output.silenced_by is not None,
        output.name,
        output.lead_ms,
        tuple((cluster.zone_id, bodies[cluster.id]) for cluster in alive),
        card=device.get("name", "") if output.kind is OutputKind.SOUND_CARD else None,
        amplifier=(device.get("amplifier_on", ""), device.get("amplifier_off", "")),
        gain_db=output.gain_db,
        caps=tuple((int(cap[0]), int(cap[1]), int(cap[2])) for cluster in alive for cap in cluster.volume_caps),
    )


def _item(session: Session, programme: Programme, item: Item, position: int) -> RundownItem:
    piece, revision = piece_of(item, programme.starts_at), item.revision
    return RundownItem(
        item_id=item.id,
        kind=item.kind,
        planned_ms=item.planned_ms,
        waiting=item.state is ItemState.WAITING,
        body=item_body(session, item, position=position, planned_at=programme.starts_at),
        audio=tuple(_audio(session, programme.station_id, item)),
        zone_ids=tuple(zone.id for zone in item.zones),
        priority=piece.priority,
        by_person=piece.by_person,
        reform=piece.reform,
        barred="" if revision is None or _approved(session, revision) else _NOT_APPROVED,
        hard_at=hard_at(item),
        valid_from=revision.valid_from if revision else None,
        valid_to=revision.valid_to if revision else None,
    )


def _audio(session: Session, station_id: int, item: Item) -> list[Audio]:
    if item.sound is not None:
        return [Audio(item.sound.sha256, None if item.kind is ItemKind.FILLER else item.sound.duration_ms)]
    recording = item.recording
    if recording is None or recording.state is not RecordingState.MADE or recording.sha256 is None:
        return []
    made = made_beside(session, station_id, recording)
    return [_take(recording.sha256, recording), *([_take(made.sha256, made)] if made and made.sha256 else [])]


def _take(sha256: str, recording: Recording) -> Audio:
    return Audio(sha256, recording.duration_ms, voice_body(recording))


def _approved(session: Session, revision: Revision) -> bool:
    """Còn được duyệt; buổi đã chốt được giữ bản cũ khi bản thay nó đã duyệt và còn hiệu lực."""
    if revision.state is RevisionState.APPROVED:
        return True
    newer = select(Revision.id).where(Revision.script_id == revision.script_id, Revision.state == RevisionState.APPROVED)
    return revision.state is RevisionState.SUPERSEDED and session.scalar(newer.limit(1)) is not None


def _programmes(session: Session, station_id: int, now: datetime) -> list[Programme]:
    """Buổi chưa hết giờ trong hai ngày tới, kể cả buổi đã huỷ: máy phát phải biết là nó bị huỷ."""
    query = select(Programme).where(
        Programme.station_id == station_id, Programme.ends_at > now - _NEAR, Programme.starts_at <= now + _AHEAD
    )
    items = selectinload(Programme.items)
    script = items.joinedload(Item.revision)
    options = (
        items.joinedload(Item.recording),
        items.joinedload(Item.segment),
        items.joinedload(Item.sound),
        items.joinedload(Item.template),
        items.selectinload(Item.zones),
        script.joinedload(Revision.column),
        script.selectinload(Revision.topics),
        joinedload(Programme.slot).selectinload(Slot.zones),
    )
    return list(session.scalars(query.options(*options).order_by(Programme.starts_at, Programme.id)))


def _mark(programme: Programme) -> tuple[object, ...]:
    """Dấu của mọi điều mà bản phát của một buổi xa phụ thuộc vào."""
    items = tuple(
        (
            item.id,
            item.rank,
            item.state,
            item.planned_ms,
            item.revision_id,
            item.revision.state if item.revision else None,
            item.recording_id,
            item.recording.sha256 if item.recording else None,
            item.text,
            tuple(zone.id for zone in item.zones),
        )
        for item in programme.items
    )
    return programme.state, programme.version, programme.starts_at, programme.ends_at, items


def _rounded(number: int) -> int:
    """Lên nghìn: số này chỉ để số mới luôn lớn hơn, không đáng viết tệp lại sau mỗi dòng."""
    return -(-number // 1000) * 1000


def _settings_mark(session: Session, station_id: int) -> tuple[object, ...]:
    settings = select(func.max(Setting.id)).where(Setting.station_id == station_id).scalar_subquery()
    quiet = select(func.count(QuietException.id)).where(QuietException.station_id == station_id).scalar_subquery()
    return tuple(session.execute(select(settings, quiet)).one())


def _recent(station_id: int, now: datetime) -> Select[int]:
    """Buổi mà máy phát còn có thể cần; buổi chưa có kết thúc thì giữ, dù giờ vừa nhảy tới tháng sau."""
    kept = or_(Programme.ends_at > now - _KEPT, Programme.state.in_(_LIVE))
    return select(Programme.id).where(Programme.station_id == station_id, kept)
