"""Giọng người: gắn với đúng bản chờ duyệt, duyệt đúng tiếng đã nghe, mất tệp thì giọng máy đỡ; không bao giờ mang dấu máy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, update

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import open_alerts
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import AuditEntry
from broadcaster.errors import BadRecording, Conflict, Invalid, NotAllowed, NotFound, StaleForm, VoiceFailed
from broadcaster.newsroom.drafting import revise, revision_of
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.submitting import recall
from broadcaster.newsroom.tables import Revision
from broadcaster.sound.library import Library
from broadcaster.sound.pcm import RATE, silence
from broadcaster.sound.voices.port import Speech
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio import human_voice
from broadcaster.studio.approving import approve
from broadcaster.studio.enums import RecordingSource, RecordingState
from broadcaster.studio.human_voice import Spoken, Voiced
from broadcaster.studio.listening import preview_of
from broadcaster.studio.render_queue import send_for_approval, want_preview
from broadcaster.studio.sounds import install_voices
from broadcaster.studio.tables import Recording
from broadcaster.studio.worker import Worker
from tests.newsroom.test_walk import submitted
from tests.support.scene import Scene
from tests.support.voice import person, wav

READER = "Nguyễn Thị Lan"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "kho")


@pytest.fixture
def revision(scene: Scene, library: Library) -> Revision:
    """Bản chờ duyệt đã có giọng máy."""
    with scene.database.writing() as session:
        install_voices(session, scene.station_id, {ToneVoice.name: ToneVoice.label})
    found = submitted(scene)
    with scene.database.writing() as session:
        snapshot = revision_of(session, scene.writer, found.id).readings[-1]
        want_preview(session, snapshot, station_id=scene.station_id, now=scene.clock.now())
    Worker(scene.database, scene.clock, {ToneVoice.name: ToneVoice()}, library, name="thợ").step()
    return found


def spoken(scene: Scene, revision: Revision) -> Spoken:
    with scene.database.reading() as session:
        return human_voice.spoken_of(session, scene.writer, revision.id)


def voiced(scene: Scene, revision: Revision, library: Library, folder: Path, *, reader: str = READER) -> Voiced:
    what, path = spoken(scene, revision), folder / "thu.wav"
    path.write_bytes(wav(person(what.sentences)))
    return human_voice.take_in(what, [path], library, reader=reader, recorded_on="2026-03-02")


def attach(scene: Scene, revision: Revision, sound: Voiced, *, actor: Actor | None = None) -> int:
    what = spoken(scene, revision)
    with scene.database.writing() as session:
        return human_voice.attach(session, actor or scene.writer, what, sound, now=scene.clock.now()).id


def decide(scene: Scene, revision: Revision, heard: str | None) -> None:
    with scene.database.writing() as session:
        wanted = revision_of(session, scene.leader, revision.id)
        approve(
            session,
            scene.leader,
            revision.id,
            revision_sha256=wanted.frozen_sha256 or "",
            reading_sha256=wanted.readings[-1].sha256,
            recording_sha256=heard,
            now=scene.clock.now(),
        )


def chosen(scene: Scene, revision: Revision) -> tuple[RecordingSource, str | None]:
    with scene.database.reading() as session:
        found = preview_of(session, scene.clerk, revision_of(session, scene.clerk, revision.id).readings[-1])
        assert found is not None
        assert found.state is RecordingState.MADE
        return found.source, found.reader_name


def test_a_persons_voice_is_named_and_never_carries_the_mark_of_a_machine(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    sound = voiced(scene, revision, library, tmp_path)
    attach(scene, revision, sound)
    assert chosen(scene, revision) == (RecordingSource.HUMAN, READER)
    tags = library.tags(sound.stored.sha256)
    assert tags["PERFORMER"] == READER
    assert tags["COMMENT"] == "Giọng người"
    assert not [name for name in tags if name.startswith("AI_")]
    assert abs(sound.stored.lufs + 18) <= 0.5


def test_the_approver_approves_the_voice_that_was_heard(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    sound = voiced(scene, revision, library, tmp_path)
    attach(scene, revision, sound)
    for heard in (None, "0" * 64):
        with pytest.raises(StaleForm, match="vừa được đổi"):
            decide(scene, revision, heard)
    decide(scene, revision, sound.stored.sha256)
    with scene.database.reading() as session:
        approved = revision_of(session, scene.clerk, revision.id)
        assert approved.state is RevisionState.APPROVED
        assert approved.decisions[-1].recording_sha256 == sound.stored.sha256


def test_nobody_approves_the_voice_he_gave_himself(scene: Scene, revision: Revision, library: Library, tmp_path: Path) -> None:
    sound = voiced(scene, revision, library, tmp_path)
    both = replace(scene.leader, roles=frozenset({Role.APPROVER, Role.CONTRIBUTOR}))
    attach(scene, revision, sound, actor=both)
    with pytest.raises(NotAllowed, match="chính bạn đưa vào"):
        decide(scene, revision, sound.stored.sha256)
    with scene.database.writing() as session:
        settings.put(session, scene.station_id, "own_approval", True, changed_by="x", now=scene.clock.now())
    decide(scene, revision, sound.stored.sha256)
    with scene.database.reading() as session:
        decision = revision_of(session, scene.leader, revision.id).decisions[-1]
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert decision.own_work, "tiếng của mình cũng là bài của mình: nhật ký, phiếu duyệt, báo cáo nói ra"
    assert entry.detail["own_work"] is True


def test_one_may_go_back_to_the_made_voice_and_again(scene: Scene, revision: Revision, library: Library, tmp_path: Path) -> None:
    sound = voiced(scene, revision, library, tmp_path)
    human_id = attach(scene, revision, sound)
    with scene.database.reading() as session:
        takes = human_voice.takes_of(session, scene.writer, revision_of(session, scene.writer, revision.id).readings[-1])
        made_id = next(take.recording_id for take in takes if take.recording_id != human_id)
        assert [take.chosen for take in takes] == [True, False]
    for wanted, source in ((made_id, RecordingSource.SYNTHETIC), (human_id, RecordingSource.HUMAN)):
        with scene.database.writing() as session:
            human_voice.choose(session, scene.writer, revision.id, wanted, now=scene.clock.now())
        assert chosen(scene, revision)[0] is source
    with scene.database.writing() as session, pytest.raises(NotFound):
        human_voice.choose(session, scene.stranger, revision.id, made_id, now=scene.clock.now())
    assert attach(scene, revision, sound) == human_id, "cùng tệp thì cùng một bản ghi"


def test_only_what_waits_for_approval_takes_a_voice(scene: Scene, revision: Revision, library: Library, tmp_path: Path) -> None:
    sound, what = voiced(scene, revision, library, tmp_path), spoken(scene, revision)
    with scene.database.writing() as session, pytest.raises(NotAllowed):
        human_voice.attach(session, scene.clerk, what, sound, now=scene.clock.now())
    with scene.database.writing() as session, pytest.raises(NotFound):
        human_voice.attach(session, scene.stranger, what, sound, now=scene.clock.now())
    with scene.database.writing() as session:
        recall(session, scene.writer, revision.id, now=scene.clock.now())
    with scene.database.writing() as session, pytest.raises(Conflict, match="chờ duyệt"):
        human_voice.attach(session, scene.writer, what, sound, now=scene.clock.now())


def test_a_voice_recorded_for_other_words_is_not_taken(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    """Lấy lại, sửa chữ, gửi lại trong lúc người kia đang thu."""
    sound, what = voiced(scene, revision, library, tmp_path), spoken(scene, revision)
    with scene.database.writing() as session:
        now = scene.clock.now()
        again = recall(session, scene.writer, revision.id, now=now)
        again.body = "UBND phường mời bà con họp ngày 5/3."
        read = read_text(again.body)
        send_for_approval(session, scene.writer, again.id, version=again.version, read=read, now=now)
    with scene.database.writing() as session, pytest.raises(StaleForm):
        human_voice.attach(session, scene.writer, what, sound, now=scene.clock.now())


def test_a_nameless_reader_or_a_broken_file_is_refused(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="tên người đọc"):
        voiced(scene, revision, library, tmp_path, reader="  ")
    path = tmp_path / "anh.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(900))
    with pytest.raises(BadRecording, match="tệp ảnh"):
        human_voice.take_in(spoken(scene, revision), [path], library, reader=READER, recorded_on="2026-03-02")


def test_a_script_on_the_air_gets_a_voice_through_a_new_revision(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    decide(scene, revision, None)
    with pytest.raises(Conflict):
        spoken(scene, revision)
    with scene.database.writing() as session:
        read, now = read_text(revision.body), scene.clock.now()
        fresh = human_voice.open_for_voice(session, scene.writer, revision.script_id, read=read, answers=(), now=now)
    sound = voiced(scene, fresh, library, tmp_path)
    attach(scene, fresh, sound)
    assert chosen(scene, revision)[0] is RecordingSource.SYNTHETIC, "bản đang phát chưa đổi"
    decide(scene, fresh, sound.stored.sha256)
    assert chosen(scene, fresh) == (RecordingSource.HUMAN, READER)
    with scene.database.writing() as session, pytest.raises(NotAllowed):
        human_voice.open_for_voice(session, scene.clerk, revision.script_id, read=read, answers=(), now=now)


def test_a_lost_file_falls_back_to_the_made_voice_with_an_alert(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    human_id = attach(scene, revision, voiced(scene, revision, library, tmp_path))
    with scene.database.writing() as session:
        made = human_voice.fall_back(session, scene.station_id, human_id, now=scene.clock.now())
        assert made is not None
        assert human_voice.fall_back(session, scene.station_id, made.id, now=scene.clock.now()) is None
    assert chosen(scene, revision)[0] is RecordingSource.SYNTHETIC
    with scene.database.reading() as session:
        assert any(READER in alert.message for alert in open_alerts(session, scene.station_id))


def test_half_a_reading_waits_for_someone_to_listen(scene: Scene, revision: Revision, library: Library, tmp_path: Path) -> None:
    what, path = spoken(scene, revision), tmp_path / "thu.wav"
    whole = person(what.sentences)
    path.write_bytes(wav(np.concatenate([whole[: round(1.94 * RATE)], silence(300)])))
    sound = human_voice.take_in(what, [path], library, reader=READER, recorded_on="2026-03-02")
    assert len(sound.doubts) == 1
    human_id = attach(scene, revision, sound)
    assert chosen(scene, revision)[0] is RecordingSource.SYNTHETIC, "chưa ai xác nhận thì chưa thay giọng máy"
    with scene.database.writing() as session:
        human_voice.choose(session, scene.writer, revision.id, human_id, now=scene.clock.now())
    assert chosen(scene, revision) == (RecordingSource.HUMAN, READER)
    with scene.database.reading() as session:
        confirmed = session.scalars(select(AuditEntry).where(AuditEntry.action == "voice_chosen")).one()
        assert confirmed.detail["confirmed"] == list(sound.doubts)


def resubmit(scene: Scene, revision: Revision, body: str, *, lexicon: str) -> Revision:
    """Bản sửa mới của cùng bản tin, đọc bằng từ điển phiên bản khác."""
    with scene.database.writing() as session:
        now = scene.clock.now()
        fresh = revise(session, scene.writer, revision.script_id, now=now)
        fresh.body = body
        read = replace(read_text(body), lexicon_version=lexicon)
        send_for_approval(session, scene.writer, fresh.id, version=fresh.version, read=read, now=now)
        return fresh


def test_a_voice_stays_bound_when_the_dictionary_changes_but_not_the_words(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    sound = voiced(scene, revision, library, tmp_path)
    attach(scene, revision, sound)
    decide(scene, revision, sound.stored.sha256)
    fresh = resubmit(scene, revision, revision.body, lexicon="khác")
    assert chosen(scene, fresh) == (RecordingSource.HUMAN, READER)
    decide(scene, fresh, sound.stored.sha256)
    other = resubmit(scene, revision, revision.body + " Xin cảm ơn.", lexicon="khác")
    with scene.database.reading() as session:
        wanted = revision_of(session, scene.clerk, other.id).readings[-1]
        assert preview_of(session, scene.clerk, wanted).source is RecordingSource.SYNTHETIC, "lời khác thì phải thu lại"


def test_a_recording_made_while_the_dictionary_changed_is_taken(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    sound, what = voiced(scene, revision, library, tmp_path), spoken(scene, revision)
    with scene.database.writing() as session:
        again = recall(session, scene.writer, revision.id, now=scene.clock.now())
        read = replace(read_text(again.body), lexicon_version="khác")
        send_for_approval(session, scene.writer, again.id, version=again.version, read=read, now=scene.clock.now())
    with scene.database.writing() as session:
        assert human_voice.attach(session, scene.writer, what, sound, now=scene.clock.now()).reader_name == READER


def test_a_lost_file_falls_back_everywhere_it_is_bound(
    scene: Scene, revision: Revision, library: Library, tmp_path: Path
) -> None:
    human_id = attach(scene, revision, voiced(scene, revision, library, tmp_path))
    decide(scene, revision, library_sha(scene, human_id))
    fresh = resubmit(scene, revision, revision.body, lexicon="khác")
    with scene.database.writing() as session:
        assert human_voice.fall_back(session, scene.station_id, human_id, now=scene.clock.now()) is not None
    assert {chosen(scene, one)[0] for one in (revision, fresh)} == {RecordingSource.SYNTHETIC}


def library_sha(scene: Scene, recording_id: int) -> str:
    with scene.database.reading() as session:
        return session.get_one(Recording, recording_id).sha256 or ""


class Mute(ToneVoice):
    """Giọng không bao giờ đọc được."""

    def speak(self, sentences: Sequence[str], **_: object) -> Speech:
        """Luôn hỏng."""
        raise VoiceFailed("máy đọc hỏng")


def test_a_script_no_voice_could_read_is_not_approved_until_one_can(scene: Scene, library: Library, tmp_path: Path) -> None:
    with scene.database.writing() as session:
        install_voices(session, scene.station_id, {ToneVoice.name: ToneVoice.label})
    found = submitted(scene)
    with scene.database.writing() as session:
        want_preview(
            session, revision_of(session, scene.writer, found.id).readings[-1], station_id=scene.station_id, now=scene.clock.now()
        )
    Worker(scene.database, scene.clock, {ToneVoice.name: Mute()}, library, name="thợ").step()
    with pytest.raises(Conflict, match="máy đọc hỏng"):
        decide(scene, found, None)
    with scene.database.writing() as session:
        session.execute(update(Recording).values(state=RecordingState.MAKING))  # đang thử lại: vẫn chưa có tiếng
    with pytest.raises(Conflict, match="Chưa giọng nào"):
        decide(scene, found, None)
    sound = voiced(scene, found, library, tmp_path)
    human_id = attach(scene, found, sound)
    with scene.database.writing() as session:
        human_voice.choose(session, scene.writer, found.id, human_id, now=scene.clock.now())
    decide(scene, found, sound.stored.sha256)
