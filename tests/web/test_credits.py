"""Nhuận bút: ghi trên bản tin, đi theo bản sửa, vào bảng kê F4 và nhật ký; sửa sau khi duyệt thì sổ kể lại."""

from __future__ import annotations

from sqlalchemy import select

from broadcaster.accounts.tables import AuditEntry
from broadcaster.newsroom.drafting import revise
from broadcaster.newsroom.enums import Channel, CreditRole, Genre
from broadcaster.newsroom.publishing import published
from broadcaster.newsroom.tables import Credit, Script
from broadcaster.reports.document import Paragraph
from broadcaster.reports.forms.reform import reform_form
from broadcaster.reports.forms.royalties import royalty_shares
from broadcaster.reports.periods import PeriodKind, calendar_period, reform_period
from broadcaster.reports.rates import set_rate
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter

DRAFT = {"tieu_de": "Tin", "noi_dung": "Phường họp sáng nay.", "the_loai": "news", "viec": "luu", "den_ngay": "01/04/2026"}


def test_credits_are_typed_with_the_bulletin_and_follow_its_revisions(enter: Enter, scene: Scene) -> None:
    writer = enter(scene.writer)
    typed = {"nb_author": "Nguyễn Thị Lan; Cộng tác viên <b>", "nb_reader": "Trần Văn Hùng;Trần Văn Hùng"}
    saved = writer.post("/ban-tin/moi", data=DRAFT | typed)
    assert saved.status_code == 303
    page = writer.get(saved.headers["location"].partition("?")[0]).text
    assert 'value="Nguyễn Thị Lan; Cộng tác viên &lt;b&gt;"' in page
    with scene.database.writing() as session:
        found = session.execute(select(Credit.role, Credit.name, Credit.user_id).order_by(Credit.id)).all()
        assert [tuple(row) for row in found] == [
            (CreditRole.AUTHOR, "Nguyễn Thị Lan", scene.writer.user_id),
            (CreditRole.AUTHOR, "Cộng tác viên <b>", None),
            (CreditRole.READER, "Trần Văn Hùng", scene.operator.user_id),
        ]
        made = build.script(session, scene, "Đã duyệt")
        before = len(session.scalars(select(Credit).where(Credit.revision_id == made.revision_id)).all())
        again = revise(session, scene.writer, made.script_id, now=scene.clock.now())
        assert len(again.credits) == before > 0


def test_too_many_or_too_long_names_are_refused_and_kept_in_the_boxes(enter: Enter, scene: Scene) -> None:
    writer = enter(scene.writer)
    long = "Rất dài " * 40
    for name in (long, ";".join(f"Người {n}" for n in range(11))):
        refused = writer.post("/ban-tin/moi", data=DRAFT | {"nb_editor": name})
        assert refused.status_code == 422
        assert name.strip() in refused.text
        assert "cách nhau dấu chấm phẩy" in refused.text
    with scene.database.reading() as session:
        assert session.scalars(select(Script)).all() == [], "lỗi ở ô nào thì không lưu gì"


def test_credits_of_an_approved_bulletin_are_mended_in_the_book_and_feed_the_sheet(enter: Enter, scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        made = build.script(session, scene, "Tin", genre=Genre.NEWS)
        set_rate(session, scene.clerk, Genre.NEWS, CreditRole.EDITOR, amount="30.000", valid_from=now.date(), now=now)
    sound(scene, Sounded(11, now, script=made.script_id))
    writer = enter(scene.writer)
    path = f"/ban-tin/{made.revision_id}/nhuan-but"
    assert writer.post(path, data={"nb_editor": "Lê Thị Mai"}).status_code == 303
    assert "Lê Thị Mai" in writer.get(f"/ban-tin/bai/{made.script_id}").text
    month = calendar_period(PeriodKind.MONTH, now.date())
    with scene.database.reading() as session:
        (share,) = royalty_shares(session, scene.clerk, month)
        assert (share.name, share.role, share.amount) == ("Lê Thị Mai", CreditRole.EDITOR, 30_000)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "credits_set")).one()
        assert entry.detail["new"] == "Người biên tập: Lê Thị Mai"
    assert enter(scene.auditor).post(path, data={"nb_editor": "X"}).status_code == 403
    assert enter(scene.stranger).post(path, data={"nb_editor": "X"}).status_code == 404


def test_an_approved_text_is_copied_and_counted_once_a_place(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        made = build.script(session, scene, "Tin <b>")
    writer = enter(scene.writer)
    page = writer.get(f"/ban-tin/bai/{made.script_id}").text
    assert "TIN &lt;B&gt;" in page
    for channel in ("zalo", "zalo", "website"):
        assert writer.post(f"/ban-tin/{made.revision_id}/dang", data={"kenh": channel}).status_code == 303
    assert "Đã đăng: Zalo, Trang thông tin điện tử" in writer.get(f"/ban-tin/bai/{made.script_id}").text
    today = scene.clock.now().date()
    with scene.database.reading() as session:
        assert published(session, scene.clerk, today, today) == {Channel.ZALO: 1, Channel.WEBSITE: 1}
        assert published(session, scene.stranger, today, today) == {}
        quarter = reform_period(PeriodKind.QUARTER_1, 2026)
        told = reform_form(session, scene.clerk, quarter, day=today, now=scene.clock.now()).blocks
        assert any(isinstance(block, Paragraph) and "Zalo: 1 tin, bài" in block.text for block in told)
    draft = writer.post("/ban-tin/moi", data=DRAFT).headers["location"]
    number = draft.partition("/sua")[0].rpartition("/")[2]
    assert writer.post(f"/ban-tin/{number}/dang", data={"kenh": "zalo"}).status_code == 409, "chữ chưa duyệt không đi đâu cả"
    assert enter(scene.auditor).post(f"/ban-tin/{made.revision_id}/dang", data={"kenh": "zalo"}).status_code == 403
    assert enter(scene.stranger).post(f"/ban-tin/{made.revision_id}/dang", data={"kenh": "zalo"}).status_code == 404
