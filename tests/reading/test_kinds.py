"""Từng kiểu gặp trên trang thật: hỏi gì, không hỏi gì, cái gì phải chặn; bảng, khối nơi nhận và tên viết tắt."""

from __future__ import annotations

import pytest

from broadcaster.reading import Reading, read


def asked(text: str) -> dict[str, bool]:
    """Mã câu hỏi → có chặn không."""
    return {question.code: question.dangerous for question in read(text).questions}


@pytest.mark.parametrize(
    ("text", "code", "dangerous"),
    [
        ("Họp lúc 25h00 ngày mai.", "impossible_time", True),
        ("Hạn nộp là tháng 13/2025.", "impossible_date", True),
        ("Hạn nộp là tháng 13 năm 2026.", "impossible_date", True),
        ("Trong tháng 13, phường tiếp dân.", "impossible_date", True),
        ("Hạn nộp là cuối tháng 0.", "impossible_date", True),
        ("Kết quả quý V/2025.", "impossible_date", True),
        ("Nộp trước ngày 32/11.", "impossible_date", True),
        ("Ngày 30/02/2026 họp.", "impossible_date", True),
        ("Treo cờ đến ngày 30/8/219.", "impossible_date", True),
        ("Ngày 31 tháng 11 năm 2025.", "impossible_date", True),
        ("Họp ngày 12/11/2025 (thứ Ba).", "weekday", True),
        ("Họp thứ Hai, ngày 12/11/2025.", "weekday", True),
        ("Họp 12/11/2025 (CN).", "weekday", True),
        ("Từ 17h đến 16h.", "range_order", True),
        ("Từ ngày 20/11 đến 15/11.", "range_order", True),
        ("Giai đoạn 2026-2021.", "range_order", True),
        ("Mức từ 500.000đ đến 300.000đ.", "range_order", True),
        ("Đạt 98%-95%.", "range_order", True),
        ("Độ tuổi từ 60 đến 18 được khám.", "range_order", False),
        ("Từ TDP 7 - TDP 3.", "range_order", True),
        ("Có 15 (mười sáu) hộ.", "figures_differ", True),
        ("Trong ba (4) ngày.", "figures_differ", True),
        ("Số tiền 2.000.000 đồng (Ba triệu đồng).", "figures_differ", True),
        ("Liên hệ anh Nam, số 0912 345 67.", "phone_length", True),
        ("Gọi 0221 386 211.", "phone_length", True),
        ("Bà Tr. T. Hoa nhận quà.", "name_initials", True),
        ("Ông Ng. V. Bình vắng.", "name_initials", True),
        ("Họp lúc ...giờ... ngày .../.../2025.", "blank", False),
        ("Số tiền: ........ đồng.", "blank", False),
        ("Tỷ lệ đạt    %.", "blank", False),
        ("Ngày    tháng    năm 2025.", "blank", False),
        ("Vé 150,000đ.", "comma_thousands", False),
        ("Có 12,500 cử tri.", "comma_thousands", False),
        ("Sản lượng 1,250 tấn.", "ambiguous", False),
        ("Chia 1/2.", "ambiguous", False),
        ("Họ bảo NK.", "ambiguous", False),
        ("Nghe nói TT thế.", "ambiguous", False),
        ("Cái này 3T.", "ambiguous", False),
        ("Việc đó CV.", "ambiguous", False),
        ("Của của phường.", "repeated", False),
        ("Gọi 0912 345 678.", "personal_data", False),
        ("Báo cáo XQZ.", "unknown_capitals", False),
        ("Ký hiệu ∮ lạ.", "unknown_sign", True),
        ("Tên Иван lạ.", "foreign_letters", True),
        ("Giá 500000đ.", "money_zeros", True),
        ("Giá 5đ.", "money_small", True),
    ],
)
def test_a_doubt_is_asked(text: str, code: str, dangerous: bool) -> None:
    assert asked(text).get(code) is dangerous


@pytest.mark.parametrize(
    "text",
    [
        "Số hộ nghèo giảm từ 60 đến 18.",
        "Tiếp dân mỗi tháng 15, 20.",
        "15 đồng chí đảng viên và 3 đồng nghiệp.",
        "Mười hai (12) giờ; hai mươi lăm (25) đại biểu; năm (5) ngày.",
        "05 (năm) ngày làm việc; 20 (hai mươi) suất.",
        "Nghỉ từ 28/12 đến 05/01; từ 30/12/2025 - 02/01/2026.",
        "Giá 500.000 đồng/m² (Bằng chữ: Năm trăm nghìn đồng trên một mét vuông).",
        "1.500.000 đồng (Bằng chữ: Một triệu năm trăm nghìn đồng chẵn./.).",
        "Xử lý hành vi vi phạm trật tự xây dựng.",
        "Công an phường: 0221.3943.113; Điện lực: 1900 6769.",
        "Trực từ 22h đến 5h sáng hôm sau.",
        "Giảm từ 500.000đ đến 300.000đ.",
        "Đường dây nóng Công an phường: 0912 345 678.",
        "Ngày 12/11/2025 (thứ Tư); chủ nhật 16/11/2025.",
        "Thương binh hạng 1/4 - 4/4; thị lực 10/10; lúa 13/2.",
        "Đạt 2/3 số hộ; 15/18 chỉ tiêu; nghỉ 1/2 ngày.",
        "Dinh dưỡng gồm: rau, quả, trứng...",
        "Năm học 2025-2026, nhiệm kỳ 2025 - 2030.",
    ],
)
def test_ordinary_text_is_not_asked_about(text: str) -> None:
    assert asked(text) == {}


