"""Dòng lệnh như người gõ nó: câu in ra, JSON, mã thoát, và điều đã đổi trong dữ liệu thật."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import soundfile
import structlog
from docx import Document
from sqlalchemy import select, text

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.own_account import own_stations
from broadcaster.accounts.passwords import is_password
from broadcaster.accounts.signing_in import stored_hash
from broadcaster.accounts.tables import ApiToken, AuditEntry, User
from broadcaster.accounts.tokens import bearer
from broadcaster.airlog.chain import GENESIS
from broadcaster.cli import main
from broadcaster.clock import SystemClock
from broadcaster.config import Config, load
from broadcaster.database.schema import create_append_only
from broadcaster.errors import NotSignedIn
from broadcaster.newsroom.tables import Revision
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.tables import Output
from broadcaster.service.assembly import open_database
from broadcaster.service.setup import prepare_data
from tests.end_to_end.house import free_port
from tests.support.stations import SAMPLE, copied


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Một đài đã dựng, giọng trên máy, cổng rảnh."""
    folder = tmp_path_factory.mktemp("dai")
    wording = SAMPLE.read_text("utf-8").replace('["gtts:vi", "espeak:vi-bac"]', '["espeak:vi-bac"]')
    wording = wording.replace("port = 8000 ", f"port = {free_port()} ").replace("port = 8001 ", f"port = {free_port()} ")
    (folder / "config.toml").write_text(wording, "utf-8")
    config = load(folder / "config.toml")
    prepare_data(config, SystemClock())
    return config


