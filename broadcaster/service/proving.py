"""Chứng cứ cho một lượt phát: các dòng của nó, và đường băm tới gốc cây đã neo ra ngoài; kiểm được mà không cần cả nhật ký."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.airlog.anchors import SHORTEST, copied_digest, digests, grouped, head_of
from broadcaster.airlog.chain import Link, digest
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import Anchor, ChainHead
from broadcaster.airlog.tree import inclusion, is_included, leaf, root_of
from broadcaster.airlog.verifying.reader import Reader
from broadcaster.errors import ChainBroken, Invalid, NotFound
from broadcaster.sound.files import whole_file

_FORMAT = 1


def prove(session: Session, actor: Actor, item_id: int, *, reaching: int | None = None) -> dict[str, Any]:
    """Chứng cứ cho mọi dòng của một mục, theo mốc mới nhất đã ra ngoài mà còn chứa nó (chưa có thì đầu chuỗi lúc này).

    ``reaching``: theo cây tới đúng dòng ấy, như giấy của người kiểm ghi. Lỗi: ``NotAllowed``, ``NotFound`` khi không có dòng
    nào, ``Invalid`` khi cây ấy không chứa lượt phát, ``ChainBroken`` khi nhật ký không còn đi qua mốc ấy.
    """
    actor.require(Action.LOG_READ)
    lines = list(Reader(session, actor.station_id).history(item_id))
    if not lines:
        raise NotFound(f"Nhật ký không có dòng nào của mục {item_id}. Số mục in ở trang của lượt phát.")
    size, root, at = _tree(session, actor.station_id, lines[-1][0].seq, reaching)
    leaves = list(digests(session, actor.station_id, size))
    if root_of(leaves) != root:
        raise ChainBroken("Nhật ký không còn đi qua mốc đã neo. Hãy chạy broadcaster airlog verify.")
    hashed = [leaf(one) for one in leaves]
    return {
        "dang": _FORMAT,
        "muc": item_id,
        "so_dong": size,
        "goc": root,
        "moc": at,
        "cac_dong": [
            {**link._asdict(), "body": link.body.decode(), "duong": inclusion(hashed, link.seq - 1)} for link, _ in lines
        ],
    }


def _tree(session: Session, station_id: int, seq: int, reaching: int | None) -> tuple[int, str, str]:
    if reaching is not None:
        last = session.get_one(ChainHead, station_id).seq
        if not seq <= reaching <= last:
            raise Invalid(f"Lượt phát này có dòng tới số {seq}, nhật ký tới dòng {last}: giấy phải ghi một dòng trong khoảng ấy.")
        return reaching, root_of(digests(session, station_id, reaching)), "theo dòng ghi trên giấy"
    query = select(Anchor).where(Anchor.station_id == station_id, Anchor.seq >= seq, Anchor.root != "")
    anchor = session.scalar(query.order_by(Anchor.id.desc()).limit(1))
    if anchor is not None:
        return anchor.seq, anchor.root, f"{anchor.at:%d/%m/%Y} tới {anchor.place}"
    head = head_of(session, station_id)
    assert head is not None
    return head.seq, head.root, "chưa có mốc nào ở ngoài chứa lượt này: đây là đầu chuỗi lúc lập"


def write_proof(proof: Mapping[str, Any], file: Path) -> None:
    """Ghi chứng cứ ra tệp, trọn hoặc không."""
    with whole_file(file) as temporary:
        temporary.write_text(json.dumps(proof, ensure_ascii=False, indent=1), "utf-8")


def check(file: Path, root: str = "") -> list[str]:
    """Kiểm một tệp chứng cứ không cần mạng hay nhật ký; trả về điều nó chứng minh, bằng lời.

    ``root``: gốc cây chép từ giấy hay thư (hex, ít nhất 16 chữ số đầu). Lỗi: ``Invalid`` khi tệp hỏng hoặc chứng cứ sai.
    """
    try:
        proof = json.loads(file.read_text("utf-8"))
        wanted, told = str(proof["goc"]), list(_checked(proof))
        if not told:
            raise ValueError("không có dòng nào")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(f"{file.name} không phải tệp chứng cứ đọc được. Hãy xin lại tệp.") from error
    plain = copied_digest(root).rpartition(":")[2]
    if plain and (len(plain) < SHORTEST or not wanted.startswith(plain)):
        raise Invalid(
            f"Chứng cứ thuộc cây {proof['so_dong']} dòng có gốc {grouped(wanted)}, không phải {grouped(plain)} vừa gõ. "
            f"Hãy chép đúng dòng “Gốc cây tới dòng {proof['so_dong']}” trên giấy, ít nhất {SHORTEST} chữ. Giấy kể dòng khác thì "
            "xin chứng cứ lập theo dòng ấy; đúng dòng mà vẫn khác thì chứng cứ là giả."
        )
    ending = f"gốc {wanted} ({proof['moc']})"
    how = "khớp gốc trên giấy" if plain else "hãy so gốc này với giấy, thư hoặc tệp mốc đã giữ"
    return [*told, f"Các dòng trên nằm trong nhật ký {proof['so_dong']} dòng, {ending}: {how}."]


def _checked(proof: Mapping[str, Any]) -> Iterator[str]:
    for one in proof["cac_dong"]:
        link = Link(**{name: one[name] for name in Link._fields} | {"body": one["body"].encode()})
        if not is_included(digest(link), link.seq - 1, proof["so_dong"], one["duong"], proof["goc"]):
            raise Invalid(f"Dòng {link.seq} trong tệp không khớp chứng cứ: tệp đã bị sửa.")
        yield f"Dòng {link.seq}, {link.happened_at[:19]}Z: {_words(link, json.loads(one['body']))}"


def _words(link: Link, body: Mapping[str, Any]) -> str:
    event = Event(link.event)
    if event is Event.ITEM_ARMED:
        return f"{event.label} “{body['item']['title']}”, {body['programme']['unit']}, {body['programme']['slot']}"
    if event is Event.ITEM_ENDED:
        return f"{event.label}, kết quả {body['result']}, nghe được {body['heard_ms'] / 1000:.1f} giây"
    return event.label
