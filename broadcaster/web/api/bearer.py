"""Ai đang gọi: chỉ thẻ ``Authorization: Bearer``; bánh quy của trang không bao giờ mở được API."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from broadcaster.accounts import tokens
from broadcaster.accounts.actor import Actor
from broadcaster.errors import DatabaseAway, NotSignedIn
from broadcaster.web.pages import services_of

_SCHEME = HTTPBearer(auto_error=False, scheme_name="token", description="Thẻ tạo bằng `broadcaster user token`.")
_NO_TOKEN = "Thiếu thẻ truy cập. Hãy gửi tiêu đề Authorization: Bearer và thẻ tạo bằng broadcaster user token."  # noqa: S105


def _caller(request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]) -> Actor:
    if sent is None:
        raise NotSignedIn(_NO_TOKEN)
    services = services_of(request)
    now = services.clock.now()
    with services.database.reading() as session:
        actor, should_mark = tokens.bearer(session, sent.credentials, now=now)
    if should_mark:
        with suppress(DatabaseAway), services.database.writing() as session:  # khẩn cấp không chờ khoá ghi nào
            tokens.mark_used(session, sent.credentials, now=now)
    return actor


Caller = Annotated[Actor, Depends(_caller)]
"""Người đứng tên thẻ. Lỗi: ``NotSignedIn``."""
