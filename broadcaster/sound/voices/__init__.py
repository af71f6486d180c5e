"""Giọng đọc: mỗi máy đọc là một ``Voice``; nơi gọi chỉ thấy câu chữ vào và tiếng ra."""
