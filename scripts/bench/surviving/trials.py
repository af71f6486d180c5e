"""Các phép đo trên đài thật: giết tiến trình phát, khoá cơ sở dữ liệu, đầy đĩa, kiểm chuỗi khi đang phát."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from broadcaster.airlog.verifying import verify
from scripts.bench.airlog_seed import FAR, seed
from tests.end_to_end.heard_judging import judge
from tests.end_to_end.heard_station import Station, guarded, laid, lay_programme, silences, station

_EDGE_S = 0.1
"""Nốt cuối kết thúc sớm chừng một khung thì không phải im lặng."""


def kills(folder: Path, *, count: int, every_s: float) -> dict[str, Any]:
    """SIGKILL tiến trình phát ``count`` lần giữa buổi; im lặng là quãng dài nhất loa không có tiếng trước lần giết kế tiếp."""
    with station(folder, seconds=count * every_s + 8) as place:
        place.wait(place.sounding, 30)
        moments = []
        for _ in range(count):
            time.sleep(every_s)
            place.wait(place.sounding, 20)
            moments.append(time.time())
            os.kill(place.pid(), signal.SIGKILL)
        closed = place.finish()
        ends = [*moments[1:], moments[-1] + every_s]
        quiet = [_longest(place, begins, ends_at) for begins, ends_at in zip(moments, ends, strict=True)]
        return {
            "kill_silence_ms_p95": round(float(np.percentile(quiet, 95))),
            "kill_silence_ms_max": round(max(quiet)),
            "kill_silence_ms_median": round(median(quiet)),
            "kill_silences_ms": [round(one) for one in quiet],
            "kills": count,
            "closed": closed,
            **judge(place),
        }


def _longest(place: Station, first: float, last: float) -> float:
    return max((end - begin for begin, end in silences(place.heard(), first, last)), default=0.0) * 1000


def _silent_ms(place: Station) -> int:
    """Im lặng trong lúc các nốt phải liền nhau, kể từ lúc loa ra tiếng đầu tiên; trễ lúc bắt đầu thì kể riêng."""
    heard = place.heard()
    before = silences(heard, place.starts, place.starts + place.whole_s)[:1]
    first = before[0][1] if before and before[0][0] == place.starts else place.starts
    return round(sum(end - begin for begin, end in silences(heard, first, first + place.whole_s - _EDGE_S)) * 1000)


def _start_error(place: Station) -> int | None:
    heard = place.heard()
    loud = heard["at"][heard["loud"] > 0]
    return round((float(loud[0]) - place.starts) * 1000) if len(loud) else None


def locked(folder: Path, *, seconds: float) -> dict[str, Any]:
    """Một phần mềm khác giữ khoá ghi từ trước lúc bắt đầu tới hết buổi; khoá nhả thì đủ dòng."""
    with station(folder, seconds=seconds, lead_s=5.0) as place:
        time.sleep(max(0.0, place.starts - 2.5 - time.time()))
        with closing(sqlite3.connect(str(place.database.url.database), isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(max(0.0, place.starts + seconds + 1 - time.time()))
            other.execute("ROLLBACK")
        complete = place.finish()
        judged = judge(place)
        return {
            "locked_s": seconds,
            "locked_extra_silence_ms": _silent_ms(place),
            "locked_start_error_ms": _start_error(place),
            "locked_lines_complete": complete and not any(judged[name] for name in ("doubles", "unlogged", "without_end")),
            "locked_heard_error_ms_p95": judged["heard_error_ms_p95"],
        }


def disk_full(folder: Path, *, seconds: float) -> dict[str, Any]:
    """Ổ đĩa của đài đầy tới byte cuối từ trước buổi tới hết buổi; tai nghe ghi ở ổ khác."""
    disk = folder / "o-dia"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(disk)], capture_output=True).returncode:
        return {"disk_full_extra_silence_ms": None}
    try:
        (folder / "tai").mkdir()
        (disk / "tai").symlink_to(folder / "tai")
        with station(disk, seconds=seconds, lead_s=5.0) as place:
            time.sleep(max(0.0, place.starts - 2.0 - time.time()))
            left = _fill(disk)
            time.sleep(max(0.0, place.starts + seconds + 1 - time.time()))
            (disk / "day.bin").unlink()
            complete = place.finish()
            judged = judge(place)
            return {
                "disk_full_s": seconds,
                "disk_full_free_bytes": left,
                "disk_full_extra_silence_ms": _silent_ms(place),
                "disk_full_start_error_ms": _start_error(place),
                "disk_full_lines_complete": complete and not any(judged[name] for name in ("doubles", "unlogged", "without_end")),
            }
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True)


def _fill(disk: Path) -> int:
    """Lấp hết ổ; trả về số byte còn."""
    with (disk / "day.bin").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return shutil.disk_usage(disk).free


def verifying(folder: Path, *, lines: int, seconds: float) -> dict[str, Any]:
    """``verify`` một nhật ký ``lines`` dòng ở cùng cơ sở dữ liệu với buổi đang phát: tốc độ, và khung nào cạc đã cạn mới tới."""
    laying = laid(folder, before=lambda database: seed(database, lines // 32 * 10, base=FAR))
    with laying as empty, guarded(empty, "playout", "playout", "traffic"):
        place = lay_programme(empty, seconds=seconds, item_s=5.0, lead_s=4.0)
        place.wait(place.sounding, 30)
        time.sleep(0.5)
        began, cpu = time.time(), time.process_time()
        told = verify(place.database, 1)
        took, cpu = time.time() - began, time.process_time() - cpu
        time.sleep(0.5)
        last = min(began + took, place.starts + place.whole_s - _EDGE_S)
        return {
            "verify_late_frames": len(silences(place.heard(), began, last)),
            "verify_lines": lines,
            "verify_s": round(took, 1),
            "verify_lines_per_s": round(lines / took),
            "verify_lines_per_cpu_s": round(lines / cpu),
            "verify_watched_s": round(last - began, 1),
            "verify_faults": len(told.faults),
        }
