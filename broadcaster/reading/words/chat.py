"""Cách viết tắt của tin nhắn mà bà con hay dùng trong nhóm của tổ dân phố."""

from __future__ import annotations

TABLE = """
ko ~ hok ~ k0 = không
kô = không
đc ~ dc = được
mn ~ mng = mọi người
ntn = như thế nào
hnay = hôm nay
hqua = hôm qua
trc = trước
bik = biết
nhìu = nhiều
vs = với
cx = cũng
bjo = bây giờ
ib ~ inbox = nhắn tin
tks ~ thanks = cảm ơn
pk = phải không
sn = sinh nhật
cmt = bình luận
klq = không liên quan
lh = liên hệ
LH = liên hệ | _:; _ số; sđt; điện thoại; _ đ/c; _ ông; _ bà; chi tiết _; _ 0
sđt = số điện thoại
ktx = ký túc xá
tdp = tổ dân phố
ubnd = ủy ban nhân dân
bhyt = bảo hiểm y tế
bhxh = bảo hiểm xã hội
"""
