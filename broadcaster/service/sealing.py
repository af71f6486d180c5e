"""Bản sao lưu khoá bằng khoá công khai age: thư mục đồng bộ giữ bản sao mà không đọc được; chỉ người giữ khoá riêng mở được.

Gói ``pyrage`` chỉ cần khi bật khoá. Bật mà thiếu gói thì không ghi bản nào: thà báo hỏng còn hơn để lộ.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from broadcaster.errors import Conflict, Invalid
from broadcaster.sound.files import whole_file

SUFFIX = ".age"


@contextmanager
def private_file(target: Path, recipients: Sequence[str]) -> Iterator[IO[bytes]]:
    """Tệp ``target`` chỉ chủ máy đọc được, hiện ra khi đã trọn; có ``recipients`` (khoá công khai) thì khoá ngay khi ghi.

    Lỗi: ``Conflict`` khi thiếu gói ``pyrage``.
    """
    with whole_file(target) as temporary, _private(temporary) as out:
        if recipients:
            with _sealing(out, recipients) as plain:
                yield plain
        else:
            yield out


@contextmanager
def opened(archive: Path, key: Path | None) -> Iterator[IO[bytes]]:
    """Nội dung của một bản sao, đã mở khoá nếu cần. Lỗi: ``Invalid`` khi thiếu khoá riêng hay khoá không khớp."""
    with archive.open("rb") as file:
        if archive.suffix != SUFFIX:
            yield file
            return
        if key is None:
            raise Invalid(f"{archive.name} đã khoá. Hãy cho biết tệp khoá riêng: --khoa TỆP.")
        with _opening(archive, file, key) as plain:
            yield plain


def new_key(file: Path) -> str:
    """Ghi một khoá riêng mới vào ``file`` (không đè tệp đã có); trả về khoá công khai. Lỗi: ``Conflict``."""
    identity = _age().x25519.Identity.generate()
    try:
        with _private(file) as out:
            out.write(f"{identity}\n".encode("ascii"))
    except FileExistsError as error:
        raise Conflict(f"Đã có {file}. Khoá cũ còn cần để mở bản sao cũ: hãy chọn tên tệp khác.") from error
    return str(identity.to_public())


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _age() -> Any:
    try:
        import pyrage
    except ImportError as error:
        raise Conflict("Khoá bản sao lưu cần gói pyrage. Hãy chạy: .venv/bin/pip install pyrage") from error
    return pyrage


@contextmanager
def _sealing(out: IO[bytes], recipients: Sequence[str]) -> Iterator[IO[bytes]]:
    age = _age()
    try:
        to = [age.x25519.Recipient.from_str(one) for one in recipients]
    except age.RecipientError as error:
        raise Conflict("Khoá công khai trong [backup] recipients gõ sai. Hãy chép lại đúng dòng mà backup-key đã in.") from error
    reader, writer = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    trouble: list[BaseException] = []

    def seal() -> None:
        with reader:  # hỏng thì đóng ngay, để người ghi được báo chứ không đợi mãi
            try:
                age.encrypt_io(reader, out, to)
            except BaseException as error:  # phần Rust của pyrage hoảng thì lỗi không phải Exception
                trouble.append(error)

    sealing = threading.Thread(target=seal, name="khoa-ban-sao", daemon=True)
    sealing.start()
    try:
        with writer:
            yield writer
    except BrokenPipeError:
        pass
    finally:
        sealing.join()
    if trouble:
        raise OSError("không khoá được bản sao lưu") from trouble[0]


@contextmanager
def _opening(archive: Path, file: IO[bytes], key: Path) -> Iterator[IO[bytes]]:
    age = _age()
    wrong = f"Khoá trong {key.name} không mở được {archive.name}. Hãy tìm đúng tệp khoá riêng của đài."
    try:
        lines = [line.strip() for line in key.read_text("ascii").splitlines()]
        identities = [age.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, age.IdentityError) as error:
        raise Invalid(wrong) from error
    with tempfile.TemporaryFile() as plain:
        try:
            age.decrypt_io(file, plain, identities)
        except age.DecryptError as error:
            raise Invalid(wrong) from error
        plain.seek(0)
        yield plain
