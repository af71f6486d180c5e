"""Nhập tệp mà cán bộ mang tới (Word, .txt, .md) thành chữ sạch để biên tập, kèm lời nói rõ đã bỏ và đã đổi gì.

Hàm thuần: byte vào, chữ ra; không cơ sở dữ liệu, không mạng, không ghi tệp.
"""

from __future__ import annotations

import re
import unicodedata

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing.damage import lost_letters, questions
from broadcaster.newsroom.importing.docx import read_docx
from broadcaster.newsroom.importing.legacy import MAX_SAMPLES, Repaired, repair, samples
from broadcaster.newsroom.importing.letterhead import split
from broadcaster.newsroom.importing.lookalikes import as_latin
from broadcaster.newsroom.importing.markdown import read_markdown
from broadcaster.newsroom.importing.model import MAX_FILE_BYTES, FileKind, Imported, RawLine, RawText
from broadcaster.newsroom.importing.plain import decode
from broadcaster.newsroom.importing.reflow import reflow
from broadcaster.newsroom.importing.sniff import is_zip, refuse_foreign
from broadcaster.newsroom.importing.tidy import tidy_line
from broadcaster.newsroom.importing.titles import propose_genre, shorten, suggest_title
from broadcaster.newsroom.importing.typed import repair as retyped
from broadcaster.newsroom.text import MAX_TEXT, clean_text, clean_title, dotted, has_letters

__all__ = ["MAX_FILE_BYTES", "FileKind", "Imported", "import_file", "mended", "split"]

MAX_UNSURE = 5
LOST = (
    "Chữ có dấu trong tệp này đã mất thành dấu hỏi (?) từ lần lưu trước, không khôi phục được. "
    "Hãy lấy lại tệp gốc, hoặc mở bằng Word rồi lưu thành .docx và tải lên lại."
)
_SET_ASIDE = "Đã để riêng phần đầu và phần cuối văn bản (quốc hiệu, số, kính gửi, chữ ký, nơi nhận): không đọc lên loa."
_DAMAGE_NOTES = {
    "office_error": "Có lời báo lỗi của Word (Error!, #REF!) trong chữ. Hãy thay bằng điều lẽ ra ở đó.",
    "unmarked": "Có dòng không có dấu tiếng Việt. Hãy gõ lại có dấu.",
    "typed_code": "Có chữ gõ chưa thành dấu. Hãy xem lại từng chỗ.",
    "old_coding": "Có chữ ở bảng mã cũ lẫn trong dòng. Hãy xem lại từng chỗ.",
}
_UNNAMED = "Bản tin nhập từ tệp"


def import_file(data: bytes, filename: str) -> Imported:
    """Chữ của tệp, tiêu đề gợi ý và mọi điều người nhập cần biết; ``Invalid`` nói cách lưu lại khi không nhập được."""
    name = clean_filename(filename)
    refuse_foreign(data)
    kind, draft = _read(data, name)
    return _finish(draft, kind, name)


def clean_filename(filename: str) -> str:
    """Tên tệp không kèm thư mục, NFC (máy Mac lưu tên ở dạng tách dấu), không ký tự lạ."""
    return clean_title(re.split(r"[/\\]", filename)[-1])[:200]


def _read(data: bytes, name: str) -> tuple[FileKind, RawText]:
    if is_zip(data):
        return FileKind.DOCX, read_docx(data)
    decoded = decode(data)
    kind = FileKind.MARKDOWN if name.lower().endswith((".md", ".markdown")) else FileKind.TEXT
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    draft = read_markdown(text) if kind is FileKind.MARKDOWN else RawText([RawLine(line) for line in text.split("\n")])
    if decoded.seen_as is not None:
        draft.notes.append("Tệp ở bảng mã Windows-1258; đã đổi sang Unicode. Hãy xem chữ trước và sau khi đổi.")
        draft.converted += samples(decoded.seen_as.split("\n"), decoded.text.split("\n"))
    if name.lower().endswith((".docx", ".doc")):
        draft.notes.append("Tên tệp là tệp Word nhưng bên trong chỉ là chữ thường, không có định dạng.")
    return kind, draft


