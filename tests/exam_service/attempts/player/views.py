"""One candidate's view per type of item, with texts as long as real ones, and a response that answers it wholly."""

from typing import Any

View = dict[str, Any]


def _entries(**texts: str) -> list[dict[str, str]]:
    return [{"id": key, "text": text} for key, text in texts.items()]


SINGLE: View = {
    "type": "single_choice",
    "stem": "Cơ quan nào ban hành quyết định quy định chức năng, nhiệm vụ của phòng chuyên môn thuộc UBND cấp xã?",
    "options": _entries(
        o1="Hội đồng nhân dân cấp xã",
        o2="Ủy ban nhân dân cấp xã",
        o3="Chủ tịch Ủy ban nhân dân cấp tỉnh",
        o4="Sở Nội vụ, sau khi có ý kiến bằng văn bản của các sở, ngành có liên quan trên địa bàn tỉnh",
    ),
}
LIMITED: View = {
    "type": "multiple_choice",
    "stem": "Chọn hai việc phải làm trong ngày tiếp nhận hồ sơ.",
    "options": _entries(o1="Ghi sổ", o2="Trả kết quả", o3="Cấp giấy tiếp nhận", o4="Thu hồi giấy tờ gốc"),
    "max_choices": 2,
}
TRUE_FALSE: View = {"type": "true_false", "stem": "Cấp xã có phòng Kinh tế."}
CLUSTER: View = {
    "type": "true_false_cluster",
    "stem": "<p>Một công dân nộp hồ sơ đăng ký khai sinh trực tuyến cho con lúc 16 giờ 45 phút ngày thứ Sáu.</p>",
    "statements": _entries(
        s1="Thời hạn giải quyết tính từ ngày làm việc tiếp theo.",
        s2="Công chức tư pháp – hộ tịch được yêu cầu người nộp bổ sung bản sao có chứng thực của giấy tờ mà cơ sở dữ "
        "liệu quốc gia về dân cư đã có đầy đủ thông tin.",
        s3="Hồ sơ trực tuyến chỉ được nộp trong giờ hành chính.",
        s4="Kết quả được trả bản điện tử nếu công dân có yêu cầu.",
    ),
}
SHORT_TEXT: View = {"type": "short_text", "stem": "Viết tắt của Ủy ban nhân dân là gì?", "width": "m"}
NUMERIC: View = {
    "type": "numeric",
    "stem": "Thời hạn giải quyết khiếu nại lần đầu, không phức tạp, là bao nhiêu ngày?",
    "unit": "ngày",
    "asks_unit": False,
}
CLOZE: View = {
    "type": "cloze",
    "stem": "<p>Công dân từ đủ [[gap:g1]] tuổi có quyền bầu cử và từ đủ [[gap:g2]] tuổi có quyền ứng cử.</p>"
    "<p>Ngày bầu cử phải là ngày [[gap:g3]], được công bố chậm nhất 115 ngày trước ngày bầu cử. Văn bản công bố do "
    "[[gap:g4]] ban hành.</p>",
    "gaps": [
        {"id": "g1", "kind": "number", "unit": ""},
        {"id": "g2", "kind": "number", "unit": ""},
        {
            "id": "g3",
            "kind": "choice",
            "display": "inline",
            "options": _entries(a1="thứ Bảy", a2="Chủ nhật", a3="làm việc"),
        },
        {"id": "g4", "kind": "text", "width": "l"},
    ],
}
MATCHING: View = {
    "type": "matching",
    "stem": "Ghép mỗi việc với cơ quan có thẩm quyền giải quyết.",
    "prompts": _entries(
        p1="Đăng ký khai tử cho người Việt Nam cư trú trong nước",
        p2="Cấp giấy phép xây dựng nhà ở riêng lẻ",
        p3="Phê chuẩn kết quả bầu Chủ tịch Ủy ban nhân dân cấp xã",
    ),
    "targets": _entries(
        t1="UBND cấp xã",
        t2="Chủ tịch UBND cấp tỉnh",
        t3="Bộ Nội vụ",
        t4="Cơ quan có thẩm quyền theo phân cấp của Ủy ban nhân dân cấp tỉnh",
    ),
    "max_per_prompt": 1,
    "is_target_reusable": False,
}
MATCHING_MANY: View = {**MATCHING, "max_per_prompt": 2, "is_target_reusable": True}
ORDERING: View = {
    "type": "ordering",
    "stem": "Sắp xếp các bước tiếp công dân tại trụ sở theo trình tự.",
    "options": _entries(
        b1="Đón tiếp, xác định nhân thân của công dân",
        b2="Nghe, ghi chép nội dung khiếu nại, tố cáo, kiến nghị, phản ánh; đề nghị công dân ký xác nhận vào văn bản",
        b3="Tiếp nhận thông tin, tài liệu, bằng chứng",
        b4="Phân loại và xử lý",
    ),
}
RANKING: View = {
    "type": "ranking",
    "stem": "Một người dân lớn tiếng tại bộ phận Một cửa vì hồ sơ trễ hẹn. Ông/Bà xếp các cách xử lý sau.",
    "options": _entries(
        r1="Mời vào phòng riêng, lắng nghe, xin lỗi về việc trễ hẹn và hẹn thời điểm trả kết quả cụ thể",
        r2="Gọi bảo vệ ngay",
        r3="Giải thích quy trình tại quầy",
    ),
}
ESSAY: View = {
    "type": "essay",
    "stem": "Trình bày cách tổ chức lấy ý kiến Nhân dân về phương án sắp xếp thôn, tổ dân phố.",
    "min_words": 5,
    "max_words": 12,
    "criteria": [
        {"name": "Nội dung đúng quy định", "weight": 3},
        {"name": "Lập luận, trình bày", "weight": 1},
    ],
}
CASE: View = {
    "type": "case",
    "stem": "<p>"
    + "Ngày 03/3/2026, bà Lê Thị H. nộp đơn đề nghị xác nhận tình trạng bất động sản liền kề. " * 12
    + "</p><table><tr><th>Ngày</th><th>Việc</th></tr><tr><td>03/3</td><td>Nhận đơn</td></tr></table>",
    "parts": [
        {"id": "k1", "weight": 1, "view": SINGLE},
        {"id": "k2", "weight": 2, "view": CLUSTER},
        {"id": "k3", "weight": 1, "view": ESSAY},
    ],
}

