"""Việc của đạo diễn trong cơ sở dữ liệu: giành buổi, mục kế tiếp, dòng nhật ký và trạng thái đi cùng nhau.

Mỗi hàm chạy trong giao dịch của người gọi, chỉ chạm dòng, không chạm tiếng.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.tables import ChainHead
from broadcaster.airlog.writing import append
from broadcaster.playout import routing
from broadcaster.playout.enums import OutputKind, RunState
from broadcaster.playout.filler import bed_for
from broadcaster.playout.on_air import Sounding, ended_body
from broadcaster.playout.paths import Paths, mine_of
from broadcaster.playout.preflight import Refusal
from broadcaster.playout.rules import CLAIM_AHEAD, LEASE, SLACK, claim_from, overruns
from broadcaster.playout.tables import Output, Player, Run
from broadcaster.sound.channel import Held, Resumed
from broadcaster.sound.frames import FRAME_MS
from broadcaster.studio.human_voice import fall_back
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import lock, log_skipped, mode_of
from broadcaster.traffic.snapshots import Line, line_body, lineup, programme_body, title_of
from broadcaster.traffic.tables import Item, Programme

OPERATOR = "tự động"
MAX_LEAD = timedelta(seconds=60)


@dataclass(frozen=True)
class Place:
    """Một mục trong một lượt giữ buổi của một đài: nơi dòng nhật ký thuộc về."""

    station_id: int
    run_id: int
    item_id: int


def due(session: Session, station_id: int, player_id: int, now: datetime) -> list[int]:
    """Buổi tới lúc phải giữ, theo giờ phát; chỉ đọc. Buổi chưa kịp chốt cũng tính: giờ phát tới rồi thì chốt luôn."""
    query = select(Programme.id, Programme.starts_at).where(
        Programme.station_id == station_id,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED]),
        Programme.starts_at <= now + CLAIM_AHEAD + MAX_LEAD,
        Programme.ends_at > now,
    )
    found = session.execute(query.order_by(Programme.starts_at, Programme.id)).all()
    lead_ms = max((one.lead_ms for one in routing.outputs_of(session, station_id, player_id)), default=0) if found else 0
    return [row.id for row in found if claim_from(row.starts_at, lead_ms) <= now]


def take(session: Session, station_id: int, programme_id: int, *, now: datetime) -> Programme | None:
    """Giành buổi: chỉ người đổi được trạng thái từ đã chốt sang đang phát mới được phát."""
    lock(session, station_id, programme_id, now)
    result = session.execute(
        update(Programme)
        .where(Programme.id == programme_id, Programme.station_id == station_id, Programme.state == ProgrammeState.LOCKED)
        .values(state=ProgrammeState.AIRING)
    )
    assert isinstance(result, CursorResult)
    return programme_of(session, station_id, programme_id) if result.rowcount == 1 else None


def open_run(session: Session, programme: Programme, player_id: int, holder: str, outputs: list[Output], *, now: datetime) -> Run:
    """Ghi quyền giữ có hạn và dòng nhận buổi; chỉ mục duy nhất từ chối lượt giữ thứ hai."""
    run = Run(
        programme_id=programme.id,
        player_id=player_id,
        state=RunState.AIRING,
        holder=holder,
        claimed_at=now,
        lease_until=now + LEASE,
        heartbeat_at=now,
        heard={},
    )
    session.add(run)
    session.flush()
    body = {
        "programme": programme_body(session, programme),
        "mode": mode_of(programme).value,
        "operator": OPERATOR,
        "holder": holder,
        "outputs": [output.name for output in outputs],
    }
    append(session, programme.station_id, Event.PROGRAMME_CLAIMED, body, happened_at=now, now=now, run_id=run.id)
    return run


def outputs_for(session: Session, programme: Programme, player_id: int) -> list[Output]:
    """Đường ra tới các vùng của buổi; diễn tập chỉ nghe trong trình duyệt, không bao giờ mở loa."""
    found = routing.outputs_of(session, programme.station_id, player_id)
    if programme.rehearsal:
        found = [output for output in found if output.kind is OutputKind.MONITOR]
    return routing.feeding(found, [zone.id for zone in programme.slot.zones])


def next_line(session: Session, station_id: int, programme_id: int, at: datetime) -> tuple[Programme, Line | None]:
    """Mục chờ đứng đầu nếu nó vang lúc ``at``, với vị trí trong cả buổi; phần giờ còn lại quyết nó còn chỗ không."""
    programme = programme_of(session, station_id, programme_id)
    waiting = [item for item in programme.items if item.state is ItemState.WAITING]
    budget = programme.ends_at + SLACK - at
    lines = lineup(waiting, at, max(0, budget // timedelta(milliseconds=1)))
    if not lines:
        return programme, None
    first = lines[0]
    order = [item.id for item in programme.items if item.state is not ItemState.DROPPED]
    fits = first.fits and not overruns(at, first.planned_ms, programme.ends_at)
    reason = first.reason or f"Không còn đủ thời lượng: mục dài {first.planned_ms // 1000} giây."
    return programme, Line(first.item, order.index(first.item.id) + 1, at, first.planned_ms, fits, "" if fits else reason)


def arm(
    session: Session, programme: Programme, line: Line, paths: Paths, planned_ms: int, *, run_id: int, now: datetime
) -> Sounding | None:
    """Dòng ``item_armed`` và trạng thái mục, trước khi loa mở; ``None`` khi mục vừa bị người khác đổi."""
    if not move_item(session, line.item.id, ItemState.WAITING, ItemState.ARMED):
        return None
    mine = mine_of(paths.free, line.item)
    bed = bed_for(session, programme.station_id, [one for one in paths.free if one not in mine], planned_ms)
    targets = [] if programme.rehearsal else _targets(programme, line.item, paths)
    at = line.planned_at
    body: dict[str, object] = {
        "programme": programme_body(session, programme),
        "item": {**line_body(session, line), "planned_ms": planned_ms},
        "mode": mode_of(programme).value,
        "operator": OPERATOR,
        "sounds_at": at.isoformat(),
        "deliveries": targets,
    }
    if bed is not None:
        body["filler"] = bed.body()
    _append(session, Place(programme.station_id, run_id, line.item.id), Event.ITEM_ARMED, body, at=at, now=now)
    return Sounding(title_of(line.item), at, planned_ms, targets, {output.id: output.name for output in mine}, bed=bed)


def _targets(programme: Programme, item: Item, paths: Paths) -> list[DeliveryBody]:
    zone_ids = {zone.id for zone in item.zones or programme.slot.zones}
    lost = routing.given_way(routing.deliveries(mine_of(paths.taken, item), zone_ids))
    return routing.deliveries(mine_of(paths.free, item), zone_ids) + lost


def skip(session: Session, programme: Programme, line: Line, refused: Refusal, *, run_id: int, now: datetime) -> None:
    """Mục sẽ không vang, và vì sao; chặn vì giờ yên tĩnh có thêm dòng riêng."""
    if not move_item(session, line.item.id, ItemState.WAITING, ItemState.SKIPPED, reason=refused.note):
        return
    log_skipped(session, programme, line, refused.reason, refused.note, now=now)
    if refused.reason is Reason.QUIET:
        body = {"programme": programme_body(session, programme), "item_id": line.item.id, "at": line.planned_at.isoformat()}
        _append(session, Place(programme.station_id, run_id, line.item.id), Event.QUIET_REFUSED, body, at=now, now=now)


def use_made_voice(session: Session, station_id: int, item_id: int, *, now: datetime) -> bool:
    """Tệp giọng người của mục chờ đã mất: đổi sang giọng máy cùng cách đọc; trả về có đổi được không."""
    query = select(Item).join(Programme, Programme.id == Item.programme_id)
    item = session.scalar(query.where(Item.id == item_id, Item.state == ItemState.WAITING, Programme.station_id == station_id))
    if item is None or item.recording_id is None:
        return False
    made = fall_back(session, station_id, item.recording_id, now=now)
    if made is None:
        return False
    item.recording_id, item.planned_ms = made.id, made.duration_ms or item.planned_ms
    return True


def log_started(session: Session, where: Place, started_at: datetime, *, now: datetime) -> None:
    """Khung đầu tiên thật sự đã ra."""
    move_item(session, where.item_id, ItemState.ARMED, ItemState.ON_AIR)
    _append(session, where, Event.ITEM_STARTED, {"started_at": started_at.isoformat()}, at=started_at, now=now)


def log_turn(session: Session, where: Place, turn: Held | Resumed, outputs: list[str], *, now: datetime) -> None:
    """Mục nhường khẩn cấp hoặc vang tiếp, trên những đường ra nào."""
    body: dict[str, object] = {"at": turn.wall.isoformat(), "outputs": outputs}
    body |= {"heard_ms": turn.heard_ms} if isinstance(turn, Held) else {"paused_ms": turn.paused_frames * FRAME_MS}
    event = Event.ITEM_HELD if isinstance(turn, Held) else Event.ITEM_RESUMED
    _append(session, where, event, body, at=turn.wall, now=now)


def log_ended(session: Session, where: Place, one: Sounding, *, now: datetime) -> None:
    """Điều đo được khi mục hết. Lỗi: ``Conflict`` khi mục đã có kết thúc."""
    ended_at = one.ended_at or now
    body, result = ended_body(one, ended_at)
    state = ItemState.AIRED if result is Result.FULL else ItemState.CUT if one.started_at else ItemState.FAILED
    session.execute(update(Item).where(Item.id == where.item_id).values(state=state, reason=one.note))
    _append(session, where, Event.ITEM_ENDED, body, at=ended_at, now=now)


def close(session: Session, station_id: int, programme_id: int, run_id: int, holder: str, *, now: datetime) -> bool:
    """Kết thúc buổi; ``False`` khi quyền giữ đã mất."""
    ended = update(Run).where(Run.id == run_id, Run.holder == holder, Run.state == RunState.AIRING)
    result = session.execute(ended.values(state=RunState.CLOSED, closed_at=now))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        return False
    programme = programme_of(session, station_id, programme_id)
    programme.state = ProgrammeState.CLOSED
    body = {"programme": programme_body(session, programme), "holder": holder}
    append(session, station_id, Event.PROGRAMME_CLOSED, body, happened_at=now, now=now, run_id=run_id)
    return True


def beat(session: Session, run_id: int, holder: str, heard: Mapping[str, int], *, now: datetime) -> bool:
    """Nhịp: còn giữ thì gia hạn; ``False`` là quyền giữ đã về tay khác và phải dừng ngay."""
    values = {"heartbeat_at": now, "lease_until": now + LEASE, "heard": dict(heard)}
    mine = update(Run).where(Run.id == run_id, Run.holder == holder, Run.state == RunState.AIRING)
    result = session.execute(mine.values(**values))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def seen(session: Session, station_id: int, player_id: int, *, now: datetime) -> None:
    """Dấu hiệu sống của trạm phát."""
    session.execute(update(Player).where(Player.id == player_id, Player.station_id == station_id).values(seen_at=now))


def newest_line(session: Session, station_id: int) -> datetime | None:
    """Giờ của dòng nhật ký mới nhất."""
    return session.scalar(select(ChainHead.recorded_at).where(ChainHead.station_id == station_id))


def programme_of(session: Session, station_id: int, programme_id: int) -> Programme:
    """Buổi và các mục như chúng là lúc này."""
    query = select(Programme).where(Programme.id == programme_id, Programme.station_id == station_id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def move_item(session: Session, item_id: int, old: ItemState, new: ItemState, *, reason: str = "") -> bool:
    """Đổi trạng thái mục nếu nó đúng còn ở ``old``."""
    change = update(Item).where(Item.id == item_id, Item.state == old).values(state=new, reason=reason)
    result = session.execute(change)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _append(session: Session, where: Place, event: Event, body: Mapping[str, object], *, at: datetime, now: datetime) -> None:
    append(session, where.station_id, event, body, happened_at=at, now=now, run_id=where.run_id, item_id=where.item_id)
