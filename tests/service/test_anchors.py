"""Mốc ra khỏi tay chủ máy: thư mục ngoài, thư, máy khác; nơi hỏng không cản nơi kia; và chứng cứ cho một lượt phát."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from sqlalchemy import select, text

from broadcaster.accounts.tables import Alert
from broadcaster.airlog.anchors import short_code, typed
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import Anchor
from broadcaster.airlog.writing import append
from broadcaster.clock import ManualClock, SystemClock
from broadcaster.config import load
from broadcaster.database import Database
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.making import report_of
from broadcaster.reports.periods import PeriodKind, calendar_period
from broadcaster.service.anchor_keeping import Keeper, sign
from broadcaster.service.anchoring import Sent, anchor
from broadcaster.service.doctor import NOTE, WRONG, examine
from broadcaster.service.local import opened
from broadcaster.service.proving import check, prove, write_proof
from broadcaster.sound.library import Library
from broadcaster.sound.parts import PartStore
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.announcing import Announcer
from broadcaster.web.app import create_app
from broadcaster.web.services import Anchors, Services
from tests.reports.made import make_report
from tests.support.mailbox import mailbox
from tests.support.scene import Scene
from tests.support.served import served
from tests.support.tampering import START, Station, copied, owner, rechain
from tests.web.conftest import StillPlayout

LATER = START + timedelta(days=1)


@pytest.fixture
def station(whole: Station, tmp_path: Path) -> Station:
    return copied(whole, tmp_path / "dai")


def configured(station: Station, **lines: str) -> Station:
    """Đài ấy với ``[anchors]`` khác."""
    path = station.folder / "config.toml"
    words = path.read_text("utf-8").replace('folders = ["ngoai"]', lines.get("folders", "folders = []"))
    for name in ("send", "receive"):
        if name in lines:
            words = words.replace(f"{name} = []", lines[name], 1)
    if "mail" in lines:
        words = words.replace("[log]\n", f"[anchors.mail]\n{lines['mail']}\n\n[log]\n", 1)
    path.write_text(words, "utf-8")
    return Station(load(path), station.folder)


def send(station: Station, *, at: object = LATER) -> list[Sent]:
    with station.open() as database:
        return anchor(station.config, database, ManualClock(at))  # type: ignore[arg-type]


def alerts(station: Station) -> list[str]:
    with station.open() as database, database.reading() as session:
        return list(session.scalars(select(Alert.message).where(Alert.closed_at.is_(None))))


def test_every_place_gets_the_same_head_and_the_book_knows(station: Station) -> None:
    with mailbox() as (port, letters):
        mail = f'to = ["van-phong@phuong.vn"]\nhost = "127.0.0.1"\nport = {port}\nsender = "dai@phuong.vn"\nstarttls = false'
        here = configured(station, folders='folders = ["ngoai"]', mail=mail)
        assert [one.error for one in send(here)] == ["", ""]
    line = json.loads((station.folder / "ngoai" / "neo-phung-chi-kien.jsonl").read_text("utf-8").splitlines()[-1])
    assert short_code(line["dong"], line["bam"]) in "".join(letters).replace("=\n", "")
    with here.open() as database, database.reading() as session:
        newest = session.scalars(select(Anchor).order_by(Anchor.id.desc()).limit(2)).all()
    assert {(one.seq, one.digest, one.root) for one in newest} == {(line["dong"], line["bam"], line["goc"])}
    assert here.verdict().faults == ()


def test_a_place_out_of_reach_stops_no_other_and_is_told_after_some_days(station: Station) -> None:
    here = configured(station, folders='folders = ["khong-co", "ngoai"]')
    assert [bool(one.error) for one in send(here)] == [True, False]
    assert alerts(here) == []
    send(here, at=START + timedelta(days=4))
    assert len(alerts(here)) == 1
    (station.folder / "khong-co").mkdir()
    send(here, at=START + timedelta(days=5))
    assert alerts(here) == []


def test_why_a_place_was_not_reached_is_told_in_words_of_the_station(station: Station) -> None:
    (station.folder / "tep").write_text("một tệp")
    (station.folder / "k").write_text(KEY, "utf-8")
    (station.folder / "day").mkdir()
    (station.folder / "day" / "neo-phung-chi-kien.jsonl").symlink_to("/dev/full")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        mail = f'to = ["a@b.vn"]\nhost = "127.0.0.1"\nport = {port}\nsender = "x@y.vn"'
        target = f'send = [{{ name = "Bạn", url = "http://127.0.0.1:{port}/", secret_file = "k" }}]'
        here = configured(station, folders='folders = ["khong-co", "tep", "day"]', mail=mail, send=target)
        told = [one.error for one in send(here)]
    away = "không nối được tới máy ấy"
    assert told == [
        "chưa cắm ổ, hoặc thư mục không còn",
        "đường dẫn ấy không phải thư mục",
        "ổ đã đầy",
        away,
        away,
    ]


def test_a_clock_that_once_ran_ahead_does_not_silence_the_reminder(station: Station) -> None:
    """Một mốc ghi năm 2036 từng làm nơi ấy không bao giờ quá hạn nữa."""
    here = configured(station, folders='folders = ["ngoai"]')
    send(here, at=START + timedelta(days=3650))
    shutil.rmtree(station.folder / "ngoai")
    send(here, at=START + timedelta(days=30))
    assert len(alerts(here)) == 1
    assert [(one.state, "thư mục" in one.told) for one in examine(here.config, SystemClock()) if one.what == "Mốc nhật ký"] == [
        (WRONG, True)
    ]
    bare = configured(station, folders="folders = []")
    assert [one.state for one in examine(bare.config, SystemClock()) if one.what == "Mốc nhật ký"] == [NOTE]


def test_an_answer_nobody_expects_stops_no_other_place(station: Station) -> None:
    """Danh sách JSON thay cho biên nhận từng giết phòng thu giữa đêm: nơi đứng sau không nhận mốc, mà không ai hay."""
    (station.folder / "tinh.khoa").write_text(KEY, "utf-8")
    with answering(b"[]") as address:
        targets = ", ".join(f'{{ name = "{name}", url = "{address}", secret_file = "tinh.khoa" }}' for name in ("Tỉnh", "Bạn"))
        here = configured(station, send=f"send = [{targets}]")
        assert [bool(one.error) for one in send(here)] == [True, True]
        send(here, at=START + timedelta(days=9))
    assert len(alerts(here)) == 2


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """Một máy chủ trả 200 kèm ``body`` cho mọi thứ."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Im lặng."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- máy giữ hộ -----------------------------------------------------------------------------------------------------


