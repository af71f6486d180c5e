"""Chữ ở bảng mã cũ hoặc hỏng mã được nhận ra trước khi làm sạch, đổi đúng, và người nhập thấy trước và sau."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.importing import import_file
from broadcaster.newsroom.importing.codings import Coding, convert
from broadcaster.newsroom.importing.legacy import detect, repair
from broadcaster.newsroom.importing.syllables import is_syllable
from broadcaster.newsroom.text import clean_text, text_problems
from tests.newsroom.importing.build import font, level, numbered, numbering, p, r, word

NOTICE = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam. Từ ngày mai, phường mình tổ chức tiêm phòng cho trẻ nhỏ ở nhà văn hóa các tổ dân phố.\n"
    "Đề nghị bà con đưa các cháu đến đúng giờ, mang theo sổ tiêm chủng; ưu tiên người ở xa, gia đình khó khăn, nghèo khổ."
)
TCVN3_LINE = "Céng hßa x· héi chñ nghÜa ViÖt Nam, §éc lËp - Tù do - H¹nh phóc, ph\xadêng b¶o vÖ m«i tr\xadêng"
TCVN3_READS = "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc, phường bảo vệ môi trường"
VNI_LINE = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, Ñoäc laäp - Töï do - Haïnh phuùc, phöôøng baûo veä moâi tröôøng"
LETTERS = [
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
] + ["đ", "Đ"]


def latin_view(data: bytes) -> str:
    """Byte như một máy Tây Âu hiện ra: Windows-1252, chỗ trống thành ký tự C1."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in data)


def cp1258(text: str) -> bytes:
    """Windows-1258: dấu thanh là ký tự rời đứng sau nguyên âm."""
    data = b""
    for char in text:
        try:
            data += char.encode("cp1258")
        except UnicodeEncodeError:
            base, tone = unicodedata.normalize("NFD", char)[:-1], unicodedata.normalize("NFD", char)[-1]
            if tone in "\u0302\u0306\u031b":  # dấu mũ, trăng, móc đứng sau dấu nặng khi tách hết
                base, tone = char, ""
                parts = unicodedata.normalize("NFD", char)
                base, tone = unicodedata.normalize("NFC", parts[0] + parts[2]), parts[1]
            data += unicodedata.normalize("NFC", base).encode("cp1258") + tone.encode("cp1258")
    return data


def test_a_tcvn3_file_is_converted_with_its_soft_hyphens() -> None:
    imported = import_file(TCVN3_LINE.encode("latin-1"), "cu.txt")
    assert imported.text == TCVN3_READS
    assert imported.converted == ((TCVN3_LINE, TCVN3_READS),)
    assert "TCVN3" in imported.notes[0]


def test_tcvn3_typed_in_capitals_becomes_capitals() -> None:
    assert import_file("ñY BAN NH¢N D¢N\nCéNG HßA X· HéI CHñ NGHÜA\nHµ Néi".encode("latin-1"), "cu.txt").text == (
        "ỦY BAN NHÂN DÂN\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA\nHà Nội"
    )


@pytest.mark.parametrize("line", [TCVN3_LINE, VNI_LINE])
def test_old_codings_seen_through_a_vietnamese_windows(line: str) -> None:
    seen = unicodedata.normalize("NFC", line.encode("latin-1").decode("cp1258"))
    assert import_file(seen.encode(), "cu.txt").text == TCVN3_READS


def test_tcvn3_pasted_into_a_utf8_file() -> None:
    assert import_file(TCVN3_LINE.encode(), "cu.txt").text == TCVN3_READS


def test_a_vni_file_is_converted() -> None:
    imported = import_file(VNI_LINE.encode("latin-1"), "cu.txt")
    assert imported.text == TCVN3_READS
    assert "VNI" in imported.notes[0]


@pytest.mark.parametrize("letter", LETTERS)
def test_every_vni_letter(letter: str) -> None:
    parts = unicodedata.normalize("NFD", letter)
    if letter in "đĐ":
        old = {"đ": "ñ", "Đ": "Ñ"}[letter]
    else:
        old = vni(parts[0], set(parts[1:]))
        old = old.upper() if letter.isupper() else old
    assert convert(old, Coding.VNI) == letter


