"""Dòng lệnh ``broadcaster``."""
