"""Dựng và sửa mạng loa: đường ra, cụm loa, hỏng hóc. Không gì bị xoá: nhật ký cũ còn gọi tên chúng."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.names import readable
from broadcaster.accounts.stations import end_zone
from broadcaster.accounts.tables import Zone
from broadcaster.airlog.enums import Event
from broadcaster.airlog.programmes import FaultSpan
from broadcaster.airlog.writing import append
from broadcaster.database.row_version import unchanged
from broadcaster.errors import Conflict, Invalid, NotFound
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.tables import Cluster, ClusterFault, Output, Player
from broadcaster.traffic import calendar
from broadcaster.traffic.timetable import local_day

MAX_LEAD_MS = 60_000
MAX_GAIN_DB = 12.0


@dataclass(frozen=True)
class OutputForm:
    """Một đường ra như người nhập; ``lead_ms``: mở trước giờ phát chừng này để máy tăng âm kịp lên nguồn."""

    player_id: int
    name: str
    kind: OutputKind
    device: dict[str, Any] = field(default_factory=dict)
    lead_ms: int = 0
    gain_db: float = 0.0
    captured: bool = True


@dataclass(frozen=True)
class ClusterForm:
    """Một cụm loa như người nhập; ``volume_caps``: (giờ bắt đầu, giờ kết thúc, phần trăm)."""

    code: str
    name: str
    zone_id: int
    output_id: int
    technology: str = ""
    former_unit: str = ""
    special_area: bool = False
    volume_caps: Sequence[tuple[int, int, int]] = ()


def players(session: Session, actor: Actor) -> list[Player]:
    """Trạm phát của đài; đài nào cũng có ít nhất một. Lỗi: ``NotAllowed``."""
    actor.require(Action.LISTEN)
    return list(session.scalars(select(Player).where(Player.station_id == actor.station_id).order_by(Player.id)))


def outputs(session: Session, actor: Actor) -> list[Output]:
    """Đường ra đang dùng của đài, kèm trạm phát và cụm loa. Lỗi: ``NotAllowed``."""
    actor.require(Action.LISTEN)
    query = select(Output).where(Output.station_id == actor.station_id, Output.retired_at.is_(None))
    parts = (selectinload(Output.player), selectinload(Output.clusters).selectinload(Cluster.zone))
    return list(session.scalars(query.options(*parts).order_by(Output.name)))


def clusters(session: Session, actor: Actor) -> list[Cluster]:
    """Cụm loa đang dùng của đài, theo mã. Lỗi: ``NotAllowed``."""
    actor.require(Action.LISTEN)
    query = select(Cluster).where(Cluster.station_id == actor.station_id, Cluster.retired_on.is_(None))
    return list(session.scalars(query.options(selectinload(Cluster.zone), selectinload(Cluster.output)).order_by(Cluster.code)))


def open_faults(session: Session, actor: Actor) -> list[tuple[ClusterFault, Cluster]]:
    """Hỏng hóc chưa sửa, mới nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.LISTEN)
    query = select(ClusterFault, Cluster).join(Cluster, Cluster.id == ClusterFault.cluster_id)
    mine = query.where(Cluster.station_id == actor.station_id, ClusterFault.fixed_at.is_(None))
    return [(row[0], row[1]) for row in session.execute(mine.order_by(ClusterFault.reported_at.desc(), ClusterFault.id.desc()))]


def create_output(session: Session, actor: Actor, form: OutputForm, *, now: datetime) -> Output:
    """Thêm một đường ra. Lỗi: ``NotAllowed``, ``NotFound`` khi trạm phát lạ, ``Invalid`` theo từng ô."""
    actor.require(Action.STATION_EDIT)
    row = Output(station_id=actor.station_id)
    session.add(_filled_output(session, actor, row, form))
    _settle(session, {"ten": "Đài đã có đường ra tên này. Hãy đặt tên khác."})
    note(session, actor, "output_created", row.name, now=now, new=_told(row))
    return row


def edit_output(
    session: Session,
    actor: Actor,
    output_id: int,
    form: OutputForm,
    *,
    now: datetime,
    seen: str = "",
    cards: Collection[str] = (),
) -> Output:
    """Sửa một đường ra đang dùng; ``cards``: tên các cạc máy phát đang thấy, ngoài chúng chỉ giữ được cạc đã gắn từ trước.

    Lỗi: như ``create_output``, ``Conflict`` khi đường ra đã bỏ, ``StaleForm``.
    """
    actor.require(Action.STATION_EDIT)
    row = _live_output(session, actor, output_id)
    unchanged(row, seen)
    old = _told(row)
    _filled_output(session, actor, row, form, cards)
    _settle(session, {"ten": "Đài đã có đường ra tên này. Hãy đặt tên khác."})
    note(session, actor, "output_edited", row.name, now=now, old=old, new=_told(row))
    return row


