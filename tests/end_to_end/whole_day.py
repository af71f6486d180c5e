"""Cả ngày làm việc của mỗi vai, kể một lần, làm bằng bàn tay nào cũng được: đăng nhập, xem việc của mình, làm, đăng xuất.

Sáu người cùng một đài, theo thứ tự của một ngày: người viết gửi bài, lãnh đạo duyệt, người vận hành xếp và trông sóng, văn phòng
báo cáo, mặt trận giám sát, quản trị sửa sang. Đài phải đã được bày (``tests/web/furnished.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.browser import PASSWORD
from tests.end_to_end.hands import Hand

VACCINE = {
    "vac_xin": "vắc xin sởi",
    "ai": "trẻ sáu tháng tuổi",
    "ngay": "06/03/2026",
    "tu": "7:30",
    "den": "11:00",
    "noi": "trạm y tế phường",
    "mang_theo": "sổ tiêm",
}


def button(page: Page | Locator, name: str) -> Locator:
    """Nút có tên bắt đầu như thế; nhiều nút thì nút đầu."""
    return page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first


def link(page: Page | Locator, name: str) -> Locator:
    """Đường dẫn trong phần nội dung có chữ ấy; nhiều thì cái đầu."""
    return page.locator("main").get_by_role("link", name=name).first


def box(page: Page | Locator, name: str) -> Locator:
    """Ô của biểu mẫu theo tên gửi đi."""
    return page.locator(f"main [name={name}]:not([type=hidden])").first


def said(page: Page, text: str) -> None:
    """Trang báo đúng việc vừa làm."""
    expect(page.locator("main .said").first).to_contain_text(text)


def sign_in(hand: Hand, login: str) -> None:
    """Đăng nhập từ trang đầu; tới trang Hôm nay."""
    page = hand.page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")
    hand.write(box(page, "ten"), login)
    hand.write(box(page, "mat_khau"), PASSWORD)
    hand.follow(button(page, "Đăng nhập"))
    expect(page.get_by_role("heading", name="Việc của bạn")).to_be_visible()


def sign_out(hand: Hand) -> None:
    """Đăng xuất từ trang đang mở."""
    page = hand.page
    hand.reach(page.locator("header details.me > summary"))
    hand.follow(page.locator("header").get_by_role("button", name="Đăng xuất"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")


def writer(hand: Hand) -> None:
    """Sửa bài bị trả lại; viết theo mẫu, nghe thử, gửi; lấy lại, gửi lại; tìm, nhân bản; in lời đọc; dạy một chữ."""
    page = hand.page
    hand.follow(button(page, "Sửa “Bài bị trả”"))
    hand.write(box(page, "noi_dung"), "UBND phường thông báo: lệ phí là năm nghìn đồng.")
    hand.tick(box(page, "khong_han"))
    hand.follow(button(page, "Gửi duyệt"))
    said(page, "Đã gửi duyệt")

    hand.menu("Bản tin")
    hand.follow(link(page, "Viết bản tin"))
    hand.follow(link(page, "Tiêm chủng"))
    for name, text in VACCINE.items():
        hand.write(box(page, name), text)
    hand.follow(button(page, "Viết thành bài"))
    expect(box(page, "tieu_de")).to_have_value("Lịch tiêm vắc xin sởi ngày 06/03/2026")
    expect(page.locator("#cach-doc")).to_contain_text("mùng sáu tháng ba")
    with page.context.expect_event("response", lambda answer: "/ban-tin/nghe-" in answer.url):
        hand.reach(button(page, "Nghe thử cả bài"))
    hand.follow(button(page, "Gửi duyệt"))
    said(page, "Đã gửi duyệt")

    hand.menu("Hôm nay")
    hand.reach(page.locator("#viec-da-gui summary"))
    hand.follow(page.locator("#viec-da-gui").get_by_role("link", name="Lịch tiêm").first)
    hand.follow(link(page, "In lời đọc, chữ to"))
    expect(page.locator(".sheet")).to_contain_text("vắc xin sởi")
    page.go_back()
    hand.follow(button(page, "Lấy lại để sửa"))
    hand.follow(button(page, "Gửi duyệt"))
    said(page, "Đã gửi duyệt")

    hand.menu("Bản tin")
    hand.write(box(page, "tim"), "soi tiem lich")
    hand.follow(button(page, "Tìm"))
    hand.follow(link(page, "Lịch tiêm vắc xin sởi"))
    hand.follow(button(page, "Nhân bản"))
    hand.follow(button(page, "Lưu nháp"))
    said(page, "Đã lưu")

    hand.menu("Từ điển")
    hand.write(box(page, "chu"), "CK77")
    hand.write(box(page, "doc"), "chùa Keo bảy bảy")
    hand.follow(button(page, "Dạy chữ này"))
    expect(page.locator("#cho-duyet")).to_contain_text("CK77")


def leader(hand: Hand) -> None:
    """Duyệt từ trang đầu; trả lại có lý do; duyệt từ điển; khẩn cấp theo mẫu rồi dừng; cho phép giờ yên tĩnh; xem lịch tháng."""
    page = hand.page
    hand.follow(page.locator('main a[href^="/duyet/"]').first)
    hand.follow(button(page, "Duyệt đúng bản này"))
    said(page, "Đã duyệt")

    hand.menu("Duyệt")
    hand.follow(page.locator('main a[href^="/duyet/"]').first)
    hand.reach(button(page, "Trả lại"))
    expect(page.locator("#ghi_chu")).to_have_attribute("aria-invalid", "true")
    hand.write(box(page, "ghi_chu"), "Thiếu địa điểm tiêm.")
    hand.follow(button(page, "Trả lại"))
    said(page, "Đã trả lại")

    hand.menu("Từ điển")
    hand.tick(page.get_by_role("checkbox", name="CK77"))
    hand.follow(button(page, "Duyệt mục đã đánh dấu"))
    said(page, "uyệt")

    hand.follow(page.get_by_role("link", name="Khẩn cấp").first)
    hand.follow(page.get_by_role("group", name="Mẫu").get_by_role("button").last)
    for one in page.locator('input[name^="o_"]').all():
        hand.write(one, "cống số ba")
    hand.follow(page.locator("button.urgent", has_text="Xem lại lệnh"))
    hand.follow(button(page, "Phát ngay"))
    said(page, "Lệnh đã nhận")
    hand.follow(button(page, "Dừng tin này"))
    said(page, "ừng")

    hand.menu("Khung giờ")
    for name, text in (
        ("tu", "05/03/2026 04:30"),
        ("den", "05/03/2026 05:00"),
        ("so_van_ban", "12/QĐ-UBND"),
        ("ly_do_yt", "Báo bão"),
    ):
        hand.write(box(page, name), text)
    hand.follow(button(page, "Cho phép"))
    said(page, "Đã cho phép")

    hand.menu("Lịch phát")
    hand.follow(link(page, "Tháng"))
    expect(page.locator("table.month")).to_be_visible()


def operator(hand: Hand) -> None:
    """Dời, gỡ, lấy lại, thêm mục; phát một lần; diễn tập, im lặng; báo hỏng; xác nhận, đính chính; in tuần; bản giao ca."""
    _run_order(hand)
    _once(hand)
    _on_air(hand)
    _what_aired(hand)


def _run_order(hand: Hand) -> None:
    page = hand.page
    hand.menu("Lịch phát")
    hand.follow(link(page, "Buổi sáng"))
    row = page.locator("ol.order > li").filter(has=page.locator('a[href^="/ban-tin/bai/"]')).first
    name = row.get_attribute("data-ten") or ""
    item = row.get_attribute("id")
    row = page.locator(f"#{item}")
    hand.reach(row.locator("summary"))
    hand.reach(row.locator("[data-nut=Xuống]"))
    expect(page.locator("#vua-doi")).to_contain_text(name)
    hand.reach(page.locator("#vua-doi button"))
    expect(page.locator("#vua-doi")).to_have_count(0)
    if not row.locator("details").evaluate("one => one.open"):
        hand.reach(row.locator("summary"))
    hand.reach(row.locator("[data-nut=go]"))
    expect(page.locator("#vua-go")).to_contain_text(name)
    hand.reach(page.locator("#vua-go button"))
    expect(page.locator(f"#muc-{(item or '').removeprefix('muc-')}")).to_be_visible()
    page.reload()
    select = page.locator("#them select[name=script]")
    hand.choose(select, (select.locator("option").last.text_content() or "").strip())
    hand.follow(page.locator("#them").get_by_role("button", name="Thêm"))
    said(page, "Đã thêm bản tin vào buổi")


def _once(hand: Hand) -> None:
    page = hand.page
    hand.menu("Khung giờ")
    hand.write(box(page, "mot_ngay"), "07/03/2026")
    hand.write(box(page, "mot_gio"), "9:30")
    what = page.locator("#mot_gi")
    hand.choose(what, (what.locator("optgroup").first.locator("option").first.text_content() or "").strip())
    hand.follow(button(page, "Xem trước khi lập"))
    expect(page.locator("#mot-lan")).to_contain_text("09:30")
    hand.follow(button(page, "Đúng, lập buổi này"))
    said(page, "lập")
    hand.menu("Lịch phát")
    hand.follow(link(page, "In thứ tự phát"))
    expect(page.locator(".sheet h1")).to_contain_text("Thứ tự phát bảy ngày")
    page.go_back()


def _on_air(hand: Hand) -> None:
    page = hand.page
    hand.menu("Trực tiếp")
    hand.follow(button(page, "Im lặng tất cả"))
    said(page, "im lặng")
    hand.follow(button(page, "Bỏ im lặng tất cả"))
    said(page, "im lặng")
    hand.follow(button(page, "Diễn tập ngay"))
    said(page, "iễn tập")
    hand.menu("Đài")
    hand.follow(link(page, "Loa và đường ra"))
    cluster = page.locator("details.person", has_text="Cụm 1")
    hand.reach(cluster.locator("> summary"))
    hand.write(cluster.get_by_label("Báo hỏng"), "mất tiếng loa phía chợ")
    hand.follow(button(cluster, "Báo hỏng"))
    said(page, "hỏng")
    hand.follow(button(page, "Đã sửa xong"))
    said(page, "sửa")


def _what_aired(hand: Hand) -> None:
    page = hand.page
    hand.menu("Nhật ký")
    hand.reach(page.locator("details.log > summary").first)
    hand.follow(page.locator("details.log").first.locator('a[href^="/nhat-ky/"]').first)
    hand.tick(page.locator("#xac-nhan").get_by_role("checkbox").first)
    hand.write(box(page, "nguoi_nghe"), "Ông Ba, tổ trưởng")
    hand.follow(button(page, "Ghi xác nhận"))
    said(page, "xác nhận")
    hand.choose(page.locator("#ket_qua"), "Phát thiếu")
    hand.choose(page.locator("#ly_do"), "Mất điện hoặc sự cố máy")
    hand.write(page.locator("form[action$=dinh-chinh] [name=ghi_chu]"), "Khu chợ mất điện nửa buổi")
    hand.follow(button(page, "Ghi đính chính"))
    said(page, "đính chính")
    hand.menu("Báo cáo")
    form = page.locator("main details", has_text="Bản giao ca").first
    hand.reach(form.locator("summary"))
    hand.follow(button(form, "Lập"))
    expect(page.locator("article.report")).to_be_visible()


def clerk(hand: Hand) -> None:
    """Báo cáo quý bằng một lần bấm, tải Word; ghi và trả lời phản ánh; xem kế hoạch; đặt mức nhuận bút; tìm trong nhật ký."""
    page = hand.page
    hand.follow(button(page, "Làm báo cáo"))
    expect(page.locator("article.report")).to_be_visible()
    downloaded(hand, link(page, "Tải Word để ký"), ".docx")

    hand.menu("Nhật ký")
    hand.follow(link(page, "Phản ánh của người dân"))
    hand.reach(page.locator("#ghi > summary"))
    for name, text in (("nguoi", "Ông Tư"), ("ngay", "02/03/2026"), ("luc", "7 giờ"), ("noi_dung", "Loa rè, nghe không rõ")):
        hand.write(page.locator("#ghi").locator(f"[name={name}]"), text)
    hand.follow(button(page, "Ghi phản ánh"))
    said(page, "Đã ghi")
    if not page.locator("#tra_loi").count():
        hand.follow(link(page, "Ông Tư"))
    hand.write(box(page, "tra_loi"), "Đài đã thay loa, cảm ơn ông.")
    hand.follow(button(page, "Ghi câu trả lời"))
    said(page, "trả lời")

    hand.menu("Kế hoạch")
    hand.follow(page.locator("ol.coverage a").first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("C1")

    hand.menu("Báo cáo")
    hand.reach(page.locator("#nhuan-but summary"))
    hand.write(box(page, "so_tien"), "50000")
    hand.follow(button(page, "Lưu mức"))
    said(page, "mức")

    hand.menu("Nhật ký")
    hand.write(box(page, "tim"), "ho so tiep nhan")
    hand.follow(button(page, "Xem"))
    expect(page.locator("details.log").first).to_be_visible()
    downloaded(hand, link(page, "Tải CSV"), ".csv")


def auditor(hand: Hand) -> None:
    """Nhật ký tới từng dòng gốc; nghe lại một phút; tải Excel; sổ kiểm tra theo người; so mốc; so báo cáo đã lập; trợ giúp."""
    page = hand.page
    hand.menu("Nhật ký")
    downloaded(hand, link(page, "Tải Excel (XLSX)"), ".xlsx")
    hand.reach(page.locator("details.log > summary").first)
    hand.follow(page.locator("details.log").first.locator('a[href^="/nhat-ky/"]').first)
    hand.reach(page.locator("main details.card > summary").first)
    expect(page.locator("main details.card dl").first).to_be_visible()
    hand.follow(link(page, "nghe lại phút ấy"))
    expect(page.get_by_role("heading", name="Loa đã nói gì")).to_be_visible()

    hand.menu("Kiểm tra")
    hand.reach(page.locator("main summary", has_text="Lọc").first)
    hand.choose(page.locator("#nguoi"), "Nguyễn Thị Lan")
    hand.follow(button(page, "Lọc"))
    expect(page.locator("main")).to_contain_text("Gửi duyệt bản tin")
    hand.follow(link(page, "Mốc nhật ký"))
    hand.follow(button(page, "So nhật ký"))
    expect(page.locator("main [aria-live] h2")).to_contain_text("Nhật ký")

    hand.menu("Báo cáo")
    hand.follow(page.locator('main td a[href^="/bao-cao/"]').first)
    hand.follow(button(page, "Lập lại và so với bản này"))
    expect(page.locator("main [role=status]").first).to_be_visible()
    hand.menu("Trợ giúp")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def admin(hand: Hand) -> None:
    """Thêm người, khoá rồi mở lại; thêm TDP, chuyên mục, cụm loa; khung giờ mới, thôi phát rồi hoàn tác; xem sổ kiểm tra."""
    page = hand.page
    hand.menu("Tài khoản")
    hand.write(box(page, "ten"), "moi")
    hand.write(box(page, "ho_ten"), "Vũ Văn Mới")
    hand.tick(page.locator("form[action='/nguoi-dung']").get_by_role("checkbox").first)
    hand.follow(button(page, "Thêm người"))
    expect(page.locator("main [role=status] code")).to_have_text(re.compile(r"^\w{5}-\w{5}-\w{5}$"))
    person = page.locator("details.person", has_text="Vũ Văn Mới")
    hand.reach(person.locator("summary").first)
    hand.reach(person.locator("summary", has_text="Khoá tài khoản"))
    hand.follow(person.get_by_role("button", name="Khoá tài khoản: Vũ Văn Mới"))
    expect(person).to_contain_text("Đã khoá")
    hand.reach(person.locator("summary").first)
    hand.follow(person.get_by_role("button", name="Mở lại tài khoản"))
    expect(person).not_to_contain_text("Đã khoá")

    hand.menu("Đài")
    hand.write(page.locator("#tdp-moi"), "Tổ dân phố số 3")
    hand.follow(page.locator("form[action='/dai/tdp']").get_by_role("button", name="Thêm"))
    expect(page.locator("#tdp")).to_contain_text("TDP3")
    hand.follow(link(page, "Chuyên mục và kế hoạch"))
    hand.write(box(page, "ten_chuyen_muc"), "An ninh trật tự")
    hand.follow(page.locator("form[action='/dai/chuyen-muc']").get_by_role("button", name="Thêm"))
    expect(page.get_by_label("Tên chuyên mục An ninh trật tự")).to_be_visible()
    hand.follow(link(page, "Loa và đường ra"))
    hand.reach(page.locator("main summary", has_text="Thêm cụm loa"))
    hand.write(box(page, "ma_moi"), "CL09")
    hand.write(page.locator("form[action$='/cum'] [name=ten_moi]"), "Cổng đình")
    hand.choose(page.locator("#tdp_moi"), "TDP3 · Tổ dân phố số 3")
    hand.follow(page.locator("form[action$='/cum']").get_by_role("button", name="Thêm cụm loa"))
    expect(page.locator("details.person", has_text="Cổng đình")).to_be_visible()
    _weekly_slot(hand)


def _weekly_slot(hand: Hand) -> None:
    page = hand.page
    hand.menu("Khung giờ")
    form = page.locator("#sua")
    for name, text in (("ten", "Buổi trưa"), ("gio", "11:15"), ("phut", "15")):
        hand.write(form.locator(f"[name={name}]"), text)
    for _ in range(2):
        hand.follow(form.get_by_role("button", name=re.compile("^(Xem các ngày|Đúng, lưu)")).first)
    said(page, "Đã thêm khung giờ")
    hand.follow(page.locator("main tr", has_text="Buổi trưa").get_by_role("link", name="Thôi phát"))
    hand.follow(button(page, "Thôi phát từ"))
    said(page, "Đã thôi phát")
    hand.follow(button(page, "Hoàn tác"))
    said(page, "phát lại như cũ")


def downloaded(hand: Hand, what: Locator, ending: str) -> None:
    """Bấm và tệp về thật, đúng đuôi, không rỗng."""
    with hand.page.expect_download() as told:
        hand.reach(what)
    assert told.value.suggested_filename.endswith(ending)
    assert told.value.path().stat().st_size > 500


DAYS: dict[str, Callable[[Hand], None]] = {
    "lan": writer,
    "trang": leader,
    "hung": operator,
    "mai": clerk,
    "mttq": auditor,
    "quantri": admin,
}
"""Tên đăng nhập → cả ngày của người ấy, theo thứ tự của đài."""


def live(hand: Hand, login: str) -> None:
    """Cả ngày: đăng nhập, làm, đăng xuất."""
    sign_in(hand, login)
    DAYS[login](hand)
    sign_out(hand)
