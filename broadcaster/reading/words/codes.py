"""Ký hiệu văn bản: loại văn bản và cơ quan ban hành viết tắt sau dấu gạch, và các chữ đứng trước một số hiệu."""

from __future__ import annotations

KINDS = {
    "NQ": "nghị quyết", "NQLT": "nghị quyết liên tịch", "QĐ": "quyết định", "CT": "chỉ thị", "QC": "quy chế", "QyĐ": "quy định",
    "TC": "thông cáo", "TB": "thông báo", "HD": "hướng dẫn", "CTr": "chương trình", "KH": "kế hoạch", "PA": "phương án",
    "ĐA": "đề án", "DA": "dự án", "BC": "báo cáo", "BB": "biên bản", "TTr": "tờ trình", "HĐ": "hợp đồng", "CĐ": "công điện",
    "BGN": "bản ghi nhớ", "BTT": "bản thỏa thuận", "GUQ": "giấy ủy quyền", "GM": "giấy mời", "GGT": "giấy giới thiệu",
    "GNP": "giấy nghỉ phép", "PG": "phiếu gửi", "PC": "phiếu chuyển", "PB": "phiếu báo", "TT": "thông tư", "NĐ": "nghị định",
    "TTLT": "thông tư liên tịch", "PL": "pháp lệnh", "L": "luật", "KL": "kết luận", "QĐi": "quy định", "TTh": "thông tri",
    "VBHN": "văn bản hợp nhất", "GP": "giấy phép", "GPXD": "giấy phép xây dựng", "GCN": "giấy chứng nhận", "CV": "công văn",
    "GXN": "giấy xác nhận", "TLời": "trả lời", "LCT": "lịch công tác", "CTHĐ": "chương trình hành động", "TTHT": "thông tin",
    "QĐXP": "quyết định xử phạt", "QĐ-XPVPHC": "quyết định xử phạt vi phạm hành chính", "BBVPHC": "biên bản vi phạm hành chính",
    "QĐ-XPHC": "quyết định xử phạt vi phạm hành chính", "XPHC": "xử phạt hành chính", "LT": "lệnh", "L-CTN": "lệnh", "GK": "giấy khen",
    "TTrLT": "tờ trình liên tịch", "CTPH": "chương trình phối hợp", "KHLT": "kế hoạch liên tịch", "KHPH": "kế hoạch phối hợp",
    "HDLT": "hướng dẫn liên tịch", "TBKL": "thông báo kết luận", "PAKN": "phản ánh, kiến nghị", "ĐK": "đăng ký", "TMBC": "thuyết minh báo cáo",
    "GTr": "giải trình", "QCPH": "quy chế phối hợp", "TĐ": "tờ đơn", "GB": "giấy báo", "TP": "trích lục", "TLKS": "trích lục khai sinh",
    "TLKT": "trích lục khai tử", "QT": "quy trình", "QU": "quy ước", "DT": "dự thảo", "DS": "danh sách", "TK": "tờ khai",
}  # fmt: skip

