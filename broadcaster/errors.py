"""Mọi lỗi mà sản phẩm nói với người dùng, trong một cây; web và CLI chỉ đổi lớp thành mã số ở một nơi.

BroadcasterError
├── NotSignedIn          chưa đăng nhập hoặc phiên đã hết
├── NotAllowed           vai trò không có quyền
├── NotFound             không có, hoặc thuộc đài khác
├── Conflict             trạng thái hiện tại không cho phép
│   └── StaleForm        người khác đã sửa trong lúc đang mở
├── Invalid              dữ liệu nhập sai; ``problems`` nói ô nào sai vì sao
│   └── UnsoundText      chữ có ký tự không lưu được
├── TooManyAttempts      thử quá nhiều lần
├── TooBusy              người này đã có đủ việc đang chờ
├── TooBig               gửi lên quá lớn
├── TooSlow              gửi lên quá chậm, hoặc bỏ dở
├── WrongBody            đường này không nhận tệp
├── DiskFull             ổ đĩa không còn chỗ nhận tệp
├── ConfigWrong          config.toml sai
│   ├── PortTaken        cổng đang bị chương trình khác dùng
│   └── FolderClosed     thư mục dữ liệu không ghi được
├── AlreadyRunning       thư mục dữ liệu đang được một tiến trình khác dùng
├── DatabaseAway         cơ sở dữ liệu khoá, đầy đĩa hoặc mất kết nối
├── VoiceFailed          giọng đọc không làm được
├── BadRecording         tệp âm thanh không qua kiểm tra chất lượng
├── OutputFailed         đường ra không nhận được tiếng
└── ChainBroken          chuỗi nhật ký bị sửa
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping


class BroadcasterError(Exception):
    """Có việc chưa làm được. Hãy thử lại; nếu vẫn lỗi, báo người quản trị đài."""

    def __init__(self, message: str | None = None) -> None:
        """Lời nhắn mặc định là docstring của lớp: lớp nào cũng nói được người dùng cần làm gì tiếp."""
        self.message = message or inspect.cleandoc(type(self).__doc__ or "")
        super().__init__(self.message)


class NotSignedIn(BroadcasterError):
    """Phiên làm việc đã hết. Hãy đăng nhập lại."""


class NotAllowed(BroadcasterError):
    """Tài khoản của bạn không có quyền làm việc này. Hãy nhờ người có vai trò phù hợp hoặc quản trị đài."""


class NotFound(BroadcasterError):
    """Không tìm thấy mục này ở đài của bạn. Có thể nó đã bị xoá hoặc đường dẫn bị sai."""


class Conflict(BroadcasterError):
    """Trạng thái hiện tại không cho phép việc này. Hãy tải lại trang để xem tình trạng mới nhất."""


class StaleForm(Conflict):
    """Người khác đã sửa mục này trong lúc bạn đang mở. Hãy xem bản mới bên cạnh rồi lưu lại."""


class Invalid(BroadcasterError):
    """Dữ liệu nhập chưa đúng. Hãy sửa các ô được đánh dấu rồi gửi lại."""

    def __init__(self, message: str | None = None, problems: Mapping[str, str] | None = None) -> None:
        """``problems``: tên ô → điều cần sửa, để biểu mẫu hiện đúng chỗ và giữ nguyên chữ đã gõ."""
        self.problems = dict(problems or {})
        super().__init__(message or " ".join(self.problems.values()) or None)


class UnsoundText(Invalid):
    """Chữ gửi lên có ký tự hỏng, không lưu được. Hãy bỏ ký tự ấy (gõ lại chữ quanh nó) rồi gửi lại."""


class TooManyAttempts(BroadcasterError):
    """Đăng nhập sai quá nhiều lần. Hãy đợi 15 phút rồi thử lại."""


class TooBusy(BroadcasterError):
    """Bạn đang có nhiều việc chưa xong. Hãy đợi vài giây rồi bấm lại; việc đang làm vẫn tiếp tục."""


class TooBig(BroadcasterError):
    """Dữ liệu gửi lên quá lớn. Hãy quay lại, rút bớt chữ hoặc chọn tệp nhỏ hơn."""


class TooSlow(BroadcasterError):
    """Dữ liệu gửi lên bị ngắt giữa chừng hoặc mạng quá chậm. Hãy quay lại và gửi lần nữa."""


class WrongBody(BroadcasterError):
    """Trang này không nhận tệp. Hãy quay lại trang trước và gửi biểu mẫu ở đó."""


class DiskFull(BroadcasterError):
    """Ổ đĩa của đài gần đầy nên chưa nhận tệp. Hãy xoá bớt tệp không dùng trên máy của đài rồi gửi lại."""


class ConfigWrong(BroadcasterError):
    """Tệp config.toml có chỗ sai. Hãy sửa theo lời nhắn rồi chạy lại."""


class PortTaken(ConfigWrong):
    """Cổng của đài đang được một chương trình khác dùng. Hãy tắt chương trình ấy hoặc chạy với --port 8010."""


class FolderClosed(ConfigWrong):
    """Không ghi được vào thư mục dữ liệu. Hãy cho phép ghi, hoặc chọn thư mục khác ở [data] trong config.toml."""


class AlreadyRunning(BroadcasterError):
    """Thư mục dữ liệu này đang được một lần chạy khác sử dụng. Hãy tắt lần chạy kia trước."""


class DatabaseAway(BroadcasterError):
    """Cơ sở dữ liệu đang bận hoặc không ghi được. Hãy thử lại sau ít giây; nếu vẫn lỗi, xem ổ đĩa còn chỗ không."""


class VoiceFailed(BroadcasterError):
    """Giọng đọc này chưa tạo được tiếng. Hệ thống sẽ thử giọng kế tiếp."""


class BadRecording(BroadcasterError):
    """Tệp âm thanh không đạt yêu cầu phát sóng. Hãy tạo hoặc tải lại tệp khác."""


class OutputFailed(BroadcasterError):
    """Đường ra không nhận được tiếng. Hãy kiểm tra thiết bị rồi thử lại."""


class ChainBroken(BroadcasterError):
    """Chuỗi nhật ký không khớp: có dòng đã bị sửa hoặc thiếu. Hãy giữ nguyên tệp và báo người quản trị."""
