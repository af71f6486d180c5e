"""Giữ hộ mốc của đài khác: chỉ nhận khi chữ ký đúng khoá chung, và kiểm ngay rằng nhật ký bên ấy chỉ dài thêm."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from broadcaster.airlog.tree import only_grew
from broadcaster.clock import Clock
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound
from broadcaster.service.marks import anchor_file, append_line

SIGNATURE = "X-Broadcaster-Signature"
"""Tiêu đề mang ``sha256=`` HMAC của thân."""
MOST_BYTES = 64 * 1024
_DRIFT = timedelta(days=1)
_Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Received(BaseModel):
    """Mốc một đài gửi tới; ``tu_dong``, ``chung_cu``: chứng cứ rằng nó nối tiếp mốc trước."""

    model_config = ConfigDict(extra="forbid")

    dai: str
    dong: Annotated[int, Field(ge=1, lt=1 << 40)]
    bam: _Hex
    goc: _Hex
    luc: datetime
    tu_dong: Annotated[int, Field(ge=0, lt=1 << 40)] = 0
    chung_cu: Annotated[list[_Hex], Field(max_length=128)] = []


class ProofWanted(Exception):
    """Máy này đang giữ mốc dòng ``held`` mà bên gửi không biết (biên nhận lạc đường): xin chứng cứ từ đúng dòng ấy."""

    def __init__(self, held: int) -> None:
        """``held``: dòng của mốc đang giữ."""
        super().__init__(f"Máy này đang giữ mốc dòng {held}. Hãy gửi lại kèm chứng cứ từ dòng ấy.")
        self.held = held


def sign(secret: str, body: bytes) -> str:
    """Chữ ký của thân bằng khoá chung."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Keeper:
    """Nơi giữ hộ: ``secrets`` là mã đài → cách đọc khoá chung; mỗi đài một tệp mốc trong ``folder``."""

    folder: Path
    clock: Clock
    secrets: Mapping[str, Callable[[], str]]

    def receive(self, code: str, body: bytes, signature: str) -> str:
        """Nhận một mốc, trả về câu biên nhận. Gửi lại đúng mốc ấy thì nhận lại biên nhận ấy.

        Lỗi: ``NotFound`` khi không giữ hộ đài này, ``NotAllowed`` khi chữ ký sai, ``Invalid`` khi thân sai dạng,
        ``Conflict`` khi nhật ký bên ấy không nối tiếp mốc đang giữ: mốc mới vẫn được giữ, kèm lời ấy; ``ProofWanted`` khi chứng
        cứ đi từ một mốc khác mốc đang giữ: chưa giữ gì, chưa kết luận gì.
        """
        secret = self.secrets.get(code)
        if secret is None:
            raise NotFound("Máy này không giữ hộ mốc của đài ấy.")
        if not hmac.compare_digest(sign(secret(), body).encode(), signature.encode("utf-8", "replace")):
            raise NotAllowed("Chữ ký của mốc không đúng. Hãy xem lại khoá chung của hai bên.")
        told = self._read(code, body)
        last = self._last(code)
        kept = {name: told[name] for name in ("dai", "dong", "bam", "goc", "luc")}
        if last is not None and {**last, "luc": told["luc"], "noi_tiep": True} == {**kept, "noi_tiep": True}:
            return _receipt(kept)
        if last is not None and told["dong"] > last["dong"] and told["tu_dong"] != last["dong"]:
            raise ProofWanted(last["dong"])
        grew = last is None or _follows(last, told)
        self.folder.mkdir(parents=True, exist_ok=True)
        append_line(self.folder / anchor_file(code), {**kept, "noi_tiep": grew})
        if not grew:
            raise Conflict(
                f"Mốc mới không nối tiếp mốc dòng {last['dong'] if last else 0} máy này đang giữ: nhật ký bên ấy đã bị viết lại "
                "hoặc đã phục hồi từ bản sao. Cả hai mốc đều được giữ."
            )
        return _receipt(kept)

    def _read(self, code: str, body: bytes) -> dict[str, Any]:
        try:
            found = Received.model_validate_json(body)
        except ValidationError as error:
            raise Invalid("Mốc gửi tới sai dạng. Hai máy nên chạy cùng một bản phần mềm.") from error
        if found.dai != code or found.luc.tzinfo is None or abs(self.clock.now() - found.luc) > _DRIFT:
            raise Invalid("Mốc gửi tới là của đài khác, hoặc giờ hai máy lệch nhau quá một ngày.")
        return found.model_dump(mode="json")

    def _last(self, code: str) -> dict[str, Any] | None:
        """Dòng trọn cuối cùng: mất điện lúc đang ghi có thể để lại nửa dòng."""
        try:
            lines = (self.folder / anchor_file(code)).read_text("utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return None
        for line in reversed(lines):
            with suppress(ValueError, KeyError, TypeError):
                found = json.loads(line)
                return {name: found[name] for name in ("dai", "dong", "bam", "goc", "luc")}
        return None


def _follows(last: dict[str, Any], told: dict[str, Any]) -> bool:
    return told["tu_dong"] == last["dong"] and only_grew(last["dong"], last["goc"], told["dong"], told["goc"], told["chung_cu"])


def _receipt(kept: dict[str, Any]) -> str:
    return f"đã giữ dòng {kept['dong']} của đài {kept['dai']}"
