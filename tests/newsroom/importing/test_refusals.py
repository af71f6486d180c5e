"""Tệp không nhập được luôn được nói rõ là gì và phải lưu lại thế nào; tệp có hại bị chặn trước khi bung."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing import MAX_FILE_BYTES, import_file
from broadcaster.newsroom.importing.archive import MAX_DOCUMENT_BYTES, MAX_ENTRIES
from tests.newsroom.importing.build import NAMESPACES, p, pack, word

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def refusal(data: bytes, filename: str = "tin.docx") -> str:
    with pytest.raises(Invalid) as caught:
        import_file(data, filename)
    return caught.value.message


@pytest.mark.parametrize(
    ("data", "said", "remedy"),
    [
        (b"", "trống", "tải lên lại"),
        (OLE + "WordDocument".encode("utf-16-le"), "Word đời cũ (.doc)", "Save As"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "mật khẩu", "xoá mật khẩu"),
        (OLE + "Workbook".encode("utf-16-le"), "Excel", "dán vào ô nội dung"),
        (OLE, "đời cũ", "Save As"),
        (b"{\\rtf1\\ansi xin ch\\'e0o}", "RTF", "Save As"),
        (b"%PDF-1.7\n...", "PDF", "dán vào ô nội dung"),
        (b"\xff\xd8\xff\xe0 JFIF", "ảnh", "gõ lại"),
        (b"Rar!\x1a\x07", "RAR", "giải nén"),
        (b"<!DOCTYPE html><html><body>tin</body></html>", "trang web", "dán vào ô nội dung"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w/>', "Word lưu dạng XML", "Save As"),
        (pack({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}), ".odt", "Lưu thành"),
        (pack({"xl/workbook.xml": "<x/>", "[Content_Types].xml": "<x/>"}), "Excel", "dán vào ô nội dung"),
        (pack({"ppt/presentation.xml": "<x/>"}), "PowerPoint", "dán vào ô nội dung"),
        (pack({"ảnh.jpg": b"123"}), "ZIP", "giải nén"),
        (pack({"[Content_Types].xml": "<x/>"}), "hỏng", "Save As"),
        (word(p("")), "không có chữ nào", "gõ lại"),
    ],
)
def test_each_foreign_file_is_named_with_its_remedy(data: bytes, said: str, remedy: str) -> None:
    message = refusal(data)
    assert said in message
    assert remedy in message.replace("Hãy giải", "giải")


@pytest.mark.parametrize("kept", [10, 200, -40, -1])
def test_a_truncated_document_is_called_broken(kept: int) -> None:
    assert "thiếu phần cuối" in refusal(word(p("Nội dung dài " * 50))[:kept])


def test_a_file_over_the_limit_is_refused_before_anything_else() -> None:
    assert "50 MB" in refusal(b"PK\x03\x04" + bytes(MAX_FILE_BYTES))


def test_too_many_entries() -> None:
    assert "quá lớn" in refusal(pack({f"word/media/{number}": b"" for number in range(MAX_ENTRIES + 1)}))


def test_an_expanding_document_is_refused_by_its_declared_size() -> None:
    data = word("", parts={"word/document.xml": b"<a>" + b" " * (MAX_DOCUMENT_BYTES + 1)})
    assert "quá lớn" in refusal(data)


def test_a_lying_size_does_not_help() -> None:
    size = 160 * 2**20
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(size // 2**20):
            part.write(b" " * 2**20)
    data = buffer.getvalue().replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    tracemalloc.start()
    try:
        assert "hỏng" in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_DOCUMENT_BYTES
    finally:
        tracemalloc.stop()


def test_a_dense_part_is_refused() -> None:
    padded = f"<w:document {NAMESPACES}><w:body>{p('a')}{' ' * 3_000_000}</w:body></w:document>"
    assert "quá lớn" in refusal(word("", parts={"word/document.xml": padded}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bombs_are_refused(encoding: str) -> None:
    bomb = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE w:document [<!ENTITY a "ha ha ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        f"<w:document {NAMESPACES}><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
    )
    assert "cấu trúc lạ" in refusal(word("", parts={"word/document.xml": bomb.encode(encoding)}))


@pytest.mark.parametrize("depth", [180, 5_000, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    body = "<w:smartTag>" * depth + p("sâu") + "</w:smartTag>" * depth
    assert "Word" in refusal(word(f"<w:p>{body}</w:p>"))


def test_a_flood_of_tags_is_refused() -> None:
    import random

    noise = random.Random(1)
    flood = "".join(f"<w:p{' ' * noise.randrange(9)}/>" for _ in range(2_100_000))
    assert "quá lớn" in refusal(word(flood))


def test_other_compression_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "cấu trúc lạ" in refusal(buffer.getvalue())


def test_binary_noise_named_txt_is_refused() -> None:
    assert "không phải văn bản" in refusal(bytes(range(256)) * 20, "tin.txt")
    assert "không phải văn bản" in refusal(b"\x01\x02\x03\x04" * 50, "tin.txt")


def test_a_very_long_text_is_refused() -> None:
    assert "200.000" in refusal("chữ ".encode() * 60_000, "tin.txt")
    assert "200.000" in refusal(b"a" * 3_000_000, "tin.txt")
    assert "200.000" in refusal(word(p("chữ thường " * 40_000)))
