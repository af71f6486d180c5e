"""Làm bản ghi: nhận việc bằng một UPDATE có điều kiện, làm ngoài giao dịch, nộp khi vẫn còn giữ việc.

Phòng thu bị giết giữa chừng thì việc hết hạn giữ và có người nhận lại: không mất bản nào, không có nửa tệp nào.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import soundfile
from sqlalchemy import ColumnElement, CursorResult, and_, case, or_, select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.errors import BadRecording, VoiceFailed
from broadcaster.sound import mastering, quality
from broadcaster.sound.library import Library, Stored
from broadcaster.sound.tagging import ai_tags
from broadcaster.sound.voices.port import Voice
from broadcaster.studio.enums import RecordingState
from broadcaster.studio.tables import Recording

HOLD = timedelta(minutes=5)
"""Giữ việc tối đa chừng này giữa hai lần báo tiến độ."""
_FIRST_WAIT_S, _LAST_WAIT_S = 15, 900
_TRIES_AT_ONCE = 3
NOT_STORED = "Không ghi được tệp vào kho âm thanh. Hãy xem ổ đĩa còn chỗ và còn quyền ghi không."


@dataclass(frozen=True)
class Job:
    """Một việc đã nhận: đủ để làm mà không cần phiên dữ liệu."""

    recording_id: int
    station_id: int
    worker: str
    title: str
    sentences: tuple[str, ...]
    syllables: int
    tags: Mapping[str, str]
    voices: tuple[str, ...]
    tries: int


@dataclass(frozen=True)
class Made:
    """Làm xong bằng đúng một giọng."""

    stored: Stored
    voice: str
    voice_version: str
    failures: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class NotMade:
    """Không giọng nào làm được; mỗi giọng vì sao."""

    failures: tuple[dict[str, str], ...]


def anything_ready(session: Session, *, now: datetime) -> bool:
    """Có việc nào để nhận không; chỉ đọc, để lúc rỗi không ai phải xin khoá ghi."""
    return session.scalar(select(Recording.id).where(_ready(now)).limit(1)) is not None


def claim_next(session: Session, worker: str, *, now: datetime) -> Job | None:
    """Nhận việc gấp nhất đang chờ; việc ai đó giữ quá hạn cũng được nhận lại."""
    query = select(Recording).where(_ready(now)).order_by(Recording.urgency.desc(), Recording.wanted_at, Recording.id)
    row = session.scalar(query.limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.state, row.claimed_by, row.claimed_until = RecordingState.MAKING, worker, now + HOLD
    row.progress_done, row.tries = 0, row.tries + 1
    return Job(
        recording_id=row.id,
        station_id=row.station_id,
        worker=worker,
        title=row.title,
        sentences=tuple(row.sentences),
        syllables=row.syllables,
        tags=row.tags,
        voices=tuple(row.voices),
        tries=row.tries,
    )


def take_back(session: Session, prefix: str, *, now: datetime) -> int:
    """Việc của những người thợ đã chết có mã bắt đầu bằng ``prefix`` trở lại hàng chờ ngay, không đợi hết hạn giữ.

    Chỉ gọi khi chắc không còn người thợ nào như thế đang sống. Trả về số việc. Việc đã nhiều lần dở dang có thể chính là thứ
    làm phòng thu chết: nó đợi lâu, để những việc khác được làm trước.
    """
    mine = (Recording.state == RecordingState.MAKING) & Recording.claimed_by.startswith(prefix, autoescape=True)
    again = case((Recording.tries > _TRIES_AT_ONCE, now + timedelta(seconds=_LAST_WAIT_S)), else_=now)
    result = session.execute(update(Recording).where(mine).values(state=RecordingState.WANTED, next_try_at=again))
    assert isinstance(result, CursorResult)
    return result.rowcount


def make(
    job: Job,
    voices: Mapping[str, Voice],
    library: Library,
    *,
    made_on: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> Made | NotMade:
    """Đọc, làm chủ âm lượng, kiểm, cất; giọng nào vấp ở bất kỳ bước nào thì cả bản tin sang giọng kế.

    Kho không ghi được (đầy đĩa) thì giọng nào cũng thế: thôi ngay, hẹn thử lại.
    """
    failures: list[dict[str, str]] = []
    for voice in _usable(job.voices, voices):
        try:
            speech = voice.speak(job.sentences, on_progress=on_progress)
            mastered = mastering.master(speech.samples)
            quality.require_good(mastered.samples, syllables=job.syllables)
        except (VoiceFailed, BadRecording) as error:
            failures.append({"voice": voice.name, "reason": error.message})
            continue
        tags = ai_tags(
            engine=voice.name,
            model=voice.version,
            made_on=made_on,
            revision=job.tags.get("revision", ""),
            reading=job.tags.get("reading", ""),
        )
        try:
            stored = library.put(mastered.samples, tags={"TITLE": job.title, **tags})
        except (OSError, soundfile.SoundFileError):
            return NotMade((*failures, {"voice": voice.name, "reason": NOT_STORED}))
        return Made(stored, voice.name, voice.version, tuple(failures))
    return NotMade(tuple(failures))


def finish(session: Session, job: Job, outcome: Made | NotMade, *, now: datetime) -> bool:
    """Nộp kết quả nếu vẫn còn giữ việc; trả về có được nhận không. Hỏng thì hẹn thử lại và nêu cảnh báo."""
    if isinstance(outcome, Made):
        accepted = _submit(session, job, _made_values(outcome, now))
        if accepted:
            close_alert(session, job.station_id, _subject(job), by="phòng thu", now=now)
        return accepted
    wait = min(_FIRST_WAIT_S * 2 ** (job.tries - 1), _LAST_WAIT_S)
    values = {
        "state": RecordingState.FAILED,
        "next_try_at": now + timedelta(seconds=wait),
        "failures": list(outcome.failures),
    }
    accepted = _submit(session, job, values)
    if accepted:
        why = "; ".join(failure["reason"] for failure in outcome.failures) or "đài chưa bật giọng đọc nào"
        message = f"Chưa làm được tiếng cho “{job.title}”: {why} Hệ thống tự thử lại sau {wait} giây."
        raise_alert(session, job.station_id, _subject(job), message, now=now)
    return accepted


def report_progress(session: Session, job: Job, done: int, total: int, *, now: datetime) -> None:
    """Báo đã đọc tới câu thứ mấy, và giữ việc thêm."""
    _submit(session, job, {"progress_done": done, "progress_total": total, "claimed_until": now + HOLD})


def _ready(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(Recording.state.in_([RecordingState.WANTED, RecordingState.FAILED]), Recording.next_try_at <= now),
        and_(Recording.state == RecordingState.MAKING, Recording.claimed_until < now),
    )


def _usable(names: Sequence[str], voices: Mapping[str, Voice]) -> list[Voice]:
    return [voices[name] for name in names if name in voices]


def _made_values(outcome: Made, now: datetime) -> dict[str, Any]:
    return {
        "state": RecordingState.MADE,
        "sha256": outcome.stored.sha256,
        "duration_ms": outcome.stored.duration_ms,
        "lufs": outcome.stored.lufs,
        "true_peak_db": outcome.stored.true_peak_db,
        "voice": outcome.voice,
        "voice_version": outcome.voice_version,
        "failures": list(outcome.failures),
        "made_at": now,
    }


def _submit(session: Session, job: Job, values: Mapping[str, Any]) -> bool:
    result = session.execute(
        update(Recording)
        .where(
            Recording.id == job.recording_id,
            Recording.station_id == job.station_id,
            Recording.state == RecordingState.MAKING,
            Recording.claimed_by == job.worker,
        )
        .values(**values)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _subject(job: Job) -> str:
    return f"recording:{job.recording_id}"
