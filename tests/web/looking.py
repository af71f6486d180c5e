"""Nhìn một trang đang mở như người dùng không nhìn rõ, không chuột, màn hình nhỏ: axe, tràn ngang, tên của nút."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

CONTRAST = ("color-contrast", "target-size", "scrollable-region-focusable")
"""Luật đổi theo cỡ màn hình và màu: trang đã qua mọi luật ở máy bàn thì ở điện thoại, màu tối chỉ xem lại chừng này."""


def axe_findings(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """Điều axe thấy sai, mỗi phần tử một dòng; ``rules`` trống là mọi luật. Cửa sổ phải mở với ``bypass_csp``."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = page.evaluate(f"axe.run({json.dumps(options)})")
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


def too_wide(page: Page, width: int) -> list[str]:
    """Trang cuộn ngang ở bề rộng này; kể những phần tử lòi ra."""
    page.set_viewport_size({"width": width, "height": 844})
    found: list[str] = page.evaluate(_WIDE)
    return [f"tràn ngang ở {width} px: {one}" for one in found]


def too_wide_for_big_letters(page: Page, width: int) -> list[str]:
    """Như ``too_wide``, khi người dùng đặt chữ to gấp đôi."""
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    found = too_wide(page, width)
    page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    return [f"chữ gấp đôi, {one}" for one in found]


def same_names(page: Page) -> list[str]:
    """Hai nút cùng tên mà làm hai việc khác nhau: người nghe màn hình không biết nút nào của mục nào."""
    found: list[str] = page.evaluate(_NAMES)
    return [f"hai nút cùng tên: {one}" for one in found]


_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const out = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > room + 1);
  return out.slice(0, 3).map((one) => one.outerHTML.slice(0, 140));
}"""
_NAMES = """() => {
  const deeds = new Map(), twice = new Set();
  const named = (one) => one.ariaLabelledByElements?.map((by) => by.textContent).join(" ") || one.ariaLabel || one.textContent;
  const told = (one) => named(one).replace(/\\s+/g, " ").trim();
  const deed = (one) => {
    if (one.href) return one.href;
    if (one.matches("summary")) return deed(one.parentElement.querySelector("button"));
    if (!one.form) return one.outerHTML;
    const kept = [...new FormData(one.form)].filter(([name]) => name !== "khoa_gui");
    return JSON.stringify([one.getAttribute("formaction") || one.form.action, one.name, one.value, kept.map(String)]);
  };
  for (const one of document.querySelectorAll("button, a.button, summary.button")) {
    const name = told(one), does = deed(one);
    if (deeds.has(name) && deeds.get(name) !== does) twice.add(name);
    deeds.set(name, does);
  }
  return [...twice];
}"""
