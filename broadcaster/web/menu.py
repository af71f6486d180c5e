"""Bảng chỉ đường: mọi trang của menu, ai thấy trang nào, và bốn trang ở thanh dưới điện thoại của từng vai."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.enums import Role


@dataclass(frozen=True)
class Place:
    """Một trang của menu; ``icon``: hình trong ``static/hinh.svg``; ``actions``: có một quyền là thấy, rỗng là ai cũng thấy."""

    path: str
    label: str
    icon: str
    actions: tuple[Action, ...] = ()

    def holds(self, here: str) -> bool:
        """Trang ``here`` có nằm trong mục này không."""
        return here == self.path or (self.path != "/" and here.startswith(f"{self.path}/"))


MENU = (
    Place("/", "Hôm nay", "nha"),
    Place("/ban-tin", "Bản tin", "but", (Action.SCRIPT_READ,)),
    Place("/duyet", "Duyệt", "duyet", (Action.SCRIPT_DECIDE,)),
    Place("/tu-dien", "Từ điển", "sach", (Action.SCRIPT_READ,)),
    Place("/lich-phat", "Lịch phát", "lich", (Action.PROGRAMME_READ,)),
    Place("/cho-phat", "Chờ phát", "doi", (Action.PROGRAMME_READ,)),
    Place("/truc-tiep", "Trực tiếp", "song", (Action.LISTEN,)),
    Place("/nhat-ky", "Nhật ký", "so", (Action.LOG_READ,)),
    Place("/bao-cao", "Báo cáo", "bieu", (Action.LOG_READ,)),
    Place("/ke-hoach", "Kế hoạch", "dich", (Action.PROGRAMME_READ,)),
    Place("/khung-gio", "Khung giờ", "gio", (Action.SLOT_EDIT, Action.QUIET_EDIT)),
    Place("/dai", "Đài", "loa", (Action.STATION_EDIT,)),
    Place("/dai/mau-loi", "Mẫu lời", "loi", (Action.SCRIPT_DECIDE,)),
    Place("/nguoi-dung", "Tài khoản", "nguoi", (Action.PEOPLE_EDIT,)),
    Place("/kiem-tra", "Kiểm tra", "khien", (Action.AUDIT_READ,)),
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
    return [place for place in MENU if not place.actions or any(map(actor.may, place.actions))]


def quick_of(actor: Actor) -> list[Place]:
    """Các trang ở thanh dưới của người này."""
    wanted = next((paths for role, paths in QUICK.items() if role in actor.roles), ())
    return [place for place in menu_of(actor) if place.path in wanted]


def current(places: list[Place], here: str) -> str:
    """Đường dẫn của mục đang mở: mục sâu nhất chứa ``here`` (Mẫu lời nằm dưới Đài)."""
    return max((place.path for place in places if place.holds(here)), key=len, default="")
