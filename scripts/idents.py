"""Soạn lại mọi bản nhạc của đài vào audio/idents, in số đo để người soạn kiểm."""

from __future__ import annotations

import sys
from pathlib import Path

import soundfile

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from broadcaster.sound import tagging  # noqa: E402
from broadcaster.sound.files import whole_file  # noqa: E402
from broadcaster.sound.ident_files import TITLES, Ident  # noqa: E402
from broadcaster.sound.idents import compose  # noqa: E402
from broadcaster.sound.pcm import RATE  # noqa: E402


def main() -> None:
    """Ghi từng tệp FLAC."""
    for ident in Ident:
        music = compose(ident)
        target = ROOT / "audio" / "idents" / f"{ident}.flac"
        with whole_file(target) as temporary:
            soundfile.write(temporary, music.samples, RATE, format="FLAC", subtype="PCM_16", compression_level=1.0)
            tagging.write_flac(temporary, {"TITLE": TITLES[ident], "COMMENT": "Nhạc do mã nguồn của chương trình soạn"})
        size = target.stat().st_size // 1024
        print(f"{target.name}: {music.duration_ms} ms, {music.lufs:.2f} LUFS, {music.true_peak_db:.2f} dBTP, {size} KiB")


if __name__ == "__main__":
    main()
