"""Sáu hình của README, chụp từ đài mẫu chạy thật: ``python scripts/pictures.py`` (cần Chromium, chừng một phút).

Đài mẫu dựng trong thư mục tạm; một buổi diễn tập đang vang để thấy trang Trực tiếp có tiếng.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page  # noqa: E402

from tests.end_to_end.house import House, house  # noqa: E402
from tests.support.chromium import chromium  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402

FOLDER = ROOT / "scripts" / "pictures"
QUALITY = 72
DESK, PHONE = {"width": 1120, "height": 760}, {"width": 390, "height": 760}
TEXT = (
    "Ngày 15/3/2026, UBND phường tổ chức tiêm chủng cho 120 trẻ tại trạm y tế, theo Kế hoạch số 16/KH-UBND.\n"
    "Bà con đưa trẻ tới trước 9 giờ 30, mang theo sổ tiêm."
)


def main() -> None:
    """Chụp cả sáu."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), demo_after=7200) as place, chromium() as browser:
        _rehearsing(place, browser)
        _home(place, browser)
        _writing(place, browser)
        _approving(place, browser)
        _order(place, browser)
        _log(place, browser)


def signed(place: House, browser: Browser, login: str, size: dict[str, int]) -> Page:
    """Cửa sổ cỡ ``size`` đã đăng nhập bằng tài khoản của đài mẫu."""
    found = re.search(rf"^  {login} +(\S+)", place.log.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    page = browser.new_context(
        base_url=place.address,
        viewport=size,
        locale="vi-VN",
        color_scheme="light",  # type: ignore[arg-type]
    ).new_page()
    page.goto("/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu", exact=True).fill(found[1])
    page.get_by_role("button", name="Đăng nhập").click()
    page.locator("main h1").wait_for()
    return page


def _shoot(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=QUALITY)
    print(f"{name}.jpg", round((FOLDER / f"{name}.jpg").stat().st_size / 1000), "kB", flush=True)


def _rehearsing(place: House, browser: Browser) -> None:
    page = signed(place, browser, "vanhanh", PHONE)
    page.goto("/truc-tiep")
    page.get_by_role("button", name="Diễn tập ngay").click()
    page.goto("/truc-tiep")
    eventually(lambda: page.locator("progress").count(), seconds=120, what="buổi diễn tập vang")
    _shoot(page, "truc-tiep")


def _home(place: House, browser: Browser) -> None:
    _shoot(signed(place, browser, "vanhanh", DESK), "hom-nay")


def _writing(place: House, browser: Browser) -> None:
    page = signed(place, browser, "bientap", DESK)
    page.goto("/ban-tin/moi")
    page.locator("[name=tieu_de]").fill("Lịch tiêm chủng mở rộng")
    page.locator("[name=noi_dung]").fill(TEXT)
    page.locator("#cach-doc").filter(has_text="mười lăm tháng ba").wait_for()
    page.locator("[name=noi_dung]").scroll_into_view_if_needed()
    _shoot(page, "soan")


def _approving(place: House, browser: Browser) -> None:
    page = signed(place, browser, "lanhdao", PHONE)
    page.goto("/duyet")
    page.locator('main a[href^="/duyet/"]').first.click()
    page.locator("main h1").wait_for()
    _shoot(page, "duyet")


def _order(place: House, browser: Browser) -> None:
    page = signed(place, browser, "vanhanh", DESK)
    page.goto("/lich-phat")
    page.get_by_role("link", name=re.compile("sáng|chiều|Sáng|Chiều")).first.click()
    page.locator("ol.order").wait_for()
    _shoot(page, "thu-tu-phat")


def _log(place: House, browser: Browser) -> None:
    page = signed(place, browser, "kiemtra", DESK)
    page.goto("/nhat-ky")
    eventually(lambda: page.reload() and page.locator("details.log").count(), seconds=120, what="dòng nhật ký")
    page.locator("details.log").first.scroll_into_view_if_needed()
    _shoot(page, "nhat-ky")


if __name__ == "__main__":
    main()
