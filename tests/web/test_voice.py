"""Trang thu âm: tải lên không cần script, nhận từng phần, tệp hỏng thì lời nhắn cạnh ô, người duyệt nghe đúng giọng ấy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from broadcaster.sound.pcm import RATE, silence
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.sounds import install_voices
from broadcaster.studio.worker import Worker
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.support.voice import person, wav
from tests.web.conftest import Enter
from tests.web.test_scripts import hashes, write

READER = "Phát thanh viên Mai"


@pytest.fixture
def page(enter: Enter, scene: Scene, services: Services) -> str:
    return voice_page(enter(scene.writer), scene, services)


def voice_page(writer: TestClient, scene: Scene, services: Services) -> str:
    """Đường dẫn trang thu âm của một bản chờ duyệt đã có giọng máy."""
    with scene.database.writing() as session:
        install_voices(session, scene.station_id, {ToneVoice.name: ToneVoice.label})
    script = writer.get(write(writer, "gui"))
    Worker(scene.database, scene.clock, {ToneVoice.name: ToneVoice()}, services.library, name="thợ").step()
    found = re.search(r'href="(/ban-tin/\d+/thu-am)"', script.text)
    assert found is not None
    return found[1]


def sentences(text: str) -> list[str]:
    prompter = re.search(r'(?s)class="prompter"[^>]*>(.*?)</div>', text)
    assert prompter is not None
    return re.findall(r"<p>(.*?)</p>", prompter[1])


def recorded(browser: TestClient, page: str) -> bytes:
    return wav(person(sentences(browser.get(page).text)))


def form(browser: TestClient, page: str, **changes: str) -> dict[str, str]:
    return {"nguoi_doc": READER, **hashes(browser.get(page).text), **changes}


def leftovers(services: Services) -> list[Path]:
    return sorted(path for path in services.parts._root.rglob("*")) if services.parts._root.exists() else []


def test_a_file_is_taken_heard_and_approved(enter: Enter, scene: Scene, services: Services, page: str) -> None:
    writer, leader = enter(scene.writer), enter(scene.leader)
    assert "Giọng máy" in writer.get(page).text
    answer = writer.post(page, data=form(writer, page), files={"tep": ("ten-gi-cung-duoc", recorded(writer, page))})
    assert answer.status_code == 303, answer.text
    shown = writer.get(answer.headers["location"]).text
    assert f"Giọng người: {READER}" in shown
    assert f"Đã nhận giọng {READER}" in shown
    assert leftovers(services) == []
    approval = page.replace("/ban-tin/", "/duyet/").removesuffix("/thu-am")
    told = leader.get(approval).text
    assert READER in told
    assert "(tone:" not in told
    source = re.search(r'src="(/ban-ghi/\d+\.mp3)"', told)
    assert source is not None
    assert b"AI_GENERATED" not in leader.get(source[1]).content
    without = {name: value for name, value in hashes(told).items() if name != "recording_sha256"}
    assert leader.post(approval, data={"viec": "duyet", **without}).status_code == 409
    assert leader.post(approval, data={"viec": "duyet", **hashes(told)}).status_code == 303
    after = writer.get(page)
    assert "không thu âm được nữa" in after.text
    assert writer.post(page, data=form(writer, page), files={"tep": ("a", b"RIFF")}).status_code == 422


def test_a_bad_file_says_why_beside_its_field_and_keeps_the_name(
    enter: Enter, scene: Scene, services: Services, page: str
) -> None:
    writer = enter(scene.writer)
    for content, why in ((b"PK\x03\x04" + bytes(500), "tệp nén"), (b"", "rỗng"), (wav(silence(5_000)), "không có tiếng")):
        answer = writer.post(page, data=form(writer, page), files={"tep": ("bai.wav", content)})
        assert answer.status_code == 422
        assert why in answer.text
        assert 'role="alert"' in answer.text.split("Đọc đúng lời này")[0], "lời nhắn phải ở đầu trang, chỗ mắt nhìn trước"
        assert f'value="{READER}"' in answer.text
        assert leftovers(services) == []
    assert "Hãy chọn một tệp" in writer.post(page, data=form(writer, page)).text
    nameless = writer.post(page, data=form(writer, page, nguoi_doc=" "), files={"tep": ("a.wav", recorded(writer, page))})
    assert (nameless.status_code, "tên người đọc" in nameless.text) == (422, True)
    stale = writer.post(page, data=form(writer, page, reading_sha256="0" * 64), files={"tep": ("a.wav", recorded(writer, page))})
    assert (stale.status_code, "đã đổi" in stale.text) == (422, True)


def test_a_recording_comes_in_parts_and_a_lost_line_costs_nothing(
    enter: Enter, scene: Scene, services: Services, page: str
) -> None:
    writer = enter(scene.writer)
    whole = person(sentences(writer.get(page).text))
    parts = [wav(whole[start : start + RATE]) for start in range(0, len(whole), RATE)]
    key = writer.post(f"{page}/lan").json()["lan"]
    here = f"{page}/lan/{key}"
    for number, part in enumerate(parts[:-1]):
        for _ in range(2):
            assert writer.put(f"{here}/{number}", content=part).status_code == 204
    assert writer.put(f"{here}/0", content=parts[1]).status_code == 409
    assert writer.put(f"{here}/5000", content=parts[1]).status_code == 422
    early = writer.post(f"{here}/xong", data=form(writer, page, so_phan=str(len(parts))))
    assert (early.status_code, f"còn thiếu phần {len(parts)}" in early.text) == (422, True)
    assert "Lần thu dở" in writer.get(page).text, "đóng trang mở lại thì phần đã gửi còn đó"
    for stranger, refused in ((scene.stranger, 404), (scene.leader, 403)):
        assert enter(stranger).put(f"{here}/0", content=parts[0]).status_code == refused
    writer.put(f"{here}/{len(parts) - 1}", content=parts[-1])
    done = writer.post(f"{here}/xong", data=form(writer, page, so_phan=str(len(parts))))
    assert done.status_code == 303, done.text
    assert f"Giọng người: {READER}" in writer.get(page).text
    assert leftovers(services) == []
    assert writer.post(f"{here}/xong", data=form(writer, page, so_phan="1")).status_code == 404


def test_an_abandoned_recording_is_dropped_or_used_from_the_page(enter: Enter, scene: Scene, page: str) -> None:
    writer = enter(scene.writer)
    for deed in ("bo", "xong"):
        key = writer.post(f"{page}/lan").json()["lan"]
        writer.put(f"{page}/lan/{key}/0", content=recorded(writer, page))
        shown = writer.get(page).text
        assert f'action="{page}/lan/{key}/bo"' in shown
        assert f'action="{page}/lan/{key}/xong"' in shown
        answer = writer.post(f"{page}/lan/{key}/{deed}", data=form(writer, page, so_phan="1"))
        assert answer.status_code == 303, answer.text
        assert "Lần thu dở" not in writer.get(page).text


def test_the_choice_between_voices_and_a_script_already_on_the_air(enter: Enter, scene: Scene, page: str) -> None:
    writer, leader = enter(scene.writer), enter(scene.leader)
    made = re.search(r'src="/ban-ghi/(\d+)\.mp3"', writer.get(page).text)
    assert made is not None
    writer.post(page, data=form(writer, page), files={"tep": ("a.wav", recorded(writer, page))})
    back = writer.post(f"{page}/chon", data={"ban_ghi": made[1]})
    assert back.status_code == 303
    assert enter(scene.stranger).post(f"{page}/chon", data={"ban_ghi": made[1]}).status_code == 404
    approval = page.replace("/ban-tin/", "/duyet/").removesuffix("/thu-am")
    told = leader.get(approval).text
    assert "Giọng máy" in told
    assert leader.post(approval, data={"viec": "duyet", **hashes(told)}).status_code == 303
    script = re.search(r'href="(/ban-tin/bai/\d+)"', writer.get(page).text)
    assert script is not None
    again = writer.post(f"{script[1]}/thu-am")
    assert again.status_code == 303
    assert "Đọc đúng lời này" in writer.get(again.headers["location"].split("?")[0]).text


def test_who_may_not_write_may_not_record(enter: Enter, scene: Scene, page: str) -> None:
    assert enter(scene.clerk).get(page).status_code == 403
    assert enter(scene.clerk).post(f"{page}/lan").status_code == 403
    assert enter(scene.stranger).get(page).status_code == 404
    assert enter(None).get(page).status_code == 303


def test_a_huge_body_is_stopped_before_it_is_read(enter: Enter, scene: Scene, page: str) -> None:
    writer = enter(scene.writer)
    answer = writer.post(page, content=b"", headers={"Content-Length": "300000000"})
    assert (answer.status_code, "200 MB" in answer.text) == (413, True)
    noise = np.random.default_rng(1).integers(-9_000, 9_000, RATE * 12, dtype=np.int16)
    loud = writer.post(page, data=form(writer, page), files={"tep": ("on.wav", wav(noise))})
    assert loud.status_code == 422
