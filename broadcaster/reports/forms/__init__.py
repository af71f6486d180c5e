"""Các mẫu báo cáo F1-F8 và bản giao ca: mỗi tệp một mẫu, mỗi mẫu dựng một ``Document`` từ con số của nhật ký."""
