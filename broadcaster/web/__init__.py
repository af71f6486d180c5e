"""Trang web: nơi duy nhất biết FastAPI."""
