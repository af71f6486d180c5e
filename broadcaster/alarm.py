"""Báo thức: nơi duy nhất biết APScheduler; báo thức gọi dậy, dòng dữ liệu quyết định."""
