"""F5 và việc dài: gói trọn hoặc không có gì, mã băm khớp, chữ khớp nhật ký, mở được không cần mạng; thôi, chết giữa chừng."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import AuditEntry, Membership
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.clock import ManualClock
from broadcaster.errors import Conflict, NotAllowed, NotFound
from broadcaster.newsroom.freezing import content_of, sha256_of
from broadcaster.newsroom.tables import Revision
from broadcaster.reports.enums import JobState, ReportKind
from broadcaster.reports.evidence import Places
from broadcaster.reports.jobs import ask_evidence, ask_report, cancel, claim, job_of, jobs, news, open_pack, take_back
from broadcaster.reports.making import report_of
from broadcaster.reports.periods import PeriodKind, calendar_period
from broadcaster.service.report_worker import ReportWorker
from broadcaster.sound.frames import RATE
from broadcaster.sound.library import Library, write_sound
from tests.reports.airings import Sounded, sound
from tests.reports.made import make_report
from tests.support.scene import Scene
from tests.traffic import build

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MARCH = calendar_period(PeriodKind.MONTH, date(2026, 3, 2))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(Library(tmp_path / "recordings"), tmp_path / "capture")


@pytest.fixture
def report_id(scene: Scene, places: Places) -> int:
    """Một tháng có: bản tin còn đủ, bản tin bị sửa chữ sau khi phát, bản tin mất tiếng; một phút thu lại, một của đài khác."""
    tone = np.full(RATE // 2, 900, np.int16)
    stored = places.library.put(tone, tags={"TITLE": "Tin"})
    with scene.database.writing() as session:
        made = [build.script(session, scene, f"Bản tin {n} <b>" + "dài " * 70) for n in range(3)]
        shas = []
        for one in made:
            revision = session.get_one(Revision, one.revision_id)
            revision.frozen = content_of(revision)
            shas.append(sha256_of(revision.frozen))
    approval = {"name": "Đặng Thị Minh Trang", "job_title": "Phó Chủ tịch", "at": NOW.isoformat(), "own_work": False}
    for n, one in enumerate(made):
        audio = stored.sha256 if n < 2 else "e" * 64
        more = {"text_sha256": shas[n], "audio_sha256": audio, "approval": approval, "revision_number": 1}
        sound(scene, Sounded(60 + n, NOW + timedelta(minutes=n), script=one.revision_id, title=f"Bản tin {n}", more=more))
    with scene.database.writing() as session:
        session.get_one(Revision, made[1].revision_id).frozen = {"title": "Bị sửa", "body": "Chữ khác"}
        report = make_report(session, scene.clerk, ReportKind.MONTHLY, MARCH, now=NOW).id
    for channel, name in ((str(scene.output_ids[0]), "20260302T010000.000Z"), ("99", "20260302T010000.000Z")):
        folder = places.captures / channel
        folder.mkdir(parents=True)
        write_sound(folder / f"{channel}_{name}.flac", tone, kind="FLAC", tags={})
    return report


def worker(scene: Scene, places: Places, folder: Path) -> ReportWorker:
    return ReportWorker(scene.database, scene.clock, places, folder / "goi", name="nha-1")


def ask(scene: Scene, report_id: int) -> int:
    with scene.database.writing() as session:
        return ask_evidence(session, scene.clerk, report_id, captures=True, now=NOW).id


def test_a_recording_replaced_after_airing_is_no_evidence(scene: Scene, places: Places, report_id: int, tmp_path: Path) -> None:
    """Tệp khác nằm dưới tên cũ từng vào gói như tiếng đã phát, với mã băm của chính nó."""
    path = next(places.library.root.rglob("*.flac"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    captured = next((places.captures / str(scene.output_ids[0])).iterdir())
    with scene.database.writing() as session:
        sealed = {f"{scene.output_ids[0]}/{captured.name}": "0" * 64}
        append(session, scene.station_id, Event.CAPTURES_SEALED, {"files": sealed}, happened_at=NOW, now=NOW)
    ask(scene, report_id)
    assert worker(scene, places, tmp_path).step()
    with zipfile.ZipFile(next((tmp_path / "goi").iterdir())) as archive:
        page = archive.read("index.html").decode()
        assert not [name for name in archive.namelist() if name.startswith(("am-thanh/", "tieng-da-thu/"))]
    assert "KHÔNG phải tiếng đã phát" in page
    assert "KHÔNG phải tiếng đã thu" in page


def test_the_pack_is_whole_and_every_hash_is_true(scene: Scene, places: Places, report_id: int, tmp_path: Path) -> None:
    job_id = ask(scene, report_id)
    assert ask(scene, report_id) == job_id, "bấm hai lần là một việc"
    assert worker(scene, places, tmp_path).step()
    with scene.database.reading() as session:
        job = job_of(session, scene.clerk, job_id)
        assert (job.state, [one.id for one in news(session, scene.clerk)]) == (JobState.MADE, [job_id])
        assert news(session, scene.operator) == [], "chỉ báo người đã nhờ"
    pack = tmp_path / "goi" / job.file
    assert hashlib.sha256(pack.read_bytes()).hexdigest() == job.sha256
    assert [path.name for path in pack.parent.iterdir()] == [job.file], "không còn tệp tạm nào"
    with zipfile.ZipFile(pack) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        told = dict(line.split("  ")[::-1] for line in archive.read("ma-bam.txt").decode().splitlines())
        assert set(told) == set(names) - {"ma-bam.txt", "index.html"}
        assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for name, digest in told.items())
        page = archive.read("index.html").decode()
        texts = [archive.read(name).decode("utf-8-sig") for name in names if name.startswith("van-ban/")]
    assert {"bao-cao.docx", "bao-cao.pdf", "bao-cao.xlsx", "nhat-ky.csv"} <= set(names)
    assert [name for name in names if name.startswith("tieng-da-thu/")] == [
        f"tieng-da-thu/{scene.output_ids[0]}_20260302T010000.000Z.flac"
    ], "tiếng của đường ra đài khác không bao giờ vào gói"
    assert len([name for name in names if name.startswith("am-thanh/")]) == 1
    assert [("KHÔNG khớp" in text) for text in texts] == [False, True, False]
    assert "Đặng Thị Minh Trang, Phó Chủ tịch, lúc 08:00 ngày 02/03/2026" in texts[0], "giờ của đài, không phải UTC"
    assert "<br>lúc 08:00 ngày 02/03/2026</td><td>1 lượt</td>" in page
    assert not re.search(r"None|\d,\d{3} byte", page + "".join(texts))
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert set(links) <= set(names), "mọi đường dẫn nằm trong gói: mở được không cần mạng"
    assert "&lt;b&gt;" in page
    assert re.search(r"<td>08:00:00 ngày 02/03/2026, Đường[^<]+<br>", page), "giờ của đài và tên đường ra, không phải tên tệp"
    assert "không còn trong kho" in page
    assert "1/3 lượt" in page


def test_the_same_pack_twice_is_the_same_bytes(scene: Scene, places: Places, report_id: int, tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        job_id = ask(scene, report_id)
        assert worker(scene, places, tmp_path).step()
        scene.clock.advance(3600)
        with scene.database.reading() as session:
            found.append(job_of(session, scene.clerk, job_id).sha256)
    assert found[0] == found[1] != ""


def test_calling_off_leaves_nothing(scene: Scene, places: Places, report_id: int, tmp_path: Path) -> None:
    job_id = ask(scene, report_id)
    with scene.database.writing() as session:
        taken = claim(session, "nha-1")
        assert taken is not None
        cancel(session, scene.clerk, job_id, now=NOW)
    worker(scene, places, tmp_path)._do(taken)
    assert list((tmp_path / "goi").glob("*")) == []
    with scene.database.reading() as session:
        assert job_of(session, scene.clerk, job_id).state is JobState.CANCELLED
    with pytest.raises(Conflict), scene.database.writing() as session:
        cancel(session, scene.clerk, job_id, now=NOW)


def test_a_dead_studio_gives_its_work_back_and_a_full_disk_is_told(
    scene: Scene, places: Places, report_id: int, tmp_path: Path
) -> None:
    job_id = ask(scene, report_id)
    with scene.database.writing() as session:
        assert claim(session, "nha-0") is not None
        assert claim(session, "nha-1") is None, "một việc một người"
    with scene.database.writing() as session:
        assert take_back(session, "nha-") == 1
    (tmp_path / "goi").write_text("không phải thư mục")
    assert worker(scene, places, tmp_path).step()
    with scene.database.reading() as session:
        job = job_of(session, scene.clerk, job_id)
        assert (job.state, "ổ đĩa" in job.message) == (JobState.FAILED, True)


def test_a_long_report_is_made_by_the_studio_and_the_askers_right_is_asked_again(
    scene: Scene, places: Places, report_id: int, tmp_path: Path
) -> None:
    with scene.database.writing() as session:
        first = ask_report(session, scene.clerk, ReportKind.MONTHLY, MARCH, now=NOW).id
    assert worker(scene, places, tmp_path).step()
    with scene.database.writing() as session:
        made = job_of(session, scene.clerk, first).report_id
        assert made is not None
        assert report_of(session, scene.clerk, made)[1] == report_of(session, scene.clerk, report_id)[1]
        second = ask_report(session, scene.clerk, ReportKind.AIRLOG, MARCH, now=NOW).id
        session.scalars(select(Membership).where(Membership.user_id == scene.clerk.user_id)).one().roles = frozenset()
    assert worker(scene, places, tmp_path).step()
    with scene.database.reading() as session:
        job = job_of(session, scene.operator, second)
        assert (job.state, job.report_id) == (JobState.FAILED, None)
        assert "chưa có quyền" in job.message


def test_opening_is_in_the_book_and_only_for_the_station(scene: Scene, places: Places, report_id: int, tmp_path: Path) -> None:
    job_id = ask(scene, report_id)
    with pytest.raises(Conflict), scene.database.writing() as session:
        open_pack(session, scene.clerk, job_id, now=NOW)
    worker(scene, places, tmp_path).step()
    with scene.database.writing() as session:
        open_pack(session, scene.clerk, job_id, now=NOW)
        assert news(session, scene.clerk) == []
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "exported")).one()
        assert entry.detail["sha256"]
        assert jobs(session, scene.stranger, now=NOW) == []
        with pytest.raises(NotFound):
            job_of(session, scene.stranger, job_id)
        with pytest.raises(NotAllowed):
            ask_evidence(session, scene.auditor, report_id, captures=True, now=NOW)


def test_old_packs_are_forgotten(scene: Scene, places: Places, tmp_path: Path) -> None:
    folder = tmp_path / "goi"
    folder.mkdir()
    for name, days in (("minh-chung-1.zip", 40), ("minh-chung-2.zip", 3), (".minh-chung-3-abc.part.zip", 0)):
        (folder / name).write_bytes(b"x")
        at = (scene.clock.now() - timedelta(days=days, seconds=5)).timestamp()
        os.utime(folder / name, (at, at))
    one = ReportWorker(scene.database, ManualClock(scene.clock.now()), places, folder, name="nha-1")
    one.start()
    one.stop()
    assert [path.name for path in folder.iterdir()] == ["minh-chung-2.zip"]
