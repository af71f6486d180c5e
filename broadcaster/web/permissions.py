"""Bảng quyền của các trang: đường dẫn → việc. Menu hỏi nó ai thấy trang nào, cửa trước hỏi nó trước khi nhận biểu mẫu.

Việc nào cũng vẫn tự hỏi quyền ở chỗ làm; bảng này chỉ để người không có quyền được nói ngay, chưa chữ nào của họ được đọc.
Đường mới không có ở đây thì phép thử hỏng.
"""

from __future__ import annotations

import re

from broadcaster.accounts.actor import Action, Actor

SEE: dict[str, tuple[Action, ...]] = {
    "/": (),
    "/ban-tin": (Action.SCRIPT_READ,),
    "/duyet": (Action.SCRIPT_DECIDE,),
    "/tu-dien": (Action.SCRIPT_READ,),
    "/lich-phat": (Action.PROGRAMME_READ,),
    "/cho-phat": (Action.PROGRAMME_READ,),
    "/truc-tiep": (Action.LISTEN,),
    "/nhat-ky": (Action.LOG_READ,),
    "/bao-cao": (Action.LOG_READ,),
    "/ke-hoach": (Action.PROGRAMME_READ,),
    "/khung-gio": (Action.SLOT_EDIT, Action.QUIET_EDIT),
    "/dai": (Action.STATION_EDIT,),
    "/dai/mau-loi": (Action.SCRIPT_DECIDE,),
    "/nguoi-dung": (Action.PEOPLE_EDIT,),
    "/kiem-tra": (Action.AUDIT_READ,),
    "/tro-giup": (),
}
"""Trang của menu → có một trong các quyền ấy là thấy; rỗng là ai cũng thấy."""

OPEN = (
    "/dang-nhap",
    "/xac-nhan/{token}",
    "/dang-xuat",
    "/doi-mat-khau",
    "/tai-khoan/phien/{sign_in_id}/het",
    "/tai-khoan/phien-khac/het",
    "/tai-khoan/the/{token_id}/thu-hoi",
    "/tai-khoan/ma/bat",
    "/tai-khoan/ma/tat",
    "/tai-khoan/dai/{station_id}",
)
"""Nút không cần quyền nào: vào cửa, liên kết một chạm, và chính tài khoản của mình."""

