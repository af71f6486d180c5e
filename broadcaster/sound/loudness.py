"""Độ to như tai nghe (ITU-R BS.1770-4, EBU R128) và đỉnh thật, tính dòng chảy: tệp dài bao nhiêu bộ nhớ cũng không tăng.

Chỉ dùng numpy: thư viện đo sẵn có kéo theo cả scipy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from broadcaster.sound.pcm import RATE, SILENT_DB, Floats, Samples, decibels, float_blocks

_STEP = RATE // 10  # khối 400 ms chồng nhau 75 %: mỗi bước 100 ms
_STEPS_PER_BLOCK = 4
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0
_OFFSET = -0.691
_TAPS = 8192  # đáp ứng của bộ lọc 38 Hz đã tắt hẳn sau 170 ms
_FFT = 65_536
_OVERSAMPLE = 4


@dataclass(frozen=True)
class Loudness:
    """Độ to cả tệp (LUFS) và đỉnh thật (dBTP)."""

    lufs: float
    true_peak_db: float


def measure(samples: Samples) -> Loudness:
    """Đo một mảng 48 kHz 16 bit; lặng hoàn toàn thì cả hai là ``SILENT_DB``."""
    peak = TruePeakMeter()
    for block in float_blocks(samples):
        peak.add(block)
    return Loudness(integrated(samples), peak.peak_db())


def integrated(samples: Samples) -> float:
    """Chỉ độ to cả tệp (LUFS), rẻ hơn ``measure`` vài lần."""
    meter = LoudnessMeter()
    for block in float_blocks(samples):
        meter.add(block)
    return meter.integrated()


class LoudnessMeter:
    """Máy đo độ to tích hợp: ``add`` từng khúc rồi ``integrated``."""

    def __init__(self) -> None:
        """Bắt đầu từ lặng."""
        self._weight = _KFilter()
        self._rest: NDArray[np.float64] = np.empty(0)
        self._steps: list[float] = []
        self._total = 0.0
        self._count = 0

    def add(self, block: Floats) -> None:
        """Thêm một khúc liền sau khúc trước."""
        weighted = self._weight.run(block)
        self._total += float(np.dot(weighted, weighted))
        self._count += len(weighted)
        pending = np.concatenate([self._rest, weighted])
        whole = len(pending) // _STEP * _STEP
        steps = pending[:whole].reshape(-1, _STEP)
        self._steps += np.einsum("ij,ij->i", steps, steps).tolist()
        self._rest = pending[whole:]

    def integrated(self) -> float:
        """LUFS qua hai cổng của BS.1770; tệp ngắn hơn 400 ms thì đo không qua cổng."""
        if len(self._steps) < _STEPS_PER_BLOCK:
            return _lufs(self._total / max(self._count, 1))
        powers = np.convolve(self._steps, np.ones(_STEPS_PER_BLOCK), "valid") / (_STEP * _STEPS_PER_BLOCK)
        heard = powers[powers > _power(_ABSOLUTE_GATE)]
        if not len(heard):
            return SILENT_DB
        gate = _power(_lufs(float(heard.mean())) + _RELATIVE_GATE)
        return _lufs(float(heard[heard > gate].mean()))


class TruePeakMeter:
    """Đỉnh thật: đỉnh của tín hiệu đã tăng mẫu bốn lần (BS.1770 phụ lục 2)."""

    def __init__(self) -> None:
        """Bắt đầu từ lặng."""
        self._stream = soxr.ResampleStream(RATE, RATE * _OVERSAMPLE, 1, dtype="float32")
        self._peak = 0.0

    def add(self, block: Floats) -> None:
        """Thêm một khúc liền sau khúc trước."""
        self._see(block)
        self._see(self._stream.resample_chunk(block))

    def peak_db(self) -> float:
        """Đỉnh từ đầu tới giờ, dBTP; gọi xong thì không thêm khúc nào nữa."""
        self._see(self._stream.resample_chunk(np.empty(0, dtype=np.float32), last=True))
        return decibels(self._peak)

    def _see(self, signal: Floats) -> None:
        if len(signal):
            self._peak = max(self._peak, float(np.abs(signal).max()))


class _KFilter:
    """Trọng số K bằng tích chập FFT (overlap-save), giữ đuôi giữa các khúc."""

    def __init__(self) -> None:
        self._response = np.fft.rfft(_k_impulse(), _FFT)
        self._tail = np.zeros(_TAPS - 1)

    def run(self, block: Floats) -> NDArray[np.float64]:
        """Lọc một khúc; số mẫu ra bằng số mẫu vào."""
        hop = _FFT - _TAPS + 1
        pieces = [self._piece(block[start : start + hop]) for start in range(0, len(block), hop)]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def _piece(self, piece: Floats) -> NDArray[np.float64]:
        joined = np.concatenate([self._tail, piece])
        filtered = np.fft.irfft(np.fft.rfft(joined, _FFT) * self._response, _FFT)
        self._tail = joined[-(_TAPS - 1) :]
        return np.asarray(filtered[_TAPS - 1 : len(joined)])


def _k_impulse() -> NDArray[np.float64]:
    """Đáp ứng xung của hai tầng lọc, hệ số 48 kHz trong bảng 1 và 2 của BS.1770-4."""
    z = np.exp(-2j * np.pi * np.arange(_TAPS // 2 + 1) / _TAPS)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    return np.asarray(np.fft.irfft(shelf * high_pass, _TAPS))


def _lufs(power: float) -> float:
    return max(SILENT_DB, _OFFSET + 10 * float(np.log10(max(power, 1e-13))))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))
