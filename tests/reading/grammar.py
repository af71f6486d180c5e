"""Văn phạm của ta về văn bản một phường hay đọc: thông báo, chương trình, bảng, biên bản, tin; bài nào cũng đúng.

Mỗi bài là các mảnh: chữ để nguyên (phải còn trong lời đọc, đúng thứ tự) và giá trị viết nhiều kiểu; cùng hạt giống, cùng bài.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
PLACES = ("nhà văn hóa tổ dân phố", "hội trường ủy ban", "sân trường tiểu học", "trạm y tế", "trụ sở hợp tác xã", "chợ trung tâm")
WORKS = (
    "tiêm vắc xin cho trẻ em",
    "thu gom rác thải",
    "họp bàn làm đường",
    "phun thuốc diệt muỗi",
    "khám sức khỏe người cao tuổi",
    "cấp phát quà",
)
PEOPLE = ("Nguyễn Văn Hòa", "Trần Thị Lan", "Phạm Minh Đức", "Lê Thu Hà", "Vũ Đình Nam")
BODIES = ("UBND", "HĐND", "UBMTTQ", "Hội LHPN", "Đoàn TNCS", "Hội CCB", "CLB", "HTX")
SHORTS = ("TDP", "KDC", "BHYT", "CCCD", "TTHC", "CCHC", "PCCC", "ANTT", "VSMT", "NTM", "THCS", "BHXH", "SXKD", "ATTP")
COUNTED = ("hộ", "người", "suất quà", "đại biểu", "học sinh", "đảng viên", "hồ sơ", "con lợn")
DOCUMENTS = (
    "Kế hoạch số {n}/KH-UBND",
    "Quyết định số {n}/QĐ-UBND",
    "Nghị định số {n}/2024/NĐ-CP",
    "Thông báo số {n}/TB-UBND",
    "Công văn số {n}/UBND-VHXH",
)


def grouped(number: int) -> str:
    """Dấu chấm ngăn hàng nghìn."""
    return f"{number:,}".replace(",", ".")


@dataclass(frozen=True)
class Written:
    """Một bài và các mảnh chữ phải còn nguyên trong lời đọc."""

    text: str
    kept: tuple[str, ...]


class Writer:
    """Viết một bài, nhớ mảnh nào phải còn."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.day = date(2026, 1, 5) + timedelta(days=dice.randrange(700))
        self._parts: list[str] = []
        self._kept: list[str] = []

    def plain(self, words: str) -> None:
        """Chữ để nguyên."""
        self._parts.append(words)
        self._kept.append(words.strip(" ,.:;()-\n\t"))

    def value(self, written: str) -> None:
        """Giá trị: lời đọc khác chữ viết."""
        self._parts.append(written)

    def one_of(self, *ways: str) -> None:
        """Một trong các kiểu viết của cùng giá trị."""
        self.value(self.dice.choice(ways))

    def done(self) -> Written:
        """Bài đã viết."""
        return Written("".join(self._parts), tuple(filter(None, self._kept)))

    def date(self) -> None:
        """Ngày, có hoặc không có thứ, có hoặc không có năm."""
        day = self.day + timedelta(days=self.dice.randrange(20))
        name = WEEKDAYS[day.weekday()]
        self.one_of(
            f"ngày {day:%d/%m/%Y}",
            f"ngày {day.day}/{day.month}/{day.year}",
            f"ngày {day.day} tháng {day.month} năm {day.year}",
            f"{name}, ngày {day:%d/%m/%Y}",
            f"ngày {day:%d/%m/%Y} ({name})",
            f"sáng {day.day}/{day.month}",
            f"chiều mai ({day.day}/{day.month})",
        )

    def span(self) -> None:
        """Khoảng ngày."""
        first = self.day.replace(day=self.dice.randrange(1, 20))
        last = first + timedelta(days=self.dice.randrange(1, 8))
        self.one_of(
            f"từ ngày {first:%d/%m} đến ngày {last:%d/%m/%Y}",
            f"từ ngày {first.day}-{last.day}/{last.month}",
            f"từ {first.day}/{first.month} - {last.day}/{last.month}",
            f"từ ngày {first:%d/%m/%Y} đến hết ngày {last:%d/%m/%Y}",
        )

    def hour(self) -> None:
        """Giờ hoặc khoảng giờ."""
        hour, minute = self.dice.randrange(6, 19), self.dice.choice((0, 15, 30, 45))
        self.one_of(
            f"{hour}h{minute:02}",
            f"{hour:02}:{minute:02}",
            f"{hour} giờ {minute:02} phút",
            f"{hour}h{minute:02}-{hour + 2}h{minute:02}",
            f"{hour}h - {hour + 3}h30",
            f"{hour}g{minute:02}",
        )

    def money(self) -> None:
        """Số tiền, có hoặc không có mẫu số."""
        amount = self.dice.randrange(20, 900) * 10_000
        dotted, more = grouped(amount), grouped(amount + 200_000)
        self.one_of(
            f"{dotted} đồng",
            f"{dotted}đ/hộ",
            f"{dotted} đồng/người/tháng",
            f"{amount // 1_000_000},5 triệu đồng",
            f"{amount // 1_000}k",
            f"{dotted}-{more}đ",
        )

    def count(self) -> None:
        """Số đếm và danh từ."""
        number, noun = self.dice.randrange(2, 4000), self.dice.choice(COUNTED)
        self.one_of(
            f"{grouped(number)} {noun}",
            f"{number % 90 + 5:02} {noun}",
            f"{number % 50}-{number % 50 + 7} {noun}",
            f"{grouped(number)} {noun}",
        )

    def share(self) -> None:
        """Phần trăm, tỷ số."""
        whole = self.dice.randrange(20, 99)
        done = self.dice.randrange(5, 15)
        self.one_of(
            f"{whole}%",
            f"{whole},{self.dice.randrange(1, 9)}%",
            f"{done}/{done + 3} chỉ tiêu",
            f"{whole - 5}%-{whole}%",
            "2/3 số hộ",
            f"{whole - 5}-{whole}%",
        )

    def document(self) -> None:
        """Số, ký hiệu văn bản."""
        self.value(self.dice.choice(DOCUMENTS).format(n=self.dice.randrange(1, 400)))

    def phone(self) -> None:
        """Số máy của cơ quan."""
        self.one_of("0221.3943.113", "02213 943 115", "19001009", "115", "(0221) 3942 114")

    def short(self) -> None:
        """Một chữ tắt thường dùng."""
        self.value(self.dice.choice(SHORTS))


