"""Mẫu bản tin hay dùng: người viết điền vài ô, mẫu viết thành câu trọn vẹn của văn nói; xong vẫn sửa được từng chữ. Thuần."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from broadcaster.errors import Invalid, NotFound
from broadcaster.newsroom.enums import Genre, Priority
from broadcaster.newsroom.text import clean_text, clean_title

Kind = Literal["line", "text", "date", "time"]


@dataclass(frozen=True)
class Blank:
    """Một ô của mẫu; ``example`` hiện mờ trong ô. Ô không bắt buộc để trống thì câu chứa nó không có mặt."""

    name: str
    label: str
    kind: Kind = "line"
    example: str = ""
    required: bool = True


@dataclass(frozen=True)
class NoticeTemplate:
    """Một mẫu; ``lines``: mỗi dòng là một đoạn, ô nằm trong ngoặc nhọn; ``ends_on``: ô ngày làm ngày cuối của bản tin."""

    code: str
    name: str
    genre: Genre
    title: str
    lines: tuple[str, ...]
    blanks: tuple[Blank, ...]
    ends_on: str = ""
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True)
class Filled:
    """Mẫu đã điền."""

    title: str
    body: str


_WHERE = Blank("noi", "Ở đâu", example="nhà văn hoá tổ dân phố số 3")
_CONTACT = Blank("lien_he", "Hỏi thêm ở đâu, gọi số nào", example="công chức Văn hóa - Xã hội phường", required=False)

TEMPLATES = (
    NoticeTemplate(
        "thong-bao",
        "Thông báo, mời họp",
        Genre.NOTICE,
        "Thông báo {viec}",
        (
            "{don_vi} thông báo {viec}.",
            "Thời gian: {gio}, ngày {ngay}. Địa điểm: {noi}.",
            "Thành phần: {ai}.",
            "{them}",
            "Bà con cần hỏi thêm, xin liên hệ {lien_he}.",
        ),
        (
            Blank("don_vi", "Ai thông báo", example="Ủy ban nhân dân phường"),
            Blank("viec", "Về việc gì", example="họp bàn việc sửa ngõ 15"),
            Blank("ngay", "Ngày", "date"),
            Blank("gio", "Mấy giờ", "time"),
            _WHERE,
            Blank("ai", "Mời những ai", example="đại diện mỗi hộ một người", required=False),
            Blank("them", "Nói thêm", "text", required=False),
            _CONTACT,
        ),
        ends_on="ngay",
    ),
    NoticeTemplate(
        "mat-dien",
        "Ngừng cấp điện, nước",
        Genre.NOTICE,
        "Ngừng cấp {gi} ngày {ngay}",
        (
            "{don_vi} thông báo ngừng cấp {gi} từ {tu} đến {den}, ngày {ngay}, tại {noi}.",
            "Lý do: {ly_do}.",
            "Đề nghị bà con chủ động tích nước, tắt các thiết bị điện trước giờ ngừng cấp và sắp xếp công việc cho phù hợp.",
            "Bà con cần hỏi thêm, xin liên hệ {lien_he}.",
        ),
        (
            Blank("gi", "Ngừng cấp gì", example="điện"),
            Blank("don_vi", "Đơn vị nào báo", example="Điện lực khu vực"),
            Blank("ngay", "Ngày", "date"),
            Blank("tu", "Từ mấy giờ", "time"),
            Blank("den", "Đến mấy giờ", "time"),
            _WHERE,
            Blank("ly_do", "Lý do", example="sửa chữa đường dây", required=False),
            _CONTACT,
        ),
        ends_on="ngay",
        priority=Priority.PREFERRED,
    ),
    NoticeTemplate(
        "tiem-chung",
        "Tiêm chủng",
        Genre.NOTICE,
        "Lịch tiêm {vac_xin} ngày {ngay}",
        (
            "Trạm Y tế phường tổ chức tiêm {vac_xin} cho {ai}.",
            "Thời gian: từ {tu} đến {den}, ngày {ngay}. Địa điểm: {noi}.",
            "Khi đi, bà con nhớ mang theo {mang_theo}.",
            "Người đang sốt, đang bệnh cấp tính xin báo cho cán bộ y tế trước khi tiêm.",
            "Bà con cần hỏi thêm, xin liên hệ {lien_he}.",
        ),
        (
            Blank("vac_xin", "Tiêm gì", example="vắc xin sởi"),
            Blank("ai", "Cho ai", example="trẻ từ sáu đến chín tháng tuổi"),
            Blank("ngay", "Ngày", "date"),
            Blank("tu", "Từ mấy giờ", "time"),
            Blank("den", "Đến mấy giờ", "time"),
            _WHERE,
            Blank("mang_theo", "Mang theo", example="sổ tiêm chủng", required=False),
            _CONTACT,
        ),
        ends_on="ngay",
    ),
    NoticeTemplate(
        "tuyen-quan",
        "Tuyển quân, khám nghĩa vụ",
        Genre.NOTICE,
        "{viec} năm {nam}",
        (
            "Hội đồng nghĩa vụ quân sự phường thông báo {viec} năm {nam}.",
            "Đối tượng: {ai}.",
            "Thời gian: {gio}, ngày {ngay}. Địa điểm: {noi}.",
            "Khi đi, mang theo {mang_theo}.",
            "Đề nghị gia đình nhắc con em có mặt đúng giờ. Vắng mặt không có lý do chính đáng sẽ bị xử lý theo quy định.",
            "Bà con cần hỏi thêm, xin liên hệ {lien_he}.",
        ),
        (
            Blank("viec", "Việc gì", example="Khám sức khỏe nghĩa vụ quân sự"),
            Blank("nam", "Năm", example="2027"),
            Blank("ai", "Đối tượng", example="công dân nam đã nhận lệnh gọi khám"),
            Blank("ngay", "Ngày", "date"),
            Blank("gio", "Mấy giờ", "time"),
            _WHERE,
            Blank("mang_theo", "Mang theo", example="căn cước công dân và lệnh gọi khám", required=False),
            _CONTACT,
        ),
        ends_on="ngay",
    ),
    NoticeTemplate(
        "hoi-dap",
        "Hỏi - đáp thủ tục",
        Genre.QA,
        "Hỏi - đáp: {thu_tuc}",
        (
            "Hỏi: {hoi}",
            "Đáp: Thủ tục {thu_tuc} thực hiện như sau.",
            "Hồ sơ gồm: {ho_so}.",
            "Nơi nộp: {noi}.",
            "Thời hạn giải quyết: {thoi_han}.",
            "Lệ phí: {le_phi}.",
            "Bà con có thể nộp hồ sơ trực tuyến trên Cổng dịch vụ công, không phải đi lại.",
        ),
        (
            Blank("thu_tuc", "Thủ tục", example="đăng ký khai sinh"),
            Blank("hoi", "Câu hỏi", "text", example="Tôi mới sinh cháu, làm giấy khai sinh cần những gì?"),
            Blank("ho_so", "Hồ sơ gồm", "text", example="tờ khai, giấy chứng sinh"),
            Blank("noi", "Nộp ở đâu", example="Trung tâm Phục vụ hành chính công phường"),
            Blank("thoi_han", "Thời hạn", example="trong ngày làm việc"),
            Blank("le_phi", "Lệ phí", example="không thu", required=False),
        ),
    ),
    NoticeTemplate(
        "tin-buon",
        "Tin buồn",
        Genre.NOTICE,
        "Tin buồn: {ho_ten}",
        (
            "{don_vi} và gia đình vô cùng thương tiếc báo tin: {ho_ten}, {tuoi} tuổi, trú tại {noi}, đã từ trần ngày {mat}.",
            "Lễ viếng: từ {gio_vieng}, ngày {vieng}, tại {noi_vieng}.",
            "Lễ đưa tang: {gio_dua}, ngày {dua}. An táng tại {an_tang}.",
            "Xin trân trọng báo tin.",
        ),
        (
            Blank("don_vi", "Ai báo tin", example="Tổ dân phố số 3"),
            Blank("ho_ten", "Họ tên người mất", example="cụ bà Nguyễn Thị An"),
            Blank("tuoi", "Hưởng thọ", example="87"),
            Blank("noi", "Nơi ở", example="tổ dân phố số 3"),
            Blank("mat", "Mất ngày", "date"),
            Blank("vieng", "Viếng ngày", "date"),
            Blank("gio_vieng", "Viếng từ mấy giờ", "time"),
            Blank("noi_vieng", "Viếng ở đâu", example="nhà riêng"),
            Blank("dua", "Đưa tang ngày", "date"),
            Blank("gio_dua", "Đưa tang mấy giờ", "time"),
            Blank("an_tang", "An táng tại", example="nghĩa trang nhân dân phường", required=False),
        ),
        ends_on="dua",
        priority=Priority.PREFERRED,
    ),
)


def template_of(code: str) -> NoticeTemplate:
    """Mẫu mang mã ấy. Lỗi: ``NotFound``."""
    found = next((one for one in TEMPLATES if one.code == code), None)
    if found is None:
        raise NotFound
    return found


def fill(template: NoticeTemplate, given: Mapping[str, str]) -> Filled:
    """Tiêu đề và nội dung. ``given``: ô → chữ như sẽ viết (ngày 05/3/2026, giờ 7 giờ 30). Lỗi: ``Invalid`` theo từng ô còn trống.

    Câu nào có một ô trống thì bỏ cả câu ấy, đoạn hết câu thì bỏ cả đoạn: không bao giờ có câu cụt.
    """
    values = {one.name: clean_title(given.get(one.name, "")).rstrip(" .") for one in template.blanks}
    values |= {one.name: clean_text(given.get(one.name, "")).strip() for one in template.blanks if one.kind == "text"}
    missing = {one.name: f"{one.label}: chưa điền." for one in template.blanks if one.required and not values[one.name]}
    if missing:
        raise Invalid(problems=missing)
    lines = (" ".join(_filled(sentence, values) for sentence in re.split(r"(?<=\.) ", line)).strip() for line in template.lines)
    return Filled(_capital(_filled(template.title, values)), "\n".join(_capital(line) for line in lines if line))


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    names = re.findall(r"\{(\w+)\}", sentence)
    if any(not values[name] for name in names):
        return ""
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], sentence)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
