"""Bộ trộn của cạc bị tắt tiếng: cạc vẫn nhận mọi mẫu mà loa không vang. Xem lúc máy phát lên và mỗi phút, ngoài luồng phát."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from broadcaster.clock import Clock
from broadcaster.playout import records
from broadcaster.playout.faults import MIXER
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.outputs.cards import is_muted

ERROR = "bộ trộn của cạc đang tắt tiếng"
Cards = Mapping[int, tuple[str, str]]
"""Mã đường ra → (tên đường ra, danh tính cạc)."""


class MixerWatch:
    """Tắt tiếng hay có lại thì vào sổ trực như một đường ra mất tiếng: một dòng, một cảnh báo."""

    def __init__(
        self, clock: Clock, station: StationLog, cards: Callable[[], Cards], muted: Callable[[str], bool] = is_muted
    ) -> None:
        """``cards``: các đường ra cạc lúc này; ``muted``: hỏi máy, có thể lâu, nên vòng này của riêng nó."""
        self._clock, self._log, self._cards, self._muted = clock, station, cards, muted

    def step(self) -> None:
        """Hỏi từng cạc; đường ra đã bỏ thì khép lời báo cũ."""
        cards = self._cards()
        off = {output_id for output_id, (_, card) in cards.items() if self._muted(card)}
        told = {output_id for output_id, sink in self._log.state.failed if sink == MIXER}
        for output_id in sorted(off ^ told):
            name = cards[output_id][0] if output_id in cards else str(output_id)
            body = {"output_id": output_id, "output": name, "sink": MIXER, "error": ERROR if output_id in off else ""}
            what = "path_silent" if output_id in off else "path_back"
            self._log.write(records.of_station(what, self._clock.now(), **body), must=False)
