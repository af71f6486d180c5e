"""Ổ đĩa: bản thu quá hạn giữ bị bỏ, bản cũ bị bỏ bớt rồi ghi lưu dừng trước mọi thứ khác, sắp hết thì báo trước hơn một ngày."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.accounts import settings
from broadcaster.accounts.audit import open_alerts
from broadcaster.clock import ManualClock
from broadcaster.playout.tables import Player
from broadcaster.service.disk_watch import LEAST_KEPT, DiskWatch, Sample, runs_out_at
from broadcaster.sound.frames import SILENCE, frame_at
from broadcaster.sound.outputs.capture import CaptureWriter, Compressor
from broadcaster.sound.outputs.reserve import RESERVE_BYTES, Reserve, Room
from broadcaster.sound.outputs.segments import new_path, segments, wav_header
from tests.support.scene import Scene

GB = 1_000_000_000
STATION = "phung-chi-kien"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Disk:
    """Một ổ 100 GB; mỗi đoạn ghi lưu bị bỏ thì trống thêm ``per_file`` byte."""

    def __init__(self, folder: Path, free: int, *, per_file: int = 0, total: int = 100 * GB) -> None:
        self.folder, self.free, self.per_file, self.total = folder, free, per_file, total
        self.files = 0

    def __call__(self, _folder: Path) -> tuple[int, int, int]:
        gone = self.files - len(segments(self.folder))
        free = self.free + gone * self.per_file
        return self.total, self.total - free, free


def _captured(folder: Path, now: datetime, *days_ago: int) -> None:
    (folder / "7").mkdir(parents=True, exist_ok=True)
    for days in days_ago:
        new_path(folder, "7", now - timedelta(days=days)).write_bytes(wav_header(0))


def _left(folder: Path, now: datetime) -> list[int]:
    return sorted((now - one.start).days for one in segments(folder))


def _alerts(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return [alert.message for alert in open_alerts(session, scene.station_id) if alert.subject.startswith("disk:")]


@pytest.mark.parametrize(
    ("free", "total", "room"),
    [
        (RESERVE_BYTES - 1, 100 * GB, Room.STOP),
        (RESERVE_BYTES, 100 * GB, Room.THIN),
        (2 * RESERVE_BYTES - 1, 100 * GB, Room.THIN),
        (2 * RESERVE_BYTES, 100 * GB, Room.PLENTY),
        (15_000_000, 160_000_000, Room.STOP),
        (40_000_000, 160_000_000, Room.PLENTY),
        (0, 0, Room.STOP),
    ],
)
def test_the_reserve_is_a_gigabyte_or_a_tenth_of_a_small_disk(tmp_path: Path, free: int, total: int, room: Room) -> None:
    assert Reserve(tmp_path / "chua-co" / "thu-muc", Disk(tmp_path, free, total=total)).room() is room


def test_captures_are_kept_for_the_days_of_the_setting(scene: Scene, clock: ManualClock, tmp_path: Path) -> None:
    now = clock.now()
    _captured(tmp_path, now, 1, 29, 31, 400)
    with scene.database.writing() as session:
        settings.put(session, scene.station_id, settings.CAPTURE_DAYS.name, 30, changed_by="thử", now=now)
    DiskWatch(scene.database, clock, STATION, tmp_path, Reserve(tmp_path, Disk(tmp_path, 50 * GB))).step()
    assert _left(tmp_path, now) == [1, 29]
    assert _alerts(scene) == []


def test_a_tight_disk_loses_its_oldest_captures_first_and_never_the_last_week(
    scene: Scene, clock: ManualClock, tmp_path: Path
) -> None:
    now = clock.now()
    _captured(tmp_path, now, 1, 6, 8, 20, 40, 60)
    disk = Disk(tmp_path, 2 * RESERVE_BYTES - 100, per_file=60)
    disk.files = 6
    watch = DiskWatch(scene.database, clock, STATION, tmp_path, Reserve(tmp_path, disk))
    watch.step()
    assert _left(tmp_path, now) == [1, 6, 8, 20], "vừa đủ chỗ thì thôi"
    disk.free -= RESERVE_BYTES
    watch.step()
    assert _left(tmp_path, now) == [1, 6]
    [told] = _alerts(scene)
    assert f"bỏ bớt bản thu cũ hơn {LEAST_KEPT.days} ngày" in told
    disk.free -= RESERVE_BYTES
    watch.step()
    assert _left(tmp_path, now) == [1, 6]
    [told] = _alerts(scene)
    assert "đài vẫn phát" in told
    disk.free = 50 * GB
    watch.step()
    assert _alerts(scene) == []


def test_what_runs_out_is_told_more_than_a_day_ahead(scene: Scene, clock: ManualClock, tmp_path: Path) -> None:
    disk = Disk(tmp_path, 40 * GB)
    watch = DiskWatch(scene.database, clock, STATION, tmp_path, Reserve(tmp_path, disk))
    told_at: datetime | None = None
    while disk.free > RESERVE_BYTES:
        watch.step()
        if told_at is None and _alerts(scene):
            told_at = clock.now()
        clock.advance(1800)
        disk.free -= GB // 8
    assert told_at is not None
    assert clock.now() - told_at >= timedelta(days=1)


@pytest.mark.parametrize(("free_then", "free_now"), [(10, 10), (10, 11)])
def test_a_disk_that_does_not_shrink_never_runs_out(free_then: int, free_now: int) -> None:
    samples = [Sample(NOW, free_then), Sample(NOW + timedelta(hours=5), free_now)]
    assert runs_out_at(samples, 1) is None


def test_the_trend_is_a_straight_line_to_the_reserve() -> None:
    samples = [Sample(NOW, 30), Sample(NOW + timedelta(hours=10), 20)]
    assert runs_out_at(samples, 5) == NOW + timedelta(hours=25)
    assert runs_out_at([samples[0], Sample(NOW + timedelta(hours=2), 20)], 5) is None, "đo chưa đủ lâu"


def test_a_capture_starts_no_new_segment_in_the_reserve_and_goes_on_when_there_is_room(
    clock: ManualClock, tmp_path: Path
) -> None:
    disk = Disk(tmp_path, RESERVE_BYTES)
    compressor = Compressor(clock)
    writer = CaptureWriter(tmp_path, 7, compressor, Reserve(tmp_path, disk))
    writer.open()
    first = frame_at(NOW)
    writer.write(first, SILENCE)
    disk.free -= 1
    writer.write(first + 1, SILENCE)
    with pytest.raises(OSError, match="dành chỗ"):
        writer.write(first + 3000, SILENCE)
    assert len(segments(tmp_path)) == 1
    disk.free += 1
    writer.write(first + 3000, SILENCE)
    writer.close()
    compressor.close()
    assert len(segments(tmp_path)) == 2


def test_a_clock_that_leaps_months_takes_no_capture(scene: Scene, clock: ManualClock, tmp_path: Path) -> None:
    """Giờ sai nói mọi bản thu đều quá hạn: đợi người xác nhận giờ rồi mới dọn."""
    now = clock.now()
    _captured(tmp_path, now, 1, 29)
    watch = DiskWatch(scene.database, clock, STATION, tmp_path, Reserve(tmp_path, Disk(tmp_path, 50 * GB)))
    clock.step(90 * 86_400)
    watch.step()
    assert _left(tmp_path, now) == [1, 29], "vừa nhảy: máy phát chưa kịp nói gì"
    _set_gate(scene, closed_at=clock.now())
    clock.advance(600)
    watch.step()
    assert _left(tmp_path, now) == [1, 29], "máy phát không tin giờ này"
    _set_gate(scene, closed_at=None)
    watch.step()
    assert _left(tmp_path, now) == []


def _set_gate(scene: Scene, *, closed_at: datetime | None) -> None:
    with scene.database.writing() as session:
        session.get_one(Player, scene.player_id).gate_closed_at = closed_at