KEY = "khoá chung của hai máy"


def keeper(folder: Path) -> Keeper:
    return Keeper(folder, ManualClock(LATER), {"phung-chi-kien": lambda: KEY})


class _Keeping(Anchors):
    def __init__(self, folder: Path) -> None:
        self.keeper = keeper(folder)


def _services(scene: Scene, folder: Path, anchors: Anchors) -> Services:
    library = Library(folder / "recordings")
    return Services(
        database=scene.database,
        clock=scene.clock,
        library=library,
        playout=StillPlayout(),
        reader=read_text,
        speak=lambda _text: b"",
        announcer=Announcer(ToneVoice(), library),
        parts=PartStore(folder / "uploads"),
        exports=folder,
        beats=folder / "beats",
        captures=folder / "capture",
        anchors=anchors,
    )


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


def test_a_second_machine_keeps_the_marks_and_notices_a_rewrite(station: Station, scene: Scene, tmp_path: Path) -> None:
    kept = station.folder / "tinh"
    (station.folder / "tinh.khoa").write_text(KEY, "utf-8")
    with served(create_app(_services(scene, tmp_path, _Keeping(kept)))) as address:
        target = f'{{ name = "Tỉnh", url = "{address}/api/v1/anchors/phung-chi-kien", secret_file = "tinh.khoa" }}'
        here = configured(station, send=f"send = [{target}]")
        assert send(here)[0].receipt.startswith("đã giữ dòng")
        _grow(here)
        assert send(here)[0].receipt.startswith("đã giữ dòng")
        with owner(here) as connection:
            connection.execute(text("UPDATE log_entries SET body = replace(body, 'thử loa', 'thử') WHERE event = 'path_tested'"))
            rechain(connection)
        _grow(here)
        assert "viết lại" in send(here)[0].doubt
        assert any("viết lại" in one for one in alerts(here))
        answer = requests.post(f"{address}/api/v1/anchors/la", data=b"{}", timeout=5)
        assert (answer.status_code, answer.json()["status"]) == (404, 404)
    path = kept / "neo-phung-chi-kien.jsonl"
    assert [json.loads(one)["noi_tiep"] for one in path.read_text("utf-8").splitlines()] == [True, True, False]
    assert not here.verdict(against=(str(path),)).sound


