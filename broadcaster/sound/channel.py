"""Kênh và lượt phát: trộn các mục thành từng khối khung, đếm đúng số mẫu đã thật sự giao cho đường ra của từng kênh.

Không có luồng, không có đồng hồ ở đây: ``pump`` gọi từng khối, nên mọi quy tắc thử được bằng tay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import structlog
from numpy.typing import NDArray

from broadcaster.sound.events import Ended, EndReason, Held, Key, Position, Resumed, Started
from broadcaster.sound.frames import (
    FRAME,
    FRAMES_PER_SECOND,
    RATE,
    Samples,
    clipped,
    frames_of_ms,
    mixed,
    ms_of_samples,
    silence,
    split,
    wall_of,
)
from broadcaster.sound.outputs import BESIDE, SinkPort
from broadcaster.sound.sources import Source

Gain = NDArray[np.float64]
AskUntil = Callable[[int], int | None]
"""Khung đang tới → khung mà từ đó không được còn tiếng nữa; ``None``: không có mốc nào."""

LOSS_ALLOWED = 0.02
"""Loa bỏ quá chừng này của một mục thì mục ấy không được nghe đủ."""
_UNTIL_FADE_FRAMES = frames_of_ms(60)
_PATIENCE_FRAMES = frames_of_ms(5_000)
_RESUME_FADE = RATE // 100  # 10 ms: vang tiếp giữa một từ mà không nổ loa

_log = structlog.get_logger(__name__)


class Channel:
    """Một đường tín hiệu với các đầu ra treo bên dưới."""

    def __init__(self, key: Key, sinks: Iterable[SinkPort]) -> None:
        """``key`` là khoá của hàng ``Output``."""
        self.key = key
        self.sinks = tuple(sinks)
        self.holders: set[str] = set()
        self.ready_frame = 0
        self.silenced = False
        self.volume = 1.0
        """Hệ số âm lượng của mọi mục thường; tin khẩn cấp không theo."""
        self.accepted = False
        self._pieces: list[Samples] = []
        self._throwing: set[str] = set()
        self._recent: deque[Samples] = deque(maxlen=FRAMES_PER_SECOND)

    @property
    def is_open(self) -> bool:
        """Đang mở: còn ít nhất một người giữ."""
        return bool(self.holders)

    def feed(self, piece: Samples, *, urgent: bool = False) -> None:
        """Góp tiếng vào khối đang dựng."""
        plain = urgent or self.volume == 1.0
        self._pieces.append(piece if plain else clipped(np.rint(piece * self.volume)))

    def send(self, number: int, frames: int) -> None:
        """Dựng khối rồi đẩy ra mọi đầu ra; ``accepted`` nói tiếng của mục có tới được ít nhất một đầu ra không."""
        block = silence(frames) if self.silenced else mixed(self._pieces, frames)
        self._pieces.clear()
        taken = False
        for sink in self.sinks:
            if self.is_open or sink.wants_idle:
                taken |= self._push(sink, number, block)
        self.accepted = taken and self.is_open and not self.silenced
        self._recent.extend(split(block))

    def lost(self) -> int:
        """Số khung mà loa của kênh không nhận kịp từ khi mở."""
        return max((sink.health().dropped_frames for sink in self.sinks if sink.name not in BESIDE), default=0)

    def backlog(self) -> int:
        """Số khung loa còn chưa lấy."""
        return max((sink.health().waiting_frames for sink in self.sinks if sink.name not in BESIDE), default=0)

    def shut(self) -> None:
        """Đóng kênh: từ khung sau chỉ còn khung lặng cho đầu ra nào muốn."""
        self.holders.clear()
        for sink in self.sinks:
            sink.rest()

    def _push(self, sink: SinkPort, number: int, block: Samples) -> bool:
        try:
            return sink.push(number, block)
        except Exception as error:  # một đầu ra viết sai không được kéo các đầu ra khác theo
            if sink.name not in self._throwing:
                self._throwing.add(sink.name)
                _log.error("đầu ra ném lỗi khi nhận khung", channel=self.key, sink=sink.name, error=repr(error))
            return False

    def recent(self) -> list[Samples]:
        """Các khung của giây vừa qua."""
        return list(self._recent)


@dataclass
class Leg:
    """Một mục trên một kênh."""

    channel: Channel
    stop_at: int | None = None
    fade_from: int = 0
    reason: EndReason = EndReason.UNTIL
    first_frame: int | None = None
    last_frame: int | None = None
    heard: int = 0
    lost_before: int = 0

    def stop(self, fade_from: int, stop_at: int, reason: EndReason) -> None:
        """Hẹn dừng ở đầu khung ``stop_at``; lời hẹn sớm hơn thắng."""
        if self.stop_at is None or stop_at < self.stop_at:
            self.fade_from, self.stop_at, self.reason = fade_from, stop_at, reason

    def lost(self) -> int:
        """Số mẫu đã giao mà loa không nhận; phần còn đọng trong hàng đợi được coi là mất theo đúng đà ấy."""
        if self.first_frame is None or not self.heard:
            return 0
        dropped = (self.channel.lost() - self.lost_before) * FRAME
        return min(self.heard, dropped + self.channel.backlog() * FRAME * dropped // self.heard)

    def forbid(self, until_frame: int | None) -> None:
        """Mốc dừng cứng theo giờ, thay mốc cũ cùng loại; nhỏ dần trong 60 ms trước mốc để không nổ loa."""
        if self.reason is EndReason.UNTIL:
            self.stop_at = None
        if until_frame is not None:
            self.stop(until_frame - _UNTIL_FADE_FRAMES, until_frame, EndReason.UNTIL)

    def shift(self, frames: int) -> None:
        """Số khung đổi theo giờ mới; mốc dừng cứng là giờ tường nên ở yên."""
        if self.first_frame is not None and self.last_frame is not None:
            self.first_frame, self.last_frame = self.first_frame + frames, self.last_frame + frames
        if self.stop_at is not None and self.reason is not EndReason.UNTIL:
            self.stop_at, self.fade_from = self.stop_at + frames, self.fade_from + frames

    def fade_gain(self, number: int, count: int) -> Gain | None:
        """Hệ số nhỏ dần cho ``count`` mẫu của khung này, hoặc ``None`` nếu chưa tới đoạn nhỏ dần."""
        if self.stop_at is None or number < self.fade_from:
            return None
        length = (self.stop_at - self.fade_from) * FRAME
        return 1.0 - ((number - self.fade_from) * FRAME + np.arange(count)) / length


@dataclass
class Play:
    """Một mục đã hẹn: một nguồn, đọc một lần, cho một hay nhiều kênh cùng khung.

    ``urgent``: tin khẩn cấp, vang ngay cả khi đường ra chưa kịp lên nguồn. ``held``: đang nhường, kể từ khung ``held_from``.
    """

    item_id: Key
    source: Source
    at_frame: int
    legs: list[Leg]
    gain: float = 1.0
    fade_in: int = 0
    urgent: bool = False
    ask_until: AskUntil | None = None
    begun: bool = False
    position: int = 0
    held: bool = False
    held_from: int = 0
    _fade_start: int = 0
    _block: Samples | None = field(default=None, repr=False)
    _wanted: int = FRAME
    _asked_from: int | None = None
    """Khung đầu tiên đáng lẽ vang mà nguồn chưa có gì."""

    def steady_until(self, number: int) -> int | None:
        """Khung đầu tiên sau ``number`` mà mục đổi khác (bắt đầu, nhỏ dần, dừng, khung cuối); ``None``: cứ thế mãi.

        Tới trước khung ấy thì đọc cả khối cũng như đọc từng khung.
        """
        turns = [turn for leg in self.legs if leg.stop_at is not None for turn in (leg.fade_from, leg.stop_at)]
        if self.begun and not self.held and self.source.samples is not None:
            turns.append(number + max(1, (self.source.samples - self.position - 1) // FRAME))
        elif not self.begun and not self.held:
            turns.append(max([self.at_frame, *(leg.channel.ready_frame for leg in self.legs if not self.urgent)]))
        ahead = [turn for turn in turns if turn > number]
        return min(ahead, default=None) if self.begun or self.held or ahead else number + 1

    def feed(self, number: int, frames: int, *, wait: bool) -> Iterator[Ended]:
        """Bước đầu của khối ``frames`` khung từ ``number``: khép các kênh tới hạn dừng, rồi góp tiếng vào các kênh còn lại."""
        self._block, self._wanted = None, frames * FRAME
        for leg in [leg for leg in self.legs if leg.stop_at is not None and number >= leg.stop_at]:
            yield self.end(leg, number - 1, leg.reason)
        if not self._due(number):
            return
        try:
            self._block = self._pull(wait=wait)
        except Exception as error:  # nguồn hỏng kiểu gì cũng không được làm chết luồng bơm
            _log.error("nguồn tiếng hỏng giữa chừng", item=self.item_id, error=repr(error))
            yield from self.end_all(number - 1, EndReason.FAILED)
            return
        if self._block is None and self._starved(number):
            _log.error("nguồn tiếng treo", item=self.item_id)
            yield from self.end_all(number - 1, EndReason.FAILED)
        elif self._block is not None and len(self._block):
            for leg in self.legs:
                leg.channel.feed(self._shaped(self._block, leg, number), urgent=self.urgent)

    def _starved(self, number: int) -> bool:
        """Đĩa treo: chờ lâu mà chưa có mẫu nào, hoặc mục đáng lẽ đã hết; không thì mục chẳng bao giờ kết thúc, buổi đứng lại."""
        if not self.begun:
            self._asked_from = number if self._asked_from is None else self._asked_from
            return number - self._asked_from >= _PATIENCE_FRAMES
        return self.source.samples is not None and self.position >= self.source.samples

    def hold(self, number: int) -> Iterator[Held]:
        """Nhường từ đầu khung ``number``."""
        self.held, self.held_from, self._asked_from = True, number, None
        for leg in self.legs:
            yield Held(self.item_id, leg.channel.key, number, ms_of_samples(leg.heard), wall_of(number))

    def resume(self, number: int) -> Iterator[Resumed]:
        """Vang tiếp từ khung ``number``: mục dở thì từ đúng mẫu đã dừng, mục còn hẹn thì lùi đi chừng đã nhường."""
        paused = number - self.held_from
        self.held = False
        if not self.begun:
            self.at_frame += paused
        elif paused:
            self._fade_start, self.fade_in = self.position, _RESUME_FADE
        for leg in self.legs:
            yield Resumed(self.item_id, leg.channel.key, number, paused, wall_of(number))

    def split(self, legs: list[Leg]) -> Play:
        """Tách các kênh ``legs`` thành một lượt riêng, đứng ở đúng mẫu này."""
        self.legs = [leg for leg in self.legs if leg not in legs]
        return replace(self, legs=legs, source=self.source.fork(), _block=None)

    def ends_by(self, number: int) -> int | None:
        """Khung đầu tiên không còn tiếng của mục, nếu từ khung ``number`` mọi sự như dự định; ``None`` khi chưa biết."""
        stop = max((leg.stop_at for leg in self.legs if leg.stop_at is not None), default=None)
        if self.held or self.urgent or self.source.samples is None:
            return stop
        first = number if self.begun else max(self.at_frame, number)
        end = first - (-(self.source.samples - self.position) // FRAME)
        return end if stop is None else min(end, stop)

    def settle(self, number: int) -> Iterator[Started | Ended]:
        """Bước cuối của khối từ khung ``number``: ghi nhận tiếng đã giao, báo bắt đầu và báo hết."""
        if self._block is None:
            return
        count = len(self._block)
        self.position += count
        for leg in self.legs if count else ():
            if leg.first_frame is None:
                leg.first_frame, leg.lost_before = number, leg.channel.lost()
                yield Started(self.item_id, leg.channel.key, number, wall_of(number))
            leg.last_frame = number + (count - 1) // FRAME
            leg.heard += count if leg.channel.accepted else 0
        if count < self._wanted or self.position == self.source.samples:
            yield from self.end_all(number - 1, EndReason.FINISHED)

    def positions(self) -> Iterator[Position]:
        """Chỗ của mục trên từng kênh, trừ phần loa chưa lấy: tiến trình chết lúc này thì không ai nghe phần ấy."""
        for leg in self.legs:
            if leg.first_frame is not None and isinstance(leg.channel.key, int):
                waiting = leg.channel.backlog()
                heard, at = (ms_of_samples(max(0, made - waiting * FRAME)) for made in (leg.heard, self.position))
                yield Position(str(self.item_id), leg.channel.key, heard, at, leg.first_frame, waiting)

    def skip(self, first: int, resume: int) -> None:
        """Máy ngủ từ khung ``first`` tới ``resume``: phần đáng lẽ đã phát thì bỏ, để mục hết đúng khung đã định."""
        lost = resume - (first if self.begun else max(first, self.at_frame))
        if lost > 0 and not self.held:
            self.source.skip(lost * FRAME)
            self.position += lost * FRAME

    def shift(self, frames: int, number: int) -> None:
        """Giờ tường nhảy ``frames`` khung: lời hẹn theo tiếng dời theo, mốc dừng theo giờ thì hỏi lại ở khung ``number``."""
        self.at_frame += frames
        self.held_from += frames
        for leg in self.legs:
            leg.shift(frames)
            if self.ask_until is not None:
                leg.forbid(self.ask_until(number))

    def end(self, leg: Leg, before: int, reason: EndReason) -> Ended:
        """Khép một kênh; ``before`` là khung trước lúc này, dùng khi mục chưa từng phát."""
        self.legs.remove(leg)
        if not self.legs:
            self.source.close()
        last_frame = before if leg.last_frame is None else leg.last_frame
        total = self.position if self.source.samples is None else self.source.samples
        lost = leg.lost()
        return Ended(
            item_id=self.item_id,
            channel=leg.channel.key,
            last_frame=last_frame,
            heard_ms=ms_of_samples(leg.heard - lost),
            complete=reason is EndReason.FINISHED and leg.heard == total and lost <= total * LOSS_ALLOWED,
            lost_ms=ms_of_samples(lost),
            reason=reason,
            first_frame=leg.first_frame,
            wall=wall_of(last_frame + 1),
        )

    def end_all(self, before: int, reason: EndReason) -> Iterator[Ended]:
        """Khép mọi kênh."""
        for leg in list(self.legs):
            yield self.end(leg, before, reason)

    def _due(self, number: int) -> bool:
        if not self.legs or self.held or number < self.at_frame:
            return False
        return self.urgent or all(leg.channel.ready_frame <= number for leg in self.legs)

    def _pull(self, *, wait: bool) -> Samples | None:
        block = self.source.read(self._wanted, wait=wait)
        if block is None:
            if self.begun:  # đĩa chậm giữa chừng: mất một khối còn hơn đẩy lùi mọi mục sau
                self.source.skip(self._wanted)
                self.position += self._wanted
            return None
        self.begun = True
        return block

    def _shaped(self, block: Samples, leg: Leg, number: int) -> Samples:
        fade_out = leg.fade_gain(number, len(block))
        since = self.position - self._fade_start
        if self.gain == 1.0 and since >= self.fade_in and fade_out is None:
            return block
        gain = np.full(len(block), self.gain)
        if since < self.fade_in:
            gain *= np.minimum((since + np.arange(len(block))) / self.fade_in, 1.0)
        return clipped(np.rint(block * (gain if fade_out is None else gain * fade_out)))


def until_leg(channel: Channel, until_frame: int | None) -> Leg:
    """Một kênh cho mục, với mốc dừng cứng nếu có."""
    leg = Leg(channel)
    leg.forbid(until_frame)
    return leg
