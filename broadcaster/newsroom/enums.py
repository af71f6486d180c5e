"""Từ của phòng biên tập: thể loại, mức ưu tiên, trạng thái bản sửa, quyết định."""

from __future__ import annotations

from broadcaster.enums import Word


class Genre(Word):
    """Thể loại; *tin* và *bài* được đếm trong báo cáo CCHC."""

    NEWS = "news", "Tin"
    FEATURE = "feature", "Bài"
    NOTICE = "notice", "Thông báo"
    QA = "qa", "Hỏi - đáp"
    COMPLAINT_ANSWER = "complaint_answer", "Trả lời phản ánh"
    MUSIC = "music", "Nhạc"
    RELAY = "relay", "Tiếp âm"
    LIVE = "live", "Trực tiếp"


WRITTEN = (Genre.NEWS, Genre.FEATURE, Genre.NOTICE, Genre.QA, Genre.COMPLAINT_ANSWER)
"""Thể loại do người viết; nhạc, tiếp âm, trực tiếp không phải bản tin."""


class Priority(Word):
    """Ba mức theo Thông tư 39/2020."""

    NORMAL = "normal", "Thông thường"
    PREFERRED = "preferred", "Ưu tiên"
    URGENT = "urgent", "Khẩn cấp"


class RevisionState(Word):
    """Trạng thái của một bản sửa."""

    DRAFT = "draft", "Nháp"
    SUBMITTED = "submitted", "Chờ duyệt"
    APPROVED = "approved", "Đã duyệt"
    RETURNED = "returned", "Bị trả lại"
    SUPERSEDED = "superseded", "Đã có bản thay"
    WITHDRAWN = "withdrawn", "Đã rút"
    EXPIRED = "expired", "Hết hiệu lực"


class DecisionKind(Word):
    """Điều người có thẩm quyền đã làm với một bản sửa."""

    APPROVED = "approved", "Duyệt"
    RETURNED = "returned", "Trả lại"
    WITHDRAWN = "withdrawn", "Rút"
    RECALLED = "recalled", "Tác giả lấy lại"


class CreditRole(Word):
    """Vai trò hưởng nhuận bút."""

    AUTHOR = "author", "Người viết"
    EDITOR = "editor", "Người biên tập"
    READER = "reader", "Người đọc"


class Channel(Word):
    """Nơi chữ đã duyệt được đăng ngoài loa (kế hoạch, mục II.2: các hình thức tuyên truyền khác)."""

    ZALO = "zalo", "Zalo"
    WEBSITE = "website", "Trang thông tin điện tử"


class Part(Word):
    """Phần việc của một người trong một bản sửa; ai có phần thì không tự duyệt bản ấy."""

    WROTE = "wrote", "Viết"
    EDITED = "edited", "Sửa"
    SUBMITTED = "submitted", "Gửi duyệt"


class LexiconCase(Word):
    """Cách so chữ hoa của một mục từ."""

    EXACT = "exact", "Đúng chữ hoa, thường"
    ANY = "any", "Không phân biệt hoa, thường"


class LexiconLayer(Word):
    """Tầng của một mục từ điển; tầng gần đài thắng."""

    STATION = "station", "Đài"
    ABOVE = "above", "Cấp trên"


class Origin(Word):
    """Nguồn gốc nội dung, như trong nhật ký phát."""

    OWN = "own", "Tự sản xuất"
    CENTRAL = "central", "Thông tin nguồn Trung ương"
    PROVINCE = "province", "Thông tin nguồn tỉnh"
    RELAY = "relay", "Tiếp âm"
    OTHER = "other", "Đơn vị khác"


class Sorting(Word):
    """Thứ tự của danh sách bản tin."""

    CHANGED = "changed", "Mới sửa trước"
    OLDEST = "oldest", "Cũ trước"
    TITLE = "title", "Tiêu đề A-Z"
    ENDING = "ending", "Sắp hết hạn trước"
    WAITING = "waiting", "Gửi duyệt sớm trước"
