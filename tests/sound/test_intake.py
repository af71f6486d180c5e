"""Tệp người ta đưa tới: sạch thì nhận, hỏng nhẹ thì sửa và nói ra, bẫy thì từ chối đúng lý do; không để lại gì trên đĩa."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.errors import BadRecording
from broadcaster.sound import _intake_worker as worker
from broadcaster.sound import phone_files
from broadcaster.sound.containers import UNFINISHED, Container, recognise
from broadcaster.sound.intake import receive
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.loudness import measure
from broadcaster.sound.pcm import RATE, Floats, Samples, silence, to_float
from broadcaster.sound.voices.text import syllables
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.sound.whole_files import CUT_FRAME, whole_file_of

SENTENCES = ["Kính thưa toàn thể nhân dân trong phường.", "Ủy ban nhân dân phường tiếp nhận hồ sơ cả sáng thứ bảy."]
COUNT = sum(map(syllables, SENTENCES))
HEADER = 44


@pytest.fixture(scope="module")
def speech() -> Samples:
    return ToneVoice().speak(SENTENCES).samples


def encoded(samples: Samples | Floats, *, kind: str = "WAV", subtype: str = "PCM_16", rate: int = RATE) -> bytes:
    whole = io.BytesIO()
    soundfile.write(whole, samples, rate, format=kind, subtype=subtype)
    return whole.getvalue()


def claiming(wav: bytes, size: int) -> bytes:
    """Đầu tệp WAV tự khai ``size`` byte, dù phía sau có bao nhiêu."""
    return wav[:4] + struct.pack("<I", size) + wav[8:40] + struct.pack("<I", size) + wav[HEADER:]


def refused(tmp_path: Path, content: bytes, name: str = "thu.wav") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadRecording) as caught:
        receive([path], syllables=COUNT)
    assert list(tmp_path.iterdir()) == [path]
    return caught.value.message


@pytest.mark.parametrize(
    ("kind", "subtype", "name"),
    [
        ("WAV", "PCM_16", "thu.wav"),
        ("WAV", "PCM_24", "thu.wav"),
        ("WAV", "FLOAT", "thu.wav"),
        ("FLAC", "PCM_16", "thu.flac"),
        ("OGG", "VORBIS", "thu.ogg"),
        ("OGG", "OPUS", "thu.opus"),
        ("FLAC", "PCM_16", "ten-sai.doc"),
    ],
)
def test_every_kind_that_works_comes_out_at_house_level(
    tmp_path: Path, speech: Samples, kind: str, subtype: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(encoded(to_float(speech), kind=kind, subtype=subtype))
    received = receive([path], syllables=COUNT)
    assert received.container == ("OGG" if kind == "OGG" else kind)
    assert received.notes == ()
    assert measure(received.samples).lufs == pytest.approx(-18, abs=0.5)
    assert list(tmp_path.iterdir()) == [path]


def test_mp3_at_another_rate_and_stereo_come_in_too(tmp_path: Path, speech: Samples) -> None:
    mp3, stereo = tmp_path / "a.mp3", tmp_path / "b.wav"
    mp3.write_bytes(encode_mp3(speech))
    stereo.write_bytes(encoded(np.column_stack([speech, speech])[::2], rate=RATE // 2))
    for path, kind in ((mp3, "MP3"), (stereo, "WAV")):
        received = receive([path], syllables=COUNT)
        assert received.container == kind
        assert len(received.samples) == pytest.approx(len(speech), rel=0.1)


def test_the_parts_of_one_recording_are_one_recording(tmp_path: Path, speech: Samples) -> None:
    whole, parts = tmp_path / "ca.wav", []
    whole.write_bytes(encoded(speech))
    for number, start in enumerate(range(0, len(speech), RATE)):
        part = tmp_path / f"{number}.wav"
        part.write_bytes(encoded(speech[start : start + RATE]))
        parts.append(part)
    assert np.array_equal(receive(parts, syllables=COUNT).samples, receive([whole], syllables=COUNT).samples)


def test_what_can_be_mended_is_mended_and_told(tmp_path: Path, speech: Samples) -> None:
    plain = encoded(speech)
    floats = to_float(speech)
    some_broken = floats.copy()
    some_broken[1000:1010] = np.nan
    opposite = np.column_stack([floats, -floats])
    for content, note in (
        (
            plain[:4] + struct.pack("<I", 0xFFFFFFFF) + plain[8:40] + struct.pack("<I", 0xFFFFFFFF) + plain[HEADER:],
            UNFINISHED,
        ),
        (plain[:4] + struct.pack("<I", 0) + plain[8:40] + struct.pack("<I", 0) + plain[HEADER:], UNFINISHED),
        (encoded(some_broken, subtype="FLOAT"), worker.BROKEN_SAMPLES),
        (encoded(floats * 40, subtype="FLOAT"), worker.TOO_HOT),
        (encoded(opposite, subtype="FLOAT"), worker.ONE_SIDE),
    ):
        path = tmp_path / "thu.wav"
        path.write_bytes(content)
        received = receive([path], syllables=COUNT)
        assert received.notes == (note,)
        assert len(received.samples) == pytest.approx(len(speech), rel=0.1)


def test_hostile_files_are_refused_and_leave_nothing(tmp_path: Path, speech: Samples) -> None:
    plain, rng = encoded(speech), np.random.default_rng(3)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("word/document.xml", "x" * 5000)
    many = encoded(np.zeros((4_800, 96), dtype=np.int16))
    all_broken = np.full(RATE * 5, np.nan, dtype=np.float32)
    cases = [
        (plain[: len(plain) // 2], "bị cụt"),
        (encoded(speech, kind="FLAC")[:-20_000], "cụt|Không giải mã được"),
        (encoded(speech, kind="OGG", subtype="VORBIS")[:-4_000], "bị cụt"),
        (archive.getvalue(), "tệp nén"),
        (b"\0\0\0\x20ftypM4A " + bytes(4_000), "bị cụt"),
        (b"#!AMR\n" + bytes(4_000), "Không giải mã được|không có tiếng"),
        (b"\x1a\x45\xdf\xa3" + bytes(4_000), "Không giải mã được"),
        (b"\0\0\0\x20ftypheic" + bytes(4_000), "ảnh"),
        (rng.bytes(50_000), "không phải tệp âm thanh|Không giải mã được"),
        (b"fLaC" + rng.bytes(50_000), "Không giải mã được"),
        (plain[:20] + rng.bytes(16) + plain[36:], "Không giải mã được|Hz|kênh"),
        (many, "96 kênh"),
        (encoded(all_broken, subtype="FLOAT"), "không phải số"),
        (encoded(np.empty(0, dtype=np.int16)), "không có tiếng"),
        (b"", "rỗng"),
        (encoded(silence(6_000)), "không có tiếng"),
        (encoded(np.concatenate([speech[: len(speech) // 2], silence(4_000), speech[len(speech) // 2 :]])), "khoảng lặng"),
        (encoded(np.tile(speech, 12)), "dài quá"),
        (encoded(speech[: len(speech) // 5]), "không khớp|cụt"),
        (encoded(np.clip(speech.astype(np.int32) * 60, -32_768, 32_767).astype(np.int16)), "vỡ"),
        (encoded((rng.normal(0, 3_000, RATE * 8)).astype(np.int16)), "ồn|đều đều"),
    ]
    for content, why in cases:
        message = refused(tmp_path, content)
        assert any(word in message for word in why.split("|")), (why, message)
        assert "Hãy" in message, message


def mp3_with_header(samples: Samples) -> bytes:
    """MP3 có thẻ ID3 và khung Xing khai đúng số khung, như phần mềm thu hay ghi."""
    body = encode_mp3(samples)
    length = 144_000 * 64 // RATE
    info = bytearray(body[:4] + bytes(length - 4))
    count = len(body) // length
    info[21:37] = b"Xing" + struct.pack(">III", 3, count, len(body) + length)
    return b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + bytes(info) + body


def at_offset(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def flac_claiming(content: bytes, samples: int) -> bytes:
    told = int.from_bytes(content[18:26], "big") & ~((1 << 36) - 1) | samples
    return at_offset(content, 18, told.to_bytes(8, "big"))


def halves(speech: Samples) -> tuple[Samples, Samples]:
    return speech[: len(speech) // 2], speech[len(speech) // 2 :]


@pytest.mark.parametrize("kind", ["MP3", "MP3 trần", "WAV", "FLAC", "VORBIS", "OPUS"])
def test_two_files_behind_each_other_are_both_heard_and_asked_about(tmp_path: Path, speech: Samples, kind: str) -> None:
    """Bộ giải mã dừng ở chỗ tệp đầu tự khai là hết: nửa sau của bản tin từng mất trong im lặng."""
    encoders = {
        "MP3": mp3_with_header,
        "MP3 trần": encode_mp3,
        "WAV": encoded,
        "FLAC": lambda half: encoded(half, kind="FLAC"),
        "VORBIS": lambda half: encoded(half, kind="OGG", subtype="VORBIS"),
        "OPUS": lambda half: encoded(half, kind="OGG", subtype="OPUS"),
    }
    path = tmp_path / "noi.bin"
    path.write_bytes(b"".join(map(encoders[kind], halves(speech))))
    received = receive([path], syllables=COUNT)
    assert len(received.samples) == pytest.approx(len(speech), rel=0.06)
    assert bool(received.doubts) is (kind != "MP3 trần"), "khung MP3 trần nối nhau thì là một tệp"


def test_two_files_of_different_rates_behind_each_other(tmp_path: Path, speech: Samples) -> None:
    first, second = halves(speech)
    path = tmp_path / "noi.wav"
    path.write_bytes(encoded(first) + encoded(second[::2], rate=RATE // 2))
    assert len(receive([path], syllables=COUNT).samples) == pytest.approx(len(speech), rel=0.06)


def test_a_header_that_says_less_than_there_is_does_not_hide_the_rest(tmp_path: Path, speech: Samples) -> None:
    plain, flac, mp3 = encoded(speech), encoded(speech, kind="FLAC"), mp3_with_header(speech)
    short_mp3 = at_offset(mp3, mp3.index(b"Xing") + 8, struct.pack(">II", 40, 40 * 192))
    for content, notes in (
        (at_offset(plain, 40, struct.pack("<I", len(speech))), (UNFINISHED,)),
        (flac_claiming(flac, len(speech) // 2), (UNFINISHED,)),
        (flac_claiming(flac, 0), ()),
        (short_mp3, ()),
    ):
        path = tmp_path / "khai-ngan"
        path.write_bytes(content)
        received = receive([path], syllables=COUNT)
        assert len(received.samples) == pytest.approx(len(speech), rel=0.03)
        assert received.notes == notes


def test_a_header_that_says_more_than_there_is_is_a_cut_file(tmp_path: Path, speech: Samples) -> None:
    mp3, flac = mp3_with_header(speech), encoded(speech, kind="FLAC")
    assert "bị cụt" in refused(tmp_path, mp3[: len(mp3) * 3 // 4])
    assert "bị cụt" in refused(tmp_path, flac_claiming(flac, len(speech) * 2))


def test_a_variable_rate_mp3_without_a_header_is_read_to_its_end(tmp_path: Path, speech: Samples) -> None:
    """Bộ giải mã đoán độ dài theo tốc độ bit của khung đầu: khung đầu to thì nó dừng sớm, mất nửa bản tin."""
    first, second = halves(speech)
    content = encode_mp3(first, kbps=320) + encode_mp3(second, kbps=32)
    with soundfile.SoundFile(io.BytesIO(content)) as plain:
        assert len(plain.read()) < 0.8 * len(speech), "tệp thử phải là tệp mà bộ giải mã đoán sai"
    path = tmp_path / "vbr.mp3"
    path.write_bytes(content)
    assert len(receive([path], syllables=COUNT).samples) == pytest.approx(len(speech), rel=0.06)


def test_an_mp3_that_stops_inside_a_frame_is_asked_about(tmp_path: Path, speech: Samples) -> None:
    path = tmp_path / "cut.mp3"
    path.write_bytes(encode_mp3(np.concatenate([speech, silence(400)]))[:-100])
    assert receive([path], syllables=COUNT).doubts == (CUT_FRAME,)


def test_tags_around_and_a_little_dirt_inside_cost_nothing(tmp_path: Path, speech: Samples) -> None:
    mp3 = mp3_with_header(speech)
    tag, cover = b"TAG" + bytes(125), b"ID3\x03\0\0" + bytes((0, 0, 0x40, 0)) + b"\xff\xfb" * 4096
    wav = encoded(speech) + b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"may thu 1.0   "
    for content in (cover + mp3[20:] + tag, wav):
        path = tmp_path / "the"
        path.write_bytes(content)
        received = receive([path], syllables=COUNT)
        assert len(received.samples) == pytest.approx(len(speech), rel=0.03)
        assert received.doubts == received.notes == ()


PHONES = [("mp4", "aac", "M4A"), ("3gp", "aac", "3GP"), ("adts", "aac", "AAC"), ("webm", "libopus", "WebM")]


def from_a_phone(speech: Samples, container: str, codec: str) -> bytes:
    whole = io.BytesIO()
    with av.open(whole, "w", format=container) as file:
        stream = file.add_stream(codec, rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(speech.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return whole.getvalue()


@pytest.mark.parametrize(("container", "codec", "name"), PHONES)
def test_what_a_phone_records_is_taken(tmp_path: Path, speech: Samples, container: str, codec: str, name: str) -> None:
    path = tmp_path / "tep"
    path.write_bytes(from_a_phone(speech, container, codec))
    received = receive([path], syllables=COUNT)
    assert name in received.container
    assert len(received.samples) == pytest.approx(len(speech), rel=0.03)
    assert received.doubts == ()


def test_a_machine_without_the_phone_part_says_so_and_does_not_blame_the_file(
    tmp_path: Path, speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tep.m4a"
    path.write_bytes(from_a_phone(speech, "mp4", "aac"))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(BadRecording, match=r"chưa có phần đọc loại này \(gói av\).*scripts/run"):
        phone_files.decoded(path, recognise(path), 60)


@pytest.mark.parametrize(("container", "codec", "name"), PHONES)
def test_a_phone_file_cut_or_glued_is_refused_or_whole(
    tmp_path: Path, speech: Samples, container: str, codec: str, name: str
) -> None:
    first, second = (from_a_phone(half, container, codec) for half in halves(speech))
    if container == "adts":
        path = tmp_path / "tep"
        path.write_bytes(first + second)
        assert len(receive([path], syllables=COUNT).samples) == pytest.approx(len(speech), rel=0.06)
    else:
        assert "nối đuôi" in refused(tmp_path, first + second, "tep")
        whole = from_a_phone(speech, container, codec)
        assert "bị cụt" in refused(tmp_path, whole[: len(whole) // 2], "tep")


def test_a_wav_file_of_four_gigabytes_without_sound_behind_it(tmp_path: Path) -> None:
    header = encoded(silence(1))[:40] + struct.pack("<I", 0xFFFFFF00)
    assert "không có tiếng" in refused(tmp_path, header)


def test_a_decoder_that_hangs_is_stopped(tmp_path: Path, speech: Samples) -> None:
    path = tmp_path / "thu.wav"
    path.write_bytes(encoded(speech))
    with pytest.raises(BadRecording, match="đã dừng"):
        receive([path], syllables=COUNT, patience_s=0.0)
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.binary(max_size=64), rest=st.integers(0, 64))
def test_any_bytes_are_recognised_or_refused_in_words(tmp_path: Path, head: bytes, rest: int) -> None:
    path = tmp_path / "gi-do"
    path.write_bytes(head + bytes(rest))
    with suppress(BadRecording):
        assert recognise(path) in Container
        assert whole_file_of(path, recognise(path)).pieces
