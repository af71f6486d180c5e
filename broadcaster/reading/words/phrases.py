"""Cụm hai tiếng hay gặp trong văn bản hành chính, để nhận ra tiếng thứ hai gõ sót một chữ cái (“hình tức”)."""

from __future__ import annotations

from functools import cache

_PHRASES = """hình thức; nội dung; thủ tục; hành chính; cải cách; tuyên truyền; thực hiện; công chức; viên chức; cán bộ; nhân dân; kế hoạch; nhiệm vụ; mục đích;
mục tiêu; trách nhiệm; tổ chức; triển khai; phối hợp; báo cáo; thông báo; thông tin; quyết định; nghị quyết; nghị định; chỉ thị; công văn; hướng dẫn; kiểm tra; giám sát;
tiếp nhận; giải quyết; kết quả; hồ sơ; công dân; doanh nghiệp; chính quyền; chính sách; pháp luật; địa phương; địa bàn; phường xã; thành phố; ủy ban; hội đồng; đảng ủy;
đoàn thể; mặt trận; phụ nữ; nông dân; thanh niên; cựu chiến; bảo hiểm; xã hội; kinh tế; văn hóa; giáo dục; môi trường; an ninh; trật tự; quốc phòng; giao thông; xây dựng;
nông nghiệp; nông thôn; công nghệ; chuyển đổi; điện tử; trực tuyến; dịch vụ; chất lượng; hiệu quả; nâng cao; tăng cường; đẩy mạnh; thường xuyên; kịp thời; đầy đủ; nghiêm túc;
chấp hành; xử phạt; vi phạm; khiếu nại; tố cáo; phản ánh; kiến nghị; đề nghị; yêu cầu; nguyên nhân; giải pháp; biện pháp; phòng chống; phòng cháy; dịch bệnh; tiêm chủng;
khám bệnh; sức khỏe; học sinh; giáo viên; nhà trường; gia đình; trẻ em; người dân; tham gia; ủng hộ; đóng góp; vận động; quyên góp; hỗ trợ; chế độ; ngân sách; kinh phí;
thời gian; địa điểm; thành phần; đại biểu; hội nghị; cuộc họp; chương trình; phát thanh; truyền thanh; đài truyền; lãnh đạo; chỉ đạo; điều hành; quản lý; nhà nước; cơ quan; đơn vị;
khen thưởng; thi đua; sáng kiến; mô hình; thí điểm; đánh giá; chấm điểm; chỉ số; hài lòng; đúng hạn; quy định; quy trình; quy chế; nguyên tắc; đối tượng; điều kiện; tiêu chuẩn"""


@cache
def misspelled() -> dict[tuple[str, str], str]:
    """(tiếng đầu, tiếng sau sót một chữ cái) → cụm đúng; cụm nào cũng có thật thì không bị coi là sai."""
    phrases = [(first, second) for first, second in map(str.split, _PHRASES.replace("\n", " ").split("; "))]
    known = set(phrases)
    found: dict[tuple[str, str], str] = {}
    for first, second in phrases:
        for at in range(len(second)):
            short = second[:at] + second[at + 1 :]
            if len(short) > 1 and (first, short) not in known:
                found.setdefault((first, short), f"{first} {second}")
    return found


@cache
def heads() -> frozenset[str]:
    """Mọi tiếng đầu đáng soát, viết thường, viết hoa chữ đầu, viết hoa cả."""
    return frozenset(way for first, _ in misspelled() for way in (first, first.capitalize(), first.upper()))
