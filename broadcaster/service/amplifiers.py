"""Lệnh máy tăng âm mà phần mềm cũ cho gõ trên trang: chuyển một lần vào config.toml, từ đó chỉ tệp ấy nói máy chạy lệnh gì."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.playout.tables import Output


def adopt_typed_commands(config: Config, database: Database) -> list[str]:
    """Chép lệnh còn nằm trong dữ liệu vào cuối config.toml rồi để dữ liệu chỉ mang tên; trả về câu cho người bật đài.

    Không ghi được tệp thì để nguyên: đường ra báo hỏng máy tăng âm chứ không lệnh nào chạy.
    """
    with database.reading() as session:
        rows = session.scalars(select(Output).where(Output.retired_at.is_(None))).all()
    typed = [row for row in rows if _typed(row, config)]
    if not typed:
        return []
    names = {row.id: f"{row.name} ({row.id})" for row in typed}
    try:
        with config.file.open("a", encoding="utf-8") as file:
            file.write("".join(_section(names[row.id], row.device) for row in typed))
    except OSError as error:
        return [f"Chưa chuyển được lệnh máy tăng âm vào {config.file} ({error.strerror}): máy tăng âm sẽ không tự bật."]
    with database.writing() as session:
        for row in session.scalars(select(Output).where(Output.station_id.is_not(None), Output.id.in_(names))):
            row.device = {**row.device, "amplifier_on": names[row.id], "amplifier_off": names[row.id]}
    told = ", ".join(f"“{name}”" for name in names.values())
    return [f"Lệnh máy tăng âm {told} đã chuyển từ trang Loa vào {config.file.name}. Hãy xem lại các lệnh ấy rồi bật lại đài."]


def _typed(row: Output, config: Config) -> bool:
    on, off = row.device.get("amplifier_on", ""), row.device.get("amplifier_off", "")
    return bool(on or off) and not (on == off and on in config.amplifiers)


def _section(name: str, device: dict[str, Any]) -> str:
    """Một mục TOML; chuỗi JSON cũng là chuỗi TOML."""
    on, off = (json.dumps(device.get(key, ""), ensure_ascii=False) for key in ("amplifier_on", "amplifier_off"))
    return f"\n[amplifiers.{json.dumps(name, ensure_ascii=False)}]\non = {on}\noff = {off}\n"
