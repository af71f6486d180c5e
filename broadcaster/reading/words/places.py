"""Tên hay gặp trong địa chỉ mạng, viết liền không dấu: tên tỉnh, cơ quan, dịch vụ."""

from __future__ import annotations

from functools import cache

from broadcaster.reading.words.syllables import fold

PROVINCES = """Hà Nội; Hưng Yên; Hải Phòng; Hải Dương; Thái Bình; Bắc Ninh; Bắc Giang; Hà Nam; Nam Định; Ninh Bình; Quảng Ninh; Vĩnh Phúc; Phú Thọ; Hòa Bình;
Thái Nguyên; Bắc Kạn; Cao Bằng; Lạng Sơn; Tuyên Quang; Hà Giang; Lào Cai; Yên Bái; Lai Châu; Điện Biên; Sơn La; Thanh Hóa; Nghệ An; Hà Tĩnh; Quảng Bình; Quảng Trị;
Thừa Thiên Huế; Huế; Đà Nẵng; Quảng Nam; Quảng Ngãi; Bình Định; Phú Yên; Khánh Hòa; Ninh Thuận; Bình Thuận; Kon Tum; Gia Lai; Đắk Lắk; Đắk Nông; Lâm Đồng; Bình Phước;
Tây Ninh; Bình Dương; Đồng Nai; Bà Rịa Vũng Tàu; Hồ Chí Minh; Long An; Tiền Giang; Bến Tre; Trà Vinh; Vĩnh Long; Đồng Tháp; An Giang; Kiên Giang; Cần Thơ; Hậu Giang;
Sóc Trăng; Bạc Liêu; Cà Mau; Mỹ Hào; Phùng Chí Kiên; Đường Hào; Văn Lâm; Văn Giang; Yên Mỹ; Khoái Châu; Kim Động; Ân Thi; Phù Cừ; Tiên Lữ; Việt Nam"""

COMMON = """dịch vụ công; chính phủ; quốc hội; công an; cổng dịch vụ công; bảo hiểm xã hội; thuế điện tử; một cửa; công báo; chuyển đổi số; cải cách hành chính; hải quan;
kho bạc; thống kê; tư pháp; hộ tịch; đăng ký kinh doanh; đất đai; văn phòng; văn thư; phường; xã; thị xã; huyện; tỉnh; thành phố; ủy ban; hội đồng; đảng ủy; đoàn thanh niên; phụ nữ;
nông dân; cựu chiến binh; mặt trận; công đoàn; giáo dục; y tế; trạm y tế; tiêm chủng; sức khỏe; tuyển sinh; trường; tiểu học; mầm non; trung học; báo; báo nhân dân; nhân dân; tuổi trẻ; dân trí; thanh niên;
lao động; việc làm; nông nghiệp; tài chính; kế hoạch; nội vụ; xây dựng; giao thông; công thương; khoa học; văn hóa; thể thao; du lịch; môi trường; tài nguyên; truyền thanh; phát thanh; truyền hình;
đài truyền thanh; đài phát thanh; thông tin; truyền thông; phản ánh; kiến nghị; góp ý; hỗ trợ; liên hệ; tiếp dân; tiếp công dân; khiếu nại; tố cáo; thanh tra; kiểm tra; tòa án; thi hành án; pháp luật; pháp điển;
văn bản; tra cứu; hồ sơ; thủ tục; tin tức; tài liệu; biểu mẫu; điện lực; nước sạch; khí tượng; thủy văn; phòng chống thiên tai; ngân hàng; hợp tác xã; khuyến nông; thị trường; an toàn; giao dịch; công dân; thuế; hành chính; đô thị;
chi cục; cục thuế; tổng cục; sở; phòng; ban; trung tâm; hội; doanh nghiệp; kinh tế; vàng; điện; nước; xăng dầu; chợ; nhà văn hóa; chữ thập đỏ; người cao tuổi; khuyến học; quân sự; biên phòng; dân quân; nghĩa vụ quân sự; công chức; cán bộ; ai; đảng; đảng cộng sản;
lịch; đăng ký; đặt lịch; khám bệnh; bệnh viện; phòng khám; chính sách; xã hội; bảo hiểm; an sinh; tín dụng; hóa đơn; hóa đơn điện tử; bình dân học vụ số; học tập; thi; dự thi; cuộc thi; trắc nghiệm; bầu cử; đại hội; tuyên giáo; dân vận; cải cách; số; công nghệ; quy hoạch; bản đồ"""

LATIN = {
    "gov": "gốp", "com": "com", "vn": "vê nờ", "org": "o rờ gờ", "net": "nét", "edu": "e đu", "info": "in phô", "www": "", "gmail": "gmail", "yahoo": "ya hu", "facebook": "facebook",
    "fb": "ép bê", "zalo": "zalo", "youtube": "iu túp", "google": "gu gồ", "tiktok": "tiktok", "vneid": "vê en e i đê", "ubnd": "u bê en đê", "hdnd": "hát đê en đê", "tdp": "tê đê pê",
    "hotmail": "hót meo", "outlook": "ao lúc", "mail": "meo", "app": "áp", "web": "web", "online": "online", "forms": "phoóc", "form": "phoóc", "docs": "đốc", "drive": "đờ rai", "vov": "vê ô vê", "vtv": "vê tê vê",
    "evn": "e vê en", "vnpt": "vê en pê tê", "viettel": "viettel", "mobifone": "mobifone", "vinaphone": "vinaphone", "vnexpress": "vê en ếch pờ rét", "index": "in đếch", "html": "hát tê em lờ", "htm": "hát tê em", "php": "pê hát pê",
    "pdf": "pê đê ép", "aspx": "a ét pê ích", "bit": "bít", "ly": "ly", "me": "mi", "io": "i ô", "tv": "ti vi", "gl": "giê lờ", "goo": "gu", "id": "i đê", "sso": "ét ét ô", "etax": "i tắc", "thuedientu": "thuế điện tử", "gdt": "giê đê tê",
    "moha": "mô ha", "mic": "mic", "moit": "mô ít", "molisa": "mô li sa", "chatbot": "chát bót", "portal": "po tồ", "asp": "a ét pê", "cchc": "xê xê hát xê", "congdichvucong": "cổng dịch vụ công", "mof": "mô ép", "mps": "em pê ét",
    "vssid": "vê ét ét i đê", "igate": "ai ghết", "office": "óp phít", "egov": "i gốp", "test": "tét", "support": "support", "help": "help", "hotro": "hỗ trợ", "admin": "át min", "cskh": "xê ét ca hát", "csdl": "xê ét đê lờ", "https": "", "http": "",
    "ldtbxh": "lờ đê tê bê ích hát", "hcm": "hát xê em", "tphcm": "tê pê hát xê em", "bhxh": "bê hát ích hát", "bhyt": "bê hát i tê", "sgddt": "ét giê đê đê tê", "dvc": "đê vê xê", "pvhcc": "pê vê hát xê xê", "tthc": "tê tê hát xê", "ttg": "tê tê giê",
}  # fmt: skip


@cache
def joined_names() -> dict[str, str]:
    """Tên viết liền không dấu → tên có dấu, chữ thường."""
    names = [name.strip() for name in (PROVINCES + ";" + COMMON).replace("\n", " ").split(";")]
    return {fold(name).replace(" ", ""): name.lower() for name in names if name}
