"""Phòng thu: xin một lần làm một lần, một bản tin một giọng, thợ chết không mất việc, mẫu lời không hở chỗ trống."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcaster.accounts.audit import open_alerts
from broadcaster.errors import Invalid, NotAllowed, NotFound, VoiceFailed
from broadcaster.reading import read
from broadcaster.sound.library import Library
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker
from broadcaster.sound.voices.port import Progress, Speech, Voice
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio import templates
from broadcaster.studio.desk import StudioDesk
from broadcaster.studio.enums import RecordingState, TemplateCode
from broadcaster.studio.listening import preview_of, recording
from broadcaster.studio.render import HOLD, Made, claim_next, finish, make
from broadcaster.studio.render_queue import make_again, want_preview, want_recording
from broadcaster.studio.sounds import install_idents, install_voices, store_idents
from broadcaster.studio.tables import Recording, Sound
from broadcaster.studio.worker import Worker
from broadcaster.traffic.preparing import Studio
from tests.newsroom.test_walk import submitted
from tests.support.scene import Scene

SENTENCES = ("Ủy ban nhân dân phường thông báo.", "Mời bà con tới nhà văn hóa.\n")


class Stumbling(ToneVoice):
    """Giọng vấp ở câu thứ hai: cổng giọng đọc cho phép hỏng bất cứ lúc nào."""

    name = "tone:vap"

    def speak(
        self, sentences: Sequence[str], *, on_progress: Progress | None = None, cancelled: threading.Event | None = None
    ) -> Speech:
        super().speak(sentences[:1], on_progress=on_progress, cancelled=cancelled)
        raise VoiceFailed("Mất mạng giữa bản tin.")


def want(scene: Scene, *voices: Voice, sentences: Sequence[str] = SENTENCES) -> int:
    with scene.database.writing() as session:
        install_voices(session, scene.station_id, {voice.name: voice.label for voice in voices})
        row = want_recording(
            session, scene.station_id, sentences=sentences, title="Thử", tags={}, urgency=0, now=scene.clock.now()
        )
        return row.id


def worker(scene: Scene, folder: Path, *voices: Voice, name: str = "thợ 1") -> Worker:
    return Worker(scene.database, scene.clock, {voice.name: voice for voice in voices}, Library(folder), name=name)


def row_of(scene: Scene, recording_id: int) -> Recording:
    with scene.database.reading() as session:
        return recording(session, scene.writer, recording_id)


def test_made_once_with_its_ai_mark(scene: Scene, tmp_path: Path) -> None:
    first = want(scene, ToneVoice())
    assert want(scene, ToneVoice()) == first
    maker = worker(scene, tmp_path, ToneVoice())
    assert maker.step()
    assert not maker.step()
    made = row_of(scene, first)
    assert (made.state, made.voice) == (RecordingState.MADE, "tone:dien-tap")
    assert made.lufs is not None
    assert abs(made.lufs + 18) <= 0.5
    library = Library(tmp_path)
    assert library.verify(made.sha256 or "")
    assert library.tags(made.sha256 or "")["AI_GENERATED"] == "true"


def test_a_voice_that_stumbles_gives_the_whole_bulletin_to_the_next(scene: Scene, tmp_path: Path) -> None:
    recording_id = want(scene, Stumbling(), ToneVoice())
    worker(scene, tmp_path, Stumbling(), ToneVoice()).step()
    made = row_of(scene, recording_id)
    assert (made.state, made.voice) == (RecordingState.MADE, "tone:dien-tap")
    assert made.failures == [{"voice": "tone:vap", "reason": "Mất mạng giữa bản tin."}]


def test_no_voice_left_is_told_and_tried_again(scene: Scene, tmp_path: Path) -> None:
    recording_id = want(scene, Stumbling(), ToneVoice())
    worker(scene, tmp_path, Stumbling()).step()
    assert row_of(scene, recording_id).state is RecordingState.FAILED
    with scene.database.reading() as session:
        assert "Mất mạng giữa bản tin" in open_alerts(session, scene.station_id)[0].message
    maker = worker(scene, tmp_path, ToneVoice())
    assert not maker.step()
    scene.clock.advance(16)
    assert maker.step()
    assert row_of(scene, recording_id).state is RecordingState.MADE
    with scene.database.reading() as session:
        assert open_alerts(session, scene.station_id) == []


def test_a_killed_worker_loses_nothing_and_hands_in_nothing(scene: Scene, tmp_path: Path) -> None:
    recording_id = want(scene, ToneVoice())
    with scene.database.writing() as session:
        lost = claim_next(session, "thợ chết", now=scene.clock.now())
    assert lost is not None
    assert not worker(scene, tmp_path, ToneVoice()).step()
    scene.clock.advance(HOLD.total_seconds() + 1)
    assert worker(scene, tmp_path, ToneVoice(), name="thợ 2").step()
    late = make(lost, {"tone:dien-tap": ToneVoice()}, Library(tmp_path), made_on="2026-03-02")
    assert isinstance(late, Made)
    with scene.database.writing() as session:
        assert not finish(session, lost, late, now=scene.clock.now() + timedelta(seconds=1))
    assert row_of(scene, recording_id).claimed_by == "thợ 2"


def test_submission_has_its_preview_for_the_right_eyes(scene: Scene, tmp_path: Path) -> None:
    revision = submitted(scene)
    with scene.database.writing() as session:
        install_voices(session, scene.station_id, {"tone:dien-tap": "Bíp"})
        session.add(revision)
        snapshot = revision.readings[-1]
        assert preview_of(session, scene.leader, snapshot) is None
        wanted = want_preview(session, snapshot, station_id=scene.station_id, now=scene.clock.now())
        assert want_preview(session, snapshot, station_id=scene.station_id, now=scene.clock.now()).id == wanted.id
    worker(scene, tmp_path, ToneVoice()).step()
    with scene.database.reading() as session:
        preview = preview_of(session, scene.leader, snapshot)
        assert preview is not None
        assert preview.state is RecordingState.MADE
        assert Library(tmp_path).tags(preview.sha256 or "")["REVISION_SHA256"] == revision.frozen_sha256
        assert preview_of(session, scene.stranger, snapshot) is None
        with pytest.raises(NotFound):
            recording(session, scene.stranger, preview.id)
        with pytest.raises(NotAllowed):
            make_again(session, scene.auditor, preview.id, now=scene.clock.now())


def test_real_vietnamese_speech_offline(scene: Scene, tmp_path: Path) -> None:
    speech = EspeakWorker()
    try:
        voice = EspeakVoice(speech)
        reading = read("Ngày 21/01/2025, UBND phường ban hành Kế hoạch số 16/KH-UBND.")
        recording_id = want(scene, voice, sentences=reading.sentences)
        worker(scene, tmp_path, voice).step()
    finally:
        speech.close()
    made = row_of(scene, recording_id)
    assert made.state is RecordingState.MADE
    assert 4_000 < (made.duration_ms or 0) < 20_000


def test_templates_have_versions_and_no_open_blank(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        templates.install_defaults(session, scene.station_id, approved_by="hệ thống", now=now)
        templates.install_defaults(session, scene.station_id, approved_by="hệ thống", now=now)
        templates.save(session, scene.leader, TemplateCode.OPENING, "Chào bà con. {noi_dung}", now=now)
        assert templates.latest(session, scene.station_id, TemplateCode.OPENING).version == 2
        with pytest.raises(Invalid, match="noi_dung"):
            templates.save(session, scene.leader, TemplateCode.OPENING, "Chào {la_gi}", now=now)
        with pytest.raises(NotAllowed):
            templates.save(session, scene.writer, TemplateCode.OPENING, "Chào", now=now)
    assert templates.render("Đài {dai}. {thong_bao_ai} Hết.", {"dai": "X", "thong_bao_ai": ""}) == "Đài X. Hết."
    with pytest.raises(Invalid, match="noi_dung"):
        templates.render("{noi_dung}", {"noi_dung": " "})
    for text in templates.DEFAULTS.values():
        assert templates.render(text, dict.fromkeys(templates.BLANKS, "một"))


def test_idents_are_installed_once(scene: Scene, tmp_path: Path) -> None:
    stored = store_idents(Library(tmp_path))
    for _ in range(2):
        with scene.database.writing() as session:
            install_idents(session, scene.station_id, stored)
    with scene.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Sound)) == 5


def test_the_desk_fits_the_port_of_traffic() -> None:
    desk: Studio = StudioDesk(lambda text: read(text).sentences)
    assert desk.read("TDP 1") == ("tổ dân phố một\n",)
