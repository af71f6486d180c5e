"""Cạc âm thanh: mỗi cách mở thiết bị một lớp nhỏ sau cổng ``Device``; phòng khác không biết máy này dùng cách nào."""

from broadcaster.sound.outputs.cards.devices import Found, find, is_muted, muted, none_found, open_device
from broadcaster.sound.outputs.cards.writer import CardWriter, Device, card_sink

__all__ = ["CardWriter", "Device", "Found", "card_sink", "find", "is_muted", "muted", "none_found", "open_device"]