ISSUERS = {
    "UBND": "ủy ban nhân dân", "HĐND": "hội đồng nhân dân", "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ", "TTG": "Thủ tướng Chính phủ",
    "TW": "trung ương", "TƯ": "trung ương", "BCHTW": "Ban Chấp hành Trung ương", "TU": "tỉnh ủy", "ThU": "thị ủy", "ThU,": "thị ủy",
    "HU": "huyện ủy", "QU": "quận ủy", "ĐU": "đảng ủy", "ĐUK": "đảng ủy khối", "ThĐU": "thường trực đảng ủy", "BTV": "ban thường vụ",
    "BTVTU": "ban thường vụ tỉnh ủy", "BTVĐU": "ban thường vụ đảng ủy", "BCT": "Bộ Công Thương", "BTC": "Bộ Tài chính", "BNV": "Bộ Nội vụ",
    "BYT": "Bộ Y tế", "BCA": "Bộ Công an", "BQP": "Bộ Quốc phòng", "BTP": "Bộ Tư pháp", "BXD": "Bộ Xây dựng", "BNG": "Bộ Ngoại giao",
    "BGDĐT": "Bộ Giáo dục và Đào tạo", "BGD&ĐT": "Bộ Giáo dục và Đào tạo", "BGD": "Bộ Giáo dục và Đào tạo",
    "BNNPTNT": "Bộ Nông nghiệp và Phát triển nông thôn", "BNN": "Bộ Nông nghiệp và Phát triển nông thôn",
    "BNNMT": "Bộ Nông nghiệp và Môi trường", "BNN&MT": "Bộ Nông nghiệp và Môi trường",
    "BTNMT": "Bộ Tài nguyên và Môi trường", "BKHCN": "Bộ Khoa học và Công nghệ", "BTTTT": "Bộ Thông tin và Truyền thông",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch", "BLĐTBXH": "Bộ Lao động, Thương binh và Xã hội",
    "LĐTBXH": "lao động, thương binh và xã hội", "BGTVT": "Bộ Giao thông vận tải", "BKHĐT": "Bộ Kế hoạch và Đầu tư",
    "BDTTG": "Bộ Dân tộc và Tôn giáo", "UBDT": "Ủy ban Dân tộc", "NHNN": "Ngân hàng Nhà nước", "VPCP": "Văn phòng Chính phủ",
    "TTCP": "Thanh tra Chính phủ", "KTNN": "Kiểm toán Nhà nước", "TANDTC": "Tòa án nhân dân tối cao", "TAND": "tòa án nhân dân",
    "VKSNDTC": "Viện kiểm sát nhân dân tối cao", "VKSND": "viện kiểm sát nhân dân", "VKS": "viện kiểm sát nhân dân",
    "CTN": "Chủ tịch nước", "UBTVQH": "Ủy ban Thường vụ Quốc hội", "QH": "Quốc hội", "HĐBT": "Hội đồng Bộ trưởng",
    "MTTQ": "mặt trận Tổ quốc", "UBMTTQ": "ủy ban mặt trận Tổ quốc", "MTTW": "ủy ban Trung ương mặt trận Tổ quốc Việt Nam",
    "UBMTTQVN": "ủy ban mặt trận Tổ quốc Việt Nam", "MTTQVN": "mặt trận Tổ quốc Việt Nam", "BTT": "ban thường trực", "MT": "mặt trận",
    "LHPN": "hội liên hiệp phụ nữ", "HLHPN": "hội liên hiệp phụ nữ", "HND": "hội nông dân", "HCCB": "hội cựu chiến binh", "PN": "hội phụ nữ",
    "CCB": "hội cựu chiến binh", "ĐTN": "đoàn thanh niên", "ĐTNCS": "đoàn thanh niên cộng sản", "TĐTN": "trung ương đoàn thanh niên",
    "TWĐTN": "trung ương đoàn thanh niên", "LĐLĐ": "liên đoàn lao động", "TLĐ": "Tổng liên đoàn Lao động Việt Nam", "CĐCS": "công đoàn cơ sở",
    "HCTĐ": "hội chữ thập đỏ", "CTĐ": "hội chữ thập đỏ", "HNCT": "hội người cao tuổi", "NCT": "hội người cao tuổi", "HKH": "hội khuyến học",
    "SNV": "sở nội vụ", "STC": "sở tài chính", "SYT": "sở y tế", "STP": "sở tư pháp", "SXD": "sở xây dựng", "SCT": "sở công thương",
    "SGDĐT": "sở giáo dục và đào tạo", "SGD&ĐT": "sở giáo dục và đào tạo", "SGDDT": "sở giáo dục và đào tạo",
    "SNNMT": "sở nông nghiệp và môi trường", "SNN&MT": "sở nông nghiệp và môi trường", "SNNPTNT": "sở nông nghiệp và phát triển nông thôn",
    "STNMT": "sở tài nguyên và môi trường", "SKHCN": "sở khoa học và công nghệ", "STTTT": "sở thông tin và truyền thông",
    "SVHTTDL": "sở văn hóa, thể thao và du lịch", "SVHTT": "sở văn hóa và thể thao", "SLĐTBXH": "sở lao động, thương binh và xã hội",
    "SGTVT": "sở giao thông vận tải", "SKHĐT": "sở kế hoạch và đầu tư", "SDTTG": "sở dân tộc và tôn giáo", "VP": "văn phòng",
    "VPUB": "văn phòng ủy ban nhân dân", "VPUBND": "văn phòng ủy ban nhân dân", "VPTU": "văn phòng tỉnh ủy", "VPĐU": "văn phòng đảng ủy",
    "CA": "công an", "CAP": "công an phường", "CAX": "công an xã", "CAT": "công an tỉnh", "CATP": "công an thành phố",
    "CAPX": "công an phường", "PC07": "phòng cảnh sát phòng cháy, chữa cháy", "CHQS": "ban chỉ huy quân sự", "BCHQS": "ban chỉ huy quân sự",
    "BCH": "ban chỉ huy", "BCĐ": "ban chỉ đạo", "BQL": "ban quản lý", "BTG": "ban tuyên giáo", "BTGTU": "ban tuyên giáo tỉnh ủy",
    "BTGDV": "ban tuyên giáo và dân vận", "BTGDVTU": "ban tuyên giáo và dân vận tỉnh ủy", "BTCTU": "ban tổ chức tỉnh ủy",
    "BTCTW": "Ban Tổ chức Trung ương", "BTGTW": "Ban Tuyên giáo Trung ương", "UBKT": "ủy ban kiểm tra", "UBKTTW": "Ủy ban Kiểm tra Trung ương",
    "UBKTTU": "ủy ban kiểm tra tỉnh ủy", "BDV": "ban dân vận", "TYT": "trạm y tế", "TTYT": "trung tâm y tế", "BHXH": "bảo hiểm xã hội",
    "CCT": "chi cục thuế", "CT": "cục thuế", "TCT": "Tổng cục Thuế", "KBNN": "kho bạc nhà nước", "NHCSXH": "Ngân hàng Chính sách xã hội",
    "PGDĐT": "phòng giáo dục và đào tạo", "PGD&ĐT": "phòng giáo dục và đào tạo", "PNV": "phòng nội vụ", "PVHXH": "phòng văn hóa - xã hội",
    "VHXH": "phòng văn hóa - xã hội", "KTHTĐT": "phòng kinh tế, hạ tầng và đô thị", "PKT": "phòng kinh tế", "PTP": "phòng tư pháp",
    "TTPVHCC": "trung tâm phục vụ hành chính công", "TTPTQĐ": "trung tâm phát triển quỹ đất", "ĐTT": "đài truyền thanh", "TDP": "tổ dân phố",
    "CB": "chi bộ", "THCS": "trường trung học cơ sở", "TH": "trường tiểu học", "MN": "trường mầm non", "THPT": "trường trung học phổ thông",
    "HTX": "hợp tác xã", "ĐTTS": "đoàn thanh tra", "TTr": "thanh tra", "HĐTĐKT": "hội đồng thi đua - khen thưởng", "QK3": "quân khu ba",
    "HĐNVQS": "hội đồng nghĩa vụ quân sự", "HĐPH": "hội đồng phối hợp", "HĐTĐ": "hội đồng thẩm định", "ĐCT": "đoàn công tác",
    "BCĐTW": "ban chỉ đạo trung ương", "PCTT": "ban chỉ huy phòng, chống thiên tai", "UBBC": "ủy ban bầu cử", "TTBC": "tổ bầu cử",
    "HĐBCQG": "Hội đồng Bầu cử quốc gia", "VPQH": "Văn phòng Quốc hội", "ĐĐBQH": "đoàn đại biểu Quốc hội", "BCAT": "Bộ Công an",
    "UBQG": "ủy ban quốc gia", "PCCC": "cảnh sát phòng cháy, chữa cháy", "ĐL": "điện lực", "CTUBND": "chủ tịch ủy ban nhân dân",
}  # fmt: skip

