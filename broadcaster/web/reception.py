"""Tiếp nhận: biết ai, có quyền không rồi mới nhận thân yêu cầu, mỗi người có phần, rồi đưa vào đúng làn.

Người lạ không gửi được tệp nào; chữ họ đã gõ (phiên vừa hết) chỉ nằm trong bộ nhớ, ít và có trần. Ứng dụng phía sau nhận một
thân đã đủ, nên không luồng nào phải chờ mạng của ai.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from broadcaster.accounts import tokens
from broadcaster.accounts.actor import Actor
from broadcaster.accounts.throttle import is_known
from broadcaster.errors import BroadcasterError, NotAllowed, NotSignedIn, TooSlow, UnsoundText, WrongBody
from broadcaster.plain_text import is_unsound
from broadcaster.web.bodies import Body, body_limit, declared_size, is_multipart, upload_of
from broadcaster.web.failures import status_of
from broadcaster.web.guards import API, SAFE_METHODS
from broadcaster.web.lanes import Lane, Lanes, Place, lane_of
from broadcaster.web.once import Once, Press, press_of
from broadcaster.web.permissions import needed
from broadcaster.web.services import Services
from broadcaster.web.session import COOKIE, DEVICE, recognised

Refuse = Callable[[Request, BroadcasterError], Awaitable[Response]]

STATIC, SIGN_IN, MARKS = "/tinh/", "/dang-nhap", f"{API}v1/anchors/"
_STRANGER_SMALL, _STRANGER_BYTES = 16_000, 2_000_000
_STRANGERS, _STRANGERS_EACH = 16, 4
"""Biểu mẫu đăng nhập luôn được nhận; chữ đã gõ lúc phiên vừa hết thì cùng lúc chừng này lần, tất cả và từ một địa chỉ."""
_UPLOADS_EACH = 2
"""Tệp một người được gửi cùng lúc; những tệp sau đợi, chưa nhận chữ nào."""
_GIVEN_BACK = 300_000
"""Chữ (byte) của một biểu mẫu bị từ chối vì không có quyền mà còn được trả lại: một bài rất dài."""
_LINGERS, _LINGER_S, _LINGER_BYTES, _LINGER_BYTES_S = 4, 3.0, 50_000_000, 20_000_000
"""Người bị từ chối được gửi nốt: mấy người cùng lúc, lâu nhất, nhiều nhất mỗi người, và nhanh nhất tất cả mỗi giây."""


@dataclass(frozen=True)
class Sender:
    """Người gửi: ``actor`` rỗng là người lạ; ``key`` để chia phần."""

    key: str
    actor: Actor | None = None


@dataclass(frozen=True)
class _Ready:
    """Yêu cầu đã nhận đủ: chỗ trong làn, thân, và lần bấm nếu là biểu mẫu có khoá."""

    place: Place
    body: Body
    press: Press | None


class Reception:
    """Lớp ASGI giữa lớp chắn và ứng dụng."""

    def __init__(self, app: ASGIApp, *, services: Services, refuse: Refuse) -> None:
        """``refuse``: lỗi thành trả lời, như ứng dụng vẫn làm."""
        self._app = app
        self._refuse = refuse
        self._lanes = Lanes()
        self._people = _People(services)
        self._folder = services.exports
        self._disk = CapacityLimiter(4)
        self._strangers: Counter[str] = Counter()
        self._uploads: OrderedDict[str, asyncio.Semaphore] = OrderedDict()
        self._once = Once()
        self._lingering = 0
        self._swallowed_until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tiếp nhận một yêu cầu."""
        if scope["type"] != "http" or scope["path"].startswith(STATIC):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        async with AsyncExitStack() as held:
            try:
                ready = await self._ready(held, request, receive)
            except BroadcasterError as error:
                await self._turn_away(request, receive, send, error)
                return
            async with self._once.turn(ready.press) as turn:
                if turn.result and (await self._people.of(request, ask=True, fresh=True)).actor is not None:
                    await turn.answer()(scope, receive, send)
                else:
                    await ready.place.turn()
                    await self._app(scope, ready.body.replay(receive), ready.place.while_answering(turn.listening(send)))

    async def _ready(self, held: AsyncExitStack, request: Request, receive: Receive) -> _Ready:
        """Đã biết ai, đã nhận đủ thân. Lỗi: điều phải nói với người gửi."""
        path, size = request.scope["path"], declared_size(request.headers)
        if any(is_unsound(text) for text in (path, *request.query_params.keys(), *request.query_params.values())):
            raise UnsoundText
        acts = request.method not in SAFE_METHODS
        sends, sender = acts and size != 0, await self._people.of(request, ask=acts)
        if acts:
            await self._check(request, sender)
        lane = lane_of(request.method, path, None if is_multipart(request.headers) else size)
        place = await held.enter_async_context(self._lanes.place(lane, sender.key))
        body = Body(self._folder, self._disk)
        held.callback(body.close)
        if sends:
            limit = await self._let_in(held, request, sender)
            await body.fill(receive, declared=size, limit=limit)
        once = press_of(sender.key, path, body.start, body.size) if sends and lane is not Lane.FAST else None
        return _Ready(place, body, once)

    async def _check(self, request: Request, sender: Sender) -> None:
        """Quyền hỏi trước khi nhận chữ nào; vai vừa được giao thì hỏi lại mới biết. Lỗi: ``NotAllowed``."""
        action = needed(request.scope["path"])
        if action is None or sender.actor is None or sender.actor.may(action):
            return
        now = await self._people.of(request, ask=True, fresh=True)
        if now.actor is not None:
            now.actor.require(action)

    async def _let_in(self, held: AsyncExitStack, request: Request, sender: Sender) -> int:
        """Người này được gửi bao nhiêu byte lên đường này. Lỗi: ``NotSignedIn``, ``TooBig``, ``WrongBody``."""
        path = request.scope["path"]
        limit, upload, multipart = body_limit(path), upload_of(path), is_multipart(request.headers)
        if sender.actor is None:
            if path.startswith(MARKS) and not multipart:  # chữ ký của thân thay cho thẻ
                held.enter_context(self._stranger(sender.key))
                return _STRANGER_SMALL
            if multipart or upload or path.startswith(API):
                raise NotSignedIn
            if (declared_size(request.headers) or limit) > _STRANGER_SMALL:
                held.enter_context(self._stranger(sender.key))
            return min(limit, _STRANGER_BYTES)
        if multipart and upload is None:
            raise WrongBody
        if upload is not None:
            await held.enter_async_context(self._uploads_of(sender.key))
        return limit

    def _uploads_of(self, key: str) -> asyncio.Semaphore:
        """Phần gửi tệp của một người; nhớ vài trăm người gần đây."""
        mine = self._uploads.setdefault(key, asyncio.Semaphore(_UPLOADS_EACH))
        self._uploads.move_to_end(key)
        if len(self._uploads) > 500:
            self._uploads.popitem(last=False)
        return mine

    @contextmanager
    def _stranger(self, key: str) -> Iterator[None]:
        if self._strangers[key] >= _STRANGERS_EACH or self._strangers.total() >= _STRANGERS:
            raise NotSignedIn
        self._strangers[key] += 1
        try:
            yield
        finally:
            self._strangers[key] -= 1
            self._strangers += Counter()

    async def _turn_away(self, request: Request, receive: Receive, send: Send, error: BroadcasterError) -> None:
        """Nhận nốt một lát rồi bỏ đi (trình duyệt đang gửi dở không đọc trả lời), nói vì sao, đóng kết nối.

        Đông người bị từ chối cùng lúc thì ai tới sau chỉ được một câu: dựng trang cho họ cũng là để họ làm đài bận.
        """
        if self._lingering < _LINGERS:
            self._lingering += 1
            try:
                with suppress(TimeoutError, TooSlow):
                    async with asyncio.timeout(_LINGER_S):
                        request = await self._let_finish(request, receive, error)
                answer = await self._refuse(request, error)
            finally:
                self._lingering -= 1
        else:
            answer = PlainTextResponse(error.message, status_of(error))
        answer.headers["Connection"] = "close"
        await answer(request.scope, receive, send)

    async def _let_finish(self, request: Request, receive: Receive, error: BroadcasterError) -> Request:
        """Người không có quyền gõ ít chữ thì giữ chữ ấy để trang từ chối trả lại họ; còn lại nhận mà bỏ."""
        size = declared_size(request.headers)
        if not isinstance(error, NotAllowed) or not size or size > _GIVEN_BACK or is_multipart(request.headers):
            await self._swallow(receive)
            return request
        body = Body(self._folder, self._disk)
        await body.fill(receive, declared=size, limit=_GIVEN_BACK)
        return Request(request.scope, body.replay(receive))

    async def _swallow(self, receive: Receive) -> None:
        """Nhận mà bỏ, theo nhịp chung: một người thì kịp gửi nốt tệp, cả bầy thì không chiếm được vòng lặp sự kiện."""
        left, more, now = _LINGER_BYTES, True, asyncio.get_running_loop().time
        while more and left > 0:
            message = await receive()
            size = len(message.get("body", b""))
            left -= size
            more = message["type"] == "http.request" and message.get("more_body", False)
            self._swallowed_until = max(self._swallowed_until, now()) + size / _LINGER_BYTES_S
            await asyncio.sleep(self._swallowed_until - now())


