"""So hai bản sửa: ghép lại mỗi bên là đúng bản ấy, chỗ giống không bị đánh dấu, đoạn rất dài vẫn xong ngay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.comparing import Bit, compared

lines = st.lists(st.text(alphabet="ab cđ,.12", max_size=20), max_size=8).map("\n".join)


def side(pairs: list[tuple[Bit, ...]]) -> str:
    return "\n".join("".join(bit.text for bit in bits) for bits in pairs if bits)


@given(lines, lines)
def test_each_side_is_exactly_its_revision(before: str, after: str) -> None:
    pairs = compared(before, after)
    told = [line for line in before.split("\n") if line], [line for line in after.split("\n") if line]
    assert [line for line in side([one.before for one in pairs]).split("\n") if line] == told[0]
    assert [line for line in side([one.after for one in pairs]).split("\n") if line] == told[1]
    assert all(one.same or any(bit.changed for bit in (*one.before, *one.after)) for one in pairs)


def test_only_the_changed_words_are_marked() -> None:
    [first, second] = compared("Họp lúc 7 giờ.\nTại nhà văn hoá.", "Họp lúc 8 giờ.\nTại nhà văn hoá.")
    assert [bit.text for bit in first.before if bit.changed] == ["7"]
    assert [bit.text for bit in first.after if bit.changed] == ["8"]
    assert second.same
    [dropped] = [one for one in compared("a\nb", "a") if not one.after]
    assert dropped.before == (Bit("b", changed=True),)


def test_a_text_made_to_be_slow_is_marked_whole() -> None:
    """Một đoạn như thế so từng chữ mất mười tám giây, ba mươi đoạn là chín phút ở trang duyệt."""
    before, after = "\n".join([" ".join("a" * 900)] * 30), "\n".join(["a." * 900] * 30)
    pairs = compared(before, after)
    assert [one.before for one in pairs] == [(Bit("a"), Bit(" a" * 899, changed=True))] * 30
    assert side([one.after for one in pairs]) == after
