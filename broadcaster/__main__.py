"""``python -m broadcaster``."""

import sys

if "--supervised" in sys.argv:  # không ai nhìn màu: bộ tô màu mà structlog và typer tự nạp nặng mười lăm megabyte một tiến trình
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

from broadcaster.cli import main

main()