def retire_output(session: Session, actor: Actor, output_id: int, *, now: datetime) -> Output:
    """Thôi dùng một đường ra. Lỗi: ``Conflict`` khi còn cụm loa nối vào: bỏ đi thì cụm ấy câm mà không ai biết."""
    actor.require(Action.STATION_EDIT)
    row = _live_output(session, actor, output_id)
    codes = [cluster.code for cluster in row.clusters if cluster.retired_on is None]
    if codes:
        raise Conflict(f"Đường ra còn nuôi cụm loa {', '.join(codes)}. Hãy chuyển các cụm này sang đường khác trước.")
    row.retired_at = now
    note(session, actor, "output_retired", row.name, now=now)
    return row


def create_cluster(session: Session, actor: Actor, form: ClusterForm, *, now: datetime) -> Cluster:
    """Thêm một cụm loa. Lỗi: ``NotAllowed``, ``NotFound`` khi TDP hay đường ra lạ, ``Invalid`` theo từng ô."""
    actor.require(Action.STATION_EDIT)
    row = Cluster(station_id=actor.station_id)
    session.add(_filled_cluster(session, actor, row, form))
    _settle(session, {"ma": "Đài đã có cụm loa mã này. Hãy đặt mã khác."})
    note(session, actor, "cluster_created", row.code, now=now, name=row.name)
    return row


def edit_cluster(session: Session, actor: Actor, cluster_id: int, form: ClusterForm, *, now: datetime, seen: str = "") -> Cluster:
    """Sửa một cụm loa đang dùng. Lỗi: như ``create_cluster``, ``Conflict`` khi cụm đã bỏ, ``StaleForm``."""
    actor.require(Action.STATION_EDIT)
    row = _live_cluster(session, actor, cluster_id)
    unchanged(row, seen)
    _filled_cluster(session, actor, row, form)
    _settle(session, {"ma": "Đài đã có cụm loa mã này. Hãy đặt mã khác."})
    note(session, actor, "cluster_edited", row.code, now=now, name=row.name)
    return row


def retire_cluster(session: Session, actor: Actor, cluster_id: int, *, now: datetime) -> Cluster:
    """Thôi dùng một cụm loa từ hôm nay (ngày của đài). Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict``."""
    actor.require(Action.STATION_EDIT)
    row = _live_cluster(session, actor, cluster_id)
    row.retired_on = local_day(now, calendar.zone_of(session, actor.station_id))
    note(session, actor, "cluster_retired", row.code, now=now)
    return row


def retire_zone(session: Session, actor: Actor, zone_id: int, *, now: datetime) -> Zone:
    """Thôi dùng một TDP. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi còn cụm loa ở đó."""
    actor.require(Action.STATION_EDIT)
    codes = [cluster.code for cluster in clusters(session, actor) if cluster.zone_id == zone_id]
    if codes:
        raise Conflict(f"TDP này còn cụm loa {', '.join(codes)}. Hãy chuyển hoặc bỏ các cụm ấy trước.")
    return end_zone(session, actor, zone_id, now=now)


def report_fault(session: Session, actor: Actor, cluster_id: int, what: str, *, now: datetime) -> ClusterFault:
    """Ghi một lần hỏng. Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid`` khi chưa nói hỏng gì."""
    actor.require(Action.STATION_EDIT)
    cluster = _live_cluster(session, actor, cluster_id)
    if not readable(what):
        raise Invalid(problems={"hong_gi": "Hãy ghi cụm loa hỏng thế nào."})
    fault = ClusterFault(cluster_id=cluster.id, reported_at=now, reported_by=actor.name, what=what.strip())
    session.add(fault)
    session.flush()
    note(session, actor, "fault_reported", cluster.code, now=now, what=fault.what)
    _log_fault(session, actor, Event.CLUSTER_FAULT, (cluster, fault), now)
    return fault


def fix_fault(session: Session, actor: Actor, fault_id: int, *, now: datetime) -> ClusterFault:
    """Đã sửa xong. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi người khác đã báo sửa xong trước."""
    actor.require(Action.STATION_EDIT)
    query = select(ClusterFault, Cluster).join(Cluster, Cluster.id == ClusterFault.cluster_id)
    row = session.execute(query.where(ClusterFault.id == fault_id, Cluster.station_id == actor.station_id)).first()
    if row is None:
        raise NotFound
    fixing = update(ClusterFault).where(ClusterFault.id == fault_id, ClusterFault.fixed_at.is_(None))
    result = session.execute(fixing.values(fixed_at=now, fixed_by=actor.name))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise Conflict("Hỏng hóc này đã được báo sửa xong. Hãy tải lại trang.")
    fault, cluster = row[0], row[1]
    assert isinstance(fault, ClusterFault)
    note(session, actor, "fault_fixed", cluster.code, now=now, what=fault.what)
    _log_fault(session, actor, Event.CLUSTER_FIXED, (cluster, fault), now)
    return fault


