"""Trang Mốc nhật ký: người kiểm thấy mốc đã đi đâu, gửi ngay, so một lần bấm hay với mốc chép từ giấy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.anchors import ON_PAPER, head_of, kept, short_code
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.config import load
from broadcaster.web.services import ConfiguredAnchors, Services
from tests.support.scene import Scene
from tests.web.conftest import Enter

SAMPLE = Path(__file__).parent.parent.parent / "config.toml"


@pytest.fixture
def services(services: Services, scene: Scene, tmp_path: Path) -> Services:
    (tmp_path / "ngoai").mkdir()
    words = SAMPLE.read_text("utf-8").replace("folders = []", 'folders = ["ngoai"]')
    (tmp_path / "config.toml").write_text(words, "utf-8")
    return replace(services, anchors=ConfiguredAnchors(load(tmp_path / "config.toml"), scene.database, scene.clock))


def _line(scene: Scene) -> str:
    now = scene.clock.now()
    with scene.database.writing() as session:
        append(session, scene.station_id, Event.PATH_TESTED, {"output": "Đường 1"}, happened_at=now, now=now)
    with scene.database.reading() as session:
        head = head_of(session, scene.station_id)
        assert head is not None
        return short_code(head.seq, head.digest)


def test_an_empty_log_says_so_and_a_place_never_reached_is_late(enter: Enter, scene: Scene) -> None:
    text = enter(scene.auditor).get("/moc-nhat-ky").text
    assert "Nhật ký chưa có dòng nào" in text
    assert "chưa lần nào" in text
    assert "Quá hạn" in text


def test_one_press_sends_and_one_press_compares(enter: Enter, scene: Scene, tmp_path: Path) -> None:
    code, browser = _line(scene), enter(scene.auditor)
    assert code in browser.get("/moc-nhat-ky").text
    assert browser.post("/moc-nhat-ky/gui").status_code == 303
    assert len((tmp_path / "ngoai" / "neo-phung-chi-kien.jsonl").read_text("utf-8").splitlines()) == 1
    page = browser.get("/moc-nhat-ky").text
    assert "Quá hạn" not in page
    for typed in ("", code):
        answer = browser.post("/moc-nhat-ky/so", data={"moc": typed})
        assert answer.status_code == 200
        assert "neo-phung-chi-kien.jsonl: 1 mốc" in answer.text
    answer = browser.post("/moc-nhat-ky/so", data={"moc": f"1:{'0' * 64}"})
    assert "Nhật ký KHÔNG nguyên vẹn" in answer.text
    assert "viết lại" in answer.text
    wrong = browser.post("/moc-nhat-ky/so", data={"moc": "=1+1"})
    assert wrong.status_code == 422
    assert "=1+1" in wrong.text


def test_paper_is_no_place_that_is_sent_to(enter: Enter, scene: Scene) -> None:
    _line(scene)
    with scene.database.writing() as session:
        head = head_of(session, scene.station_id)
        assert head is not None
        kept(session, scene.station_id, ON_PAPER, head, at=scene.clock.now())
    page = enter(scene.auditor).get("/moc-nhat-ky").text
    assert ON_PAPER in page
    assert "nay không gửi nữa" not in page


@pytest.mark.parametrize("who", ["writer", "clerk", "operator"])
def test_only_who_reads_the_book_may(enter: Enter, scene: Scene, who: str) -> None:
    actor: Actor = getattr(scene, who)
    browser = enter(actor)
    assert [browser.get("/moc-nhat-ky").status_code, browser.post("/moc-nhat-ky/gui").status_code] == [403, 403]
    assert browser.post("/moc-nhat-ky/so", data={"moc": ""}).status_code == 403
