"""What roles, scopes and acts are called on pages; the sentences are translated where they are shown."""

from exam_service.actor import Role, Scope
from exam_service.i18n import N_

ROLE_NAMES: dict[Role, str] = {
    Role.ADMIN: N_("Quản trị viên"),
    Role.AUTHOR: N_("Người soạn câu hỏi"),
    Role.REVIEWER: N_("Người thẩm định câu hỏi"),
    Role.OFFICER: N_("Cán bộ tổ chức sát hạch"),
    Role.INVIGILATOR: N_("Giám thị"),
    Role.MARKER: N_("Người chấm thi"),
    Role.AUDITOR: N_("Người giám sát"),
    Role.HR: N_("Cán bộ nhân sự"),
}
ROLE_HINTS: dict[Role, str] = {
    Role.ADMIN: N_("Quản lý tài khoản, nhân sự và kết nối; không xem câu hỏi và bài làm."),
    Role.AUTHOR: N_("Soạn và sửa câu hỏi trong ngân hàng được giao."),
    Role.REVIEWER: N_("Thẩm định, phê duyệt câu hỏi do người khác soạn."),
    Role.OFFICER: N_("Lập kỳ sát hạch, niêm phong đề, chấm điểm và công bố kết quả."),
    Role.INVIGILATOR: N_("Trông phòng thi: theo dõi, xử lý sự cố, cấp lại mã dự thi."),
    Role.MARKER: N_("Chấm phần tự luận đã làm phách."),
    Role.AUDITOR: N_("Xem kỳ sát hạch, kết quả và nhật ký; không thay đổi gì."),
    Role.HR: N_("Xem hồ sơ nhân sự và kết quả đã công bố."),
}
SCOPE_NAMES: dict[Scope, str] = {
    Scope.RESULTS_READ: N_("Đọc kết quả đã công bố"),
    Scope.PEOPLE_WRITE: N_("Gửi danh sách nhân sự"),
}
