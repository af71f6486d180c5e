"""Từ biểu mẫu tới duyệt qua trang thật: ba người, chữ đã gõ luôn còn, sai người là bị từ chối."""

from __future__ import annotations

import html
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


LETTER = (
    "ỦY BAN NHÂN DÂN PHƯỜNG A\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 16/TB-UBND\n"
    "THÔNG BÁO\nVề việc tiêm phòng dại\nKính gửi: Các tổ dân phố\nPhường tiêm phòng ngày 5/3.\n"
    "Nơi nhận:\n- Như trên;\n- Lưu: VT.\nTM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\nNguyễn Văn A\n"
)


def fields(page: str) -> dict[str, str]:
    """Các ô của biểu mẫu soạn như trình duyệt sẽ gửi lại."""
    form = page[page.index('<form class="card" method="post" action="/ban-tin/') :]
    boxes = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form))
    text = re.search(r'(?s)<textarea id="noi_dung"[^>]*>(.*?)</textarea>', form)
    assert text is not None
    return {name: html.unescape(value) for name, value in {**boxes, "noi_dung": text[1]}.items() if name in KEPT}


KEPT = ("tieu_de", "noi_dung", "dau", "cuoi", "truoc", "moi_tieu_de", "moi_noi_dung", "moi_dau", "moi_cuoi", "moi_the_loai")


def test_a_letterhead_is_shown_struck_and_one_press_brings_it_back(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    page = browser.post("/ban-tin/tai-len", data={"viec": ""}, files={"tep": ("tb.txt", LETTER.encode())}).text
    form = fields(page)
    assert form["noi_dung"] == "THÔNG BÁO\nVề việc tiêm phòng dại\nPhường tiêm phòng ngày 5/3."
    assert form["tieu_de"] == "Thông báo về việc tiêm phòng dại"
    assert "<s>ỦY BAN NHÂN DÂN PHƯỜNG A" in page
    assert '<option value="notice" selected>' in page
    back = fields(browser.post("/ban-tin/moi", data={**form, "viec": "lay_cuoi"}).text)
    assert back["noi_dung"].endswith("Nguyễn Văn A")
    assert "cuoi" not in back
    again = fields(browser.post("/ban-tin/moi", data={**back, "viec": "lay_dau"}).text)
    assert again["noi_dung"].startswith("ỦY BAN NHÂN DÂN PHƯỜNG A")
    undone = fields(browser.post("/ban-tin/moi", data={**again, "viec": "hoan_tac"}).text)
    assert undone["noi_dung"] == back["noi_dung"]
    pasted = browser.post("/ban-tin/moi", data={**FORM, "noi_dung": LETTER, "viec": "xem"}).text
    assert "Để riêng, không đọc" in pasted
    aside = fields(browser.post("/ban-tin/moi", data={**FORM, "noi_dung": LETTER, "viec": "de_rieng"}).text)
    assert aside["noi_dung"] == form["noi_dung"]


def test_an_upload_loses_neither_text_nor_title(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    typed = {**FORM, "noi_dung": "Chữ đang soạn dở.", "tu_ngay": "2026-03-05"}
    page = browser.post("/ban-tin/tai-len", data=typed, files={"tep": ("tb.txt", b"Ch\xe1\xbb\xaf trong t\xe1\xbb\x87p.")})
    asked = fields(page.text)
    assert (asked["tieu_de"], asked["noi_dung"], asked["moi_noi_dung"]) == (FORM["tieu_de"], typed["noi_dung"], "Chữ trong tệp.")
    assert re.search(r'name="tu_ngay"[^>]*value="(?:2026-03-05|05/03/2026)"', page.text)
    for act, text in (
        ("thay", "Chữ trong tệp."),
        ("them", "Chữ đang soạn dở.\n\nChữ trong tệp."),
        ("thoi", "Chữ đang soạn dở."),
    ):
        after = fields(browser.post("/ban-tin/moi", data={**asked, "viec": act}).text)
        assert (after["tieu_de"], after["noi_dung"]) == (FORM["tieu_de"], text)
        if act != "thoi":
            back = fields(browser.post("/ban-tin/moi", data={**after, "viec": "hoan_tac"}).text)
            assert back["noi_dung"] == "Chữ đang soạn dở."
    wrong = browser.post("/ban-tin/tai-len", data=typed, files={"tep": ("a.pdf", b"%PDF-1.7 gi do")})
    assert (wrong.status_code, fields(wrong.text)["noi_dung"]) == (422, "Chữ đang soạn dở.")
    assert "Chưa có bản tin nào" in browser.get("/ban-tin").text, "chưa bấm lưu thì chưa lưu gì"


def test_a_draft_takes_a_file_too_and_strangers_do_not(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    draft = write(browser, "luu").removesuffix("/sua")
    page = browser.post(f"{draft}/tai-len", data={**FORM, "version": "1"}, files={"tep": ("a.txt", "Tin mới.".encode())})
    assert fields(page.text)["moi_noi_dung"] == "Tin mới."
    assert f'action="{draft}/sua"' in page.text
    assert enter(scene.auditor).post("/ban-tin/tai-len", files={"tep": ("a.txt", b"Tin")}).status_code == 403


def test_broken_text_is_put_right_by_one_press_or_asked_at_its_place(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    old = "Uû ban nh©n d©n ph­êng th«ng b¸o cho toµn thÓ nh©n d©n"
    refused = browser.post("/ban-tin/moi", data={**FORM, "noi_dung": old, "viec": "luu"})
    assert (refused.status_code, 'value="doi_ma"' in refused.text) == (422, True)
    mended = fields(browser.post("/ban-tin/moi", data={**FORM, "noi_dung": old, "viec": "doi_ma"}).text)
    assert mended["noi_dung"] == "Uỷ ban nhân dân phường thông báo cho toàn thể nhân dân"
    shown = browser.post("/ban-tin/moi", data={**FORM, "noi_dung": "Mời bà con tæ d©n phè 3 đến họp.", "viec": "gui"})
    assert shown.status_code == 422
    button = re.search(r'name="sua" value="([^"]*)"', shown.text)
    assert button is not None
    fixed = fields(
        browser.post("/ban-tin/moi", data={**FORM, "noi_dung": "Mời bà con tæ d©n phè 3 đến họp.", "sua": button[1]}).text
    )
    assert fixed["noi_dung"] == "Mời bà con tổ dân phố 3 đến họp."
    lost = browser.post("/ban-tin/moi", data={**FORM, "noi_dung": "Nộp hồ s? đăng ký.", "viec": "gui"})
    assert (lost.status_code, "bị mất chữ" in lost.text) == (422, True)


def test_limits_stand_beside_their_fields(enter: Enter, scene: Scene) -> None:
    page = enter(scene.writer).get("/ban-tin/moi").text
    assert "Tới 50 MB" in page
    assert 'data-toi-da="50"' in page
