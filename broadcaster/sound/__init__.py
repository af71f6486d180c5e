"""Âm thanh: giọng đọc, làm chủ âm lượng, thư viện, đường ra; không biết dòng dữ liệu nào."""
