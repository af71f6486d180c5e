"""``serve --demo`` như người mới thử: đăng nhập bằng mật khẩu in ra, thấy bản tin mẫu, nghe được cả buổi diễn tập."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from broadcaster.service.demo_texts import SCRIPTS
from broadcaster.service.folders import capture_folder
from broadcaster.sound.outputs.segments import read_capture
from tests.end_to_end.browser import first
from tests.end_to_end.house import house
from tests.end_to_end.test_walk import exact_starts, log_rows, programme, wait_until_closed
from tests.support.waiting import slowness


@pytest.mark.timeout(1200)
def test_a_newcomer_hears_a_whole_programme(tmp_path: Path) -> None:
    with house(tmp_path, demo_after=round(25 * slowness())) as place:
        said = place.log.read_text("utf-8")
        operator = place.person("vanhanh", first(r"vanhanh +(\S+)", said))
        assert "/truc-tiep" in said
        listing = operator.get("/ban-tin")
        assert [listing.count(word) for word in ('badge approved">', 'badge submitted">')] == [3, 2]
        assert all(script.title in listing for script in SCRIPTS)
        assert "(diễn tập)" in operator.get("/truc-tiep")
        wait_until_closed(operator, programme(operator, "Diễn tập"))

        rows, starts = log_rows(operator), exact_starts(operator)
        assert {row["Chế độ"] for row in rows} == {"Diễn tập"}
        assert {row["Kết quả"] for row in rows} == {"Đã phát đủ"}
        assert any(row["Tiêu đề"] in {script.title for script in SCRIPTS if script.approved} for row in rows)
        for output_id in (1, 2):
            samples, _ = read_capture(capture_folder(place.config), output_id, starts[0], starts[-1])
            loud = np.abs(samples.astype(np.int32)) > 200
            assert loud.mean() > 0.3, "diễn tập phải vang ở mọi đường nghe"
        assert len(re.findall(r"^  \w+ +\S+-\S+-\S+ ", said, re.MULTILINE)) == 5
