"""Báo cáo: dòng nhật ký thành CSV, XLSX."""
