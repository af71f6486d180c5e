"""Người kiểm đưa mốc ra so: mốc nào cũng về đúng đài của nó, gõ nhầm thì được chỉ, và không mốc nào bị bỏ qua mà không ai nói."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from broadcaster.airlog.anchors import head_of, short_code, typed
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.writing import append
from broadcaster.clock import ManualClock
from broadcaster.errors import Invalid
from broadcaster.service.airlog_commands import Checked, verify
from broadcaster.service.anchoring import anchor
from broadcaster.service.backup import back_up
from broadcaster.service.marks import append_line
from tests.support.tampering import START, Station, copied, owner, rechain

LATER = START + timedelta(days=1)
_VALUE = "UPDATE log_entries SET body = replace(body, '\"heard_ms\":60000', '\"heard_ms\":90000')"


@pytest.fixture
def station(whole: Station, tmp_path: Path) -> Station:
    return copied(whole, tmp_path / "dai")


def checked(station: Station, *against: str) -> Checked:
    return verify(station.config, against=against)[0]


def paper(station: Station) -> str:
    with station.open() as database, database.reading() as session:
        head = head_of(session, 1)
    assert head is not None
    return short_code(head.seq, head.digest)


def mark_file(path: Path, **change: object) -> Path:
    told = {"dai": "phung-chi-kien", "dong": 3, "bam": "a" * 64, "goc": "b" * 64, "luc": LATER.isoformat(), **change}
    path.write_text(json.dumps(told) + "\n", "utf-8")
    return path


def resumed(station: Station, *, after: int | None = None, days: float) -> None:
    """Dòng “nối lại sau phục hồi” với băm đúng, nói rằng mọi dòng sau ``after`` (trống: đuôi lúc này) đã mất."""
    at = START + timedelta(days=days)
    with station.open() as database, database.writing() as session:
        head = head_of(session, 1)
        assert head is not None
        told = {"who": "Trần Văn Hùng", "why": "hỏng ổ", "backup": "sao-luu.tar"}
        seq = head.seq if after is None else after
        append(
            session,
            1,
            Event.CHAIN_RESUMED,
            {**told, "seq": seq, "digest": head.digest if after is None else "0" * 64},
            happened_at=at,
            now=at,
        )


# --- dòng nối lại không che được ai -------------------------------------------------------------------------------------


def test_a_resume_line_that_stands_elsewhere_hides_nothing(station: Station) -> None:
    """Viết lại cả nhật ký rồi nối một dòng “phục hồi tới dòng 1”: mọi mốc sau dòng 1 từng thành lưu ý, nhật ký “nguyên vẹn”."""
    with owner(station) as connection:
        connection.exec_driver_sql(_VALUE)
        rechain(connection)
    resumed(station, after=1, days=2)
    faults = station.verdict().faults
    assert any("không đứng ngay sau dòng ấy" in one for one in faults)
    assert any("tệp neo-phung-chi-kien.jsonl" in one and "viết lại" in one for one in faults)


def cut(station: Station, seq: int) -> None:
    with owner(station) as connection:
        connection.execute(text(f"DELETE FROM log_entries WHERE seq > {seq}"))
        rechain(connection)


def test_what_a_restore_lost_is_told_as_lost_and_never_as_whole(station: Station) -> None:
    cut(station, 33)
    resumed(station, days=2)
    lost = [one for one in checked(station).verdict.notes if "đoạn ấy đã mất khi phục hồi" in one]
    assert lost
    assert checked(station).verdict.lost


def test_a_mark_newer_than_the_restore_is_no_loss_but_a_rewrite(station: Station) -> None:
    """Dòng phục hồi lùi ngày về trước mốc: mốc ấy không thể mất theo, và mọi dòng lùi ngày sau nó cũng lộ."""
    with station.open() as database:
        anchor(station.config, database, ManualClock(LATER))
    cut(station, 8)
    resumed(station, days=0.5)
    (*_, told) = [one for one in checked(station).verdict.faults if "tệp neo" in one]
    assert "mốc ấy có sau lần phục hồi nên không thể mất theo" in told


def test_a_paper_without_a_day_is_left_to_the_reader_but_never_passes(station: Station) -> None:
    code = paper(station)
    cut(station, 33)
    resumed(station, days=2)
    (told,) = [one for one in checked(station, code).verdict.faults if "vừa gõ" in one]
    assert "mốc có từ trước ngày 04/03/2026 thì mất theo, có từ sau ngày ấy thì nhật ký đã bị viết lại" in told


# --- chép tay ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "1234:AB10-CD34-EF56-7890-1234",
        " 1234 : ab10 cd34 ef56 7890 1234 ",
        "1234:ab10–cd34–ef56–7890–1234",
        "1234:ab10\u2011cd34\u2011ef56\u20117890\u20111234",
        "1234:ab10\u00a0cd34\u00a0ef56\u00a07890\u00a01234",
        "1234：ab10-cd34-\nef56-7890-1234",
        "\ufeff1.234:ablo-cd34-ef56-789o-i234",
    ],
)
def test_a_code_is_read_as_people_copy_it(written: str) -> None:
    assert typed(written) == typed("1234:ab10cd34ef5678901234")


def test_a_slip_of_the_pen_is_pointed_at(whole: Station) -> None:
    seq, _, digest = paper(whole).partition(":")
    slipped = ("0" if digest[0] != "0" else "1") + digest[1:]
    (told,) = checked(whole, f"{seq}:{slipped}").verdict.faults
    assert f"nhật ký đang có {paper(whole)}, chỉ khác 1 chữ" in told
    for number in (int(seq) - 1, int(seq) + 90):
        (told,) = checked(whole, f"{number}:{digest}").verdict.faults
        assert f"băm ấy đúng là của dòng {seq}" in told


def test_a_mark_typed_wrong_is_a_matter_of_the_paper_until_something_else_disagrees(station: Station) -> None:
    """Một chữ gõ nhầm từng làm trang kêu “Nhật ký KHÔNG nguyên vẹn”."""
    wrong = f"3:{'0' * 20}"
    assert checked(station, wrong).mistyped
    assert not checked(station, paper(station)).mistyped
    with owner(station) as connection:
        connection.exec_driver_sql(_VALUE)
        rechain(connection)
    assert not checked(station, wrong).mistyped


def test_a_path_that_is_not_there_is_called_a_path(whole: Station, tmp_path: Path) -> None:
    for wrong in (str(tmp_path / "neo-phung-chi-kien.jsonl"), "neo-phung-chi-kien.jsonl", "/khong/co"):
        with pytest.raises(Invalid, match="Không thấy tệp mốc"):
            checked(whole, wrong)


# --- mốc của ai -------------------------------------------------------------------------------------------------------


def test_a_mark_of_another_station_accuses_nobody(whole: Station, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="của đài khác"):
        checked(whole, str(mark_file(tmp_path / "neo-khac.jsonl", dai="dai-khac")))
    station = copied(whole, tmp_path / "dai")
    path = station.folder / "ngoai" / "neo-phung-chi-kien.jsonl"
    path.write_text(path.read_text("utf-8") + mark_file(tmp_path / "x", dai="dai-khac").read_text("utf-8"), "utf-8")
    found = checked(station)
    assert found.verdict.faults == ()
    assert any("1 mốc; kèm dòng của đài khác (dai-khac), không so" in one for one in found.compared)


@pytest.mark.parametrize("change", [{"bam": ""}, {"bam": "xyz"}, {"bam": None}, {"dong": -1}, {"dong": "3"}, {"dong": True}])
def test_a_line_that_is_no_mark_neither_passes_nor_accuses(whole: Station, tmp_path: Path, change: dict[str, object]) -> None:
    """Băm rỗng từng khớp với mọi nhật ký."""
    with pytest.raises(Invalid, match="không có mốc nào"):
        checked(whole, str(mark_file(tmp_path / "neo.jsonl", **change)))


def test_two_stations_in_one_house_and_a_paper_of_one(station: Station) -> None:
    """Tờ giấy của đài này từng làm đài kia bị kể là viết lại."""
    with station.open() as database, database.writing() as session:
        append(session, 2, Event.PATH_TESTED, {"output": "Đường 1"}, happened_at=LATER, now=LATER)
        theirs = session.scalars(select(LogEntry).where(LogEntry.station_id == 2).order_by(LogEntry.seq.desc())).first()
        assert theirs is not None
        code = short_code(theirs.seq, theirs.digest)
    for against in (code, paper(station), str(station.folder / "ngoai")):
        first, second = verify(station.config, against=[against])
        assert (first.verdict.faults, second.verdict.faults) == ((), ())
    first, second = verify(station.config, against=["3:" + "0" * 20])
    assert (len(first.verdict.faults), second.verdict.faults) == (1, ())


def test_a_backup_of_another_house_is_told_apart(whole: Station, station: Station, tmp_path: Path) -> None:
    with owner(station) as connection:
        connection.execute(text("UPDATE stations SET code = 'noi-khac' WHERE id = 1"))
    kept = back_up(station.config, ManualClock(LATER), tmp_path / "kept")
    with pytest.raises(Invalid, match="của đài khác"):
        checked(whole, str(kept.path))


# --- điều không so được thì nói ra -------------------------------------------------------------------------------------


def notes(station: Station) -> str:
    return "\n".join(checked(station).verdict.notes)


def test_marks_gone_from_the_stick_are_missed(station: Station) -> None:
    with station.open() as database:
        anchor(station.config, database, ManualClock(LATER))
    path = station.folder / "ngoai" / "neo-phung-chi-kien.jsonl"
    path.write_text("", "utf-8")
    assert "sổ mốc kể đã gửi 1 mốc tới đó, nay thiếu 1" in notes(station)
    path.write_text('{"dai": "phung-chi-k', "utf-8")
    assert any("1 dòng không đọc được" in one for one in checked(station).compared)
    shutil.rmtree(path.parent)
    assert "CHƯA so được với" in notes(station)
    assert "không có mốc nào ở ngoài máy để so" in notes(station)
    assert "không có mốc nào ở ngoài" not in "\n".join(checked(station, paper(station)).verdict.notes)


# --- ghi mốc ----------------------------------------------------------------------------------------------------------


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Đĩa chỉ còn chỗ tới ``size`` byte của một tệp, như nhân báo khi đầy: ghi được bao nhiêu thì ghi."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)


def test_half_a_line_is_no_anchor(tmp_path: Path) -> None:
    """Ổ đầy giữa dòng: lời ghi “đã gửi” từng đi kèm nửa dòng không ai đọc được."""
    path = tmp_path / "neo.jsonl"
    append_line(path, {"dong": 1})
    size = path.stat().st_size
    with full_after(size + 5), pytest.raises(OSError, match="space"):
        append_line(path, {"dong": 2})
    assert path.stat().st_size == size
    with path.open("ab") as torn:
        torn.write(b'{"do')
    append_line(path, {"dong": 3})
    assert [json.loads(one)["dong"] for one in path.read_text("utf-8").splitlines() if one.endswith("}")] == [1, 3]


NOT_OURS = """
import os, pathlib, sys
from broadcaster.service.marks import append_line
os.chdir(sys.argv[1])
if os.geteuid() == 0:  # root ghi được mọi nơi
    os.setuid(65534)
append_line(pathlib.Path("neo.jsonl"), {"dong": 1})
"""


def test_a_place_not_ours_to_write_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    told = subprocess.run([sys.executable, "-c", NOT_OURS, str(tmp_path)], capture_output=True, text=True, check=False)
    assert told.stderr.strip().splitlines()[-1].startswith("PermissionError")
    assert list(tmp_path.iterdir()) == []
