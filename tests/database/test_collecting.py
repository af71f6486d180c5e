"""Dọn rác không bao giờ xảy ra trong lúc giữ khoá ghi, và không bao giờ bị tắt mãi."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from broadcaster.database import Database


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_nothing_is_collected_while_the_write_lock_is_held(database: Database) -> None:
    with database.writing():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="hỏng"), database.writing():
        raise ValueError("hỏng")
    assert gc.isenabled()


def test_a_process_that_collects_by_itself_keeps_doing_so(database: Database) -> None:
    gc.disable()
    with database.writing():
        pass
    assert not gc.isenabled()