def notice(page: Writer) -> None:
    """Thông báo."""
    page.plain("THÔNG BÁO\n")
    page.value(page.dice.choice(BODIES))
    page.plain(" phường thông báo về việc " + page.dice.choice(WORKS) + " như sau:\n")
    for number in range(1, page.dice.randrange(3, 6)):
        page.value(page.dice.choice((f"{number}. ", f"{number}/ ", "- ", "+ ")))
        page.plain("Thời gian: ")
        page.hour()
        page.plain(" ")
        page.date()
        page.plain(" tại " + page.dice.choice(PLACES) + " ")
        page.value(str(page.dice.randrange(1, 12)))
        page.plain(", mức thu ")
        page.money()
        page.plain(", mời ")
        page.count()
        page.plain(" tham gia.\n")
    page.plain("Mọi thắc mắc xin liên hệ bộ phận một cửa, số máy ")
    page.phone()
    page.plain(".\nĐề nghị nhân dân thực hiện nghiêm túc")
    page.value("./.")


def agenda(page: Writer) -> None:
    """Chương trình hội nghị."""
    page.plain("CHƯƠNG TRÌNH HỘI NGHỊ\n")
    start = page.dice.randrange(7, 14)
    for number, item in enumerate(("Đón tiếp khách mời", "Chào cờ, tuyên bố lý do", "Báo cáo kết quả", "Thảo luận", "Bế mạc")):
        hour, minute = start + number // 2, (0, 30)[number % 2]
        page.one_of(
            f"{hour}h{minute:02}: ",
            f"{hour:02}:{minute:02}: ",
            f"- {hour} giờ {minute:02} phút: ",
            f"{hour}h{minute:02} - {hour}h{minute + 20}: ",
        )
        page.plain(item + " của ")
        page.short()
        page.plain("\n")
    page.plain("Chủ trì là đồng chí " + page.dice.choice(PEOPLE))
    page.value(".")


def minutes(page: Writer) -> None:
    """Biên bản họp."""
    page.plain("BIÊN BẢN HỌP TỔ DÂN PHỐ\nHôm nay, ")
    page.date()
    page.plain(", tại " + page.dice.choice(PLACES) + " có mặt ")
    page.count()
    page.plain(" dưới sự chủ trì của ông " + page.dice.choice(PEOPLE) + ".\n")
    for letter in "abcd"[: page.dice.randrange(1, 4)]:
        page.value(f"{letter}) ")
        page.plain("Thống nhất " + page.dice.choice(WORKS) + ", kinh phí ")
        page.money()
        page.plain(", có ")
        page.share()
        page.plain(" tán thành;\n")
    page.plain("Căn cứ ")
    page.document()
    page.plain(", cuộc họp kết thúc lúc ")
    page.hour()
    page.plain(" cùng ngày.")


def news(page: Writer) -> None:
    """Tin trong tuần."""
    for _ in range(page.dice.randrange(2, 5)):
        page.plain("Thực hiện ")
        page.document()
        page.plain(" về công tác ")
        page.short()
        page.plain(", ")
        page.span()
        page.plain(" địa phương đã tổ chức " + page.dice.choice(WORKS) + " cho ")
        page.count()
        page.plain(", đạt ")
        page.share()
        page.plain(" kế hoạch, tổng kinh phí ")
        page.money()
        page.plain(".\n")


def table(page: Writer) -> None:
    """Lịch xếp thành bảng."""
    page.plain("LỊCH TRONG TUẦN\n")
    page.value("Khu vực\tThời gian\tNội dung\n")
    for number in range(page.dice.randrange(2, 6)):
        page.plain(f"Khu {'ABCDE'[number]}".replace("B", "A").replace("C", "A").replace("D", "A"))
        page.value("\t")
        page.hour()
        page.value("\t")
        page.plain(page.dice.choice(WORKS))
        page.value("\n")


KINDS: tuple[Callable[[Writer], None], ...] = (notice, agenda, minutes, news, table)


def documents(count: int, seed: int = 1) -> Iterator[Written]:
    """``count`` bài, lần lượt từng loại."""
    dice = random.Random(seed)
    for number in range(count):
        page = Writer(dice)
        KINDS[number % len(KINDS)](page)
        yield page.done()
