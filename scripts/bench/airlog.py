"""Nhật ký lớn: trang, tệp, F3, ghi thêm: ``python scripts/bench/airlog.py [--airings 1000000] [--postgres] [--quick] [--json]``.

Dựng hai nhật ký thật (nhỏ, lớn) bằng ``airlog_seed``, đo trên cả hai; ``growth`` là giá một dòng ở nhật ký lớn trên nhật ký nhỏ.
``--keep THƯ-MỤC``: giữ nhật ký đã dựng để lần sau khỏi dựng lại. Cạnh nhau với pandas và openpyxl khi có cài.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from airlog_seed import ACTOR, WORDS, seed, span  # noqa: E402
from sqlalchemy import select  # noqa: E402

from broadcaster.accounts.tables import Station  # noqa: E402
from broadcaster.airlog.enums import Event, Mode, Reason, Result  # noqa: E402
from broadcaster.airlog.programmes import programmes_of  # noqa: E402
from broadcaster.airlog.queries import Period, airing_of, entries_of  # noqa: E402
from broadcaster.airlog.searching import AiringFilter, choices, first_programmes, matched  # noqa: E402
from broadcaster.airlog.tables import Airing, ChainHead  # noqa: E402
from broadcaster.airlog.verifying import verify  # noqa: E402
from broadcaster.airlog.verifying.lanes import shares  # noqa: E402
from broadcaster.airlog.writing import append  # noqa: E402
from broadcaster.database import Database  # noqa: E402
from broadcaster.database.schema import upgrade  # noqa: E402
from broadcaster.newsroom.tables import Plan, PlanTopic  # noqa: E402
from broadcaster.playout.network_admin import fault_spans  # noqa: E402
from broadcaster.reports.forms.reform import reform_result  # noqa: E402
from broadcaster.reports.log_files import write_log  # noqa: E402
from broadcaster.reports.periods import PeriodKind, reform_period  # noqa: E402
from broadcaster.service.logs import configure_command  # noqa: E402
from tests.airlog.bodies import armed, ended  # noqa: E402
from tests.support import tampering  # noqa: E402

PAGE, PROGRAMMES = 100, 10


def filters(period: Period) -> dict[str, AiringFilter]:
    """Các bộ lọc của trang: thường, hiếm, không có, và những cặp hầu như không gặp nhau."""
    whole = AiringFilter(period)
    day = Period(period.last, period.last)
    return {
        "không lọc": whole,
        "một ngày": AiringFilter(day),
        "chữ có dấu": replace(whole, text="phòng cháy"),
        "chữ không dấu": replace(whole, text="cai cach thu tuc"),
        "chữ hiếm": replace(whole, text=f"{WORDS[0]} số 7"),
        "chữ không có": replace(whole, text="không hề có chữ này zz"),
        "người": replace(whole, person="nguyen thi lan"),
        "người có dấu": replace(whole, person="Phạm Văn Bình"),
        "TDP": replace(whole, zone="TDP4"),
        "cụm loa": replace(whole, cluster="CL08"),
        "chuyên mục": replace(whole, column="Cải cách hành chính"),
        "nội dung": replace(whole, topic="C7"),
        "phát thiếu": replace(whole, result=Result.PARTIAL),
        "phát đủ": replace(whole, result=Result.FULL),
        "lý do hiếm": replace(whole, reason=Reason.DEVICE),
        "thủ công": replace(whole, mode=Mode.MANUAL),
        "không gặp nhau": replace(whole, text="nhạc hiệu", column="Tin địa phương"),
        "hiếm và thường": replace(whole, result=Result.PARTIAL, topic="C3", cluster="CL03"),
        "mọi điều": replace(
            whole, result=Result.FULL, topic="C3", zone="TDP2", person="lan", text="moi", column="Tin địa phương"
        ),
    }


def page(database: Database, wanted: AiringFilter) -> int:
    """Đúng những gì trang Nhật ký đọc: lượt, cả buổi của chúng, hỏng hóc, danh sách để chọn."""
    with database.reading() as session:
        found, _ = first_programmes(*matched(session, ACTOR, wanted, limit=PAGE), PROGRAMMES)
        programmes_of(session, ACTOR, found, fault_spans(session, ACTOR))
        choices(session, ACTOR)
    return len(found)


def timed(work: Callable[[], object], runs: int) -> list[float]:
    """Mili giây của từng lần."""
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        found.append(1000 * (time.perf_counter() - began))
    return found


def p(values: list[float], share: float) -> float:
    """Phân vị."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(url: str, airings_count: int, *, runs: int) -> dict[str, Any]:
    """Mọi phép đo trên một nhật ký; tệp xuất đo ở tiến trình riêng để biết đỉnh bộ nhớ."""
    database = Database(url)
    gc.collect()
    gc.freeze()  # như tiến trình của trang: dọn rác không quét lại thứ sống mãi
    period = Period(*span(airings_count))
    pages: dict[str, float] = {}
    for name, wanted in filters(period).items():
        page(database, wanted)
        pages[name] = p(timed(lambda wanted=wanted: page(database, wanted), runs), 0.95)  # type: ignore[misc]
    with database.reading() as session:
        some = list(session.scalars(select(Airing.id).where(Airing.id % max(1, airings_count // 20) == 1).limit(20)))
    one_page = [timed(lambda key=key: _one(database, key), 1)[0] for key in some for _ in range(2)]  # type: ignore[misc]
    year = reform_period(PeriodKind.YEAR, period.first.year + (1 if period.last.year > period.first.year else 0))
    _planned(database, year.span.last.year)
    f3 = timed(lambda: _f3(database, year), max(1, runs // 3))
    _append(database, 2)  # như phòng phát sóng đã chạy: câu lệnh đã soạn, và WAL được dồn mỗi phút từ lúc vắng việc
    database.checkpoint()
    appended = _append(database, 20 * runs)
    told = {
        "page_ms_p95": round(max(pages.values()), 1),
        "page_ms": {name: round(value, 1) for name, value in pages.items()},
        "airing_page_ms_p95": round(p(one_page, 0.95), 1),
        "f3_s": round(statistics.median(f3) / 1000, 2),
        "append_ms_p99": round(p(appended, 0.99), 2),
        "append_ms": round(statistics.median(appended), 2),
        "fsync_ms_p99": round(p(_fsyncs(20 * runs), 0.99), 2),
    }
    database.close()
    for kind in ("csv", "xlsx"):
        told |= export_in_process(url, airings_count, kind)
    return told


def _one(database: Database, airing_id: int) -> None:
    with database.reading() as session:
        airing = airing_of(session, ACTOR, airing_id)
        entries_of(session, ACTOR, airing)
        programmes_of(session, ACTOR, [airing], fault_spans(session, ACTOR))


def _planned(database: Database, year: int) -> None:
    """Kế hoạch của năm được đo, chín nội dung như nhật ký mẫu đánh dấu."""
    with database.writing() as session:
        if session.scalar(select(Plan.id).where(Plan.year == year)) is None:
            plan = Plan(station_id=1, number="01/KH-UBND", issued_on=date(year, 1, 5), year=year, title="Kế hoạch CCHC")
            session.add(plan)
            session.flush()
            topics = (f"C{number}" for number in range(1, 10))
            session.add_all(PlanTopic(station_id=1, plan_id=plan.id, code=code, title=code, target=100) for code in topics)


def _f3(database: Database, period: Any) -> None:
    with database.reading() as session:
        reform_result(session, ACTOR, period)


def _append(database: Database, count: int) -> list[float]:
    """Nối ``count`` lượt (chuẩn bị và kết thúc), mỗi dòng một giao dịch, như lúc phát."""
    found = []
    with database.reading() as session:
        head = session.get(ChainHead, 1)
        assert head is not None
        assert head.recorded_at is not None
        at = max(head.recorded_at, datetime(2036, 1, 1, tzinfo=UTC)) + timedelta(minutes=1)
        base = 10_000_000 + head.seq
    for number in range(count):
        now = at + timedelta(seconds=number)
        told: Any = armed(base + number, now)
        told["item"] |= {"script_id": base + number, "title": f"Bản tin mới {number}"}
        for event, body in ((Event.ITEM_ARMED, told), (Event.ITEM_ENDED, ended(now))):
            began = time.perf_counter()
            with database.writing() as session:
                append(session, 1, event, body, happened_at=now, now=now, run_id=base, item_id=base + number)
            found.append(1000 * (time.perf_counter() - began))
    return found


def _fsyncs(count: int) -> list[float]:
    """Mili giây để đĩa này giữ bền 4 KB: phần của ``append`` mà không phần mềm nào bớt được."""
    with tempfile.TemporaryFile() as file:
        return timed(lambda: (file.write(bytes(4096)), file.flush(), os.fsync(file.fileno())), count)


def export_in_process(url: str, count: int, kind: str) -> dict[str, Any]:
    """Dòng mỗi giây và đỉnh bộ nhớ trên lúc rỗi của một tệp xuất cả nhật ký."""
    command = [sys.executable, __file__, "--export", url, "--airings", str(count), "--kind", kind]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return {f"{kind}_lines_per_s": told["per_s"], f"{kind}_lines_per_cpu_s": told["per_cpu_s"], f"{kind}_peak": told["above_mb"]}


def export(url: str, count: int, kind: str) -> dict[str, Any]:
    """Xuất trong tiến trình này."""
    database = Database(url)
    first, last = span(count)
    with tempfile.TemporaryDirectory(prefix="do-xuat-") as folder, database.reading() as session:
        small = AiringFilter(Period(first, first))
        write_log(session, ACTOR, small, Path(folder) / f"nho.{kind}", kind=kind)
        rest = peak_kb()
        wall, cpu = time.perf_counter(), time.process_time()
        stand = write_log(session, ACTOR, AiringFilter(Period(first, last)), Path(folder) / f"to.{kind}", kind=kind)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = peak_kb()
    return {"per_s": round(stand.rows / wall), "per_cpu_s": round(stand.rows / cpu), "above_mb": round((peak - rest) / 1024, 1)}


def beside(url: str, count: int) -> dict[str, Any]:
    """Cách thường làm: pandas đọc bảng lượt phát rồi ghi CSV, và XLSX bằng openpyxl; đo trên chừng 5.000 lượt."""
    try:
        import openpyxl  # noqa: F401  pandas gọi nó
        import pandas as pd
    except ImportError:
        return {"pandas": "chưa cài: pip install -e .[bench]"}
    first, _ = span(count)
    until = first + timedelta(days=12)
    found: dict[str, Any] = {}
    database = Database(url)
    query = select(Airing.__table__).where(Airing.station_id == 1, Airing.local_day.between(first, until))
    with tempfile.TemporaryDirectory(prefix="do-pandas-") as folder:
        for kind in ("csv", "xlsx"):
            began = time.perf_counter()
            with database.engine.connect() as connection:
                frame = pd.read_sql(query, connection)
            for name in ("planned_at", "started_at", "ended_at"):
                frame[name] = frame[name].dt.tz_localize(None)
            if kind == "csv":
                frame.to_csv(Path(folder) / "a.csv", index=False)
            else:
                frame.to_excel(Path(folder) / "a.xlsx", index=False, engine="openpyxl")
            found[f"pandas_{kind}_lines_per_s"] = round(len(frame) / (time.perf_counter() - began))
    database.close()
    return found


@contextlib.contextmanager
def postgres() -> Iterator[Callable[[str], str]]:
    """Tên → địa chỉ một cơ sở dữ liệu PostgreSQL mới."""
    from tests.support.postgres import end_run, fresh_database, new_run

    new_run()
    with contextlib.ExitStack() as stack:
        yield lambda name: stack.enter_context(fresh_database(name, lambda _: None))
    end_run()


def size(database: Database, url: str) -> int:
    """Byte trên đĩa."""
    if database.is_sqlite:
        return Path(url.removeprefix("sqlite:///")).stat().st_size
    with database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def prepared(url: str, count: int) -> dict[str, Any]:
    """Dựng nếu chưa có; nói tốn bao nhiêu byte một dòng."""
    database = Database(url)
    path = Path(url.removeprefix("sqlite:///")) if database.is_sqlite else None
    told: dict[str, Any] = {}
    if path is None or not path.exists():
        told = seed(database, count)
    upgrade(database)  # nhật ký giữ từ lần trước có thể thuộc lược đồ cũ
    with database.reading() as session:
        lines = session.scalar(select(ChainHead.seq).where(ChainHead.station_id == 1)) or 1
    told |= {"lines": lines, "bytes_per_line": round(size(database, url) / lines)}
    database.close()
    return told


def verified(url: str) -> dict[str, Any]:
    """Kiểm cả nhật ký ấy trong một tiến trình riêng; chạy bằng ``-c`` để các tiến trình con không nạp lại cả tệp đo này."""
    here = [str(ROOT), str(Path(__file__).parent)]
    code = f"import sys; sys.path[:0] = {here}; import airlog, json; print(json.dumps(airlog.verify_here({url!r})))"
    command = [sys.executable, "-c", code]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout))


def verify_here(url: str) -> dict[str, Any]:
    """Dòng mỗi giây (đồng hồ; CPU của mọi tiến trình), đỉnh bộ nhớ của cả nhóm tiến trình (MB)."""
    database = Database(url)
    with database.reading() as session:
        session.get(Station, 1)
    wall, cpu = time.perf_counter(), _cpu()
    verdict = verify(database, 1, joining=True)  # như ``broadcaster airlog verify``
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    assert verdict.sound, verdict.faults[:3]
    lanes = len(shares(1, verdict.lines, ()))
    each = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if lanes > 1 else 0
    peak = peak_kb() + (lanes - 1) * each
    return {
        "verify_lines_per_s": round(verdict.lines / wall),
        "verify_lines_per_cpu_s": round(verdict.lines / cpu),
        "verify_peak_mb": round(peak / 1024),
        "verify_processes": lanes,
    }


def peak_kb() -> int:
    """Đỉnh bộ nhớ của riêng tiến trình này, KB: ``ru_maxrss`` trên Linux còn mang cả đỉnh của tiến trình đã sinh ra nó."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _cpu() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def run(address: Callable[[str], str], counts: list[int], runs: int) -> dict[str, Any]:
    """Đo ở từng cỡ; ``growth`` là giá một dòng ở cỡ lớn trên cỡ nhỏ (tệp CSV), trang thì là tỷ số mili giây."""
    found: dict[str, Any] = {}
    for count in counts:
        url = address(f"nhat_ky_{count}")
        found[str(count)] = {**prepared(url, count), **measure(url, count, runs=runs), **verified(url)}
    small, large = found[str(counts[0])], found[str(counts[-1])]
    found["growth"] = round(small["csv_lines_per_s"] / large["csv_lines_per_s"], 2)
    found["page_growth"] = round(large["page_ms_p95"] / small["page_ms_p95"], 2)
    found["beside"] = beside(address(f"nhat_ky_{counts[-1]}"), counts[-1]) if address(f"nhat_ky_{counts[-1]}") else {}
    return found


def main() -> None:
    """Dựng, đo, in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--airings", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="mười nghìn và một trăm nghìn dòng nhật ký")
    parser.add_argument("--postgres", action="store_true", help="đo trên PostgreSQL của gói pgserver")
    parser.add_argument("--keep", type=Path, help="giữ nhật ký đã dựng ở thư mục này (SQLite)")
    parser.add_argument("--export", help=argparse.SUPPRESS)
    parser.add_argument("--kind", default="csv", help=argparse.SUPPRESS)
    given = parser.parse_args()
    configure_command()
    began = time.perf_counter()
    if given.export:
        print(json.dumps(export(given.export, given.airings, given.kind)))
        return
    # Ba dòng chuỗi hơn một chút cho mỗi lượt phát.
    counts = [3_130, 31_300] if given.quick else sorted({given.small, given.airings})
    runs = 3 if given.quick else given.runs
    folder = given.keep or Path(tempfile.mkdtemp(prefix="do-nhat-ky-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if given.postgres:
            with postgres() as fresh:
                made: dict[str, str] = {}
                found = run(lambda name: made.get(name) or made.setdefault(name, fresh(name)), counts, runs)
        else:
            found = run(lambda name: f"sqlite:///{folder / name}.db", counts, runs)
        with tempfile.TemporaryDirectory() as empty:
            rewritten = tampering.counts(Path(empty) / "dai")
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    large = found[str(counts[-1])]
    keys = ("page_ms_p95", "airing_page_ms_p95", "f3_s", "csv_lines_per_s", "xlsx_lines_per_s", "append_ms_p99", "fsync_ms_p99")
    keys = (*keys, "bytes_per_line", "verify_lines_per_s", "verify_lines_per_cpu_s", "verify_peak_mb", "verify_processes")
    told = {name: large[name] for name in keys} | {"growth": found["growth"], "page_growth": found["page_growth"]}
    told["export_peak_mb_above_rest"] = max(large["csv_peak"], large["xlsx_peak"])
    told |= found["beside"] | rewritten
    told |= {"load": round(os.getloadavg()[0], 1), "took_s": round(time.perf_counter() - began)}
    if given.json:
        print(json.dumps({**told, "sizes": {name: one for name, one in found.items() if name.isdigit()}}, ensure_ascii=False))
        return
    print("\n".join(f"{name}: {value}" for name, value in told.items()))
    for name, value in large["page_ms"].items():
        print(f"  trang, {name}: {value} ms (p95)")


if __name__ == "__main__":
    main()
