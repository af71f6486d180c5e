"""Trang Nghe lại: chỉ điều loa đã vang và nay vẫn được duyệt; thay cả thư mục một lần; podcast là XML đúng; không xoá của ai."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from sqlalchemy import select, update

from broadcaster.accounts.audit import open_alerts
from broadcaster.accounts.tables import AuditEntry, Membership
from broadcaster.airlog.enums import Mode, Result
from broadcaster.config import SiteSection
from broadcaster.database import Database
from broadcaster.errors import Conflict, Invalid, NotAllowed
from broadcaster.newsroom.deciding import withdraw
from broadcaster.reports.enums import JobState
from broadcaster.reports.evidence import Places
from broadcaster.reports.jobs import ask_site, job_of
from broadcaster.reports.listen_again import MARK, check_address, write_site
from broadcaster.service.report_worker import ReportWorker
from broadcaster.sound.frames import RATE
from broadcaster.sound.library import Library
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.traffic import build

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ADDRESS = "https://phuong.gov.vn/nghe-lai/"


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Không có SQL riêng của nơi nào."""
    return sqlite


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "recordings")


@pytest.fixture
def aired(scene: Scene, library: Library) -> list[build.Texted]:
    """Cả phường, riêng TDP 1, phát thiếu, diễn tập, quá cũ."""
    audio = library.put(np.full(RATE // 4, 500, np.int16), tags={"TITLE": "Tin"}).sha256
    with scene.database.writing() as session:
        made = [build.script(session, scene, f"Bản tin {n} & <b>\x07") for n in range(5)]
    cases = (
        {"more": {"zones": ["TDP1", "TDP2"]}},
        {"more": {"zones": ["TDP1"]}},
        {"result": Result.PARTIAL},
        {"mode": Mode.REHEARSAL},
        {"at": NOW - timedelta(days=99)},
    )
    for n, (one, case) in enumerate(zip(made, cases, strict=True)):
        more = {"audio_sha256": audio, "voice": {"reader": "Hùng"} if n == 1 else None, **case.get("more", {})}
        values = {"at": NOW, **case, "more": more}
        sound(scene, Sounded(60 + n, script=one.revision_id, **values))  # type: ignore[arg-type]
    return made


def write(scene: Scene, library: Library, folder: Path) -> int:
    return write_site(scene.database, scene.clerk, library, folder, address=ADDRESS, days=60, now=NOW, progress=lambda *_: None)


def test_only_what_was_heard_whole_and_is_still_approved(
    scene: Scene, library: Library, aired: list[build.Texted], tmp_path: Path
) -> None:
    folder = tmp_path / "trang"
    assert write(scene, library, folder) == 2
    page = (folder / "index.html").read_text("utf-8")
    assert "Bản tin 0 &amp; &lt;b&gt;" in page
    assert all(f"Bản tin {n} " not in page for n in (2, 3, 4))
    assert page.count("giọng đọc do máy tổng hợp") == 1
    assert "Bản tin 1 " in (folder / "tdp-tdp1.html").read_text("utf-8")
    assert "Bản tin 1 " not in (folder / "tdp-tdp2.html").read_text("utf-8"), "tin riêng một TDP không hiện ở TDP khác"
    assert "Bản tin 0 " in (folder / "tdp-tdp2.html").read_text("utf-8")
    for name in re.findall(r'(?:src|href)="([^"#]+)"', page):
        assert (folder / name).is_file(), name
    for private in ("Nguyễn Thị Lan", "Đặng Thị Minh Trang", "Hùng"):
        assert private not in page + (folder / "feed.xml").read_text("utf-8")
    with scene.database.writing() as session:
        withdraw(session, scene.leader, aired[0].script_id, note="Sai số liệu", now=NOW)
    assert write(scene, library, folder) == 1
    assert "Bản tin 0 " not in (folder / "index.html").read_text("utf-8"), "rút rồi thì lần ghi sau không còn"
    assert [path.name for path in tmp_path.iterdir() if "trang" in path.name] == ["trang"]


def test_a_recording_replaced_on_disk_is_not_published_as_what_was_aired(
    scene: Scene, library: Library, aired: list[build.Texted], tmp_path: Path
) -> None:
    folder = tmp_path / "trang"
    path = next(library.root.rglob("*.flac"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert write(scene, library, folder) == 0
    assert not list((folder / "am-thanh").iterdir())


def test_the_feed_is_a_podcast(scene: Scene, library: Library, aired: list[build.Texted], tmp_path: Path) -> None:
    folder = tmp_path / "trang"
    write(scene, library, folder)
    root = etree.parse(str(folder / "feed.xml")).getroot()
    items = root.findall("channel/item")
    assert len(items) == 2
    for item in items:
        enclosure = item.find("enclosure")
        file = folder / enclosure.get("url").removeprefix(ADDRESS)
        assert (int(enclosure.get("length")), enclosure.get("type")) == (file.stat().st_size, "audio/mpeg")
        assert item.findtext("pubDate") == "Mon, 02 Mar 2026 01:00:00 +0000"
    assert len({item.findtext("guid") for item in items}) == 2
    assert {path.name for path in folder.glob("*.svg")} == {"ma-vuong.svg", "ma-vuong-tdp1.svg", "ma-vuong-tdp2.svg"}


def test_the_folder_is_changed_at_once_and_never_somebody_elses(
    scene: Scene, library: Library, aired: list[build.Texted], tmp_path: Path
) -> None:
    theirs = tmp_path / "cua-nguoi-khac"
    theirs.mkdir()
    (theirs / "anh.jpg").write_bytes(b"x")
    with pytest.raises(Conflict, match="không xoá của ai"):
        write(scene, library, theirs)
    assert (theirs / "anh.jpg").read_bytes() == b"x"
    folder = tmp_path / "trang"
    write(scene, library, folder)
    before = sorted(path.name for path in folder.rglob("*"))

    class _Cut(Exception):
        pass

    def cut(*_: object) -> None:
        raise _Cut

    with pytest.raises(_Cut):
        write_site(scene.database, scene.clerk, library, folder, address=ADDRESS, days=60, now=NOW, progress=cut)
    assert sorted(path.name for path in folder.rglob("*")) == before, "ghi dở thì bản cũ còn nguyên"
    folder.rename(tmp_path / ".trang.cu")
    write(scene, library, folder)
    assert (folder / MARK).is_file()
    assert not (tmp_path / ".trang.cu").exists(), "tắt máy giữa hai lần đổi tên thì lần sau lành lại"


@pytest.mark.parametrize("address", ["", "phuong.gov.vn", "javascript:alert(1)", "ftp://a/b"])
def test_an_address_is_a_web_address(address: str) -> None:
    with pytest.raises(Invalid, match="https://"):
        check_address(address)
    assert check_address("https://a.vn/x") == "https://a.vn/x/"


def test_a_press_writes_it_in_the_studio(scene: Scene, library: Library, aired: list[build.Texted], tmp_path: Path) -> None:
    folder = tmp_path / "trang"
    for site, state in ((SiteSection(), JobState.FAILED), (SiteSection(folder=str(folder), address=ADDRESS), JobState.MADE)):
        with scene.database.writing() as session:
            job_id = ask_site(session, scene.clerk, now=NOW).id
        places = Places(library, tmp_path / "capture")
        assert ReportWorker(scene.database, scene.clock, places, tmp_path / "goi", name="nha-1", site=site).step()
        with scene.database.reading() as session:
            job = job_of(session, scene.clerk, job_id)
            assert job.state is state, job.message
    assert "2 bản tin" in job.message
    with scene.database.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "exported")).one().detail["count"] == 2
        with pytest.raises(NotAllowed):
            ask_site(session, scene.auditor, now=NOW)


def test_a_withdrawn_text_leaves_the_page_by_itself_and_a_page_that_keeps_it_is_an_alert(
    scene: Scene, library: Library, aired: list[build.Texted], tmp_path: Path
) -> None:
    folder, clock = tmp_path / "trang", scene.clock
    site, places = SiteSection(folder=str(folder), address=ADDRESS), Places(library, tmp_path / "capture")
    worker = ReportWorker(scene.database, clock, places, tmp_path / "goi", name="nha-1", site=site)
    with scene.database.writing() as session:
        ask_site(session, scene.clerk, now=clock.now())
    assert worker.step()
    assert not worker.step(), "chưa ai rút gì thì không ghi lại"
    for withdrawn in aired[:2]:
        clock.advance(60)
        with scene.database.writing() as session:
            withdraw(session, scene.leader, withdrawn.script_id, note="Sai số liệu", now=clock.now())
        if withdrawn is aired[1]:
            with scene.database.writing() as session:
                mine = Membership.user_id == scene.clerk.user_id
                session.execute(update(Membership).where(mine).values(roles=frozenset()))
        assert worker.step()
        assert not worker.step(), "mỗi lần rút, một lần ghi lại"
    page = (folder / "index.html").read_text("utf-8")
    assert ("Bản tin 0 " in page, "Bản tin 1 " in page) == (False, True), "người nhờ hết quyền thì trang chưa ghi lại được"
    with scene.database.reading() as session:
        (alert,) = [one for one in open_alerts(session, scene.station_id) if one.subject == "site"]
    assert "trang Nghe lại" in alert.message
