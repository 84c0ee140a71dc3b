"""The style guide and an error page as the service renders them, without a database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from starlette.requests import Request

from exam_service import i18n
from exam_service.actor import Permission
from exam_service.templates import Templates

Render = Callable[..., str]


@dataclass(frozen=True)
class Clerk:
    display_name: str = "Nguyễn Thị Phương Thảo"

    def can(self, _permission: Permission) -> bool:
        return True


@pytest.fixture(scope="session")
def render() -> Render:
    templates = Templates(organisation="Sở Nội vụ tỉnh Quảng Trị", is_development=False)

    def render(
        name: str,
        *,
        theme: str = "light",
        language: i18n.Language = i18n.Language.VIETNAMESE,
        **context: object,
    ) -> str:
        request = Request(
            {
                "type": "http",
                "method": "GET",
                "path": "/periods",
                "query_string": b"",
                "headers": [(b"cookie", f"theme={theme}".encode())],
                "state": {"actor": Clerk(), "csrf_token": "token"},
            }
        )
        with i18n.speaking(language):
            return bytes(templates.render(request, name, context).body).decode()

    return render


@pytest.fixture
def guide(render: Render) -> Callable[..., str]:
    """The style guide; keyword arguments `theme` and `language`."""

    def guide(**options: object) -> str:
        return render("styleguide.html", today=date(2026, 3, 5), **options)

    return guide