VIEWS: dict[str, View] = {
    "single_choice": SINGLE,
    "multiple_choice": LIMITED,
    "true_false": TRUE_FALSE,
    "true_false_cluster": CLUSTER,
    "short_text": SHORT_TEXT,
    "numeric": NUMERIC,
    "cloze": CLOZE,
    "matching": MATCHING,
    "matching_many": MATCHING_MANY,
    "ordering": ORDERING,
    "ranking": RANKING,
    "essay": ESSAY,
    "case": CASE,
}

RESPONSES: dict[str, View] = {
    "single_choice": {"choice": "o2"},
    "multiple_choice": {"choices": ["o1", "o3"]},
    "true_false": {"value": False},
    "true_false_cluster": {"values": {"s1": True, "s2": False, "s3": False, "s4": True}},
    "short_text": {"text": "UBND"},
    "numeric": {"text": "30"},
    "cloze": {"gaps": {"g1": "18", "g2": "21", "g3": "a2", "g4": "Quốc hội"}},
    "matching": {"pairs": [["p1", "t1"], ["p2", "t4"], ["p3", "t2"]]},
    "matching_many": {"pairs": [["p1", "t1"], ["p2", "t1"], ["p2", "t4"], ["p3", "t2"]]},
    "ordering": {"order": ["b1", "b2", "b3", "b4"]},
    "ranking": {"order": ["r1", "r3", "r2"]},
    "essay": {"text": "Niêm yết, họp thôn rồi tổng hợp ý kiến bằng biên bản."},
    "case": {
        "parts": {
            "k1": {"choice": "o2"},
            "k2": {"values": {"s1": True, "s2": False, "s3": False, "s4": True}},
            "k3": {"text": "Niêm yết, họp thôn rồi tổng hợp ý kiến bằng biên bản."},
        }
    },
}
