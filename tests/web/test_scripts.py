"""Từ biểu mẫu tới duyệt qua trang thật: ba người, chữ đã gõ luôn còn, sai người là bị từ chối."""

from __future__ import annotations

import io
import re

import docx
from starlette.testclient import TestClient

from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.sounds import install_voices
from broadcaster.studio.worker import Worker
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.web.conftest import Enter

FORM = {"tieu_de": "Tin CCHC", "noi_dung": "UBND phường công khai 12 thủ tục hành chính.", "the_loai": "news", "khong_han": "1"}


def write(browser: TestClient, viec: str, **changes: object) -> str:
    """Gửi biểu mẫu mới; trả về trang sẽ tới."""
    answer = browser.post("/ban-tin/moi", data={**FORM, "viec": viec, **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


def hashes(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(re\w+_sha256)" value="(\w+)"', page))


def test_three_people_walk_a_script_to_approval(enter: Enter, scene: Scene, services: Services) -> None:
    with scene.database.writing() as session:
        install_voices(session, scene.station_id, {ToneVoice.name: ToneVoice.label})
    writer, leader = enter(scene.writer), enter(scene.leader)
    page = write(writer, "gui", chuyen_muc=scene.column_id, noi_dung_kh=[scene.topic_ids[0]], tdp=[scene.zone_ids[0]])
    assert "Chờ duyệt" in writer.get(page).text
    link = re.search(r'href="(/duyet/\d+)"', leader.get("/duyet").text)
    assert link is not None
    shown = leader.get(link[1])
    assert "ủy ban nhân dân phường công khai mười hai thủ tục hành chính" in shown.text
    assert "Đang chờ làm" in shown.text
    Worker(scene.database, scene.clock, {ToneVoice.name: ToneVoice()}, services.library, name="thợ").step()
    source = re.search(r'src="(/ban-ghi/\d+\.mp3)"', leader.get(link[1]).text)
    assert source is not None
    sound = leader.get(source[1], headers={"Range": "bytes=0-99"})
    assert (sound.status_code, sound.headers["content-type"], len(sound.content)) == (206, "audio/mpeg", 100)
    assert enter(scene.stranger).get(source[1]).status_code == 404
    back = leader.post(link[1], data={"viec": "tra_lai", "ghi_chu": " "})
    assert back.status_code == 422
    assert "vì sao trả lại" in back.text
    wrong = leader.post(link[1], data={"viec": "duyet", "revision_sha256": "0" * 64, "reading_sha256": "0" * 64})
    assert wrong.status_code == 409
    assert writer.post(link[1], data={"viec": "duyet", **hashes(shown.text)}).status_code == 403
    assert enter(scene.stranger).post(link[1], data={"viec": "duyet", **hashes(shown.text)}).status_code == 404
    assert leader.post(link[1], data={"viec": "duyet", **hashes(shown.text)}).status_code == 303
    assert scene.leader.name in writer.get(page).text
    assert leader.post(f"{page}/rut", data={"ghi_chu": "Số liệu cũ"}).status_code == 303
    assert "Đã rút" in writer.get(page).text
    again = writer.post(f"{page}/sua-moi").headers["location"]
    assert FORM["noi_dung"] in writer.get(again).text


def test_typed_text_comes_back_with_each_problem(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    typed = {"tieu_de": "<script>x</script>", "noi_dung": " ", "tu_ngay": "2026-03-05", "den_ngay": "2026-03-01", "viec": "luu"}
    answer = browser.post("/ban-tin/moi", data=typed)
    assert answer.status_code == 422
    assert "&lt;script&gt;x&lt;/script&gt;" in answer.text
    assert "đứng trước ngày bắt đầu" in answer.text
    assert answer.text.count('class="problem"') == 2
    bad_date = browser.post("/ban-tin/moi", data={**FORM, "tu_ngay": "hôm qua", "viec": "luu"})
    assert bad_date.status_code == 422
    assert FORM["noi_dung"] in bad_date.text


def test_the_reading_is_shown_without_saving(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    answer = browser.post("/ban-tin/moi", data={**FORM, "noi_dung": "Chỉ số CHCC đạt 91,43%.", "viec": "xem"})
    assert "chín mươi mốt phẩy bốn mươi ba phần trăm" in answer.text
    assert "có lẽ gõ nhầm" in answer.text
    assert "Chưa có bản tin nào" in browser.get("/ban-tin").text


def test_two_windows_lose_nothing(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    page = write(browser, "luu")
    assert browser.post(page, data={**FORM, "version": "1", "noi_dung": "Cửa sổ một.", "viec": "luu"}).status_code == 303
    late = browser.post(page, data={**FORM, "version": "1", "noi_dung": "Cửa sổ hai.", "viec": "luu"})
    assert late.status_code == 409
    assert "Cửa sổ một." in late.text
    assert "Cửa sổ hai." in late.text
    assert 'name="version" value="2"' in late.text


def test_a_word_file_fills_the_form(enter: Enter, scene: Scene) -> None:
    document = docx.Document()
    document.add_paragraph("THÔNG BÁO")
    document.add_paragraph("UBND phường thông báo lịch tiếp công dân ngày 15/3.")
    data = io.BytesIO()
    document.save(data)
    browser = enter(scene.writer)
    answer = browser.post("/ban-tin/tai-len", files={"tep": ("thong-bao.docx", data.getvalue())})
    assert answer.status_code == 200
    assert "lịch tiếp công dân ngày 15/3" in answer.text
    wrong = browser.post("/ban-tin/tai-len", files={"tep": ("a.docx", b"%PDF-1.7 gi do")})
    assert wrong.status_code == 422
    assert browser.post("/ban-tin/tai-len", data={"x": "1"}).status_code == 422


def test_others_only_read_or_do_not_exist(enter: Enter, scene: Scene) -> None:
    page = write(enter(scene.writer), "gui")
    assert enter(scene.auditor).get(page).status_code == 200
    assert enter(scene.stranger).get(page).status_code == 404
    assert enter(scene.auditor).post("/ban-tin/moi", data={**FORM, "viec": "luu"}).status_code == 403
    foreign = enter(scene.stranger).post("/ban-tin/moi", data={**FORM, "chuyen_muc": scene.column_id, "viec": "luu"})
    assert foreign.status_code == 404
    assert enter(scene.writer).get("/duyet").status_code == 403
