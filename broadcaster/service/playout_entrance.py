"""Cửa gọn của tiến trình phát: ``python -m broadcaster.service.playout_entrance``; người canh đi cửa này.

Không nạp cả bộ dòng lệnh, bộ kiểm cấu hình, và bộ tô màu mà structlog tự nạp nếu thấy: sống lại là việc của vài phần mười giây.
"""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str] | None = None) -> None:
    """``--place``: chữ của ``Place.as_text``."""
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    from broadcaster.service.place import Place
    from broadcaster.service.playout_process import run

    parser = argparse.ArgumentParser(prog="playout")
    parser.add_argument("--place", required=True)
    parser.add_argument("--supervised", action="store_true")
    asked = parser.parse_args(arguments)
    run(Place.from_text(asked.place), supervised=asked.supervised)


if __name__ == "__main__":
    main()
