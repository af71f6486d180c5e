"""Nơi lắp ráp: nối các phòng với máy thật, dựng đài lần đầu, chạy và canh các tiến trình."""
