"""Các đòn của ``attack.py``."""
