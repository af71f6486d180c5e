"""Viết thành đọc: văn bản hành chính tiếng Việt được đọc lên thế nào."""
