"""Đường ra nào còn nghe được, rảnh lúc nào: ghi lưu hỏng không làm câm loa, nghe thử chỉ kể khi không còn đường khác."""

from __future__ import annotations

from typing import Any

import pytest

from broadcaster.errors import NotFound
from broadcaster.playout.paths import busy_until, divided, is_healthy, is_silenced
from broadcaster.sound.outputs import Health, SinkState

WORKING, FAILED, BEHIND = Health(SinkState.WORKING), Health(SinkState.FAILED), Health(SinkState.BEHIND)


class Pump:
    """Một bộ bơm đứng yên, mỗi đường ra đúng như kể; đường lạ thì không có."""

    def __init__(self, **told: Any) -> None:
        self.told = told

    def health(self, key: int) -> dict[str, Health]:
        return self._of("health", key)

    def busy_until(self, key: int) -> int | None:
        return self._of("busy", key)

    def is_silenced(self, key: int) -> bool:
        return self._of("silenced", key)

    def _of(self, what: str, key: int) -> Any:
        if key not in self.told[what]:
            raise NotFound
        return self.told[what][key]


class Path:
    """Chỉ cần mã đường ra."""

    def __init__(self, output_id: int) -> None:
        self.output_id = output_id


@pytest.mark.parametrize(
    ("sinks", "healthy"),
    [
        ({"card": WORKING, "monitor": WORKING, "capture": WORKING}, True),
        ({"card": FAILED, "monitor": WORKING, "capture": WORKING}, False),
        ({"card": WORKING, "monitor": FAILED, "capture": WORKING}, True),
        ({"card": WORKING, "monitor": WORKING, "capture": FAILED}, True),
        ({"card": BEHIND, "monitor": WORKING}, True),
        ({"card": WORKING, "amplifier": FAILED}, False),
        ({"monitor": FAILED, "capture": WORKING}, False),
        ({"monitor": WORKING, "capture": FAILED}, True),
        ({"capture": FAILED}, True),
        ({}, True),
    ],
)
def test_only_what_makes_the_loudspeaker_sound_makes_a_path_unhealthy(sinks: dict[str, Health], healthy: bool) -> None:
    pump: Any = Pump(health={1: sinks})
    assert is_healthy(pump, 1) is healthy
    assert is_healthy(pump, 2), "đường vừa bị gỡ không phải là hỏng"


def test_silence_is_asked_of_the_pump_and_a_removed_path_is_not_silent() -> None:
    pump: Any = Pump(silenced={1: True, 2: False})
    assert [is_silenced(pump, key) for key in (1, 2, 3)] == [True, False, False]


def test_a_path_is_free_up_to_five_frames_before_its_old_item_ends() -> None:
    pump: Any = Pump(busy={1: 100, 2: 105, 3: 106, 4: None})
    paths: list[Any] = [Path(key) for key in (1, 2, 3, 4, 5)]
    free, taken = divided(pump, paths, 100)
    assert [path.output_id for path in free] == [1, 2]
    assert [path.output_id for path in taken] == [3, 4, 5]
    assert busy_until(pump, 5) is None