def fault_spans(session: Session, actor: Actor) -> dict[int, list[FaultSpan]]:
    """Mã cụm loa → các lần hỏng của nó: nhật ký không kể cụm đang hỏng là đã nhận mà không nói. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(ClusterFault).join(Cluster, Cluster.id == ClusterFault.cluster_id)
    found: dict[int, list[FaultSpan]] = {}
    for one in session.scalars(query.where(Cluster.station_id == actor.station_id).order_by(ClusterFault.id)):
        span = FaultSpan(one.cluster_id, one.reported_at, one.fixed_at, one.what)
        found.setdefault(one.cluster_id, []).append(span)
    return found


def captured_outputs(session: Session, actor: Actor) -> list[Output]:
    """Mọi đường ra của đài, kể cả đã thôi: bản thu của nó còn nghe được. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    return list(session.scalars(select(Output).where(Output.station_id == actor.station_id).order_by(Output.id)))


def _log_fault(session: Session, actor: Actor, event: Event, told: tuple[Cluster, ClusterFault], now: datetime) -> None:
    """Hỏng và sửa vào nhật ký: con số “đã gửi” tựa vào chúng, nên cùng một dòng cuối thì phải cùng một con số."""
    cluster, fault = told
    body = {
        "fault_id": fault.id,
        "cluster_id": cluster.id,
        "code": cluster.code,
        "name": cluster.name,
        "what": fault.what,
        "by": actor.name,
        "by_id": actor.user_id,
    }
    append(session, actor.station_id, event, body, happened_at=now, now=now)


def _filled_output(session: Session, actor: Actor, row: Output, form: OutputForm, cards: Collection[str] = ()) -> Output:
    problems: dict[str, str] = {}
    if form.device.get("name", "") not in ("", (row.device or {}).get("name"), *cards):
        problems["cac"] = "Máy phát không thấy cạc này. Hãy cắm cạc vào máy phát, tải lại trang, rồi chọn nó trong danh sách."
    if not form.name.strip():
        problems["ten"] = "Hãy đặt tên cho đường ra."
    if not 0 <= form.lead_ms <= MAX_LEAD_MS:
        problems["mo_truoc"] = "Thời gian mở trước phải từ 0 đến 60 giây."
    if abs(form.gain_db) > MAX_GAIN_DB:
        problems["khuech_dai"] = "Mức khuếch đại phải từ -12 đến 12 dB."
    if problems:
        raise Invalid(problems=problems)
    row.player_id = owned(session, Player, form.player_id, actor).id
    row.name, row.kind = form.name.strip(), form.kind
    row.device = {name: form.device[name] for name in _DEVICE if name in form.device}
    row.lead_ms, row.gain_db, row.captured = form.lead_ms, form.gain_db, form.captured
    return row


_DEVICE = ("name", "amplifier_on", "amplifier_off")
"""Cạc âm thanh, và tên máy tăng âm trong config.toml; không chỗ nào ở đây giữ một lệnh."""


def _told(row: Output) -> dict[str, Any]:
    """Đường ra cho sổ kiểm tra."""
    return {"name": row.name, "kind": row.kind.value, "device": dict(row.device), "lead_ms": row.lead_ms, "gain_db": row.gain_db}


def _filled_cluster(session: Session, actor: Actor, row: Cluster, form: ClusterForm) -> Cluster:
    problems: dict[str, str] = {}
    if not form.code.strip():
        problems["ma"] = "Hãy đặt mã cho cụm loa."
    if not form.name.strip():
        problems["ten"] = "Hãy ghi tên hoặc vị trí của cụm loa."
    if not all(0 <= start < end <= 24 and 0 <= percent <= 100 for start, end, percent in form.volume_caps):
        problems["tran_am_luong"] = "Mỗi trần âm lượng cần giờ bắt đầu trước giờ kết thúc (0-24) và phần trăm từ 0 đến 100."
    if problems:
        raise Invalid(problems=problems)
    row.zone_id = owned(session, Zone, form.zone_id, actor).id
    row.output_id = _live_output(session, actor, form.output_id).id
    row.code, row.name, row.technology = form.code.strip(), form.name.strip(), form.technology.strip()
    row.former_unit, row.special_area = form.former_unit.strip(), form.special_area
    row.volume_caps = [list(cap) for cap in form.volume_caps]
    return row


def _live_output(session: Session, actor: Actor, output_id: int) -> Output:
    row = owned(session, Output, output_id, actor, lock=True)
    if row.retired_at is not None:
        raise Conflict("Đường ra này đã thôi dùng. Hãy chọn đường khác hoặc thêm đường mới.")
    return row


def _live_cluster(session: Session, actor: Actor, cluster_id: int) -> Cluster:
    row = owned(session, Cluster, cluster_id, actor, lock=True)
    if row.retired_on is not None:
        raise Conflict("Cụm loa này đã thôi dùng. Hãy tải lại trang.")
    return row


def _settle(session: Session, problems: dict[str, str]) -> None:
    """Hai người cùng đặt một tên: ràng buộc duy nhất quyết."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid(problems=problems) from error