def test_a_receipt_that_got_lost_is_no_rewrite(station: Station, scene: Scene, tmp_path: Path) -> None:
    """Máy giữ hộ đã giữ mốc mà câu trả lời lạc đường: lần gửi sau từng bị kể là nhật ký viết lại, ở cả hai bên."""
    kept = station.folder / "tinh"
    (station.folder / "tinh.khoa").write_text(KEY, "utf-8")
    with served(create_app(_services(scene, tmp_path, _Keeping(kept)))) as address:
        url = f"{address}/api/v1/anchors/phung-chi-kien"
        here = configured(station, send=f'send = [{{ name = "A", url = "{url}", secret_file = "tinh.khoa" }}]')
        assert send(here)[0].receipt
        _grow(here)
        assert send(_renamed(here, "A", "B"))[0].receipt, "sổ không nhớ mốc nào ở nơi tên B, máy ấy thì đang giữ một"
        with owner(here) as connection:
            connection.execute(text("UPDATE log_entries SET body = replace(body, 'thử loa', 'thử') WHERE event = 'path_tested'"))
            rechain(connection)
        _grow(here)
        assert "viết lại" in send(_renamed(here, "B", "C"))[0].doubt
    marks = [json.loads(one) for one in (kept / "neo-phung-chi-kien.jsonl").read_text("utf-8").splitlines()]
    assert [one["noi_tiep"] for one in marks][-1] is False
    assert all(one["noi_tiep"] for one in marks[:-1])


def _renamed(station: Station, old: str, new: str) -> Station:
    path = station.folder / "config.toml"
    path.write_text(path.read_text("utf-8").replace(f'name = "{old}"', f'name = "{new}"'), "utf-8")
    return Station(load(path), station.folder)


def _grow(station: Station) -> None:
    with station.open() as database, database.writing() as session:
        append(session, 1, Event.PATH_TESTED, {"output": "Đường 1"}, happened_at=LATER, now=LATER)


@pytest.mark.parametrize(
    ("change", "code", "wrong"),
    [
        ({}, "dai-la", NotFound),
        ({"dai": "dai-khac"}, "phung-chi-kien", Invalid),
        ({"bam": "x"}, "phung-chi-kien", Invalid),
        ({"luc": "2026-01-01T00:00:00+00:00"}, "phung-chi-kien", Invalid),
        ({"la": 1}, "phung-chi-kien", Invalid),
    ],
)
def test_what_is_not_a_mark_is_refused(tmp_path: Path, change: dict[str, object], code: str, wrong: type[Exception]) -> None:
    told = {"dai": "phung-chi-kien", "dong": 3, "bam": "a" * 64, "goc": "b" * 64, "luc": LATER.isoformat(), **change}
    body = json.dumps(told).encode()
    with pytest.raises(wrong):
        keeper(tmp_path).receive(code, body, sign(KEY, body))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_signature_is_refused_and_the_same_mark_twice_is_one(tmp_path: Path) -> None:
    body = json.dumps({"dai": "phung-chi-kien", "dong": 3, "bam": "a" * 64, "goc": "b" * 64, "luc": LATER.isoformat()}).encode()
    with pytest.raises(NotAllowed):
        keeper(tmp_path).receive("phung-chi-kien", body, sign("khoá khác", body))
    for _ in range(2):
        keeper(tmp_path).receive("phung-chi-kien", body, sign(KEY, body))
    assert len((tmp_path / "neo-phung-chi-kien.jsonl").read_text().splitlines()) == 1
    with (tmp_path / "neo-phung-chi-kien.jsonl").open("ab") as torn:
        torn.write(b'{"dai": "phung-ch')
    shorter = body.replace(b'"dong": 3', b'"dong": 2')
    with pytest.raises(Conflict):
        keeper(tmp_path).receive("phung-chi-kien", shorter, sign(KEY, shorter))


