"""The demo's staff: one account for every role, and an API client of HR."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.auth.models import Account, RoleGrant
from exam_service.auth.passwords import hash_password

PASSWORD = "sat-hach-2026"  # noqa: S105 - known on purpose: the demo refuses to run in production


@dataclass(frozen=True)
class DemoAccount:
    """Who can sign in as what; `does` says in Vietnamese what the role is for."""

    username: str
    display_name: str
    roles: tuple[Role, ...]
    does: str


ACCOUNTS = (
    DemoAccount(
        "canbo", "Trần Thị Minh Châu", (Role.OFFICER,), "thư ký hội đồng: lập kỳ, niêm phong, chấm, công bố"
    ),
    DemoAccount("soanthao", "Nguyễn Hữu Phước", (Role.AUTHOR,), "soạn câu hỏi, nhập từ Excel"),
    DemoAccount("thamdinh", "Lê Ngọc Diễm", (Role.REVIEWER,), "thẩm định câu hỏi của người khác"),
    DemoAccount(
        "giamthi", "Võ Văn Kiệt Em", (Role.INVIGILATOR,), "giám thị: theo dõi phòng thi, cấp mã dự thi"
    ),
    DemoAccount("nhansu", "Phạm Thanh Trúc", (Role.HR,), "nhân sự: xem cán bộ và kết quả"),
    DemoAccount("kiemtra", "Đặng Quốc Bảo", (Role.AUDITOR,), "thanh tra: xem nhật ký và hồ sơ bốc đề"),
    DemoAccount("quantri", "Huỳnh Tấn Lộc", (Role.ADMIN,), "quản trị tài khoản, phần mềm nhận kết quả"),
)


def add_accounts(session: Session) -> None:
    """Every demo account exists, with the demo's known password and without a forced change."""
    hashed = hash_password(PASSWORD)
    for wanted in ACCOUNTS:
        account = Account(
            username=wanted.username,
            display_name=wanted.display_name,
            password_hash=hashed,
            must_change_password=False,
            created_at=clock.now(),
        )
        account.grants = [RoleGrant(role=role.value) for role in wanted.roles]
        session.add(account)
    session.flush()  # everything else names them as actors
