"""Các phần của ``truth.py``: người nghe đứng ngoài, điều xảy ra trong một ngày, cả đợt và phép đối chiếu."""
