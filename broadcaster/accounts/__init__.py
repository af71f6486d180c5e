"""Đài, người, vai trò, đăng nhập, cài đặt và sổ kiểm tra: ai được làm gì."""
