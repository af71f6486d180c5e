"""Các nhóm lệnh của API, mỗi nhóm một tệp."""

from broadcaster.web.api.routes import airlog, anchors, coverage, health, programmes, reading, revisions, scripts, station, urgent

ROUTERS = (
    health.router,
    station.router,
    scripts.router,
    revisions.router,
    programmes.router,
    airlog.router,
    anchors.router,
    coverage.router,
    reading.router,
    urgent.router,
)
