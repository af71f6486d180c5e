"""Ai viết, ai sửa, ai gửi một bản sửa; và điều đã đổi, để sổ kiểm tra kể được giá trị cũ, giá trị mới."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.database.upsert import insert_if_absent
from broadcaster.newsroom.enums import Part
from broadcaster.newsroom.tables import Credit, Revision, RevisionHand

_LINES, _LONGEST = 40, 300
"""Sổ kể chừng ấy dòng đã đổi, mỗi dòng chừng ấy chữ; bản đủ nằm ở các bản sửa."""


def take_part(session: Session, actor: Actor, revision: Revision, part: Part, *, now: datetime) -> None:
    """Người này có phần trong bản sửa, ghi một lần."""
    who = {"name": actor.name, "job_title": actor.job_title, "at": now}
    insert_if_absent(session, RevisionHand, revision_id=revision.id, user_id=actor.user_id, part=part, **who)
    session.expire(revision, ["hands"])


def carry_over(session: Session, source: Revision, target: Revision) -> None:
    """Chữ được chép thì người viết, người sửa chữ ấy và người hưởng nhuận bút đi theo; người đã gửi bản cũ thì không."""
    for hand in source.hands:
        if hand.part is not Part.SUBMITTED:
            who = {"name": hand.name, "job_title": hand.job_title, "at": hand.at}
            insert_if_absent(session, RevisionHand, revision_id=target.id, user_id=hand.user_id, part=hand.part, **who)
    for one in source.credits:
        session.add(Credit(revision_id=target.id, role=one.role, name=one.name, user_id=one.user_id))
    session.expire(target, ["hands"])


def hands_of(revision: Revision) -> frozenset[int]:
    """Mã của mọi người có phần trong bản sửa."""
    return frozenset(hand.user_id for hand in revision.hands) | {revision.author_id}


def differences(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Trường đã đổi → giá trị cũ và mới; riêng nội dung là các dòng bỏ đi (-) và thêm vào (+)."""
    found: dict[str, Any] = {name: {"old": old.get(name), "new": new[name]} for name in new if old.get(name) != new[name]}
    if "body" in found:
        found["body"] = _changed_lines(str(old.get("body") or "").splitlines(), new["body"].splitlines())
    return found


def _changed_lines(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Dòng bên kia không có; chỉ đổi chỗ thì kể cả hai bên từ chỗ đầu tiên khác nhau.

    Đi một lượt, vì việc này nằm trong khoá ghi: ``difflib`` với bốn trăm dòng na ná nhau giữ khoá tám giây.
    """
    there, here = set(old), set(new)
    gone, come = [one for one in old if one not in here], [one for one in new if one not in there]
    if not gone and not come:
        start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
        gone, come = list(old[start:]), list(new[start:])
    told = [f"- {one}" for one in gone[: max(_LINES // 2, _LINES - len(come))]] + [f"+ {one}" for one in come]
    return [line[:_LONGEST] for line in told[:_LINES]]
