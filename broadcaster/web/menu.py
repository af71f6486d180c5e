"""Bảng chỉ đường: mọi trang của menu, và bốn trang ở thanh dưới điện thoại của từng vai."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.web.permissions import sees


@dataclass(frozen=True)
class Place:
    """Một trang của menu; ``icon``: hình trong ``static/hinh.svg``; ai thấy nó: ``permissions.SEE``."""

    path: str
    label: str
    icon: str

    def holds(self, here: str) -> bool:
        """Trang ``here`` có nằm trong mục này không."""
        return here == self.path or (self.path != "/" and here.startswith(f"{self.path}/"))


MENU = (
    Place("/", "Hôm nay", "nha"),
    Place("/ban-tin", "Bản tin", "but"),
    Place("/duyet", "Duyệt", "duyet"),
    Place("/tu-dien", "Từ điển", "sach"),
    Place("/lich-phat", "Lịch phát", "lich"),
    Place("/cho-phat", "Chờ phát", "doi"),
    Place("/truc-tiep", "Trực tiếp", "song"),
    Place("/nhat-ky", "Nhật ký", "so"),
    Place("/bao-cao", "Báo cáo", "bieu"),
    Place("/ke-hoach", "Kế hoạch", "dich"),
    Place("/khung-gio", "Khung giờ", "gio"),
    Place("/dai", "Đài", "loa"),
    Place("/dai/mau-loi", "Mẫu lời", "loi"),
    Place("/nguoi-dung", "Tài khoản", "nguoi"),
    Place("/kiem-tra", "Kiểm tra", "khien"),
    Place("/tro-giup", "Trợ giúp", "hoi"),
)

QUICK: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("/", "/lich-phat", "/truc-tiep", "/nhat-ky"),
    Role.APPROVER: ("/", "/duyet", "/lich-phat", "/truc-tiep"),
    Role.CONTRIBUTOR: ("/", "/ban-tin", "/lich-phat", "/truc-tiep"),
    Role.CLERK: ("/", "/bao-cao", "/ke-hoach", "/nhat-ky"),
    Role.AUDITOR: ("/", "/nhat-ky", "/bao-cao", "/kiem-tra"),
    Role.ADMIN: ("/", "/dai", "/khung-gio", "/nguoi-dung"),
}
"""Bốn trang ngón cái với tới; người nhiều vai theo vai đứng trước trong bảng này."""


def menu_of(actor: Actor) -> list[Place]:
    """Mọi trang người này mở được, theo thứ tự của menu."""
    return [place for place in MENU if sees(actor, place.path)]


def quick_of(actor: Actor) -> list[Place]:
    """Các trang ở thanh dưới của người này."""
    wanted = next((paths for role, paths in QUICK.items() if role in actor.roles), ())
    return [place for place in menu_of(actor) if place.path in wanted]


def current(places: list[Place], here: str) -> str:
    """Đường dẫn của mục đang mở: mục sâu nhất chứa ``here`` (Mẫu lời nằm dưới Đài)."""
    return max((place.path for place in places if place.holds(here)), key=len, default="")
