"""Báo thức: nơi duy nhất biết APScheduler. Báo thức chỉ gọi dậy; dòng dữ liệu quyết định có việc gì.

Việc hẹn nằm trong bộ nhớ, dựng lại từ dữ liệu lúc khởi động và sau mỗi thay đổi; báo muộn hay báo hai lần đều vô hại.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from broadcaster.traffic.keeper import Alarm

log = structlog.get_logger(__name__)


class AlarmClock:
    """Giữ các hẹn giờ khớp với danh sách mới nhất; tới giờ thì gọi ``on_ring``."""

    def __init__(self, on_ring: Callable[[Alarm], None], on_trouble: Callable[[str], None]) -> None:
        """``on_ring`` chạy ở luồng của APScheduler; ``on_trouble`` nhận lời kể về báo thức lỡ hoặc lỗi, ở lần ``set`` kế tiếp."""
        self._on_ring = on_ring
        self._on_trouble = on_trouble
        self._untold: deque[str] = deque()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(2)},
            # Mặc định của APScheduler bỏ việc trễ hơn một giây: với đài phát thì trễ vẫn phải làm.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._tell, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Bắt đầu đếm giờ."""
        self._scheduler.start()

    def stop(self) -> None:
        """Thôi báo thức."""
        self._scheduler.shutdown(wait=False)

    def set(self, alarms: Iterable[Alarm]) -> None:
        """Đặt lại mọi hẹn giờ theo ``alarms``: thêm cái mới, dời cái đổi giờ, bỏ cái không còn.

        Kể luôn chuyện chưa kể, ở luồng của người gọi: ``on_trouble`` vấp thì lần sau kể lại, không mất chuyện nào.
        """
        while self._untold:
            self._on_trouble(self._untold[0])
            self._untold.popleft()
        wanted = {alarm.key: alarm for alarm in alarms}
        current = {job.id: job for job in self._scheduler.get_jobs()}
        for key in current.keys() - wanted.keys():
            current[key].remove()
        for key, alarm in wanted.items():
            if key not in current or current[key].trigger.run_date != alarm.at:
                self._scheduler.add_job(
                    self._on_ring, "date", run_date=alarm.at, args=[alarm], id=key, name=alarm.kind, replace_existing=True
                )

    def pending(self) -> dict[str, str]:
        """Các hẹn đang chờ: khoá → giờ (ISO), để trang sức khoẻ và phép thử nhìn."""
        return {job.id: job.trigger.run_date.isoformat() for job in self._scheduler.get_jobs()}

    def _tell(self, event: JobEvent) -> None:
        error = getattr(event, "exception", None)
        log.error("báo thức lỡ hoặc lỗi", khoa=event.job_id, loi=repr(error))
        self._untold.append(f"Báo thức {event.job_id} {'bị lỗi' if error else 'bị lỡ'}; hệ thống vẫn tự xem lại theo nhịp.")