def vni(base: str, marks: set[str]) -> str:
    """Cách gõ VNI viết theo bảng của phông, độc lập với bảng của sản phẩm."""
    base = base.lower()
    column = {"\u0301": 0, "\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0323": 4}
    tone = next((column[mark] for mark in marks if mark in column), None)
    if "\u031b" in marks:
        base = {"o": "ô", "u": "ö"}[base]
    if base == "i":
        return "íìæóò"[tone] if tone is not None else "i"
    if base == "y" and tone == 4:
        return "î"
    row = "áàåãäâ" if "\u0302" in marks else "éèúüëê" if "\u0306" in marks else "ùøûõï"
    return base + (row[tone] if tone is not None else row[5:])


@pytest.mark.parametrize("times", [1, 2, 3])
def test_utf8_read_as_western_is_mended_however_often(times: int) -> None:
    broken = NOTICE
    for _ in range(times):
        broken = latin_view(broken.encode())
    imported = import_file(broken.encode(), "hong.txt")
    assert imported.text == NOTICE
    assert imported.converted


def test_utf8_read_as_windows_1258_is_mended() -> None:
    broken = "".join(bytes([byte]).decode("cp1258", "ignore") or chr(byte) for byte in NOTICE.encode())
    assert import_file(broken.encode(), "hong.txt").text == NOTICE


def test_mending_survives_a_lost_blank_a_lost_hyphen_and_straight_quotes() -> None:
    broken = latin_view("đưa bà con và làng trên về nhà chính thức ở Điều đó".encode())
    broken = broken.replace("\xa0", " ").replace("\xad", "").replace("‘", "'").replace("\x90", "")
    assert repair([broken]).lines == ["đưa bà con và làng trên về nhà chính thức ở Điều đó"]


def test_cp1258_with_combining_tones() -> None:
    imported = import_file(cp1258(NOTICE), "1258.txt")
    assert imported.text == NOTICE
    assert "Windows-1258" in imported.notes[0]
    assert imported.converted[0][0] != imported.converted[0][1]


@pytest.mark.parametrize(
    "data",
    [
        NOTICE.encode(),
        NOTICE.encode("utf-8-sig"),
        NOTICE.encode("utf-16"),
        NOTICE.encode("utf-16-le"),
        NOTICE.encode("utf-16-be"),
        b"\xfe\xff" + NOTICE.encode("utf-16-be"),
        NOTICE.encode("utf-32"),
        unicodedata.normalize("NFD", NOTICE).encode(),
        NOTICE.replace("\n", "\r\n").encode() + b"\x1a",
    ],
)
def test_unicode_files_need_no_conversion(data: bytes) -> None:
    imported = import_file(data, "tin.txt")
    assert imported.text == NOTICE
    assert imported.converted == ()
    assert imported.notes == ()


TRAPS = ["XÃ", "HỘI", "Ủy", "đã", "bà", "cô", "có", "“trích", "dẫn”", "§", "·", "×", "°", "½", "đúng…", "–", "10°C"]
WORDS = st.sampled_from([*NOTICE.split(), *TRAPS])


@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=6))
def test_correct_unicode_is_never_converted(lines: list[str]) -> None:
    assert repair(lines).lines == lines
    assert detect(lines) is None


@pytest.mark.parametrize("line", ["· · · × ×", "phát trách ®a ®a ®a ®a", "20°C – 30°C, ½ giờ, © 2025, « trích »"])
def test_signs_are_no_proof_of_an_old_coding(line: str) -> None:
    assert repair([line]).lines == [line]


def test_only_the_broken_lines_of_a_mixed_file_change() -> None:
    mixed = [NOTICE.split("\n", maxsplit=1)[0], TCVN3_LINE, "Kính thưa bà con.", VNI_LINE, TCVN3_LINE, TCVN3_LINE]
    repaired = repair(mixed)
    assert repaired.lines == [mixed[0], TCVN3_READS, mixed[2], TCVN3_READS, TCVN3_READS, TCVN3_READS]
    assert set(repaired.codings) == {Coding.TCVN3, Coding.VNI}


def test_a_correct_word_inside_an_old_line_is_left_alone() -> None:
    assert repair([TCVN3_LINE + " phường Bạch Hạc"]).lines == [TCVN3_READS + " phường Bạch Hạc"]


def test_old_fonts_in_word_are_converted_run_by_run() -> None:
    body = p(
        r("§éc lËp, ", font(".VnTime")),
        r("th«ng b¸o", font(".VnTimeH")),
        r(" và ", font("Arial")),
        r("phöôøng", font("VNI-Times")),
    )
    imported = import_file(word(body), "cu.docx")
    assert imported.text == "Độc lập, THÔNG BÁO và phường"
    assert imported.converted
    assert "phông cũ" in " ".join(imported.notes)


