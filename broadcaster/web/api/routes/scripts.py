"""Bản tin: tìm, tạo, xem, mở bản sửa mới, rút."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from broadcaster.newsroom import deciding, drafting, queries
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.listing import PAGE, ScriptFilter, scripts
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.routes.revisions import DecisionTold, DraftGiven, ReasonGiven, RevisionTold, told_revision
from broadcaster.web.api.shapes import Told
from broadcaster.web.pages import services_of
from broadcaster.web.params import Id, PageNumber

router = APIRouter(prefix="/scripts", tags=["scripts"])


class SummaryTold(Told):
    """Bản tin trong danh sách, theo bản sửa mới nhất của nó."""

    script_id: int
    revision_id: int
    number: int
    state: RevisionState
    title: str
    updated_at: datetime


class ScriptPage(Told):
    """Một trang; ``total`` là số bản tin khớp."""

    items: list[SummaryTold]
    total: int
    page: int
    page_size: int


class ScriptTold(Told):
    """Một bản tin với mọi bản sửa, cũ trước."""

    id: int
    created_at: datetime
    revisions: list[RevisionTold]


@router.get("")
def listing(
    request: Request,
    caller: Caller,
    state: RevisionState | None = None,
    search: Annotated[str, Query(max_length=300, description="Từ trong tiêu đề hay nội dung, không cần dấu.")] = "",
    page: PageNumber = 1,
) -> ScriptPage:
    """Bản tin của đài, mới sửa trước."""
    with services_of(request).database.reading() as session:
        found, total = scripts(session, caller, ScriptFilter(text=search, state=state), page=page)
        items = [
            SummaryTold(
                script_id=one.script_id,
                revision_id=one.id,
                number=one.number,
                state=one.state,
                title=one.title,
                updated_at=one.updated_at,
            )
            for one in found
        ]
    return ScriptPage(items=items, total=total, page=page, page_size=PAGE)


@router.post("", status_code=201)
def create(request: Request, caller: Caller, given: DraftGiven) -> RevisionTold:
    """Bản tin mới, ở trạng thái nháp."""
    services, draft = services_of(request), given.as_draft()
    with services.database.writing() as session:
        revision = drafting.create(session, caller, draft, now=services.clock.now())
        return told_revision(session, caller, revision)


@router.get("/{script_id}")
def one(request: Request, caller: Caller, script_id: Id) -> ScriptTold:
    """Một bản tin."""
    with services_of(request).database.reading() as session:
        script = queries.script(session, caller, script_id)
        revisions = [told_revision(session, caller, revision) for revision in script.revisions]
        return ScriptTold(id=script.id, created_at=script.created_at, revisions=revisions)


@router.post("/{script_id}/revisions")
def revise(request: Request, caller: Caller, script_id: Id) -> RevisionTold:
    """Bản nháp để sửa tiếp: bản đang nháp nếu có, không thì bản mới chép từ bản gần nhất."""
    services = services_of(request)
    with services.database.writing() as session:
        revision = drafting.revise(session, caller, script_id, now=services.clock.now())
        return told_revision(session, caller, revision)


@router.post("/{script_id}/withdraw")
def withdraw(request: Request, caller: Caller, script_id: Id, given: ReasonGiven) -> DecisionTold:
    """Rút bản đang được duyệt: từ lúc này không phát nữa."""
    services = services_of(request)
    with services.database.writing() as session:
        decision = deciding.withdraw(session, caller, script_id, note=given.note, now=services.clock.now())
        return DecisionTold.model_validate(decision)
