"""Jinja templates: one environment with the filters and names that every page may use."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from exam_service import i18n
from exam_service.actor import Permission

HERE = Path(__file__).parent
STATIC = HERE / "static"
THEMES = frozenset({"light", "dark"})

# (permission, path, sentence, icon): the areas of the staff rail, shown to those who may enter them.
AREAS: tuple[tuple[tuple[Permission, ...], str, str, str], ...] = (
    ((Permission.BANK_VIEW,), "/bank", i18n.N_("Ngân hàng câu hỏi"), "bank"),
    ((Permission.PERIODS_VIEW,), "/periods", i18n.N_("Kỳ sát hạch"), "period"),
    ((Permission.INVIGILATE,), "/rooms", i18n.N_("Phòng thi"), "room"),
    ((Permission.MARKING_VIEW,), "/marking", i18n.N_("Chấm thi"), "marking"),
    ((Permission.RESULTS_VIEW,), "/results", i18n.N_("Kết quả"), "results"),
    ((Permission.PEOPLE_VIEW,), "/people", i18n.N_("Nhân sự"), "people"),
    ((Permission.FEED_VIEW,), "/feed", i18n.N_("Chuyển kết quả"), "feed"),
    ((Permission.ACCOUNTS_MANAGE, Permission.AUDIT_VIEW), "/admin", i18n.N_("Quản trị"), "admin"),
)


@cache
def static_url(path: str) -> str:
    """`/static/path?v=<digest>`: the address changes with the content, so browsers may keep it for a year."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


@pass_context
def navigation(context: Context) -> list[dict[str, Any]]:
    """The areas that the actor may enter, the current one marked."""
    actor, request = context.get("actor"), context["request"]
    if actor is None:
        return []
    return [
        {
            "href": path,
            "label": i18n.gettext(label),
            "icon": icon,
            "active": request.url.path.startswith(path),
        }
        for permissions, path, label, icon in AREAS
        if any(actor.can(permission) for permission in permissions)
    ]


class Templates:
    """Renders the pages of one application."""

    def __init__(self, *, organisation: str, is_development: bool) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=is_development,
        )
        self.environment.globals.update(
            {
                "_": i18n.gettext,
                "language": i18n.language,
                "static": static_url,
                "navigation": navigation,
                "organisation": organisation,
            }
        )
        self.environment.filters.update(
            {
                "date": i18n.format_date,
                "datetime": i18n.format_moment,
                "number": i18n.format_number,
                "points": i18n.format_number,
            }
        )

    def render(
        self, request: Request, name: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        """The template as a response; `actor`, `csrf_token` and `flash` are there on every page."""
        state = request.state
        shared = {
            "request": request,
            "request_path": request.url.path,
            "locale": i18n.language().value,
            "actor": getattr(state, "actor", None),
            "csrf_token": getattr(state, "csrf_token", ""),
            "flash": request.cookies.get("flash", ""),
            "theme": request.cookies.get("theme", "") if request.cookies.get("theme") in THEMES else "",
        }
        body = self.environment.get_template(name).render({**shared, **(context or {})})
        response = HTMLResponse(body, status_code=status)
        response.headers["Cache-Control"] = "no-store"
        if shared["flash"]:
            response.delete_cookie("flash")
        return response


def templates_of(request: Request) -> Templates:
    templates: Templates = request.app.state.templates
    return templates


def render(request: Request, name: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Shorthand for the pages of the features."""
    return templates_of(request).render(request, name, context, status=status)
