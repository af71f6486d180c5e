"""Bản ghi về buổi và mục thành dòng nhật ký và trạng thái; bảng chuyển trạng thái là bảng mà lúc phát đã hỏi."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event, Reason
from broadcaster.airlog.tables import Airing
from broadcaster.errors import NotFound
from broadcaster.playout.air_state import item_target
from broadcaster.playout.entering import losses
from broadcaster.playout.entering.entry import Entry
from broadcaster.playout.entering.missed import skip_waiting
from broadcaster.playout.enums import RunState
from broadcaster.playout.rules import RUN
from broadcaster.playout.tables import Run
from broadcaster.studio.enums import RecordingSource
from broadcaster.studio.human_voice import fall_back
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import lock
from broadcaster.traffic.repeating import repeat
from broadcaster.traffic.rules import ITEM, PROGRAMME
from broadcaster.traffic.snapshots import title_of
from broadcaster.traffic.tables import Item, Programme

REPEATED = "Phát lại từ đầu: máy phát dừng đột ngột giữa chừng quá lâu."
RETRIED = "Mục chưa kịp vang nên được hẹn lại."
CUT_SHORT = "Máy phát dừng đột ngột giữa chừng."
_ADDED_LATE = "Mục được thêm khi buổi đã khép nên không kịp phát."
_MERGED = {ItemState.AIRED: 0, ItemState.CUT: 1, ItemState.FAILED: 1}
"""Một mục hai máy cùng phát: đủ ở cả hai mới là đủ."""


def enter(entry: Entry, record: Mapping[str, Any]) -> None:
    """Một bản ghi có ``run``. Lỗi nào cũng có thể: người chuyển sổ để riêng nó."""
    _HANDLERS[record["what"]](entry, record)


def _claimed(entry: Entry, record: Mapping[str, Any]) -> None:
    session, programme = entry.session, programme_of(entry.session, entry.station_id, record["programme_id"])
    lock(session, entry.station_id, programme.id, entry.now)
    session.refresh(programme)
    run = Run(
        programme_id=programme.id, player_id=entry.player_id, state=RunState.AIRING, holder=record["run"], claimed_at=entry.at
    )
    session.add(run)
    session.flush()
    if programme.state is not ProgrammeState.AIRING:
        if not PROGRAMME.allows(programme.state, ProgrammeState.AIRING):
            _lost_edit(
                entry, programme, f"Buổi “{programme.slot.name}” đã lên sóng trước khi lệnh đổi của người kịp tới máy phát."
            )
        programme.state, programme.reason = ProgrammeState.AIRING, ""
    entry.append(Event.PROGRAMME_CLAIMED, record["body"], run_id=run.id)


def _armed(entry: Entry, record: Mapping[str, Any]) -> None:
    run, item = _run(entry), _item(entry)
    if record.get("attempt", 1) > 1:
        item = repeat(entry.session, _latest(entry, item), why=REPEATED, now=entry.now)
    _undo_late_drop(entry, item, ItemState.WAITING)
    _move(item, ItemState.ARMED)
    _note_fall_back(entry, item, record["body"]["item"].get("audio_sha256"))
    body = {**record["body"], "item": {**record["body"]["item"], "id": item.id}}
    entry.append(Event.ITEM_ARMED, body, run_id=run.id, item_id=item.id)


def _undo_late_drop(entry: Entry, item: Item, before: ItemState) -> None:
    """Người gỡ mục khi máy phát đã hẹn nó: loa nói sao thì dữ liệu theo vậy, và người ấy được báo."""
    if item.state in (ItemState.DROPPED, ItemState.SKIPPED):
        _lost_edit(entry, item.programme, f"Mục “{title_of(item)}” đã được hẹn phát trước khi bị gỡ.")
        item.state = before


def _started(entry: Entry, record: Mapping[str, Any]) -> None:
    item = _latest(entry, _item(entry))
    _undo_late_drop(entry, item, ItemState.ARMED)
    _move(item, ItemState.ON_AIR)
    run_id = _run(entry).id
    entry.append(Event.ITEM_STARTED, record["body"], run_id=run_id, item_id=item.id)
    mine = select(Airing.planned_at).where(Airing.run_id == run_id, Airing.item_id == item.id)
    planned_at = entry.session.scalars(mine).one()
    started_at = datetime.fromisoformat(record["body"]["started_at"])
    losses.tell_late(entry.session, item.programme, planned_at=planned_at, started_at=started_at, now=entry.now)


def _turn(entry: Entry, record: Mapping[str, Any]) -> None:
    event = Event.ITEM_HELD if record["what"] == "held" else Event.ITEM_RESUMED
    body = {**record["body"], "note": RETRIED} if record["what"] == "retried" else record["body"]
    entry.append(event, body, run_id=_run(entry).id, item_id=_latest(entry, _item(entry)).id)


def _interrupted(entry: Entry, record: Mapping[str, Any]) -> None:
    """Một lượt phát đứt rồi tiếp: hai dòng, như khi nhường khẩn cấp, nhưng nói đúng nguyên nhân."""
    item = _latest(entry, _item(entry))
    losses.tell_crash(entry, item.programme)
    body, run_id, item_id = record["body"], _run(entry).id, item.id
    cut, back = datetime.fromisoformat(body["ended_at"]), datetime.fromisoformat(body["resumed_at"])
    paused_ms = max(0, round((back - cut).total_seconds() * 1000))
    shared = {"outputs": body["outputs"], "reason": Reason.POWER.value, "note": CUT_SHORT}
    held = {"at": body["ended_at"], "heard_ms": body["heard_ms"], **shared}
    entry.append(Event.ITEM_HELD, held, run_id=run_id, item_id=item_id)
    resumed = {"at": body["resumed_at"], "from_ms": body["from_ms"], "paused_ms": paused_ms, **shared}
    entry.append(Event.ITEM_RESUMED, resumed, run_id=run_id, item_id=item_id, at=back)


def _ended(entry: Entry, record: Mapping[str, Any]) -> None:
    item, body = _latest(entry, _item(entry)), record["body"]
    target = item_target(record, started=body["started_at"] is not None)
    assert target is not None
    if item.state in _MERGED:  # máy phát khác đã kết thúc phần của nó
        item.state = max(item.state, target, key=lambda state: _MERGED.get(state, 1))
    elif not _move(item, target):
        item.state = target
    item.reason = body["note"]
    losses.tell_dropped(entry, body, title_of(item))
    if body["note"] == CUT_SHORT:
        losses.tell_crash(entry, item.programme)
    entry.append(Event.ITEM_ENDED, body, run_id=_run(entry).id, item_id=item.id)


def _skipped(entry: Entry, record: Mapping[str, Any]) -> None:
    item, body = _item(entry), record["body"]
    if record.get("attempt", 1) > 1:
        return  # lần đầu đã có kết quả và lý do của nó
    if _move(item, ItemState.SKIPPED):
        item.reason = body["note"]
    if body["reason"] == Reason.NO_RECORDING:
        losses.tell_no_file(entry, item, body["note"])
    entry.append(Event.ITEM_SKIPPED, body, item_id=item.id)
    if body["reason"] == Reason.QUIET:
        told = {"programme": body["programme"], "item_id": item.id, "at": body["item"]["planned_at"]}
        entry.append(Event.QUIET_REFUSED, told, run_id=_run(entry).id, item_id=item.id)


def _closed(entry: Entry, record: Mapping[str, Any]) -> None:
    session, run = entry.session, _run(entry)
    run.state, run.closed_at = RUN.check(run.state, RunState.CLOSED), entry.at
    session.flush()
    programme = programme_of(session, entry.station_id, run.programme_id)
    if not _others(session, run):
        _skip_waiting(entry, programme, record["body"].get("note", ""))
        if programme.state is not ProgrammeState.CANCELLED:  # người đã dừng cả buổi: nó bị huỷ, không phải đã xong
            programme.state = PROGRAMME.check(programme.state, ProgrammeState.CLOSED)
    entry.append(Event.PROGRAMME_CLOSED, record["body"], run_id=run.id)
    if programme.state is ProgrammeState.CLOSED:
        losses.tell(session, programme, now=entry.now)


def _gap(entry: Entry, record: Mapping[str, Any]) -> None:
    entry.append(Event.AIR_GAP, record["body"], run_id=_run(entry).id)


_HANDLERS: dict[str, Callable[[Entry, Mapping[str, Any]], None]] = {
    "claimed": _claimed,
    "armed": _armed,
    "started": _started,
    "held": _turn,
    "resumed": _turn,
    "retried": _turn,
    "interrupted": _interrupted,
    "ended": _ended,
    "skipped": _skipped,
    "closed": _closed,
    "air_gap": _gap,
}


def programme_of(session: Session, station_id: int, programme_id: int) -> Programme:
    """Buổi như nó là lúc này. Lỗi: ``NotFound``."""
    query = select(Programme).where(Programme.id == programme_id, Programme.station_id == station_id)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def _run(entry: Entry) -> Run:
    query = select(Run).where(Run.holder == entry.record["run"], Run.player_id == entry.player_id)
    found = entry.session.scalar(query)
    if found is None:
        raise NotFound("Sổ trực nói tới một lượt giữ buổi mà nhật ký không có.")
    return found


def _item(entry: Entry) -> Item:
    query = select(Item).join(Programme, Programme.id == Item.programme_id)
    query = query.where(Item.id == entry.record["item"], Programme.station_id == entry.station_id)
    found = entry.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("Sổ trực nói tới một mục không còn trong lịch.")
    return found


def _latest(entry: Entry, item: Item) -> Item:
    """Lần phát mới nhất của mục trong chính buổi này."""
    query = select(Item).where(Item.repeat_of_id == item.id, Item.programme_id == item.programme_id)
    again = entry.session.scalar(query.order_by(Item.id.desc()).limit(1))
    return item if again is None else _latest(entry, again)


def _move(item: Item, target: ItemState) -> bool:
    """Sang ``target`` nếu bảng cho; máy khác đã đưa mục đi xa hơn thì thôi."""
    if not ITEM.allows(item.state, target):
        return False
    item.state, item.reason = target, ""
    return True


def _others(session: Session, run: Run) -> bool:
    live = select(Run.id).where(Run.programme_id == run.programme_id, Run.id != run.id)
    return session.scalar(live.where(Run.state.in_([RunState.CLAIMED, RunState.AIRING])).limit(1)) is not None


def _skip_waiting(entry: Entry, programme: Programme, broken: str) -> None:
    """``broken``: vì sao buổi khép dở; rỗng là buổi khép đúng lệ, mục còn chờ là mục thêm vào phút chót."""
    reason, note = (Reason.POWER, broken) if broken else (Reason.LATE, _ADDED_LATE)
    skip_waiting(entry.session, programme, reason, note, now=entry.now)


def _note_fall_back(entry: Entry, item: Item, sha256: str | None) -> None:
    """Tệp giọng người mất nên giọng máy đã đỡ: đổi bản ghi của mục và nêu cảnh báo."""
    lost = item.recording
    if lost is None or lost.source is not RecordingSource.HUMAN or sha256 in (None, lost.sha256):
        return
    made = fall_back(entry.session, entry.station_id, lost.id, now=entry.now)
    if made is not None:
        item.recording_id = made.id


def _lost_edit(entry: Entry, programme: Programme, what: str) -> None:
    message = f"{what} Nhật ký ghi đúng điều loa đã phát. Hãy xem lại buổi này."
    subject = f"late-edit:{programme.id}"
    raise_alert(entry.session, entry.station_id, subject, message, now=entry.now, level=AlertLevel.WARNING)
