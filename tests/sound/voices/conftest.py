"""Một tiến trình espeak thật dùng chung cho cả thư mục: dựng mất một phần mười giây."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from broadcaster.sound.voices.espeak import EspeakWorker


@pytest.fixture(scope="session")
def worker() -> Iterator[EspeakWorker]:
    owner = EspeakWorker()
    yield owner
    owner.close()
