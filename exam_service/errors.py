"""Refusals: what the service says no to, with a stable code and a sentence that the user can act on."""

from typing import ClassVar


class Refusal(Exception):
    """A request that the rules forbid; the transaction is rolled back and the user is told why.

    Subclasses stand in the module that raises them and set `code` (stable, for programs), `status` (HTTP) and
    `message` (Vietnamese sentence, the key of the translation catalogue, with `%(name)s` places for `params`). Where
    `page` is set, a browser is sent to that page, on which the user can do what is missing, instead of an error page.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "Không thực hiện được yêu cầu này."
    page: ClassVar[str | None] = None

    def __init__(self, *, field: str | None = None, **params: object) -> None:
        self.field = field
        self.params = params
        super().__init__(self.message % params if params else self.message)


class NotFound(Refusal):
    """The thing does not exist, or the actor may not know that it does."""

    code = "not_found"
    status = 404
    message = "Không tìm thấy nội dung này. Có thể địa chỉ đã thay đổi hoặc Ông/Bà không có quyền xem."


class Forbidden(Refusal):
    code = "forbidden"
    status = 403
    message = "Ông/Bà không có quyền thực hiện việc này. Hãy liên hệ quản trị viên nếu cần quyền."


class Stale(Refusal):
    """Somebody changed the row after the page was loaded; nothing was written."""

    code = "stale"
    status = 409
    message = "Nội dung đã được người khác thay đổi sau khi Ông/Bà mở trang. Hãy tải lại trang rồi làm lại."


class Invalid(Refusal):
    """One field has a value that cannot be accepted; `field` names it and `reason` says what to do."""

    code = "invalid"
    status = 422
    message = "%(reason)s"
