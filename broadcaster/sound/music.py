"""Nhạc cụ bằng phép cộng sóng: đàn tranh, sáo, chuông, trống, nền dây. Không mẫu thu của ai, nên không vướng bản quyền.

Cao độ là bậc của thang ngũ cung (Hò Xự Xang Xê Cống): bậc 0 là Rê 4, cứ năm bậc một quãng tám.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from broadcaster.sound.pcm import RATE, Floats

Wave = NDArray[np.float64]
Instrument = Callable[[float, float], Wave]

_TONIC_HZ = 293.66  # Rê 4
_SEMITONES = (0, 2, 5, 7, 9)


def hertz(degree: int) -> float:
    """Tần số của một bậc ngũ cung."""
    octave, step = divmod(degree, len(_SEMITONES))
    return float(_TONIC_HZ * 2 ** (octave + _SEMITONES[step] / 12))


def zither(pitch: float, seconds: float) -> Wave:
    """Đàn tranh: dây gảy gần ngựa đàn, bội âm hơi lệch, âm cao tắt trước; nốt dài được rung."""
    time = _time(min(seconds + 1.4, 3.5))
    phase = _phase(pitch, time, vibrato=0.004 * np.clip(time - 0.25, 0, 0.4) / 0.4, rate=5.6)
    wave = np.zeros_like(time)
    for partial in range(1, 13):
        stretch = partial * np.sqrt(1 + 0.0002 * partial**2)
        if pitch * stretch > 9_000:
            break
        strength = np.sin(np.pi * partial * 0.13) / partial**0.9
        wave += strength * np.exp(-time * (1.6 + 0.55 * partial)) * np.sin(stretch * phase)
    return wave * _edges(time, attack=0.002, release=0.2)


def flute(pitch: float, seconds: float) -> Wave:
    """Sáo trúc: vuốt nhẹ vào nốt, hơi thở mảnh, rung dần lên."""
    time = _time(seconds + 0.12)
    glide = -0.018 * np.exp(-time / 0.05)
    phase = _phase(pitch, time, vibrato=0.006 * np.clip((time - 0.3) / 0.6, 0, 1), rate=5.0, glide=glide)
    tone = sum(strength * np.sin(k * phase) for k, strength in ((1, 1.0), (2, 0.32), (3, 0.13), (4, 0.04)))
    breath = 0.05 * np.sin(phase) * _noise(len(time), seed=round(pitch)) + 0.006 * _noise(len(time), seed=7)
    swell = 0.85 + 0.15 * np.sin(np.pi * np.clip(time / max(seconds, 0.1), 0, 1))
    return 0.5 * (tone + breath) * swell * _edges(time, attack=0.07, release=0.14)


def bell(pitch: float, seconds: float) -> Wave:
    """Chuông: các bội âm không nguyên, ngân dài."""
    time = _time(seconds)
    parts = ((1.0, 1.0, 0.9), (2.0, 0.5, 1.3), (2.76, 0.35, 1.8), (4.1, 0.2, 2.6), (5.4, 0.12, 3.6))
    wave = sum(strength * np.exp(-decay * time) * np.sin(2 * np.pi * pitch * k * time) for k, strength, decay in parts)
    return 0.5 * wave * _edges(time, attack=0.004, release=0.3)


def drum(pitch: float, seconds: float) -> Wave:
    """Trống: mặt da chùng xuống sau cú gõ, kèm tiếng dùi."""
    time = _time(seconds)
    sweep = 2 * np.pi * np.cumsum(pitch * (1 + 0.6 * np.exp(-time / 0.03))) / RATE
    skin = np.exp(-time * 7) * (np.sin(sweep) + 0.4 * np.exp(-time * 9) * np.sin(1.6 * sweep))
    stick = 0.25 * np.exp(-time * 90) * _noise(len(time), seed=3)
    return (skin + stick) * _edges(time, attack=0.002, release=0.1)


def strings(pitch: float, seconds: float) -> Wave:
    """Nền dây êm: ba giọng lệch nhau chút ít, vào và ra chậm."""
    time = _time(seconds + 1.0)
    wave = np.zeros_like(time)
    for voice, detune in enumerate((-0.0016, 0.0, 0.0019)):
        phase = 2 * np.pi * pitch * (1 + detune) * time + voice
        wave += sum(np.sin(k * phase) / k**2.2 for k in range(1, 6))
    return 0.25 * wave * _edges(time, attack=min(1.2, seconds / 2), release=1.4)


def horn(pitch: float, seconds: float) -> Wave:
    """Còi hiệu: giàu bội âm lẻ, xuyên qua tiếng ồn và loa nén."""
    time = _time(seconds)
    wave = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 3, 5, 7))
    return 0.7 * wave * _edges(time, attack=0.01, release=0.02)


class Stage:
    """Sân khấu: đặt từng nốt vào đúng giây rồi hoà âm; ``loop`` thì đuôi nốt cuối vòng về đầu, nối không vết."""

    def __init__(self, seconds: float, *, loop: bool = False) -> None:
        """``seconds``: độ dài đúng của bản nhạc."""
        self._mix = np.zeros(round(seconds * RATE))
        self._loop = loop

    def note(self, wave: Wave, at: float, strength: float = 1.0) -> None:
        """Đặt một nốt ở giây ``at``."""
        start = round(at * RATE)
        if self._loop:
            np.add.at(self._mix, (start + np.arange(len(wave))) % len(self._mix), strength * wave)
            return
        room = self._mix[start : start + len(wave)]
        room += strength * wave[: len(room)]

    def melody(
        self, instrument: Instrument, notes: Sequence[tuple[int | None, float]], *, at: float, beat: float, strength: float
    ) -> None:
        """Một câu nhạc: (bậc hoặc ``None`` là lặng, số phách)."""
        for degree, beats in notes:
            if degree is not None:
                self.note(instrument(hertz(degree), beats * beat), at, strength)
            at += beats * beat

    def finish(self, *, wet: float, room_seconds: float = 1.6) -> Floats:
        """Thêm tiếng vang của phòng và đưa về đỉnh 0,5; bản không lặp thì tắt dần trong giây cuối."""
        hall = self._hall(_room(room_seconds))
        mixed = _soften(self._mix + wet * hall * _rms(self._mix) / max(_rms(hall), 1e-9))
        if not self._loop:
            mixed[-RATE:] *= np.cos(np.linspace(0, np.pi / 2, RATE)) ** 2
        return np.asarray(0.5 * mixed / np.abs(mixed).max(), dtype=np.float32)

    def _hall(self, room: Wave) -> Wave:
        size = len(self._mix) if self._loop else len(self._mix) + len(room)
        full = np.fft.irfft(np.fft.rfft(self._mix, size) * np.fft.rfft(room, size), size)
        return np.asarray(full[: len(self._mix)])


def _time(seconds: float) -> Wave:
    return np.arange(round(seconds * RATE)) / RATE


def _phase(pitch: float, time: Wave, *, vibrato: Wave, rate: float, glide: Wave | float = 0.0) -> Wave:
    wobble = vibrato * np.sin(2 * np.pi * rate * time)
    return np.asarray(2 * np.pi * np.cumsum(pitch * (1 + wobble + glide)) / RATE)


def _edges(time: Wave, *, attack: float, release: float) -> Wave:
    rise = np.clip(time / attack, 0, 1)
    fall = np.clip((time[-1] - time) / release, 0, 1)
    return np.asarray(np.sin(rise * np.pi / 2) ** 2 * fall**1.5)


def _noise(count: int, *, seed: int) -> Wave:
    return np.random.default_rng(seed).standard_normal(count)


def _room(seconds: float) -> Wave:
    """Đáp ứng phòng: ồn tắt dần, đã bớt âm cao cho ấm."""
    time = _time(seconds)
    soft = np.convolve(_noise(len(time), seed=11), np.hanning(42)[1:-1], "same")
    return np.asarray(soft * np.exp(-time * 4.2 / seconds) * np.clip(time / 0.012, 0, 1))


def _soften(wave: Wave) -> Wave:
    """Bớt dần từ 8 đến 10 kHz: loa ngoài trời không phát được phần ấy, mà tệp nhỏ đi một phần ba."""
    spectrum = np.fft.rfft(wave)
    spectrum *= np.clip((10_000 - np.fft.rfftfreq(len(wave), 1 / RATE)) / 2_000, 0, 1)
    return np.asarray(np.fft.irfft(spectrum, len(wave)))


def _rms(wave: Wave) -> float:
    return float(np.sqrt(np.mean(wave**2)))
