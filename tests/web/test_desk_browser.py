"""Bàn làm việc trong trình duyệt thật: nhà, soạn, duyệt, danh sách; chuột, bàn phím, mất mạng, không script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import select

from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.tables import Revision, UnsavedText
from tests.support.chromium import WIDTHS, faults
from tests.support.scene import Scene
from tests.support.waiting import eventually
from tests.support.windows import Desk
from tests.traffic import build
from tests.web.test_home import returned, sent

pytestmark = pytest.mark.browser
TEXT = "Phường có 12 thủ tục hành chính. Ngày 5/3/2026 mời bà con tới. Gọi số 0221.3861.234."


def readable(page: Page) -> None:
    assert [fault for width in (*WIDTHS, 320) for fault in faults(page, width)] == []


def test_a_leader_reads_the_count_and_approves_in_two_steps(desk: Desk, scene: Scene) -> None:
    revision_id = sent(scene, "Lịch cắt điện")
    sent(scene, "Lịch tiếp dân")
    page = desk.open(scene.leader, "/", width=390)
    before = int(page.title().partition(")")[0].strip("("))
    readable(page)
    page.get_by_role("link", name="Lịch cắt điện").click()
    expect(page).to_have_url(f"{page.url.partition('/duyet')[0]}/duyet/{revision_id}")
    screen = page.viewport_size
    assert screen is not None
    for told in ("Người làm", "Gửi lúc", "Hiệu lực", "Phát"):
        box = page.locator("dt", has_text=told).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < screen["height"], f"{told} ở màn hình đầu"
    approve = page.get_by_role("button", name="Duyệt đúng bản này")
    page.mouse.wheel(0, 3000)
    expect(approve).to_be_in_viewport()
    readable(page)
    approve.click()
    expect(page.get_by_role("status").first).to_contain_text("Đã duyệt")
    page.goto("/")
    assert int(page.title().partition(")")[0].strip("(")) == before - 1


def test_the_count_of_an_open_page_follows_what_happens(desk: Desk, scene: Scene) -> None:
    page = desk.open(scene.leader, "/nhat-ky")
    badge = page.locator('.top [data-dem="/duyet"]')
    expect(badge).to_be_hidden()
    sent(scene, "Tin vừa gửi")
    expect(badge).to_be_visible(timeout=60_000)
    expect(badge).to_contain_text("1")
    page.wait_for_function("document.title.startsWith('(')", timeout=60_000)


@pytest.mark.parametrize("script", [True, False])
def test_a_refusal_without_a_reason_stands_at_the_reason(desk: Desk, scene: Scene, script: bool) -> None:
    page = desk.open(scene.leader, f"/duyet/{sent(scene, 'Tin cần sửa')}", width=390, script=script)
    page.get_by_role("button", name="Trả lại").click()
    reason = page.get_by_label("Lý do, lời nhắn")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    if not script:
        expect(page.get_by_role("alert").first).to_contain_text("vì sao trả lại")
    reason.fill("Số liệu cũ")
    page.get_by_role("button", name="Trả lại").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã trả lại")


def test_a_returned_bulletin_is_mended_from_home_by_keyboard(desk: Desk, scene: Scene) -> None:
    returned(scene, "Bài bị trả")
    page = desk.open(scene.writer, "/", script=False)
    page.get_by_role("button", name="Sửa “Bài bị trả”").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Tiêu đề")).to_have_value("Bài bị trả")


def test_words_find_a_bulletin_and_long_titles_wrap(desk: Desk, scene: Scene) -> None:
    with scene.database.writing() as session:
        for number in range(70):
            create(session, scene.writer, Draft(f"Mời họp tổ dân phố số {number}", TEXT), now=scene.clock.now())
        create(session, scene.writer, Draft("Lịch" + "dài" * 90, "Phun thuốc muỗi."), now=scene.clock.now())
    page = desk.open(scene.writer, "/ban-tin", width=390)
    readable(page)
    page.get_by_role("link", name="Trang 3 trên 3").click()
    expect(page.locator("[aria-current=page]", has_text="3")).to_be_visible()
    page.get_by_role("searchbox").fill("muoi thuoc")
    page.keyboard.press("Enter")
    expect(page.locator(".found li")).to_have_count(1)
    readable(page)


def test_underlines_are_one_stop_and_sentences_are_heard_with_the_word_lit(desk: Desk, scene: Scene) -> None:
    with scene.database.writing() as session:
        draft = create(session, scene.writer, Draft("Tin thử", TEXT), now=scene.clock.now()).id
    page = desk.open(scene.writer, f"/ban-tin/{draft}/sua")
    marks = page.locator(".marked .reads")
    first = marks.first
    first.focus()
    expect(first.locator(".as")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(marks.nth(1).locator(".as")).to_be_hidden()
    page.keyboard.press("End")
    expect(marks.last).to_be_focused()
    assert page.locator(".marked .reads[tabindex='0']").count() == 1
    page.get_by_role("textbox", name="Nội dung").focus()
    seen = page.evaluate('() => document.querySelectorAll(\'#soan a[href][tabindex="0"], .reads[tabindex="0"]\').length')
    assert seen == 2, "chỗ gạch chân một chặng, danh sách câu một chặng"
    page.evaluate(
        "() => { window.lit = new Set(); new MutationObserver(() => document.querySelectorAll('.now').forEach("
        "(one) => window.lit.add(one.textContent))).observe(document.querySelector('ol.sentences'),"
        " {subtree: true, attributes: true}); }"
    )
    page.get_by_role("button", name="Nghe thử cả bài").click()
    expect(page.locator("ol.sentences li").nth(0)).to_have_class("playing")
    expect(page.locator("ol.sentences li").nth(1)).to_have_class("playing", timeout=60_000)
    assert page.evaluate("window.lit.size") > 1
    page.get_by_role("button", name="Dừng nghe").click()
    expect(page.locator(".playing")).to_have_count(0)


def test_typing_is_kept_by_itself_also_when_the_line_is_down(desk: Desk, scene: Scene) -> None:
    page = desk.open(scene.writer, "/ban-tin/moi")
    told = page.locator("p[data-da-giu]")
    page.get_by_label("Tiêu đề").fill("Gõ dở")
    page.get_by_role("textbox", name="Nội dung").fill(TEXT)
    expect(told).to_have_text("Đã lưu 08:00", timeout=60_000)
    expect(page.locator("#cach-doc")).to_contain_text("mười hai thủ tục", timeout=60_000)
    page.context.set_offline(True)
    page.get_by_label("Tiêu đề").click()
    page.get_by_label("Tiêu đề").press_sequentially(" lúc mất mạng")
    expect(told).to_contain_text("trên máy này", timeout=60_000)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    page.wait_for_function("() => true")
    eventually(lambda: (page.wait_for_timeout(50), asked)[1], what="hỏi trước khi rời trang")
    assert asked == ["beforeunload"]
    page.context.set_offline(False)
    expect(told).to_have_text("Đã lưu 08:00", timeout=60_000)
    with scene.database.reading() as session:
        assert session.scalars(select(UnsavedText)).one().fields["tieu_de"] == "Gõ dở lúc mất mạng"


def test_what_only_this_machine_kept_is_offered_and_saved(desk: Desk, scene: Scene) -> None:
    page = desk.open(scene.writer, "/ban-tin/moi")
    page.context.route("**/ban-tin/giu", lambda route: route.abort())
    page.get_by_label("Tiêu đề").fill("Chỉ ở máy này")
    page.get_by_role("textbox", name="Nội dung").fill(TEXT)
    expect(page.locator("p[data-da-giu]")).to_contain_text("trên máy này", timeout=60_000)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ban-tin/moi")
    expect(page.locator("#lay-lai")).to_contain_text("Chỉ ở máy này")
    page.context.unroute("**/ban-tin/giu")
    page.get_by_role("button", name="Lấy lại").click()
    expect(page.get_by_role("textbox", name="Nội dung")).to_have_value(TEXT)
    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu nháp")
    with scene.database.reading() as session:
        assert session.scalars(select(Revision.title)).all() == ["Chỉ ở máy này"]
        assert session.scalars(select(UnsavedText)).all() == []
    readable(page)


def test_a_template_is_filled_on_a_phone_without_script(desk: Desk, scene: Scene) -> None:
    page = desk.open(scene.writer, "/ban-tin/moi", width=390, script=False)
    page.get_by_role("link", name="Ngừng cấp điện, nước").click()
    for label, text in (
        ("Ngừng cấp gì", "điện"),
        ("Đơn vị nào báo", "Điện lực"),
        ("Ngày (bắt buộc)", "05/03/2026"),
        ("Ở đâu (bắt buộc)", "tổ 3"),
    ):
        page.get_by_role("textbox", name=label).fill(text)
    page.get_by_label("Từ mấy giờ").fill("7:30")
    page.get_by_label("Đến mấy giờ").fill("11:00")
    page.get_by_role("button", name="Viết thành bài").click()
    expect(page.get_by_label("Tiêu đề")).to_have_value("Ngừng cấp điện ngày 05/03/2026")
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi duyệt")


def test_every_page_of_the_desk_is_readable(desk: Desk, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        script_id = build.script(session, scene, "Tin đã duyệt").script_id
    waiting = sent(scene, "Tin chờ")
    paths = ("/", "/ban-tin?trang_thai=draft", "/ban-tin/moi", "/ban-tin/mau/tin-buon", f"/ban-tin/bai/{script_id}")
    for actor, many in (
        (scene.writer, (*paths, f"/ban-tin/bai/{script_id}/so-sanh")),
        (scene.leader, ("/", f"/duyet/{waiting}")),
    ):
        page = desk.open(actor, "/")
        for path in many:
            page.goto(path)
            readable(page)