def test_one_question_for_each_unknown_word_however_often_it_stands() -> None:
    text = "XQZ họp. Rồi XQZ lại họp, XQZ vẫn họp. Cái TT này, cái TT kia."
    assert [question.code for question in read(text).questions] == ["unknown_capitals", "ambiguous"]


def test_what_may_be_read_otherwise_carries_the_other_words() -> None:
    for text, other in [
        ("Sáng 5/11 họp.", "năm trên mười một"),
        ("Đạt 2/3 số hộ.", "hai trên ba"),
        ("Phun thuốc 15-17/11.", "mười lăm đến mười bảy phần mười một"),
        ("Họ bảo NK.", "nhiệm kỳ"),
    ]:
        assert any(other in span.alternatives for span in read(text).spans), text


def lines(reading: Reading) -> list[str]:
    """Lời, mỗi dòng một phần tử."""
    return [sentence.strip() for sentence in reading.sentences]


def test_a_table_is_read_row_by_row_with_its_headings_and_asked_about() -> None:
    reading = read("Tổ\tSáng\tChiều\n1\t7h-9h\t14h-16h\n2\tNghỉ\t14h-16h")
    assert lines(reading) == [
        "tổ một, sáng bảy giờ đến chín giờ, chiều mười bốn giờ đến mười sáu giờ",
        "tổ hai, sáng Nghỉ, chiều mười bốn giờ đến mười sáu giờ",
    ]
    assert [question.code for question in reading.questions] == ["table"]


def test_a_table_in_bars_says_its_dates_once_and_skips_its_numbering() -> None:
    reading = read("| STT | Khu | Ngày | SL |\n|---|---|---|---|\n| 1 | A | 5/11 | 20 |\n| 2 | B | 6/11 | - |")
    assert lines(reading) == [
        "một, khu A, ngày mùng năm tháng mười một, số lượng hai mươi",
        "hai, khu bê, ngày mùng sáu tháng mười một",
    ]
    assert [question.code for question in reading.questions] == ["table"]


def test_a_row_never_lends_its_number_to_the_row_before() -> None:
    assert lines(read("Thôn 1: 7h-9h\n15 hộ thôn 2: 14h-16h")) == [
        "Thôn một: bảy giờ đến chín giờ",
        "mười lăm hộ thôn hai: mười bốn giờ đến mười sáu giờ",
    ]
    assert lines(read("Ngày 5/\n11 hộ")) == ["Ngày năm", "mười một hộ"]


def test_a_grid_without_headings_is_asked_about() -> None:
    assert asked("Lan\t5\t7\nHoa\t6\t8")["table"] is False


def test_letterhead_in_two_columns_is_not_a_table() -> None:
    text = "UBND PHƯỜNG\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 12/TB-UBND\tĐộc lập - Tự do - Hạnh phúc\nX\tY"
    assert "table" not in asked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nơi nhận:\n- Như trên;\n- CT, các PCT UBND (b/c);\n- Lưu: VT, VHXH (2b).\nTM. ỦY BAN NHÂN DÂN",
        "Nơi nhận:\tTM. ỦY BAN NHÂN DÂN\n- Như trên;\n- TDP 1-12 (t/h);\n- Lưu: VT.\t",
        "NƠI NHẬN: Như trên; Lưu VT, TC 5/2025.\nTM. ỦY BAN NHÂN DÂN",
    ],
)
def test_receivers_are_not_spoken_and_the_signature_beside_them_is(text: str) -> None:
    assert read(text).spoken.strip() == "thay mặt ỦY BAN NHÂN DÂN"


def test_names_and_calls() -> None:
    assert read("LH chị Hoa hoặc a. Tuấn (c. Lan nghỉ).").spoken == "liên hệ chị Hoa hoặc anh Tuấn, chị Lan nghỉ."
    assert read("Gồm: a. Trẻ em; b. Người già.").sentences == ("Gồm: a, Trẻ em", "bê, Người già.\n")
    assert read("Q. TRƯỞNG CA PHƯỜNG").spoken == "quyền trưởng công an phường"
    assert read("P. Giáp Bát, P.302").spoken == "phường Giáp Bát, phòng ba trăm linh hai"
