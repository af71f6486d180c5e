"""Luật đọc theo loại; thứ tự của chúng ở ``order``, chỉ nạp ở lần đọc đầu tiên."""