@pytest.fixture
def config(built: Config, tmp_path: Path) -> Config:
    """Bản riêng của phép thử."""
    return copied(built, tmp_path)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(config: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Gõ một lệnh: mã thoát, câu in ra, câu lỗi; người ngồi trước máy là quản trị."""
    monkeypatch.setenv("BROADCASTER_NGUOI", "quantri")

    def typed(*arguments: str, place: bool = True) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            main([*arguments, *(["--config", str(config.file)] if place else [])])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


def in_database(config: Config) -> Any:
    return closing(open_database(config))


def test_what_a_machine_reads_is_never_mixed_with_our_own_notes(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("today", "--json")
    structlog.get_logger("x").warning("giữ khoá ghi lâu")
    structlog.get_logger("x").info("không đáng lo")
    said = capsys.readouterr()
    assert (said.out, "giữ khoá" in said.err, "không đáng lo" in said.err) == ("", True, False)


def test_a_person_is_added_and_gets_a_new_password(run: Run, config: Config) -> None:
    code, said, _ = run("user", "add", "Lan", "--ho-ten", "Nguyễn Thị Lan", "--vai-tro", "contributor", "--json")
    added = json.loads(said)
    assert (code, added["ten"]) == (0, "lan")
    again = json.loads(run("user", "passwd", "lan", "--json")[1])
    with in_database(config) as database, database.reading() as session:
        stored = stored_hash(session, "lan")
        assert is_password(again["mat_khau"], stored)
        assert not is_password(added["mat_khau"], stored)
        assert session.scalars(select(AuditEntry.who).order_by(AuditEntry.id)).all()[-1] == "Quản trị đài (dòng lệnh)"
    assert run("user", "add", "lan", "--ho-ten", "Người Trùng", "--vai-tro", "contributor")[0] == 8
    assert run("user", "passwd", "khong-co")[0] == 6


def test_the_terminal_asks_who_before_it_changes_anything(run: Run, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    run("user", "add", "lan", "--ho-ten", "Nguyễn Thị Lan", "--vai-tro", "contributor")
    monkeypatch.delenv("BROADCASTER_NGUOI")
    for command in (("user", "passwd", "lan"), ("silence",), ("urgent", "Cháy"), ("user", "token", "lan", "--ten", "x")):
        code, _, said = run(*command)
        assert (code, "--nguoi" in said) == (8, True), command
    assert run("user", "passwd", "lan", "--nguoi", "khong-co")[0] == 6
    assert run("user", "passwd", "lan", "--nguoi", "LAN")[0] == 0
    assert run("today")[0] == run("user", "tokens")[0] == 0, "chỉ xem thì không hỏi"
    with in_database(config) as database, database.reading() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        user = session.scalars(select(User).where(User.login == "lan")).one()
        assert last is not None
        assert (last.who, last.user_id) == ("Nguyễn Thị Lan (dòng lệnh)", user.id)


def test_a_token_is_shown_once_works_and_is_revoked(run: Run, config: Config) -> None:
    shown = json.loads(run("user", "token", "quantri", "--ten", "Bảng điện tử", "--ngay", "30", "--json")[1])
    with in_database(config) as database:
        with database.reading() as session:
            actor, first = bearer(session, shown["the"], now=SystemClock().now())
            assert (actor.name, first) == ("Quản trị đài", True)
            assert shown["the"] not in str(session.execute(select(ApiToken.__table__)).all())
            with pytest.raises(NotSignedIn):
                bearer(session, shown["the"], now=SystemClock().now() + timedelta(days=31))
        assert "Bảng điện tử" in run("user", "tokens")[1]
        assert run("user", "revoke", str(shown["ma"]))[0] == 0
        with database.reading() as session, pytest.raises(NotSignedIn):
            bearer(session, shown["the"], now=SystemClock().now())
    assert run("user", "token", "quantri", "--ten", " ")[0] == 8
    assert run("user", "token", "quantri", "--ten", "x", "--ngay", "0")[0] == 8


def test_a_second_station_is_added_and_its_keeper_moves_between_the_two(run: Run, config: Config) -> None:
    wanted = ("--ten", "Đài Truyền thanh phường Bạch Sam", "--phuong", "phường Bạch Sam", "--quan-tri", "quantri")
    code, said, _ = run("station", "add", "bach-sam", *wanted)
    assert (code, "Tài khoản của tôi" in said) == (0, True)
    assert run("station", "add", "bach-sam", *wanted)[0] == 9
    assert run("station", "add", "Bạch Sam", *wanted)[0] == 3
    assert run("station", "add", "khac", *wanted[:-1], "khong-co")[0] == 6
    assert [one["ma"] for one in json.loads(run("station", "list", "--json")[1])] == ["phung-chi-kien", "bach-sam"]
    with in_database(config) as database, database.reading() as session:
        keeper = session.scalars(select(User).where(User.login == "quantri")).one()
        actor = Actor(keeper.id, 1, keeper.full_name, "", frozenset())
        assert [one.code for one in own_stations(session, actor)] == ["bach-sam", "phung-chi-kien"]
        assert session.scalar(text("SELECT COUNT(*) FROM outputs WHERE station_id = 2")) == 1
        assert session.scalar(text("SELECT COUNT(*) FROM slots WHERE station_id = 2")) == 2


def test_scripts_come_from_files_and_a_bad_file_does_not_stop_the_others(run: Run, config: Config, tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("Lịch tiêm chủng tháng ba")
    document.add_paragraph("Trạm y tế phường tiêm chủng ngày 15/3/2026.")
    document.save(str(tmp_path / "lich.docx"))
    (tmp_path / "hong.docx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    run("user", "add", "lan", "--ho-ten", "Lan", "--vai-tro", "contributor")
    files = [str(tmp_path / name) for name in ("hong.docx", "lich.docx", "khong-co.txt")]
    code, said, _ = run("scripts", "import", *files, "--nguoi-viet", "lan", "--json")
    assert code == 8
    assert ["loi" in one for one in json.loads(said)] == [True, False, True]
    with in_database(config) as database, database.reading() as session:
        assert [row.title for row in session.scalars(select(Revision))] == ["Lịch tiêm chủng tháng ba"]
    run("user", "add", "mai", "--ho-ten", "Mai", "--vai-tro", "clerk")
    assert run("scripts", "import", files[1], "--nguoi-viet", "mai")[0] == 8, "văn phòng không được viết bài"
    letter = tmp_path / "tb.md"
    letter.write_text("Số: 16/TB-UBND\n\nTHÔNG BÁO\n\nHọp ~~7 giờ~~ 19 giờ.", "utf-8")
    told = run("scripts", "import", str(letter), "--nguoi-viet", "lan")[1]
    assert all(note in told for note in ("“7 giờ”", "Không đọc: Số: 16/TB-UBND", "Đã để riêng phần đầu")), told


def test_text_is_read_line_by_line_and_as_spans(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "bai.txt"
    source.write_text("Họp ngày 15/3/2026. Có 120 hộ.", "utf-8")
    lines = run("read", str(source), place=False)[1].splitlines()
    assert lines == ["Họp ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi sáu.", "Có một trăm hai mươi hộ."]
    spans = json.loads(run("read", str(source), "--spans", place=False)[1])
    assert spans[0]["start"] == 0
    assert run("read", str(tmp_path / "khong-co.txt"), place=False)[0] == 8
    (tmp_path / "tcvn.txt").write_bytes("Phường".encode("utf-16"))
    assert run("read", str(tmp_path / "tcvn.txt"), place=False)[0] == 8


@pytest.mark.parametrize("name", ["ra.flac", "ra.mp3"])
def test_text_is_spoken_into_a_file_marked_as_made_by_a_machine(run: Run, tmp_path: Path, name: str) -> None:
    source, output = tmp_path / "bai.txt", tmp_path / name
    source.write_text("Xin chào bà con tổ dân phố.", "utf-8")
    code, said, _ = run("speak", str(source), "-o", str(output))
    assert (code, "espeak" in output.read_bytes().decode("latin-1")) == (0, True), said
    assert soundfile.info(output).duration > 1
    assert run("speak", str(source), "-o", str(tmp_path / "ra.wma"))[0] == 8


def test_today_lists_the_run_order_and_now_says_playout_is_away(run: Run) -> None:
    assert run("today", "--json")[0] == 0
    assert isinstance(json.loads(run("today", "--json")[1]), list)
    code, _, said = run("now")
    assert (code, "Phòng phát sóng chưa chạy" in said) == (11, True)
    assert run("silence")[0] == 11
    assert run("silence", "Không có")[0] == 6


def test_the_log_is_verified_and_a_quiet_change_is_told(run: Run, config: Config) -> None:
    assert "nguyên vẹn" in run("airlog", "verify")[1]
    assert json.loads(run("airlog", "verify", "--json")[1])[0]["sai"] == []
    with in_database(config) as database, database.writing() as session:
        session.execute(text("DROP TRIGGER log_entries_no_update"))
    code, _, said = run("airlog", "verify")
    assert (code, "log_entries" in said) == (7, True)


def test_the_log_is_exported(run: Run, tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx"):
        assert run("airlog", "export", "--tu", "2026-01-01", "--den", "2026-12-31", "--tep", str(tmp_path / name))[0] == 0
        assert (tmp_path / name).stat().st_size > 100
    for first, name in (("2026-13-01", "b.csv"), ("2026-01-01", "b.pdf")):
        assert run("airlog", "export", "--tu", first, "--den", "2026-12-31", "--tep", str(tmp_path / name))[0] == 8


def test_a_backup_is_made_and_restored_by_two_commands(
    run: Run, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = json.loads(run("backup", str(tmp_path / "kept"), "--json")[1])
    other = tmp_path / "other" / "config.toml"
    other.parent.mkdir()
    other.write_text(config.file.read_text("utf-8"), "utf-8")
    monkeypatch.delenv("BROADCASTER_NGUOI")
    code, _, error = run("restore", kept["tep"], "--ly-do", "Thử", "--config", str(other), place=False)
    assert (code, "--nguoi" in error) == (8, True), "phục hồi cũng hỏi ai"
    monkeypatch.setenv("BROADCASTER_NGUOI", "quantri")
    code, said, error = run("restore", kept["tep"], "--ly-do", "Thử", "--config", str(other), place=False)
    assert (code, str(kept["dong"]) in said) == (0, True), error
    assert run("airlog", "verify", "--config", str(other), place=False)[0] == 0
    with in_database(config) as database, database.reading() as session:
        assert session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "exported")).all() == ["bản sao lưu"]
    assert run("restore", kept["tep"], "--ly-do", "Thử")[0] == 9


def test_the_doctor_says_what_is_there_and_what_is_wrong(run: Run, config: Config) -> None:
    code, said, _ = run("doctor", "--json")
    found = {one["what"]: one for one in json.loads(said)}
    assert (code, found["Cơ sở dữ liệu"]["state"], found["Nhật ký phát thanh"]["state"]) == (0, "tốt", "tốt")
    assert found["Phòng phát sóng"]["state"] == "lưu ý"
    assert found["Sao lưu"]["state"] == "lưu ý"
    with in_database(config) as database, database.writing() as session:
        session.execute(text("UPDATE stations SET name = 'Đài khác'"))
        session.execute(text("DROP TRIGGER log_entries_no_delete"))
    code, said, _ = run("doctor")
    assert code == 1
    assert "tệp ghi Đài Truyền thanh phường Phùng Chí Kiên, đài đang dùng Đài khác" in said
    assert "sai  Nhật ký phát thanh" in said


def test_the_doctor_looks_at_the_backups_as_verify_does(run: Run, config: Config) -> None:
    """Cắt đuôi rồi sửa đầu chuỗi cho khớp: chỉ bản sao còn nhớ. Bản sao bị thay bằng rác thì cũng phải kể ra."""
    kept = Path(json.loads(run("backup", "--json")[1])["tep"])
    code, said, _ = run("doctor")
    assert f"bản sao {kept.name}: tới dòng" in said
    with in_database(config) as database, database.writing() as session:
        session.execute(text("DROP TRIGGER log_entries_no_delete"))
        session.execute(text("DELETE FROM log_entries"))
        session.execute(text("UPDATE chain_heads SET seq = 0, digest = :start"), {"start": GENESIS})
        create_append_only(session.connection(), "log_entries")
    told = json.loads(run("airlog", "verify", "--json")[1])[0]["sai"]
    assert any("nhật ký đã bị cắt" in one for one in told)
    code, said, _ = run("doctor")
    assert (code, f"({told[0]}, và {len(told) - 1} điều khác)" in said) == (1, True)
    kept.write_bytes(b"khong phai ban sao")
    assert f"bản sao {kept.name}: KHÔNG đọc được" in run("airlog", "verify")[1] + run("doctor")[1]


def test_the_doctor_names_a_missing_card_and_a_broken_database_and_creates_nothing(
    run: Run, config: Config, tmp_path: Path
) -> None:
    with in_database(config) as database, database.writing() as session:
        output = session.scalars(select(Output)).first()
        assert output is not None
        output.kind, output.device = OutputKind.SOUND_CARD, {"name": "ALSA:khong-co-cac-nay"}
        name = output.name
    code, said, _ = run("doctor")
    assert code == 1
    assert f"Đường ra “{name}”" in said
    assert "khong-co-cac-nay" in said
    assert "Giọng Giọng" not in said
    file = config.data_folder / "broadcaster.db"
    whole = file.read_bytes()
    for wal in config.data_folder.glob("broadcaster.db-*"):
        wal.unlink()
    file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    code, said, _ = run("doctor")
    assert code == 1
    assert "tệp dữ liệu hỏng" in said
    assert "broadcaster restore" in said
    other = tmp_path / "trong" / "config.toml"
    other.parent.mkdir()
    other.write_text(config.file.read_text("utf-8"), "utf-8")
    run("doctor", "--config", str(other), place=False)
    assert [one.name for one in other.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("wording", ["[web]\nport = 80000", "[web\n", '[data]\nfoldr = "x"', ""])
def test_a_wrong_config_is_told_in_words(run: Run, config: Config, wording: str) -> None:
    config.file.write_text(wording, "utf-8")
    code, _, said = run("today")
    assert (code, "config.toml" in said) == (3, True)


def test_a_missing_config_or_station_says_what_to_do(run: Run, config: Config, tmp_path: Path) -> None:
    assert run("today", "--config", str(tmp_path / "khong-co.toml"), place=False)[0] == 3
    config.file.write_text(config.file.read_text("utf-8").replace('code = "phung-chi-kien"', 'code = "dai-moi"'), "utf-8")
    code, _, said = run("today")
    assert (code, "scripts/run" in said) == (6, True)


def test_every_command_has_help_in_vietnamese(run: Run) -> None:
    for path in ((), ("user",), ("scripts",), ("airlog",), ("serve",), ("doctor",), ("restore",)):
        code, said, _ = run(*path, "--help", place=False)
        assert code == 0
        assert any(letter in said for letter in "ạảấầậắằặẹẽếềệịọốồộớờợụủứừựỳỵ")
