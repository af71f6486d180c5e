"""Khẩn cấp: lệnh của người có quyền chiếm đường ra ngay, kể cả khi cơ sở dữ liệu bị khoá, đĩa đầy hay mất mạng."""