DEPARTMENTS = frozenset(
    """
    NV VX VHXH KT TH NC TC KTTH NN XD TNMT TCKH VP QLĐĐ LĐTBXH TP NNMT KSTT HCC PVHCC TCD CNXD QLĐT ĐT GD YT CV TTHC KTN TD
    CNTT CĐS HC
    """.split()
)

NOUNS = (
    "nghị quyết", "nghị định", "quyết định", "chỉ thị", "thông tư", "kế hoạch", "công văn", "báo cáo", "thông báo", "tờ trình", "hướng dẫn",
    "kết luận", "quy định", "quy chế", "luật", "pháp lệnh", "công điện", "chương trình", "văn bản", "giấy mời", "giấy phép", "đề án", "lệnh",
    "thông tư liên tịch", "nghị quyết liên tịch", "biên bản", "hợp đồng", "phương án", "dự án", "thông tri", "thông cáo", "giấy ủy quyền",
    "văn bản hợp nhất", "giấy giới thiệu", "giấy chứng nhận", "phiếu chuyển", "thư mời", "phụ lục", "hiến pháp", "bộ luật", "giấy khen", "tờ khai",
    "tiêu chuẩn", "quy chuẩn", "chương trình hành động", "kế hoạch phối hợp", "đơn", "sắc lệnh", "điều lệ", "phiếu", "hồ sơ", "mẫu", "bản án",
)  # fmt: skip

SHORT_NOUNS = ("qđ", "nđ", "nq", "tt", "ttlt", "kh", "cv", "bc", "tb", "ttr", "hd", "kl", "ct", "gm", "cđ", "ctr", "vb", "đa")
