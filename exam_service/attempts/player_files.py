"""The player as two files: its modules joined into one script, its style sheets into one sheet."""

from functools import cache

from fastapi import APIRouter
from fastapi.responses import Response

from exam_service.joined_files import address_of, file_response, join_modules, join_sheets
from exam_service.templates import STATIC

PLAYER = STATIC / "player"
SHEETS = (STATIC / "tokens.css", PLAYER / "controls.css", PLAYER / "player.css", PLAYER / "item.css")

router = APIRouter(include_in_schema=False)


@cache
def player_script() -> str:
    return join_modules(PLAYER, entry="main.js")


@cache
def player_sheet() -> str:
    return join_sheets(SHEETS)


def player_addresses() -> dict[str, str]:
    """Where the script and the sheet are; the addresses change with their content."""
    return {
        "script": address_of("/static/player.js", player_script()),
        "sheet": address_of("/static/player.css", player_sheet()),
    }


# They stand beside the static files, not under /exam, so that relative addresses in the sheet (the fonts) hold.
@router.get("/static/player.js")
def script(v: str = "") -> Response:
    return file_response(player_script(), "text/javascript", version=v)


@router.get("/static/player.css")
def sheet(v: str = "") -> Response:
    return file_response(player_sheet(), "text/css", version=v)
