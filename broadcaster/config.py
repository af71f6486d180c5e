"""config.toml: cài đặt của máy và của đài, kiểm tra trước khi chạy."""
