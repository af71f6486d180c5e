"""Dấu thời gian RFC 3161: nơi cấp dấu ký rằng đầu chuỗi này đã có vào giờ ấy, nên chủ máy không lùi được ngày của nó.

Gói ``rfc3161-client`` là phần cài thêm (``timestamp``); chưa cài, hay chưa điền ``[anchors.stamp]``, thì thôi. Dấu được giữ ở
một tệp trong thư mục dữ liệu: sửa tệp ấy thì chữ ký không còn khớp, nên nó không cần nằm ngoài tay chủ máy.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

from broadcaster.airlog.anchors import Mark, moment
from broadcaster.config import Config
from broadcaster.errors import ConfigWrong, Invalid
from broadcaster.service.folders import stamp_file
from broadcaster.service.marks import append_line

_PATIENCE_S = 20.0
_PLACE = "dấu thời gian của"
_MISSING = "Chưa cài gói đọc dấu thời gian. Hãy cài: pip install 'broadcaster[timestamp]'."


def stamp(config: Config, told: Mapping[str, Any], code: str) -> str:
    """Xin dấu cho ``told`` (đầu chuỗi), kiểm ngay, rồi giữ; trả về câu để ghi sổ.

    Lỗi: ``ConfigWrong`` khi thiếu gói hay chứng thư, ``Invalid`` khi dấu không đúng, ``requests.RequestException``.
    """
    import requests

    client = _client()
    asked = client.TimestampRequestBuilder().data(_sealed(told)).cert_request(cert_request=True).build()
    answer = requests.post(
        config.anchors.stamp.url,
        data=asked.as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
        timeout=_PATIENCE_S,
        allow_redirects=False,
    )
    answer.raise_for_status()
    at = _checked(config, told, answer.content, asked.nonce)
    append_line(stamp_file(config, code), {**told, "dau": b64encode(answer.content).decode()})
    return f"{stamp_file(config, code).name}: {at}"


class Stamps(NamedTuple):
    """Mốc có dấu đúng chữ ký; ``told``: đã so gì, chưa có dấu nào thì rỗng; ``doubtful``: có dấu sai, mất, hay chưa so được."""

    marks: list[Mark]
    told: str
    doubtful: bool = False


def stamped_marks(config: Config, code: str, *, booked: int = 0) -> Stamps:
    """Mọi dấu của một đài. ``booked``: sổ mốc kể bao nhiêu dấu."""
    path, marks, wrong = stamp_file(config, code), list[Mark](), list[str]()
    lines = path.read_text("utf-8", errors="replace").splitlines() if path.is_file() else []
    if not (lines or booked):
        return Stamps([], "")
    for number, line in enumerate(lines, start=1):
        try:
            stamped: dict[str, Any] = json.loads(line)
            at = _checked(config, stamped, b64decode(stamped.pop("dau")))
            marks.append(Mark(int(stamped["dong"]), str(stamped["bam"]), f"dấu thời gian {at}", moment(str(stamped["luc"]))))
        except ConfigWrong as error:
            return Stamps([], f"{path.name}: chưa so được. {error.message}", doubtful=True)
        except (Invalid, ValueError, KeyError, TypeError, AttributeError):
            wrong.append(str(number))
    told_wrong = f"; dòng {', '.join(wrong)} KHÔNG đúng chữ ký: tệp hỏng hoặc bị sửa" if wrong else ""
    lost = f"; sổ mốc kể {booked} dấu: tệp đã mất bớt" if booked > len(lines) else ""
    told = f"{path.name}: {len(marks)} dấu đúng chữ ký của nơi cấp{told_wrong}{lost}"
    return Stamps(marks, told, doubtful=bool(wrong or lost))


def place_of(config: Config) -> str:
    """Tên nơi cấp trong sổ mốc."""
    return f"{_PLACE} {config.anchors.stamp.url}"


def is_stamp(place: str) -> bool:
    """Dòng sổ mốc này là một dấu thời gian."""
    return place.startswith(_PLACE)


def _sealed(told: Mapping[str, Any]) -> bytes:
    """Đúng các byte được đóng dấu: JSON như nó nằm trong tệp."""
    return json.dumps(told, ensure_ascii=False).encode()


def _checked(config: Config, told: Mapping[str, Any], token: bytes, nonce: int | None = None) -> str:
    """Giờ nơi cấp đã ký, bằng chữ. Lỗi: ``Invalid`` khi chữ ký, chứng thư, nội dung hay số ngẫu nhiên không khớp."""
    client, roots = _client(), _roots(config)
    try:
        answer = client.decode_timestamp_response(token)
        client.VerifierBuilder(roots=roots, nonce=nonce).build().verify_message(answer, _sealed(told))
        return f"{answer.tst_info.gen_time:%d/%m/%Y %H:%M:%S} UTC"
    except (ValueError, TypeError, client.VerificationError) as error:
        raise Invalid(f"Dấu thời gian không đúng: {error}. Hãy xem lại địa chỉ và chứng thư gốc ở [anchors.stamp].") from error


def _roots(config: Config) -> list[Any]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(config.secret(config.anchors.stamp.roots).encode())
    except ValueError as error:
        raise ConfigWrong(f"{config.anchors.stamp.roots} không phải chứng thư gốc dạng PEM của nơi cấp dấu.") from error


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError as error:
        raise ConfigWrong(_MISSING) from error
    return rfc3161_client
