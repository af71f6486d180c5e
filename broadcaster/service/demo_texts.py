"""Năm bản tin mẫu, viết từ chính các câu của Kế hoạch 16/KH-UBND ngày 21/01/2025 của phường Phùng Chí Kiên."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.newsroom.enums import Genre, Priority


@dataclass(frozen=True)
class DemoScript:
    """Một bản tin mẫu; ``approved``: đã duyệt sẵn, nếu không thì đang chờ duyệt."""

    title: str
    genre: Genre
    topics: tuple[str, ...]
    text: str
    approved: bool
    priority: Priority = Priority.NORMAL
    column: str | None = "cchc"


SCRIPTS = (
    DemoScript(
        title="Phường triển khai tuyên truyền cải cách hành chính năm 2025",
        genre=Genre.NEWS,
        topics=("C1",),
        approved=True,
        priority=Priority.PREFERRED,
        text=(
            "Thực hiện Kế hoạch số 16/KH-UBND ngày 21/01/2025, UBND phường Phùng Chí Kiên đẩy mạnh tuyên truyền về CCHC. "
            "Công tác cải cách hành chính góp phần cải thiện môi trường đầu tư kinh doanh, nâng cao năng lực cạnh tranh, "
            "thúc đẩy phát triển kinh tế - xã hội của phường.\n"
            "Đài Truyền thanh phường đưa tin, bài về CCHC trong chương trình phát thanh hàng ngày tới từng TDP, "
            "để người dân, doanh nghiệp nắm bắt thông tin và tham gia góp ý, giám sát."
        ),
    ),
    DemoScript(
        title="Kết quả thực hiện Chương trình tổng thể cải cách hành chính nhà nước",
        genre=Genre.FEATURE,
        topics=("C3", "C4"),
        approved=True,
        text=(
            "Chương trình tổng thể cải cách hành chính nhà nước giai đoạn 2021-2030 được ban hành tại Nghị quyết số 76/NQ-CP "
            "ngày 15/7/2021 của Chính phủ. Tiếp đó, Thủ tướng Chính phủ ban hành Chỉ thị số 23/CT-TTg ngày 02/9/2021 "
            "về đẩy mạnh thực hiện Chương trình.\n"
            "Tại thị xã Mỹ Hào, Ban Thường vụ Thị ủy ban hành Chỉ thị số 24-CT/ThU ngày 10/10/2022 về đẩy mạnh công tác "
            "cải cách hành chính; UBND thị xã ban hành Kế hoạch số 18/KH-UBND ngày 14/01/2022 về cải cách hành chính nhà nước "
            "giai đoạn 2021-2025. Quyết định số 881/QĐ-UBND ngày 28/3/2023 quy định việc đánh giá năng lực thực hiện "
            "các Chỉ số cải cách nền hành chính đối với người đứng đầu cơ quan và cá nhân cán bộ, công chức.\n"
            "Người đứng đầu cơ quan chịu trách nhiệm trong việc triển khai thực hiện nhiệm vụ CCHC; cán bộ, công chức, "
            "viên chức nâng cao kỷ cương, kỷ luật hành chính, tinh thần trách nhiệm và đạo đức công vụ."
        ),
    ),
    DemoScript(
        title="Thực hiện thủ tục hành chính trên môi trường điện tử",
        genre=Genre.QA,
        topics=("C8",),
        approved=True,
        text=(
            "Hỏi: Phường đang làm gì để người dân nộp hồ sơ thuận tiện hơn?\n"
            "Đáp: Phường triển khai cơ chế một cửa, một cửa liên thông và thực hiện TTHC trên môi trường điện tử. "
            "Các thủ tục hành chính được cập nhật, công khai đầy đủ, rõ ràng, đúng quy định tại trụ sở làm việc của cơ quan. "
            "Người dân, tổ chức có thể góp ý để hoàn thiện thủ tục hành chính, góp phần nâng cao Chỉ số CCHC của phường."
        ),
    ),
    DemoScript(
        title="Phát hiện, nhân rộng mô hình, sáng kiến cải cách hành chính",
        genre=Genre.NEWS,
        topics=("C5",),
        approved=False,
        text=(
            "UBND phường đề nghị các ngành, đoàn thể và các TDP phát hiện, giới thiệu các mô hình, sáng kiến, giải pháp "
            "nhằm nâng cao công tác CCHC trên địa bàn để đưa vào thí điểm. Các trường hợp điển hình tốt được thông tin kịp thời "
            "cho Đài Truyền thanh phường để tuyên truyền."
        ),
    ),
    DemoScript(
        title="Biểu dương tập thể, cá nhân có thành tích trong cải cách hành chính",
        genre=Genre.NOTICE,
        topics=("C9",),
        approved=False,
        text=(
            "Các tập thể và cá nhân trên địa bàn phường có thành tích trong thực hiện nhiệm vụ CCHC được biểu dương, khen thưởng "
            "theo quy định. Ủy ban Mặt trận Tổ quốc và các đoàn thể phối hợp tăng cường giám sát, vận động nhân dân "
            "nâng cao đồng thuận xã hội trong thực hiện CCHC."
        ),
    ),
)
