"""``python -m broadcaster``."""

import gc
import sys

supervised = "--supervised" in sys.argv
if supervised:  # không ai nhìn màu: bộ tô màu mà structlog và typer tự nạp nặng mười lăm megabyte một tiến trình
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
gc.disable()  # mã vừa nạp sống mãi, dọn rác lúc nạp chỉ là đi qua nó: một phần mười giờ bật

from broadcaster.cli import main  # noqa: E402  sau hai việc trên mới có ích

if not supervised:  # được canh thì còn nạp tiếp, tới lượt (``Process``) mới bật lại
    gc.freeze()
    gc.enable()
main()
