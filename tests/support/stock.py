"""Kho âm thanh có sẵn nhạc hiệu: mỗi làn cất chúng một lần, mỗi phép thử nhận một bản chép."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from broadcaster.sound.library import Library
from broadcaster.studio.sounds import StoredIdents, store_idents


def stocked_library(root: Path) -> tuple[Library, StoredIdents]:
    """Kho mới ở ``root``, và các nhạc hiệu trong đó."""
    folder, idents = _stock()
    shutil.copytree(folder.name, root)
    return Library(root), idents


@cache
def _stock() -> tuple[tempfile.TemporaryDirectory[str], StoredIdents]:
    folder = tempfile.TemporaryDirectory(prefix="thu-kho-")
    return folder, store_idents(Library(Path(folder.name)))
