"""Đơn vị đo, tiền tệ và danh từ đếm; bảng phân biệt hoa thường vì "m" và "M", "w" và "W" là khác nhau."""

from __future__ import annotations

UNITS = {
    "km": "ki lô mét", "km2": "ki lô mét vuông", "Km": "ki lô mét", "Km2": "ki lô mét vuông", "KM": "ki lô mét", "m": "mét", "m2": "mét vuông", "m3": "mét khối",
    "M2": "mét vuông", "M3": "mét khối", "dm": "đề xi mét", "dm3": "đề xi mét khối", "cm": "xăng ti mét", "cm2": "xăng ti mét vuông",
    "cm3": "xăng ti mét khối", "mm": "mi li mét", "mm2": "mi li mét vuông", "μm": "mi crô mét", "µm": "mi crô mét", "nm": "na nô mét",
    "ha": "héc ta", "Ha": "héc ta", "HA": "héc ta", "kg": "ki lô gam", "Kg": "ki lô gam", "KG": "ki lô gam", "g": "gam", "gr": "gam", "gam": "gam", "mg": "mi li gam",
    "μg": "mi crô gam", "µg": "mi crô gam", "mcg": "mi crô gam", "l": "lít", "L": "lít", "lit": "lít", "ml": "mi li lít", "mL": "mi li lít",
    "cc": "xê xê", "CC": "xê xê", "kWh": "ki lô oát giờ", "KWh": "ki lô oát giờ", "kwh": "ki lô oát giờ", "KWH": "ki lô oát giờ", "Kwh": "ki lô oát giờ", "kW": "ki lô oát", "KW": "ki lô oát",
    "kw": "ki lô oát", "MW": "mê ga oát", "MWh": "mê ga oát giờ", "GW": "gi ga oát", "W": "oát", "w": "oát", "Wp": "oát", "kWp": "ki lô oát",
    "MWp": "mê ga oát", "V": "vôn", "kV": "ki lô vôn", "KV": "ki lô vôn", "kVA": "ki lô vôn am pe", "KVA": "ki lô vôn am pe", "MVA": "mê ga vôn am pe",
    "mA": "mi li am pe", "Ah": "am pe giờ", "mAh": "mi li am pe giờ", "Hz": "héc", "kHz": "ki lô héc", "KHz": "ki lô héc", "MHz": "mê ga héc", "GHz": "gi ga héc",
    "dB": "đề xi ben", "dBA": "đề xi ben a", "GB": "gi ga bai", "MB": "mê ga bai", "KB": "ki lô bai", "TB": "tê ra bai", "Mbps": "mê ga bít trên giây",
    "Gbps": "gi ga bít trên giây", "kbps": "ki lô bít trên giây", "HP": "mã lực", "hp": "mã lực", "CV": "mã lực", "N": "niu tơn", "kN": "ki lô niu tơn",
    "Pa": "pát can", "kPa": "ki lô pát can", "MPa": "mê ga pát can", "hPa": "héc tô pát can", "mb": "mi li ba", "mbar": "mi li ba", "bar": "ba",
    "mmHg": "mi li mét thủy ngân", "kcal": "ki lô ca lo", "Kcal": "ki lô ca lo", "cal": "ca lo", "kJ": "ki lô giun", "IU": "đơn vị quốc tế", "UI": "đơn vị quốc tế",
    "mmol": "mi li mon", "ppm": "phần triệu", "PPM": "phần triệu", "m3/s": "mét khối trên giây", "px": "pích xen", "inch": "inh", "lux": "lux",
    "°C": "độ xê", "oC": "độ xê", "ºC": "độ xê", "0C": "độ xê", "°F": "độ ép", "oF": "độ ép", "°": "độ", "º": "độ", "độ C": "độ xê", "độ c": "độ xê",
    "%": "phần trăm", "‰": "phần nghìn", "tấn": "tấn", "tạ": "tạ", "yến": "yến", "lít": "lít", "mét": "mét", "héc ta": "héc ta", "sào": "sào",
    "ktc": "ki lô tấn", "SV": "mã lực", "W/m2": "oát trên mét vuông", "h": "giờ", "s": "giây", "ph": "phút", "km/h": "ki lô mét trên giờ", "Km/h": "ki lô mét trên giờ",
    "KM/H": "ki lô mét trên giờ", "km/giờ": "ki lô mét trên giờ", "m/s": "mét trên giây", "kW/h": "ki lô oát giờ", "T": "tấn", "q": "tạ", "KVAr": "ki lô va", "Nm3": "mét khối",
}  # fmt: skip

ALL_UNITS = {
    **UNITS,
    "m²": "mét vuông",
    "km²": "ki lô mét vuông",
    "m³": "mét khối",
    "cm²": "xăng ti mét vuông",
    "cm³": "xăng ti mét khối",
    "℃": "độ xê",
    "％": "phần trăm",
    "⁰C": "độ xê",
}
"""Đơn vị, kể cả viết bằng ký tự riêng."""

