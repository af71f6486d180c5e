"""Sửa tiếng qua trang thật: chọn đoạn, làm, hoàn tác, lưu thành bản mới; bản gốc còn nguyên, giọng máy không sửa được."""

from __future__ import annotations

import html
import io
import re

import pytest
import soundfile
from sqlalchemy import select
from starlette.testclient import TestClient

from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.enums import RecordingSource, SoundKind
from broadcaster.studio.tables import Recording, Sound
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.web.conftest import Enter
from tests.web.test_voice import form, recorded, voice_page


@pytest.fixture
def page(enter: Enter, scene: Scene, services: Services) -> str:
    """Đường dẫn trang thu âm của một bản chờ duyệt có giọng máy và một bản thu của người."""
    writer = enter(scene.writer)
    found = voice_page(writer, scene, services)
    writer.post(found, data=form(writer, found), files={"tep": ("a.wav", recorded(writer, found))})
    return found


def voices(scene: Scene, source: RecordingSource) -> list[Recording]:
    with scene.database.reading() as session:
        return list(session.scalars(select(Recording).where(Recording.source == source).order_by(Recording.id)))


def steps(text: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'name="buoc" value="([^"]*)"', text)]


def heard_s(browser: TestClient, text: str) -> float:
    source = re.search(r'<audio[^>]*src="([^"]*)"', text)
    assert source is not None
    return float(soundfile.info(io.BytesIO(browser.get(html.unescape(source[1])).content)).duration)


def test_a_part_is_cut_out_undone_and_saved_as_a_new_recording(enter: Enter, scene: Scene, services: Services, page: str) -> None:
    writer, (original,) = enter(scene.writer), voices(scene, RecordingSource.HUMAN)
    editor = f"{page}/sua/{original.id}"
    assert f'href="{editor}"' in writer.get(page).text
    opened = writer.get(editor).text
    whole = heard_s(writer, opened)
    assert 'data-song="' in opened
    cut = writer.post(editor, data={"viec": "bo", "tu": "0,5", "den": "1"}).text
    assert (len(steps(cut)), "Bỏ 0,50-1,00 giây" in cut) == (1, True)
    assert heard_s(writer, cut) == pytest.approx(whole - 0.5, abs=0.1)
    louder = writer.post(editor, data={"viec": "to", "tu": "0", "den": "1", "buoc": steps(cut)}).text
    assert len(steps(louder)) == 2
    assert steps(writer.post(editor, data={"viec": "hoan_tac", "buoc": steps(louder)}).text) == steps(cut)
    wrong = writer.post(editor, data={"viec": "giu", "tu": "x", "den": "", "buoc": steps(cut)})
    assert (wrong.status_code, steps(wrong.text), 'role="alert"' in wrong.text) == (422, steps(cut), True)
    fade = writer.post(editor, data={"viec": "ra", "tu": "1", "den": "99", "buoc": []}).text
    saved = writer.post(editor, data={"viec": "luu", "buoc": steps(fade)})
    assert saved.status_code == 303, saved.text
    first, second = voices(scene, RecordingSource.HUMAN)
    assert services.library.verify(first.sha256 or "")
    assert (first.sha256, first.id) == (original.sha256, original.id), "bản gốc còn nguyên"
    assert services.library.tags(second.sha256 or "")["EDITED_FROM"] == original.sha256
    assert second.reader_name == original.reader_name
    joined = writer.post(editor, data={"viec": "noi", "khac": str(second.id), "tu": "", "den": ""}).text
    assert heard_s(writer, joined) == pytest.approx(whole * 2 + 0.3, abs=0.3)


def test_too_much_cut_away_is_refused_and_the_steps_stay(enter: Enter, scene: Scene, page: str) -> None:
    writer, (original,) = enter(scene.writer), voices(scene, RecordingSource.HUMAN)
    editor = f"{page}/sua/{original.id}"
    short = writer.post(editor, data={"viec": "giu", "tu": "0", "den": "0,5"}).text
    refused = writer.post(editor, data={"viec": "luu", "buoc": steps(short)})
    assert (refused.status_code, "không khớp" in refused.text, steps(refused.text)) == (422, True, steps(short))
    assert len(voices(scene, RecordingSource.HUMAN)) == 1


def test_a_machine_voice_and_another_stations_sounds_are_not_opened(enter: Enter, scene: Scene, page: str) -> None:
    (machine,), (human,) = voices(scene, RecordingSource.SYNTHETIC), voices(scene, RecordingSource.HUMAN)
    assert enter(scene.writer).get(f"{page}/sua/{machine.id}").status_code == 404
    assert enter(scene.stranger).get(f"{page}/sua/{human.id}").status_code == 404
    assert enter(scene.clerk).get(f"{page}/sua/{human.id}").status_code == 403
    bad = enter(scene.writer).post(f"{page}/sua/{human.id}", data={"viec": "luu", "buoc": ["xoá hết"]})
    assert bad.status_code == 422


def test_an_ident_is_edited_into_a_new_one(enter: Enter, scene: Scene, services: Services) -> None:
    stored = services.library.put(ToneVoice().speak(["Nhạc hiệu của đài phường ta vang lên mỗi sáng."]).samples, tags={})
    with scene.database.writing() as session:
        session.add(
            Sound(
                station_id=scene.station_id,
                code="nhac-hieu",
                name="Nhạc hiệu cũ",
                kind=SoundKind.IDENT,
                sha256=stored.sha256,
                duration_ms=stored.duration_ms,
                rights="của đài",
            )
        )
    manager = enter(scene.admin)
    listed = manager.get("/dai/am-thanh").text
    link = re.search(r'href="(/dai/am-thanh/\d+/sua)"', listed)
    assert link is not None
    assert heard_s(manager, listed) == pytest.approx(stored.duration_ms / 1000, abs=0.1)
    kept = manager.post(link[1], data={"viec": "giu", "tu": "0", "den": "1"}).text
    saved = manager.post(link[1], data={"viec": "luu", "ten": "Nhạc hiệu ngắn", "buoc": steps(kept)})
    assert saved.status_code == 303, saved.text
    with scene.database.reading() as session:
        found = {one.name: one for one in session.scalars(select(Sound).where(Sound.station_id == scene.station_id))}
    assert found["Nhạc hiệu cũ"].sha256 == stored.sha256
    assert found["Nhạc hiệu ngắn"].duration_ms == pytest.approx(1000, abs=2)
    assert enter(scene.writer).get("/dai/am-thanh").status_code == 403
    assert enter(scene.stranger).get(link[1]).status_code in (403, 404)
