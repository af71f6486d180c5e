"""Các phần của ``scripts/bench/survival.py``: mỗi phần một tệp, chạy trong một tiến trình riêng."""