NEEDS_GLUE = frozenset(
    {"T", "N", "V", "W", "w", "s", "L", "g", "h", "CV", "SV", "q", "TB", "cal", "ph", "HP", "0C", "oF", "nm", "CC", "mb", "KB"}
)
"""Đơn vị chỉ được nhận khi viết liền sau số: rời ra thì dễ là chữ viết tắt khác."""

SYMBOLIC = frozenset(unit for unit in UNITS if unit.isascii() or unit[0] in "μµ°º")
"""Đơn vị viết bằng ký hiệu: mẫu số của chúng đọc là "trên" thay vì "một"."""

MONEY = {
    "đ": "đồng", "Đ": "đồng", "đồng": "đồng", "VNĐ": "đồng", "VND": "đồng", "vnđ": "đồng", "vnd": "đồng", "Vnđ": "đồng", "VNđ": "đồng", "₫": "đồng", "đvn": "đồng",
    "USD": "đô la Mỹ", "usd": "đô la Mỹ", "$": "đô la Mỹ", "EUR": "ơ rô", "€": "ơ rô", "£": "bảng Anh", "¥": "yên Nhật", "JPY": "yên Nhật", "CNY": "nhân dân tệ",
    "NDT": "nhân dân tệ", "KRW": "uôn Hàn Quốc", "đô": "đô", "ĐỒNG": "đồng", "Đồng": "đồng",
}  # fmt: skip

SCALES = {
    "tr": "triệu", "Tr": "triệu", "trđ": "triệu đồng", "tr.đ": "triệu đồng", "tr.đồng": "triệu đồng", "trđồng": "triệu đồng", "Trđ": "triệu đồng", "Tr.đ": "triệu đồng",
    "tr đ": "triệu đồng", "tr đồng": "triệu đồng", "k": "nghìn", "K": "nghìn", "kđ": "nghìn đồng", "ngđ": "nghìn đồng", "ng.đ": "nghìn đồng", "nghđ": "nghìn đồng", "ngàn": "nghìn",
    "nghìn": "nghìn", "triệu": "triệu", "tỷ": "tỷ", "tỉ": "tỷ", "tỷđ": "tỷ đồng", "tỷ.đ": "tỷ đồng", "TR": "triệu", "TRĐ": "triệu đồng", "trVNĐ": "triệu đồng", "1.000đ": "nghìn đồng",
    "trVND": "triệu đồng",
}  # fmt: skip
SCALE_SIZE = {"nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}

PER = frozenset(
    """
    người tháng năm ngày quý tuần giờ phút giây hộ khẩu lượt lần buổi đêm vụ mùa lứa đợt ca suất chuyến cuộc kỳ khóa tiết
    lớp học sinh em cháu trẻ con cái chiếc bộ bình bao cây gốc sào tạ tấn kg g l lít m m2 m3 ha km mẫu thước thửa hộp gói
    chai thùng viên ống liều mũi vỉ tuýp hũ lọ can xe đầu nhân lao đồng hồ trường phòng bàn nhà tổ thôn xã phường đơn vị số
    điểm mục bài tin trang bản tờ giấy thẻ phiếu vé cuốn quyển tập kwh mét xuất cặp đôi mâm bữa phần phụ cán gia doanh công
    hội đoàn chi khu cụm dân thành đại chậu luống lồng ao hecta héc căn nóc cơ cá tàu giường món câu vòng trận sản sp kw
    kilomet kilogam lit s h kcal thai giáo chỗ gian ki-ốt kiốt quầy sạp nền lô triệu 1000 trđ tr lượng chỉ
    khóm dảnh bụi hàng
    """.split()
)
PER_SHORT = {"th": "tháng", "ngđ": "ngày đêm", "n": "năm", "p": "phút", "sp": "sản phẩm", "SP": "sản phẩm"}
"""Chữ tắt chỉ hiểu được sau gạch chéo: 10k/th."""

COUNTED = frozenset(
    """
    chỉ tiêu chí điểm nội nhiệm mục tổ thôn xã phường trường phiếu dự đơn hồ môn câu trận đợt cụm loa cơ sở nhà lớp chi đảng
    tdp khu kỳ ngày buổi kiến ý thành huyện tỉnh quận ca vụ cuộc lượt đội đồng công hạng cột máy xe bài thủ sản giải huy bộ
    ban ngành đoàn hội bếp ấp bản làng chương tiết bậc học sp mẫu
    """.split()
)
"""Chữ đầu của danh từ đếm được: "15/18 chỉ tiêu" đọc là "trên", "2/3 diện tích" đọc là "phần"."""

PARTS = frozenset({"số", "diện", "tổng", "dân", "quãng", "hộ", "thời", "ngân", "kinh", "chiều"})
"""Chữ đầu của cái được chia phần: “2/3 diện tích”, “1/2 số hộ”."""
