"""Cổng chất lượng: tệp câm, cụt, rè hay sai độ dài bị chặn trước khi tới loa, thay vì để cả phường nghe rồi mới biết.

Ngưỡng tính tương đối với mức to của chính tệp, nên tệp thu nhỏ tiếng không bị oan.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from broadcaster.errors import BadRecording
from broadcaster.sound.pcm import RATE, Samples, frame_levels, frames, length_ms, to_float

_SHORTEST_MS = 200
_SILENT_DB = -50.0
_CUT_WITHIN_DB = 15.0
_QUIET_BELOW_DB = 30.0
_GAP_MS = 2_500
_EDGE_MS = 1_500
_FRAME_MS = 20
_CLIPPED_AT = 0.999 * 32_767
_CLIPPED_SHARE = 0.005
_NOISE_FLATNESS = 0.4
_SPEECH_VARIATION = 0.35
SYLLABLE_MS = (130, 600)
"""Một âm tiết ngắn nhất và dài nhất trong lời đọc, mili giây."""
_SHORT_TEXT_SLACK_MS = 500


class FaultKind(StrEnum):
    """Mã lỗi để lưu và thống kê."""

    EMPTY = "rong"
    SILENT = "cam"
    CUT_END = "cut-duoi"
    LENGTH = "sai-do-dai"
    GAP = "lang-giua"
    EDGE = "lang-dau-duoi"
    CLIPPED = "vo-tieng"
    NOISE = "tieng-on"
    NOT_SPEECH = "khong-phai-loi"


@dataclass(frozen=True)
class Fault:
    """Một chỗ không đạt và lời giải thích cho người đọc."""

    kind: FaultKind
    message: str


def require_good(samples: Samples, *, syllables: int | None, speech: bool = True) -> None:
    """Như ``check`` nhưng báo ``BadRecording`` kể mọi lỗi."""
    faults = check(samples, syllables=syllables, speech=speech)
    if faults:
        raise BadRecording(" ".join(fault.message for fault in faults) + " Hãy tạo lại hoặc tải lên tệp khác.")


def check(samples: Samples, *, syllables: int | None, speech: bool = True) -> list[Fault]:
    """Kiểm một bản thu 48 kHz; danh sách rỗng là đạt.

    ``syllables``: số âm tiết của lời, để biết bản đọc có thiếu đoạn không; không biết thì ``None``.
    ``speech=False`` cho nhạc: bỏ các phép thử chỉ đúng với tiếng nói.
    """
    if length_ms(samples) < _SHORTEST_MS:
        return [Fault(FaultKind.EMPTY, "Tệp rỗng hoặc ngắn hơn 0,2 giây.")]
    levels = frame_levels(samples, _FRAME_MS)
    loud = float(np.percentile(levels, 95))
    if loud < _SILENT_DB:
        return [Fault(FaultKind.SILENT, "Tệp không có tiếng.")]
    found = [_cut_end(samples, loud), *_gaps(levels, loud), clipped(samples)]
    if syllables is not None:
        found.append(_length(length_ms(samples), syllables))
    if speech:
        found += [_noise(samples), _not_speech(levels)]
    return [fault for fault in found if fault is not None]


def _cut_end(samples: Samples, loud: float) -> Fault | None:
    last = float(frame_levels(samples[-frames(40) :], 40)[0])
    if last <= loud - _CUT_WITHIN_DB:
        return None
    return Fault(FaultKind.CUT_END, "Tiếng bị cụt ở cuối tệp.")


def _gaps(levels: NDArray[np.float64], loud: float) -> list[Fault | None]:
    """Khoảng lặng dài ở giữa hoặc hai đầu; khung lặng là khung kém mức to quá 30 dB."""
    heard = np.flatnonzero(levels > loud - _QUIET_BELOW_DB)
    inside = int(np.diff(heard).max(initial=1) - 1) * _FRAME_MS
    edge = max(int(heard[0]), len(levels) - 1 - int(heard[-1])) * _FRAME_MS
    return [
        Fault(FaultKind.GAP, f"Giữa tệp có khoảng lặng {_seconds(inside)} giây.") if inside > _GAP_MS else None,
        Fault(FaultKind.EDGE, f"Đầu hoặc cuối tệp lặng {_seconds(edge)} giây.") if edge > _EDGE_MS else None,
    ]


def clipped(samples: Samples) -> Fault | None:
    """Quá nhiều mẫu chạm đỉnh; hỏi trên tiếng gốc, vì làm chủ xong thì không còn thấy."""
    share = float(np.mean((samples >= _CLIPPED_AT) | (samples <= -_CLIPPED_AT)))
    return Fault(FaultKind.CLIPPED, "Tiếng bị vỡ vì thu quá to.") if share > _CLIPPED_SHARE else None


def _length(duration_ms: int, syllables: int) -> Fault | None:
    shortest, longest = (syllables * each for each in SYLLABLE_MS)
    if shortest <= duration_ms <= longest + _SHORT_TEXT_SLACK_MS:
        return None
    return Fault(
        FaultKind.LENGTH,
        f"Bản thu dài {_seconds(duration_ms)} giây, không khớp với lời {syllables} âm tiết; có thể thiếu hoặc thừa đoạn.",
    )


def _noise(samples: Samples) -> Fault | None:
    """Phổ phẳng đều là tiếng ồn: lời nói có độ phẳng 0-0,08, ồn trắng 0,56."""
    flatness = _flatness(samples)
    return Fault(FaultKind.NOISE, "Tệp là tiếng ồn, không nghe ra lời.") if flatness > _NOISE_FLATNESS else None


def _flatness(samples: Samples) -> float:
    size = 1024
    count = min(len(samples) // size, 20 * RATE // size)
    chosen = np.linspace(0, len(samples) // size - 1, count).astype(int)
    cut = to_float(samples[: len(samples) // size * size].reshape(-1, size)[chosen])
    power = np.square(np.abs(np.fft.rfft(cut * np.hanning(size), axis=1))) + 1e-12
    return float(np.median(np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)))


def _not_speech(levels: NDArray[np.float64]) -> Fault | None:
    """Đường bao của lời nói lên xuống theo âm tiết (độ biến thiên 0,67-0,9); tiếng đều đều thì không."""
    envelope = 10 ** (levels / 20)
    variation = float(envelope.std() / max(float(envelope.mean()), 1e-9))
    if variation >= _SPEECH_VARIATION:
        return None
    return Fault(FaultKind.NOT_SPEECH, "Tệp là tiếng đều đều, không phải lời đọc.")


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f}".replace(".", ",")
