"""What a dry run says about a row of a roster, and the sentences for it."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from exam_service.i18n import N_, gettext


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    REPAIRED = "repaired"


SENTENCES: dict[str, str] = {
    "name_missing": N_("Thiếu họ và tên."),
    "name_not_plausible": N_(
        "“%(text)s” không phải họ tên: chỉ dùng chữ cái, dấu cách, dấu nháy và gạch nối."
    ),
    "name_old_font": N_(
        "“%(text)s” gõ bằng phông chữ cũ (TCVN3 hoặc VNI). Hãy chuyển cột này sang Unicode rồi gửi lại."
    ),
    "name_one_word": N_("Họ tên chỉ có một từ “%(text)s”. Hãy kiểm tra."),
    "key_missing": N_("Thiếu cả mã CBCC và số CCCD nên không biết đây là ai."),
    "staff_code_bad": N_("Mã CBCC “%(text)s” có ký tự không hợp lệ hoặc quá dài."),
    "cccd_lost_zero": N_("Số CCCD “%(text)s” thiếu số 0 ở đầu do bảng tính; đề xuất: %(repair)s."),
    "cccd_old_number": N_("“%(text)s” là số CMND 9 chữ số đã hết giá trị. Hãy thay bằng số CCCD 12 chữ số."),
    "cccd_scientific": N_(
        "Số CCCD “%(text)s” bị bảng tính rút gọn nên đã mất chữ số. Hãy nhập lại dạng văn bản."
    ),
    "cccd_wrong_length": N_("Số CCCD “%(text)s” không đủ 12 chữ số."),
    "cccd_not_digits": N_("Số CCCD “%(text)s” có ký tự không phải chữ số."),
    "cccd_unknown_province": N_("Ba số đầu của số CCCD không phải mã tỉnh nào. Hãy kiểm tra."),
    "cccd_other_sex": N_("Số CCCD cho biết giới tính khác với cột giới tính. Hãy kiểm tra."),
    "cccd_other_year": N_("Số CCCD cho biết năm sinh khác với cột ngày sinh. Hãy kiểm tra."),
    "date_bad": N_("“%(text)s” không phải ngày. Hãy ghi dạng ngày/tháng/năm, ví dụ 05/03/1985."),
    "date_year_only": N_("“%(text)s” chỉ có năm. Hãy ghi đủ ngày/tháng/năm."),
    "date_as_number": N_("“%(text)s” là ngày bị bảng tính đổi thành số; đề xuất: %(repair)s."),
    "birth_date_unlikely": N_("Ngày sinh %(text)s cho tuổi %(age)s. Hãy kiểm tra."),
    "birth_date_future": N_("Ngày sinh %(text)s ở tương lai."),
    "sex_bad": N_("“%(text)s” không phải giới tính. Hãy ghi Nam hoặc Nữ."),
    "email_bad": N_("“%(text)s” không phải địa chỉ thư điện tử nên bị bỏ qua."),
    "unit_missing": N_("Thiếu đơn vị."),
    "unit_unknown": N_("Không có đơn vị “%(text)s” trong danh mục. Hãy sửa hoặc thêm đơn vị trước."),
    "unit_type_missing": N_("“%(text)s” thiếu loại đơn vị (xã, phường…); đề xuất: %(repair)s."),
    "unit_ambiguous": N_("“%(text)s” có thể là: %(choices)s. Hãy ghi rõ loại đơn vị hoặc mã đơn vị."),
    "unit_similar": N_("Không có đơn vị “%(text)s”; đề xuất: %(repair)s."),
    "unit_without_marks": N_("Đơn vị “%(text)s” được hiểu là %(choice)s."),
    "position_missing": N_("Thiếu chức vụ, chức danh hoặc vị trí việc làm."),
    "position_unknown": N_("Không có vị trí “%(text)s” trong danh mục. Hãy sửa hoặc thêm vị trí trước."),
    "position_ambiguous": N_("“%(text)s” có thể là: %(choices)s. Hãy ghi mã vị trí."),
    "position_similar": N_("Không có vị trí “%(text)s”; đề xuất: %(repair)s."),
    "error_cell": N_("Ô chứa giá trị lỗi của bảng tính."),
    "formula_without_value": N_("Ô là công thức chưa có giá trị. Hãy thay bằng giá trị."),
    "formula_value": N_("Ô là công thức; chỉ đọc giá trị đã tính sẵn “%(text)s”."),
    "keys_of_two_people": N_("Mã CBCC là của %(first)s nhưng số CCCD là của %(second)s."),
    "other_person": N_(
        "Mã này đang là của %(name)s (sinh %(born)s), khác cả họ tên lẫn ngày sinh. Hãy kiểm tra mã; "
        "nếu đúng là người này, hãy sửa hồ sơ trước."
    ),
    "name_changes": N_("Họ tên đổi từ “%(old)s”. Hãy kiểm tra."),
    "row_twice": N_("Trùng với dòng %(other)s."),
    "person_twice_differs": N_("Cùng mã với dòng %(other)s nhưng khác họ tên, ngày sinh hoặc số CCCD."),
    "before_current": N_(
        "Ngày bắt đầu %(from_date)s không sau ngày bắt đầu vị trí chính hiện tại (%(current)s, từ %(current_from)s)."
    ),
}
NOTICES: dict[str, str] = {
    "column_ignored": N_("Cột “%(heading)s” (ô %(cell)s) không được nhận biết nên không được đọc."),
    "sheet_skipped": N_("Trang tính “%(sheet)s” không được đọc."),
    "candidate_numbers_ignored": N_("Cột số báo danh không được đọc: số báo danh do kỳ sát hạch cấp."),
    "lines_skipped": N_(
        "%(count)s dòng không có họ tên, mã và số CCCD (tiêu đề nhóm, tổng cộng, chữ ký) đã được bỏ qua."
    ),
}


@dataclass(frozen=True)
class Finding:
    """One remark about one row; `cell` as the user sees it, `repair` the value that may be accepted for `column`."""

    code: str
    severity: Severity
    cell: str = ""
    column: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    repair: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def finding_sentence(finding: dict[str, Any]) -> str:
    """The sentence of a stored finding in the language of the request."""
    return gettext(SENTENCES[finding["code"]], **finding["params"])


def notice_sentence(notice: dict[str, Any]) -> str:
    """The sentence of a stored notice about the file in the language of the request."""
    return gettext(NOTICES[notice["code"]], **notice["params"])
