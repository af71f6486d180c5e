"""Dấu thời gian RFC 3161: nơi cấp ký rằng đầu chuỗi đã có vào giờ ấy; sửa nhật ký, sửa tệp dấu hay dấu giả đều lộ."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.config import load
from broadcaster.service.airlog_commands import verify
from broadcaster.service.anchoring import Sent, anchor
from broadcaster.service.backup import back_up, restore
from broadcaster.service.folders import stamp_file
from broadcaster.service.time_stamps import stamped_marks
from tests.support.tampering import START, Station, copied, owner, rechain
from tests.support.time_stamper import TimeStamper, time_stamper

LATER = START + timedelta(days=1)
CODE = "phung-chi-kien"


@pytest.fixture(scope="module")
def stamper() -> Iterator[TimeStamper]:
    with time_stamper(LATER) as one:
        yield one


@pytest.fixture
def station(whole: Station, stamper: TimeStamper, tmp_path: Path) -> Station:
    stamper.broken, stamper.at = "", LATER
    station = copied(whole, tmp_path / "dai")
    path = station.folder / "config.toml"
    words = path.read_text("utf-8").replace('folders = ["ngoai"]', "folders = []")
    stamp = f'[anchors.stamp]\nurl = "{stamper.url}"\nroots = "goc.pem"\n\n[log]\n'
    path.write_text(words.replace("[log]\n", stamp, 1), "utf-8")
    (station.folder / "goc.pem").write_text(stamper.roots, "utf-8")
    return Station(load(path), station.folder)


def send(station: Station, at: datetime = LATER) -> Sent:
    with station.open() as database:
        (sent,) = anchor(station.config, database, ManualClock(at))
    return sent


def told(station: Station) -> str:
    return "\n".join(verify(station.config)[0].compared)


def test_a_stamp_is_kept_checked_and_told(station: Station) -> None:
    sent = send(station)
    assert (sent.error, sent.receipt) == ("", f"dau-thoi-gian-{CODE}.jsonl: {LATER:%d/%m/%Y %H:%M:%S} UTC")
    assert "1 dấu đúng chữ ký của nơi cấp" in told(station)
    assert station.verdict().faults == ()


def test_a_log_rewritten_before_the_stamp_no_longer_passes_it(station: Station) -> None:
    send(station)
    with owner(station) as connection:
        connection.exec_driver_sql("DELETE FROM anchors")
        connection.exec_driver_sql("UPDATE log_entries SET body = replace(body, 'full', 'none') WHERE event = 'item_ended'")
        rechain(connection)
    assert any(f"dấu thời gian {LATER:%d/%m/%Y}" in fault for fault in station.verdict().faults)


def test_a_stamp_moved_to_a_rewritten_head_is_no_stamp(station: Station) -> None:
    send(station)
    path = stamp_file(station.config, CODE)
    line = json.loads(path.read_text("utf-8"))
    for name, value in {"bam": "f" * 64, "dong": 1, "luc": "2020-01-01", "dau": line["dau"][:-8], "goc": "0" * 64}.items():
        path.write_text(json.dumps(line | {name: value}), "utf-8")
        marks, words, doubtful = stamped_marks(station.config, CODE)
        assert (marks, "dòng 1 KHÔNG đúng chữ ký" in words, doubtful) == ([], True, True), name
        assert words in station.verdict().notes, "người kiểm phải thấy, không chỉ trong danh sách đã so"
    for broken in ("{", "[]", "{}", '{"dau": 1}'):
        path.write_text(broken, "utf-8")
        assert "dòng 1 KHÔNG đúng chữ ký" in told(station)


def test_a_stamp_thrown_away_is_missed(station: Station) -> None:
    assert "dấu đúng chữ ký" not in told(station), "chưa xin dấu nào thì không kể gì"
    send(station)
    stamp_file(station.config, CODE).unlink()
    assert "sổ mốc kể 1 dấu: tệp đã mất bớt" in told(station)


def test_the_stamps_go_with_the_backup_and_come_back_with_it(station: Station, tmp_path: Path) -> None:
    send(station)
    kept = back_up(station.config, ManualClock(LATER), tmp_path / "sao-luu")
    new = tmp_path / "may-moi"
    new.mkdir()
    for name in ("config.toml", "goc.pem"):
        shutil.copy(station.folder / name, new)
    config = load(new / "config.toml")
    restore(config, ManualClock(LATER), kept.path, login="quantri", why="Hỏng ổ cứng")
    assert stamp_file(config, CODE).read_bytes() == stamp_file(station.config, CODE).read_bytes()
    assert "1 dấu đúng chữ ký của nơi cấp" in told(Station(config, new))


@pytest.mark.parametrize("broken", ["nội dung", "chữ ký", "số ngẫu nhiên"])
def test_a_wrong_answer_is_refused_and_nothing_is_kept(station: Station, stamper: TimeStamper, broken: str) -> None:
    stamper.broken = broken
    assert "Dấu thời gian không đúng" in send(station).error
    assert not stamp_file(station.config, CODE).exists()
    assert station.verdict().faults == ()


def test_a_stranger_s_roots_trust_no_stamp(station: Station) -> None:
    send(station)
    (station.folder / "goc.pem").write_text(TimeStamper(LATER).roots, "utf-8")
    assert "0 dấu đúng chữ ký của nơi cấp; dòng 1 KHÔNG đúng chữ ký" in told(station)


@pytest.mark.parametrize("roots", ["", "không phải chứng thư"])
def test_without_roots_nothing_is_trusted_and_the_station_is_not_disturbed(station: Station, roots: str) -> None:
    send(station)
    (station.folder / "goc.pem").write_text(roots, "utf-8")
    assert "chưa so được" in told(station)
    assert "goc.pem" in send(station).error
    assert station.verdict().faults == ()


def test_an_authority_that_is_away_stops_nothing(station: Station) -> None:
    path = station.folder / "config.toml"
    path.write_text(path.read_text("utf-8").replace("/tsa", "/khong-co"), "utf-8")
    assert "404" in send(Station(load(path), station.folder)).error
    assert station.verdict().faults == ()
