"""Nhìn một trang đang mở như người dùng không nhìn rõ, không chuột, màn hình nhỏ: axe, tràn ngang, tên của nút."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

CONTRAST = "color-contrast"
BY_SIZE = ("target-size", "scrollable-region-focusable")
"""Luật đổi theo cỡ màn hình: trang đã qua mọi luật ở máy bàn thì ở điện thoại chỉ xem lại hai luật này và màu chữ."""
_LEGIBLE: set[str] = set()
"""Những kiểu chữ trên nền axe đã đo và cho là đọc được, ở trang nào cũng thế: đo lại chúng là ba phần tư công của axe."""


def axe_findings(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """Điều axe thấy sai, mỗi phần tử một dòng; ``rules`` trống là mọi luật. Cửa sổ phải mở với ``bypass_csp``.

    Màu chữ trên nền thì luôn xem, mỗi kiểu (màu và cỡ chữ, mọi lớp nền dưới nó) một lần trong cả làn.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {"resultTypes": ["violations"], "rules": {CONTRAST: {"enabled": False}}}
    if rules:
        options = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": rules}}
    found = page.evaluate(f"axe.run({json.dumps(options)})")["violations"]
    illegible = page.evaluate(_LETTERS, [CONTRAST, sorted(_LEGIBLE)])
    _LEGIBLE.update(illegible["legible"])
    return [f"{one['id']}: {node['html'][:160]}" for one in [*found, *illegible["violations"]] for node in one["nodes"]]


def too_wide(page: Page, width: int) -> list[str]:
    """Trang cuộn ngang ở bề rộng này; kể những phần tử lòi ra."""
    if page.viewport_size != {"width": width, "height": 844}:
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


_LETTERS = """async ([rule, known]) => {
  const layers = new Map([[null, ""]]), kinds = new Map();
  const layer = (one) => {
    if (!layers.has(one)) {
      const { backgroundColor, backgroundImage, opacity, position, zIndex, filter, mixBlendMode } = getComputedStyle(one);
      const plain = backgroundColor === "rgba(0, 0, 0, 0)" && backgroundImage + filter + mixBlendMode === "nonenonenormal";
      const own = [backgroundColor, backgroundImage, opacity, position, zIndex, filter, mixBlendMode].join();
      layers.set(one, layer(one.parentElement) + (plain && opacity + position === "1static" ? "" : "/" + own));
    }
    return layers.get(one);
  };
  for (const one of document.body.querySelectorAll("*")) {
    const letters = [...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (!letters && !one.matches("input, select, textarea")) continue;
    const { color, fontSize, fontWeight, textShadow, webkitTextStroke } = getComputedStyle(one);
    kinds.set(one, [color, fontSize, fontWeight, textShadow, webkitTextStroke, layer(one)].join());
  }
  const seen = new Set(known), include = [...kinds.keys()].filter((one) => !seen.has(kinds.get(one)));
  if (!include.length) return { violations: [], legible: [] };
  const told = await axe.run({ include }, { runOnly: { type: "rule", values: [rule] }, elementRef: true });
  const passed = told.passes.flatMap((one) => one.nodes.map((node) => kinds.get(node.element))).filter(Boolean);
  const failed = told.violations.flatMap((one) => one.nodes.map((node) => kinds.get(node.element)));
  const violations = told.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => ({ html })) }));
  return { violations, legible: [...new Set(passed)].filter((kind) => !failed.includes(kind)) };
}"""
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
