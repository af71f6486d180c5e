"""Giá bản phát trên đĩa: người viết bị giết giữa chừng không để lại rác."""

from __future__ import annotations

from pathlib import Path

from broadcaster.playout.network import Network
from broadcaster.playout.rundown import Shelf
from broadcaster.sound.files import temporary_beside


def test_what_a_killed_writer_left_halfway_is_swept_and_the_whole_files_stay(tmp_path: Path) -> None:
    network = Network(player_id=1, zone="Asia/Ho_Chi_Minh", paths=())
    killed = temporary_beside(tmp_path / "network-00000002.json")
    killed.write_text("nửa tệp")
    shelf = Shelf(tmp_path)
    assert shelf.put_network(network)
    shelf.sweep(set())
    assert not killed.exists()
    assert shelf.refresh()
    assert shelf.network == network
