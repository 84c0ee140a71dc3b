"""The practice test and the check of a computer, for anybody at any time: the player without a service behind it."""

from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from exam_service.attempts.player_files import player_addresses
from exam_service.joined_files import address_of, file_response, join_modules
from exam_service.settings import Settings
from exam_service.templates import STATIC, render

PAGE = "/practice"
URLS = {
    "api": "",
    "login": PAGE,
    "result": "",
    "leave": "/exam/sign-in",
    "worker": "",
}

router = APIRouter(include_in_schema=False)


@cache
def practice_script() -> str:
    return join_modules(STATIC, entry="practice/practice.js")


@router.get(PAGE)
def practice(request: Request) -> Response:
    """The player with a paper of its own; nothing that is entered leaves the browser."""
    files = {**player_addresses(), "script": address_of("/static/practice.js", practice_script())}
    settings: Settings = request.app.state.settings
    return render(
        request, "attempts/player.html", player_urls=URLS, player_files=files, player_tools=settings.tools
    )


@router.get("/static/practice.js")
def script(request: Request) -> Response:
    return file_response(request, practice_script(), "text/javascript")
