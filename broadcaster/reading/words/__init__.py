"""Từ điển có sẵn của bộ đọc, theo chủ đề: mỗi dòng ``CHỮ VIẾT = lời đọc | ngữ cảnh; ngữ cảnh``."""