def test_a_vni_letter_split_between_runs() -> None:
    assert import_file(word(p(r("phuo", font("VNI-Times")), r("ùc", font("VNI-Helve")))), "a.docx").text == "phuóc"


def test_an_old_font_inherited_from_a_style_or_the_defaults() -> None:
    styles = f"<w:docDefaults><w:rPrDefault><w:rPr>{font('.VnTime')}</w:rPr></w:rPrDefault></w:docDefaults>"
    styles += f'<w:style w:type="paragraph" w:styleId="Moi"><w:rPr>{font("Times New Roman")}</w:rPr></w:style>'
    body = p("th«ng b¸o") + p("Thông báo", style="Moi")
    assert import_file(word(body, styles=styles), "a.docx").text == "thông báo\nThông báo"


def test_a_theme_font_overrides_an_old_style() -> None:
    styles = f'<w:style w:type="paragraph" w:styleId="Cu"><w:rPr>{font(".VnTime")}</w:rPr></w:style>'
    theme = r("cô", '<w:rFonts w:asciiTheme="minorHAnsi"/>')
    assert import_file(word(p("cã ", theme, style="Cu"), styles=styles), "a.docx").text == "có cô"


def test_unicode_text_in_an_old_font_is_left_alone() -> None:
    imported = import_file(word(p(r("Thông báo họp tổ dân phố", font(".VnTime")))), "a.docx")
    assert imported.text == "Thông báo họp tổ dân phố"
    assert imported.converted == ()


def test_old_text_whose_font_was_replaced_is_still_recognised() -> None:
    assert import_file(word(p(r(TCVN3_LINE, font("Times New Roman")))), "a.docx").text == TCVN3_READS


def test_soft_hyphen_elements_of_old_text_are_letters() -> None:
    run = f"<w:r><w:rPr>{font('.VnTime')}</w:rPr><w:t>ph</w:t><w:softHyphen/><w:t>êng</w:t></w:r>"
    assert import_file(word(p(run)), "a.docx").text == "phường"


def test_an_automatic_label_in_an_old_font() -> None:
    lists = numbering(level(0, "decimal", "§iÒu %1.").replace("</w:lvl>", f"<w:rPr>{font('.VnTime')}</w:rPr></w:lvl>"))
    assert import_file(word(p("Phạm vi", props=numbered(1)), numbering=lists), "a.docx").text == "Điều 1. Phạm vi"


def test_old_coding_pasted_into_the_form_is_refused_even_after_cleaning() -> None:
    assert "TCVN3" in text_problems("Tin", clean_text(TCVN3_LINE))["text"]
    assert text_problems("Tin", NOTICE) == {}


@pytest.mark.parametrize(
    "word", ["giếng", "giết", "gì", "quốc", "quyết", "khuỷu", "nghiêng", "ngoằn", "đường", "huyện", "ý", "ước", "yến", "xoèn"]
)
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["héi", "céng", "kà", "ngề", "gế", "bât", "àá", "bổổ", "x·", "", "đướngg"])
def test_not_syllables(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize("tail", ["a", "Ã", "Ã ", "ê", "á»", "a ", "ph\xad"])
def test_endless_words_take_bounded_time(tail: str) -> None:
    started = time.process_time()
    repair(["Ä‘Æ°á»£c báº£o vá»‡ " + tail * (60_000 // len(tail)) + "x"])
    assert time.process_time() - started < 5


def test_a_file_with_lost_letters_is_flagged_or_refused() -> None:
    assert "Còn 1 chữ" in " ".join(import_file((NOTICE + " ph?ng").encode(), "a.txt").notes)
    assert import_file((NOTICE + " https://a.vn/x?y=z").encode(), "a.txt").notes == ()
    with pytest.raises(Exception, match="UTF-8"):
        import_file(("Th�ng b�o kh�ng c�n d�u " * 9).encode(), "a.txt")
    with pytest.raises(Exception, match="mất thành dấu hỏi"):
        import_file(b"Th?ng b?o kh?ng c?n d?u", "a.txt")


def test_a_few_damaged_bytes_do_not_make_utf8_another_coding() -> None:
    imported = import_file(NOTICE.encode() + b" ph\xe1\xbb", "a.txt")
    assert imported.text.startswith(NOTICE)
    assert "hỏng" in " ".join(imported.notes)