class _People:
    """Ai giữ thẻ nào, nhớ ít giây để chia phần; quyền thật vẫn do ứng dụng hỏi lại cơ sở dữ liệu."""

    _FOR_S, _MOST = 20.0, 1_000

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: OrderedDict[str, tuple[Sender, float]] = OrderedDict()
        self._asking = CapacityLimiter(4)

    async def of(self, request: Request, *, ask: bool, fresh: bool = False) -> Sender:
        """``ask`` sai: chưa nhớ thì chia phần theo địa chỉ, không hỏi cơ sở dữ liệu; ``fresh``: hỏi lại dù đang nhớ."""
        stranger = Sender(request.client.host if request.client else "")
        token = _token(request)
        if not token:
            return stranger
        digest, now = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest(), asyncio.get_running_loop().time()
        sender, until = self._known.get(digest, (stranger, 0.0))
        if (until > now and not fresh) or not ask:
            return sender
        found = await anyio.to_thread.run_sync(self._ask, request, token, limiter=self._asking)
        if found is None:
            return stranger
        sender = found
        self._known[digest] = (sender, now + self._FOR_S)
        self._known.move_to_end(digest)
        if len(self._known) > self._MOST:
            self._known.popitem(last=False)
        return sender

    def _ask(self, request: Request, token: str) -> Sender | None:
        """Người của thẻ; ở trang đăng nhập là máy quen, để kẻ dò cùng địa chỉ không chiếm mất phần của chủ."""
        now, path = self._services.clock.now(), request.scope["path"]
        try:
            if path != SIGN_IN and not path.startswith(API):
                return _sender(recognised(request).actor)
            with self._services.database.reading() as session:
                if path == SIGN_IN:
                    return Sender(f"máy {token}") if is_known(session, token, now=now) else None
                return _sender(tokens.bearer(session, token.removeprefix("Bearer "), now=now)[0])
        except BroadcasterError:
            return None


def _sender(actor: Actor) -> Sender:
    return Sender(f"người {actor.user_id}", actor)


def _token(request: Request) -> str | None:
    """Điều nói người gửi là ai: thẻ API, dấu máy quen ở trang đăng nhập, hay thẻ phiên."""
    path = request.scope["path"]
    if path.startswith(API):
        return request.headers.get("authorization")
    return request.cookies.get(DEVICE if path == SIGN_IN else COOKIE)