def _finish(draft: RawText, kind: FileKind, name: str) -> Imported:
    """Sửa mã trước, rồi mới nối dòng và làm sạch: làm sạch trước sẽ mất chữ của bảng mã cũ."""
    repaired = _repaired([line.text for line in draft.lines])
    notes = list(draft.notes)
    if draft.converted and kind is FileKind.DOCX:
        notes.append("Có chữ dùng phông cũ (.VnTime, VNI-Times); đã đổi sang Unicode. Hãy xem chữ trước và sau khi đổi.")
    notes += [f"Có chữ ở dạng {coding}; đã đổi sang Unicode. Hãy xem chữ trước và sau khi đổi." for coding in repaired.codings]
    lines = [RawLine(text, line.fixed) for text, line in zip(repaired.lines, draft.lines, strict=True)]
    flowed = reflow([RawLine(unicodedata.normalize("NFC", line.text), line.fixed) for line in lines])
    if flowed.joints:
        notes.append(f"Đã nối {flowed.joints} dòng bị ngắt giữa câu thành đoạn liền.")
    notes += [
        f"Chưa rõ một câu hay hai: “…{line[-40:]}” xuống dòng “{after[:40]}”. Nếu là một câu, hãy nối lại."
        for line, after in flowed.unsure[:MAX_UNSURE]
    ]
    tidy = "\n".join(tidy_line(line) for line in flowed.lines)
    if as_latin(tidy) != tidy:
        notes.append("Có chữ Nga, Hy Lạp hoặc chữ Ð trông như chữ Việt; đã đổi về chữ Việt.")
    text = clean_text(tidy)
    notes += _check(text)
    converted = tuple(dict.fromkeys((*draft.converted, *repaired.samples)))[:MAX_SAMPLES]
    parts = split(text)
    if parts.head or parts.tail:
        notes.append(_SET_ASIDE)
    title, genre = _title(draft, text, name), propose_genre(text)
    return Imported(title, parts.body, tuple(notes), converted, kind, name, parts.head, parts.tail, genre)


def mended(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Chữ đã dán mà ở bảng mã cũ hay gõ sót dấu, đổi sang chữ có dấu; và vài cặp trước, sau để xem."""
    repaired = _repaired(text.split("\n"))
    return clean_text("\n".join(repaired.lines)), repaired.samples


def _repaired(lines: list[str]) -> Repaired:
    """Bảng mã cũ, rồi chữ gõ sót dấu, rồi chữ nước khác đội lốt: mỗi bước đều kể lại."""
    coded = repair(lines)
    after, typings = retyped(coded.lines)
    return Repaired(after, samples(lines, after), (*coded.codings, *typings))


def _check(text: str) -> list[str]:
    """Ném ``Invalid`` khi không có gì để phát; trả về lời báo khi còn chữ hỏng."""
    if not has_letters(text):
        raise Invalid("Tệp không có chữ nào. Nếu là ảnh chụp hoặc bản quét, hãy gõ lại nội dung vào ô bản tin.")
    if len(text) > MAX_TEXT:
        raise Invalid(f"Văn bản dài {dotted(len(text))} ký tự, tối đa là {dotted(MAX_TEXT)}. Hãy chia thành nhiều tệp.")
    lost = lost_letters(text)
    if lost > len(text.split()) // 4:
        raise Invalid(LOST)
    told = [f"Còn {lost} chữ hỏng, mất con chữ (� hoặc ? thế chỗ). Hãy đối chiếu bản gốc và sửa tay."] if lost else []
    codes = {question.code for question in questions(text)}
    return told + [note for code, note in _DAMAGE_NOTES.items() if code in codes]


def _title(draft: RawText, text: str, name: str) -> str:
    stem = name.rpartition(".")[0] or name
    if draft.title and has_letters(draft.title):
        return shorten(clean_title(draft.title))
    return suggest_title(text, stem) or _UNNAMED
