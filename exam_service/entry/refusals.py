"""Why somebody may not enter (yet)."""

from exam_service.errors import Refusal

ENTRY_PAGE = "/exam/access"


class EntryNotProven(Refusal):
    """A condition of the exam has not been met in this sign-in; `entry_page` is where it can be."""

    code = "entry_not_proven"
    status = 403
    message = (
        "Máy này chưa đủ điều kiện vào phòng thi. Hãy mở trang điều kiện vào phòng thi và làm theo hướng dẫn."
    )


class WrongNetwork(Refusal):
    """The machine stands outside the networks of the room."""

    code = "wrong_network"
    status = 403
    message = "Máy này không thuộc mạng của phòng thi. Hãy ngồi vào máy của phòng, hoặc báo giám thị."


class WrongSittingCode(Refusal):
    code = "wrong_sitting_code"
    status = 422
    message = "Mã vào phòng thi không đúng. Hãy nghe giám thị đọc lại mã của phòng này."


class TooManyCodes(Refusal):
    code = "too_many_codes"
    status = 429
    message = "Đã nhập sai mã nhiều lần. Hãy thử lại sau %(minutes)s phút, hoặc báo giám thị."


class BrowserNotProven(Refusal):
    code = "browser_not_proven"
    status = 403
    message = (
        "Trình duyệt này không phải Safe Exam Browser chạy đúng cấu hình của kỳ thi. "
        "Hãy tải tệp cấu hình bên dưới và mở bằng Safe Exam Browser."
    )


class AlreadyWaived(Refusal):
    code = "already_waived"
    message = "Thí sinh này đã được miễn điều kiện đó."


class ExamIsOver(Refusal):
    code = "exam_is_over"
    message = "Kỳ sát hạch đã kết thúc nên không đổi điều kiện vào phòng thi nữa."
