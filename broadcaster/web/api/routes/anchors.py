"""Giữ hộ mốc nhật ký của đài khác; chỉ khi config.toml của máy này khai ``[[anchors.receive]]``."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.errors import Invalid
from broadcaster.service.anchor_keeping import MOST_BYTES, SIGNATURE, ProofWanted
from broadcaster.web.api.shapes import Told
from broadcaster.web.pages import services_of

router = APIRouter(prefix="/anchors", tags=["anchors"])


class Receipt(Told):
    """Biên nhận của máy giữ hộ."""

    receipt: str


@router.post("/{code}", response_model=Receipt)
async def receive(request: Request, code: str) -> Receipt | Response:
    """Nhận mốc của đài ``code``; chữ ký HMAC-SHA256 của thân bằng khoá chung nằm ở tiêu đề, không cần thẻ."""
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise Invalid("Mốc gửi tới quá dài.")
    keeper = services_of(request).anchors.keeper
    try:
        receipt = await run_in_threadpool(keeper.receive, code, body, request.headers.get(SIGNATURE, ""))
    except ProofWanted as wanted:
        return JSONResponse({"detail": str(wanted), "tu_dong": wanted.held}, status_code=428)
    return Receipt(receipt=receipt)