_VOICE, _TAKE = "/ban-tin/{revision_id}/thu-am", "/ban-tin/{revision_id}/thu-am/lan/{key}"
DO: dict[Action, tuple[str, ...]] = {
    Action.SCRIPT_WRITE: (
        "/ban-ghi/{recording_id}/lam-lai",
        "/ban-tin/bai/{script_id}/nhan-ban",
        "/ban-tin/bai/{script_id}/noi-han",
        "/ban-tin/bai/{script_id}/sua-moi",
        "/ban-tin/bai/{script_id}/thu-am",
        "/ban-tin/cach-doc",
        "/ban-tin/giu",
        "/ban-tin/giu/bo",
        "/ban-tin/mau/{code}",
        "/ban-tin/moi",
        "/ban-tin/nghe-thu.mp3",
        "/ban-tin/tai-len",
        "/ban-tin/{revision_id}/dang",
        "/ban-tin/{revision_id}/lay-lai",
        "/ban-tin/{revision_id}/nhuan-but",
        "/ban-tin/{revision_id}/sua",
        "/ban-tin/{revision_id}/tai-len",
        _VOICE,
        f"{_VOICE}/chon",
        f"{_VOICE}/lan",
        f"{_VOICE}/sua/{{recording_id}}",
        f"{_TAKE}/bo",
        f"{_TAKE}/xong",
        f"{_TAKE}/{{number}}",
        "/tu-dien",
        "/tu-dien/nhap",
        "/tu-dien/{row_id}/thoi",
    ),
    Action.SCRIPT_DECIDE: ("/dai/mau-loi/ten/{wording_id}", "/dai/mau-loi/{code}", "/duyet/{revision_id}", "/tu-dien/duyet"),
    Action.SCRIPT_WITHDRAW: ("/ban-tin/bai/{script_id}/rut",),
    Action.PROGRAMME_READ: ("/khuon/{format_id}/tong",),
    Action.PROGRAMME_EDIT: (
        "/cho-phat/{script_id}/them",
        "/chuong-trinh/{programme_id}/doi",
        "/chuong-trinh/{programme_id}/dua-lai",
        "/chuong-trinh/{programme_id}/go",
        "/chuong-trinh/{programme_id}/huy",
        "/chuong-trinh/{programme_id}/phat-bu",
        "/chuong-trinh/{programme_id}/them",
        "/chuong-trinh/{programme_id}/tra-lai",
    ),
    Action.SLOT_EDIT: (
        "/cho-phat/{script_id}/phat-mot-lan",
        "/dien-tap",
        "/khung-gio",
        "/khung-gio/ngoai-le/them",
        "/khung-gio/ngoai-le/{exception_id}/bo",
        "/khung-gio/phat-mot-lan/them",
        "/khung-gio/{slot_id}",
        "/khung-gio/{slot_id}/ket-thuc",
        "/khung-gio/{slot_id}/phat-lai",
        "/khuon/co-san/{code}",
        "/khuon/{format_id}",
        "/khuon/{format_id}/cat",
        "/khuon/{format_id}/chep",
        "/khuon/{format_id}/dua-lai",
        "/khuon/{format_id}/lui",
        "/lich-phat/chep",
        "/lich-phat/chep/hoan-tac",
        "/lich-phat/doi",
        "/lich-phat/doi/hoan-tac",
    ),
    Action.QUIET_EDIT: (
        "/dai/mau-loi/lanh-dao",
        "/khung-gio/yen-tinh/them",
        "/khung-gio/yen-tinh/{exception_id}/thu-hoi",
    ),
    Action.SILENCE: ("/im-lang",),
    Action.URGENT: ("/khan-cap", "/khan-cap/soan", "/khan-cap/xem", "/khan-cap/{key}/chon", "/khan-cap/{key}/dung"),
    Action.LOG_READ: ("/bao-cao/{report_id}/so", "/nhat-ky/tep"),
    Action.LOG_CORRECT: (
        "/nhat-ky/lien-ket",
        "/nhat-ky/lien-ket/{link_id}/thoi",
        "/nhat-ky/{airing_id}/dinh-chinh",
        "/nhat-ky/{airing_id}/xac-nhan",
    ),
    Action.REPORT_MAKE: (
        "/bao-cao",
        "/bao-cao/nghe-lai",
        "/bao-cao/nhuan-but/muc",
        "/bao-cao/viec/{job_id}/thoi",
        "/bao-cao/{report_id}/minh-chung",
        "/phan-anh",
        "/phan-anh/{complaint_id}",
    ),
    Action.STATION_EDIT: (
        "/dai/am-thanh/{sound_id}/sua",
        "/dai/cai-dat/{name}",
        "/dai/chuyen-muc",
        "/dai/chuyen-muc/{column_id}",
        "/dai/chuyen-muc/{column_id}/thoi",
        "/dai/don-vi",
        "/dai/ke-hoach",
        "/dai/ke-hoach/{plan_id}",
        "/dai/ke-hoach/{plan_id}/noi-dung",
        "/dai/loa/cum",
        "/dai/loa/cum/{cluster_id}",
        "/dai/loa/cum/{cluster_id}/bo",
        "/dai/loa/cum/{cluster_id}/hong",
        "/dai/loa/duong-ra",
        "/dai/loa/duong-ra/{output_id}",
        "/dai/loa/duong-ra/{output_id}/bo",
        "/dai/loa/duong-ra/{output_id}/thu",
        "/dai/loa/hong/{fault_id}/xong",
        "/dai/noi-dung/{topic_id}",
        "/dai/noi-dung/{topic_id}/thoi",
        "/dai/tdp",
        "/dai/tdp/{zone_id}",
        "/dai/tdp/{zone_id}/thoi",
        "/dai/ten",
        "/dong-ho/{player_id}",
        "/ke-hoach/cong-thuc",
        "/ke-hoach/lap",
        "/ke-hoach/lap/tep",
    ),
    Action.PEOPLE_EDIT: (
        "/nguoi-dung",
        "/nguoi-dung/chung",
        "/nguoi-dung/the/{token_id}/thu-hoi",
        "/nguoi-dung/{user_id}/khoa",
        "/nguoi-dung/{user_id}/ma/bo",
        "/nguoi-dung/{user_id}/mat-khau",
        "/nguoi-dung/{user_id}/phien/het",
        "/nguoi-dung/{user_id}/thoi",
        "/nguoi-dung/{user_id}/vai-tro",
    ),
    Action.AUDIT_READ: ("/moc-nhat-ky/gui", "/moc-nhat-ky/so"),
    Action.ALERT_CLOSE: ("/canh-bao/{alert_id}/dong",),
}
"""Việc → các nút (mẫu đường dẫn) cần quyền ấy."""

_EXACT = {path: action for action, paths in DO.items() for path in paths if "{" not in path}
_PATTERNS = [
    (re.compile(re.sub(r"\{\w+\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))), action)
    for action, paths in DO.items()
    for path in paths
    if "{" in path
]


def sees(actor: Actor, path: str) -> bool:
    """Người này có thấy trang ấy của menu không."""
    return not SEE[path] or any(map(actor.may, SEE[path]))


def needed(path: str) -> Action | None:
    """Quyền của nút ở đường dẫn ấy; không cần quyền, hay không có nút nào như thế, thì ``None``."""
    found = _EXACT.get(path)
    return found or next((action for pattern, action in _PATTERNS if pattern.fullmatch(path)), None)