# --- so và chứng minh -------------------------------------------------------------------------------------------------


def test_a_mark_is_read_as_people_write_it() -> None:
    assert typed(" 1234:AB12-cd34-ef56-7890-1234 ") == typed("1234:ab12cd34ef5678901234")
    for wrong in ("", "12", "12:ab", "x:" + "a" * 64, "12:" + "g" * 20, "0:" + "0" * 20, ".:" + "a" * 20):
        with pytest.raises(Invalid):
            typed(wrong)


def test_one_line_on_paper_proves_one_airing(station: Station, tmp_path: Path) -> None:
    with opened(station.config) as (database, actor), database.reading() as session:
        item_id = session.scalar(text("SELECT min(id) FROM items"))
        proof = prove(session, actor, item_id)
        with pytest.raises(NotFound):
            prove(session, actor, 12345)
    file = tmp_path / "chung-cu.json"
    write_proof(proof, file)
    told = check(file, proof["goc"][:20])
    assert "Nộp hồ sơ trực tuyến" in told[0]
    assert "khớp gốc trên giấy" in told[-1]
    with pytest.raises(Invalid):
        check(file, "0" * 20)
    file.write_text(file.read_text("utf-8").replace("60000", "90000"), "utf-8")
    with pytest.raises(Invalid, match="không khớp"):
        check(file)
    file.write_text("[]", "utf-8")
    with pytest.raises(Invalid):
        check(file)


def test_the_printed_handover_alone_proves_one_airing(station: Station, tmp_path: Path) -> None:
    """Giấy từng chỉ mang băm của chuỗi: chứng cứ của một lượt phát không so được với nó."""
    with opened(station.config, "quantri") as (database, actor):
        with database.writing() as session:
            today = calendar_period(PeriodKind.DAY, START.date())
            report = make_report(session, actor, ReportKind.HANDOVER, today, now=LATER)
            printed = " ".join(report_of(session, actor, report.id)[1].footnotes)
        with database.reading() as session:
            write_proof(prove(session, actor, session.scalar(text("SELECT min(id) FROM items")) or 0), tmp_path / "chung-cu.json")
    (root,) = re.findall(r"Gốc cây tới dòng \d+: ([0-9a-f-]{24})", printed)
    assert "khớp gốc trên giấy" in check(tmp_path / "chung-cu.json", root.upper().replace("-", " "))[-1]
    with opened(station.config, "quantri") as (database, actor), database.reading() as session:
        item_id, seq = session.scalar(text("SELECT min(id) FROM items")) or 0, 35
        assert prove(session, actor, item_id, reaching=seq)["so_dong"] == seq
        for wrong in (1, 10**6):
            with pytest.raises(Invalid, match="trong khoảng ấy"):
                prove(session, actor, item_id, reaching=wrong)
    (mark,) = re.findall(r"lúc lập: (\S+)", printed)
    with pytest.raises(Invalid, match="Hãy chép đúng dòng"):
        check(tmp_path / "chung-cu.json", mark)
    empty = {**json.loads((tmp_path / "chung-cu.json").read_text("utf-8")), "cac_dong": []}
    (tmp_path / "chung-cu.json").write_text(json.dumps(empty), "utf-8")
    with pytest.raises(Invalid, match="không phải tệp chứng cứ"):
        check(tmp_path / "chung-cu.json", root)
