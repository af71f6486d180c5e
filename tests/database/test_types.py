"""JSON viết sẵn ngoài khoá ghi: đúng từng chữ như viết tại chỗ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.database.types import WrittenJson, canonical_json

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8)


@given(value=st.dictionaries(st.text("bcd", min_size=1), JSON), added=JSON)
def test_what_is_written_beforehand_is_letter_for_letter_the_canonical_form(value: dict[str, object], added: object) -> None:
    whole = WrittenJson(value).adding("a", added)
    assert whole == {**value, "a": added}
    assert whole.text == canonical_json(dict(whole))
