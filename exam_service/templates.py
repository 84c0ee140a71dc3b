"""Jinja templates: one environment with the filters and names that every page may use."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from exam_service import i18n
from exam_service.actor import Actor, Permission
from question_bank.text import sanitise

HERE = Path(__file__).parent
STATIC = HERE / "static"
THEMES = ("light", "dark")

# (permission, path, sentence, icon): the areas of the staff rail, shown to those who may enter them.
AREAS: tuple[tuple[tuple[Permission, ...], str, str, str], ...] = (
    ((Permission.BANK_VIEW,), "/bank", i18n.N_("Ngân hàng câu hỏi"), "books"),
    ((Permission.CUTS_RATE,), "/panels", i18n.N_("Đánh giá ngưỡng"), "scale"),
    ((Permission.PERIODS_VIEW,), "/periods", i18n.N_("Kỳ sát hạch"), "calendar-event"),
    ((Permission.INVIGILATE,), "/rooms", i18n.N_("Phòng thi"), "door"),
    ((Permission.MARKING_VIEW,), "/marking", i18n.N_("Chấm thi"), "clipboard-check"),
    ((Permission.RESULTS_VIEW,), "/results", i18n.N_("Kết quả"), "award"),
    ((Permission.PEOPLE_VIEW,), "/people", i18n.N_("Nhân sự"), "users"),
    ((Permission.FEED_VIEW,), "/feed", i18n.N_("Chuyển kết quả"), "plug-connected"),
    ((Permission.ACCOUNTS_MANAGE, Permission.AUDIT_VIEW), "/admin", i18n.N_("Quản trị"), "settings"),
)


@cache
def static_url(path: str) -> str:
    """`/static/path?v=<digest>`: the address changes with the content, so browsers may keep it for a year."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


def navigation(actor: Actor | None, path_now: str) -> list[dict[str, Any]]:
    """The areas that the actor may enter, the one of `path_now` marked."""
    if actor is None:
        return []
    open_areas = [area for area in AREAS if any(actor.can(permission) for permission in area[0])]
    here = f"{path_now}/"
    if here.startswith(
        "/documents/"
    ):  # no area of their own: officers come from a period, others from a room
        here = next((f"{path}/" for _may, path, *_ in open_areas if path in ("/periods", "/rooms")), here)
    return [
        {
            "href": path,
            "label": i18n.gettext(label),
            "icon": icon,
            "active": here.startswith(f"{path}/"),
        }
        for _may, path, label, icon in open_areas
    ]


def rich(text: str, media_at: str = "/bank/media/") -> Markup:
    """Rich text of an item as markup, images at `media_at`; sanitised again, whatever the database holds."""
    if "<" in text:
        text = sanitise(text).replace('src="media:', f'src="{media_at}')
    return Markup(text)  # noqa: S704 - sanitised here, or without any tag


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
                "organisation": organisation,
            }
        )
        self.environment.filters.update(
            {
                "date": i18n.format_date,
                "datetime": i18n.format_moment,
                "number": i18n.format_number,
                "points": i18n.format_number,
                "rich": rich,
            }
        )

    def render(
        self, request: Request, name: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        """The template as a response; `actor`, `nav`, `csrf_token`, `theme` and `flashes` are there on every page."""
        actor = getattr(request.state, "actor", None)
        sentence = unquote(request.cookies.get("flash", ""))
        theme = request.cookies.get("theme", "")
        shared = {
            "request": request,
            "request_path": request.url.path,
            "locale": i18n.language().value,
            "theme": theme if theme in THEMES else "",
            "actor": actor,
            "nav": navigation(actor, request.url.path),
            "csrf_token": getattr(request.state, "csrf_token", ""),
            "flashes": [{"kind": "ok", "text": sentence}] if sentence else [],
        }
        body = self.environment.get_template(name).render({**shared, **(context or {})})
        response = HTMLResponse(body, status_code=status)
        response.headers["Cache-Control"] = "no-store"
        if sentence:
            response.delete_cookie("flash")
        return response


def templates_of(request: Request) -> Templates:
    templates: Templates = request.app.state.templates
    return templates


def render(request: Request, name: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Shorthand for the pages of the features."""
    return templates_of(request).render(request, name, context, status=status)
