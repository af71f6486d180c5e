"""Nơi lắp ráp: nối các phòng với máy thật."""
