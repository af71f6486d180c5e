"""Kho âm thanh đặt tên theo nội dung: tên tệp là SHA-256 của chính nó, nên ai cũng kiểm được tệp đã phát có đúng tệp đã duyệt.

Tệp FLAC mang dấu giọng nhân tạo trong thẻ (Luật Trí tuệ nhân tạo 2025); bản MP3 để nghe trên trình duyệt chỉ là bản sao.
Phần cất và gắn thẻ nạp muộn: tiến trình phát chỉ tìm và kiểm tệp, không được phải chờ chúng lúc sống lại.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import soundfile

from broadcaster.errors import BadRecording, NotFound
from broadcaster.sound.files import settle, temporary_beside, whole_file
from broadcaster.sound.pcm import RATE, Samples, length_ms

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MP3_KBPS = 64
_MP3_QUALITY = 7  # nghe thử: nhanh gấp rưỡi, tai không phân biệt
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Stored:
    """Một tệp trong kho; ``path`` tính từ gốc kho, dấu gạch xuôi trên mọi hệ điều hành."""

    sha256: str
    path: str
    duration_ms: int
    lufs: float
    true_peak_db: float


class Library:
    """Kho dưới một thư mục gốc; nhiều tiến trình dùng chung được vì mọi tệp chỉ xuất hiện khi đã trọn."""

    def __init__(self, root: Path) -> None:
        """``root`` được tạo khi cất tệp đầu tiên."""
        self.root = root

    def put(self, samples: Samples, *, tags: Mapping[str, str]) -> Stored:
        """Cất tiếng 48 kHz kèm thẻ; cất lại đúng nội dung ấy thì trả về tệp đã có."""
        from broadcaster.sound import tagging
        from broadcaster.sound.loudness import measure

        if not len(samples):
            raise BadRecording("Không có tiếng để cất vào kho. Hãy tạo lại bản thu.")
        self.root.mkdir(parents=True, exist_ok=True)
        temporary = temporary_beside(self.root / "new.flac")
        try:
            soundfile.write(temporary, samples, RATE, format="FLAC", subtype="PCM_16")
            tagging.write_flac(temporary, tags)
            sha256 = _digest(temporary)
            target = self._file(sha256)
            if not self.verify(sha256):  # có sẵn thì để yên: Windows không cho thay tệp đang phát
                target.parent.mkdir(exist_ok=True)
                settle(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        loudness = measure(samples)
        path = PurePosixPath(target.relative_to(self.root).as_posix())
        return Stored(sha256, str(path), length_ms(samples), loudness.lufs, loudness.true_peak_db)

    def take_in(self, sha256: str, file: Path) -> None:
        """Đưa vào kho một tệp FLAC chép từ kho khác. Lỗi: ``BadRecording`` khi nội dung không khớp mã băm."""
        if not file.is_file() or _digest(file) != sha256:
            raise BadRecording(f"Tệp âm thanh {sha256[:12]}… trong bản sao lưu không còn nguyên. Hãy chọn bản sao lưu khác.")
        target = self._file(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as temporary:
            shutil.copyfile(file, temporary)

    def path(self, sha256: str) -> Path:
        """Đường dẫn tệp FLAC; ``NotFound`` khi kho không có."""
        target = self._file(sha256)
        if not target.is_file():
            raise NotFound("Kho âm thanh không còn tệp này. Hãy tạo lại bản thu.")
        return target

    @contextmanager
    def open(self, sha256: str) -> Iterator[soundfile.SoundFile]:
        """Mở để đọc từng khúc: ``file.read(số mẫu, dtype="int16")``."""
        with _opened(self.path(sha256)) as file:
            yield file

    def samples(self, sha256: str) -> Samples:
        """Cả tệp trong bộ nhớ."""
        with self.open(sha256) as file:
            return np.asarray(file.read(dtype="int16"))

    def tags(self, sha256: str) -> dict[str, str]:
        """Thẻ của tệp, tên viết hoa."""
        from broadcaster.sound import tagging

        return tagging.read_flac(self.path(sha256))

    def verify(self, sha256: str) -> bool:
        """Tệp có đó và chưa đổi một byte nào."""
        target = self._file(sha256)
        return target.is_file() and _digest(target) == sha256

    def mp3(self, sha256: str) -> Path:
        """Bản MP3 để nghe trên trình duyệt, làm một lần rồi để cạnh; mang cùng thẻ."""
        from broadcaster.sound import tagging

        source = self.path(sha256)
        target = source.with_suffix(".mp3")
        if not target.is_file():
            with whole_file(target) as temporary:
                temporary.write_bytes(encode_mp3(self.samples(sha256)))
                tagging.write_id3(temporary, tagging.read_flac(source))
        return target

    def delete(self, sha256: str) -> None:
        """Bỏ tệp và bản MP3; không có sẵn thì thôi."""
        target = self._file(sha256)
        target.unlink(missing_ok=True)
        target.with_suffix(".mp3").unlink(missing_ok=True)

    def _file(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise NotFound("Mã tệp âm thanh không hợp lệ. Hãy mở lại từ danh sách bản thu.")
        return self.root / sha256[:2] / f"{sha256}.flac"


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    try:
        with soundfile.SoundFile(path) as file:
            yield file
    except soundfile.LibsndfileError as error:
        raise BadRecording("Tệp trong kho âm thanh bị hỏng. Hãy tạo lại bản thu.") from error


def write_sound(path: Path, samples: Samples, *, kind: str, tags: Mapping[str, str]) -> None:
    """Ghi một tệp rời ``flac`` hoặc ``mp3`` kèm thẻ (giọng máy phải mang dấu); người gọi lo ghi trọn rồi mới đổi tên."""
    from broadcaster.sound import tagging

    if kind == "mp3":
        path.write_bytes(encode_mp3(samples))
        tagging.write_id3(path, tags)
    else:
        soundfile.write(path, samples, RATE, format="FLAC", subtype="PCM_16")
        tagging.write_flac(path, tags)


def encode_mp3(samples: Samples, *, rate: int = RATE, kbps: int = _MP3_KBPS) -> bytes:
    """MP3 một kênh, tốc độ bit cố định."""
    import lameenc

    encoder = lameenc.Encoder()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(rate)
    encoder.set_bit_rate(kbps)
    encoder.set_quality(_MP3_QUALITY)
    return bytes(encoder.encode(samples.tobytes())) + bytes(encoder.flush())


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
