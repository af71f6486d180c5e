"""Trình duyệt Chromium thật của máy, mở ở cỡ màn hình của máy bàn và của điện thoại."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.waiting import slowness

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
"""Bản không cửa sổ là cùng một bộ vẽ, cùng một máy chạy script, không có phần quanh trang: bớt một phần ba CPU."""
WIDTHS = (1280, 390)


class ChromiumMissing(Exception):
    """Máy này không có trình duyệt nào họ Chromium."""


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Mở trình duyệt không cửa sổ, ``more`` là cờ thêm. Lỗi: ``ChromiumMissing``."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise ChromiumMissing("trình duyệt Chromium (gói chromium của Debian, Ubuntu)")
    # Máy thử không có bộ vẽ: bắt nó giả một bộ thì mỗi trang tốn thêm một phần năm.
    arguments = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", *more]
    expect.set_options(timeout=patience_ms())
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def patience_ms() -> float:
    """``expect`` đợi lâu nhất chừng này."""
    return 20_000 * slowness()


def microphone(spoken: Path) -> tuple[str, ...]:
    """Cờ cho micrô giả: người trước máy nói đúng tệp WAV ``spoken``, một lần."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken}%noloop",
    )


def faults(page: Page, width: int) -> list[str]:
    """Điều không được có ở một trang: tràn ngang, nút quá nhỏ để bấm bằng ngón tay, ô không nhãn."""
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = page.evaluate(_LOOK)
    return [f"{page.url} ở {width} px: {fault}" for fault in found]


_LOOK = """() => {
  const found = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) found.push(`tràn ngang ${wide} px`);
  for (const control of document.querySelectorAll("button, .button, select, input:not([type=hidden])")) {
    const box = control.getBoundingClientRect();
    if (!box.width) continue;
    const target = control.matches("[type=checkbox], [type=radio]") ? control.closest("label")?.getBoundingClientRect() : box;
    if (!target || target.height < 40) found.push(`khó bấm: ${control.outerHTML.slice(0, 120)}`);
    if (!control.matches("button, .button") && !control.labels?.length && !control.ariaLabel)
      found.push(`không nhãn: ${control.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""


def drag_by_touch(page: Page, start: tuple[float, float], end: tuple[float, float], *, steps: int = 8) -> None:
    """Một ngón tay thật của Chromium: chạm ở ``start``, lướt tới ``end``, nhấc lên (điểm ảnh của khung nhìn)."""
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, at: tuple[float, float] | None) -> None:
        points = [] if at is None else [{"x": at[0], "y": at[1]}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    for number in range(1, steps + 1):
        part = number / steps
        touch("touchMove", (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part))
    touch("touchEnd", None)
    finger.detach()
