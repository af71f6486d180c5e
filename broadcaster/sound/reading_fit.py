"""So bản thu của người với tiếng máy của đúng cách đọc ấy: độ dài và chỗ nghỉ cho biết có mất câu nào không; thuần.

Không nhận ra chữ: chỉ so nhịp. Cụt mất câu cuối, bỏ sót một câu thì các chỗ nghỉ không còn rơi vào chỗ hết câu.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from broadcaster.sound.pcm import Samples, frame_levels, length_ms
from broadcaster.sound.voices.text import syllables

SHORTEST, LONGEST = 0.75, 1.6
"""Phần độ dài của tiếng máy mà một người đọc trọn lời thường nằm trong."""
WORST_FIT = 0.16
"""Độ lệch nhịp (log) giữa các câu: 40 bản đọc trọn, nhịp từng câu xê dịch ±13 %, lệch 0,01-0,11; mất một câu thường quá 0,14."""
_FRAME_MS = 20
_QUIET_BELOW_DB = 25.0
_PAUSE_MS = 160
_MADE_PAUSE_MS = 400  # giọng máy nghỉ 450 ms sau câu, 200 ms sau vế
_EDGE_MS = 300
_FEWEST = 3
_STEADY_MS = 1_000.0  # câu rất ngắn thì nhịp xê dịch nhiều, tính nhẹ hơn


def doubts(samples: Samples, *, sentences: Sequence[str], made: Samples | None, pace: int) -> tuple[str, ...]:
    """Điều người đưa tệp phải nghe lại và xác nhận; rỗng là không ngờ gì.

    ``made``: tiếng máy của lời ấy; chưa có thì ước theo ``pace``, số tiếng đọc trong một phút.
    """
    spoken = [sentence for sentence in sentences if syllables(sentence)]
    expected = length_ms(made) if made is not None else sum(map(syllables, spoken)) * 60_000 // pace
    first, last = _spoken_span(samples)
    length = round(last - first)
    if not SHORTEST <= length / max(expected, 1) <= LONGEST:
        return (_wrong_length(length, expected, is_made=made is not None),)
    if len(spoken) < _FEWEST or fit(samples, sentence_lengths(spoken, made, pace)) <= WORST_FIT:
        return ()
    return ("Chỗ nghỉ của bản thu không rơi vào chỗ hết câu của lời: có thể thiếu câu (nhất là câu cuối) hoặc đọc lẫn câu.",)


def _wrong_length(length: int, expected: int, *, is_made: bool) -> str:
    against = "giọng máy đọc đúng lời này hết" if is_made else "lời này thường đọc hết chừng"
    which = "thiếu" if length < expected else "thừa hoặc đọc hai lần"
    return f"Bản thu dài {_seconds(length)} giây, {against} {_seconds(expected)} giây: có thể {which} đoạn."


def sentence_lengths(sentences: Sequence[str], made: Samples | None, pace: int) -> list[float]:
    """Mỗi câu dài bao nhiêu (ms, gồm chỗ nghỉ sau nó) trong tiếng máy; chưa có tiếng máy thì theo số tiếng."""
    if made is not None:
        first, last = _spoken_span(made)
        middles = [middle for middle, _ in pauses(made, at_least_ms=_MADE_PAUSE_MS) if first < middle < last]
        if len(middles) == len(sentences) - 1:
            return list(np.diff([first, *middles, last]))
    return [syllables(sentence) * 60_000 / pace + _MADE_PAUSE_MS for sentence in sentences]


def fit(samples: Samples, lengths: Sequence[float]) -> float:
    """Lệch nhịp nhỏ nhất khi đặt mọi chỗ hết câu vào những chỗ nghỉ thật của bản thu; 0 là khít, vô cùng là không đặt được."""
    first, last = _spoken_span(samples)
    inside = [middle for middle, _ in pauses(samples, at_least_ms=_PAUSE_MS) if first + _EDGE_MS < middle < last - _EDGE_MS]
    times = np.array([first, *inside, last])
    gaps = times[None, :] - times[:, None]
    logs = np.log(np.where(gaps > 0, gaps, 1.0))
    weights = [each / (each + _STEADY_MS) for each in lengths]
    ratio = max(last - first, 1.0) / sum(lengths)
    best: NDArray[np.float64] = np.full(len(times), np.inf)
    best[0] = 0.0
    for each, weight in zip(lengths, weights, strict=True):
        cost = np.where(gaps > 0, weight * np.square(logs - math.log(each * ratio)), np.inf)
        best = np.min(best[:, None] + cost, axis=0)
    return math.sqrt(float(best[-1]) / sum(weights))


def pauses(samples: Samples, *, at_least_ms: int) -> list[tuple[float, int]]:
    """Các chỗ nghỉ: (giữa chỗ nghỉ, độ dài), ms; lặng là kém mức to của chính bản thu 25 dB."""
    levels = frame_levels(samples, _FRAME_MS)
    if not len(levels):
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], _quiet(levels), [False]]).astype(np.int8)))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return [((a + b) / 2 * _FRAME_MS, int(b - a) * _FRAME_MS) for a, b in runs if (b - a) * _FRAME_MS >= at_least_ms]


def _spoken_span(samples: Samples) -> tuple[float, float]:
    """Tiếng đầu và tiếng cuối, ms: tiếng phòng ở hai đầu bản thu không phải lời."""
    heard = np.flatnonzero(~_quiet(frame_levels(samples, _FRAME_MS)))
    return (float(heard[0] * _FRAME_MS), float((heard[-1] + 1) * _FRAME_MS)) if len(heard) else (0.0, 0.0)


def _quiet(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    return levels < float(np.percentile(levels, 95)) - _QUIET_BELOW_DB if len(levels) else np.zeros(0, dtype=np.bool_)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f}".replace(".", ",")
