"""The player as two files, its modules joined into one script, its style sheets into one; two more for the permitted
documents, which come later; and its service worker."""

import hashlib
import json
import re
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from exam_service.joined_files import CODINGS, address_of, file_response, join_modules, join_sheets, packed
from exam_service.templates import STATIC

PLAYER = STATIC / "player"
WORKER = STATIC / "player_worker.js"
FONT = re.compile(r'url\("(vendor/[^"]+\.woff2[^"]*)"\)')
PAGE = "/exam"
STATUTES = STATIC / "statutes"
SHEETS = (STATIC / "tokens.css", PLAYER / "controls.css", PLAYER / "player.css", PLAYER / "item.css")

router = APIRouter(include_in_schema=False)


@cache
def player_script() -> str:
    return join_modules(PLAYER, entry="main.js")


@cache
def player_sheet() -> str:
    return join_sheets(SHEETS)


@cache
def statutes_script() -> str:
    """The permitted documents and their panel, which come when the test can be used."""
    return join_modules(STATUTES, entry="shelf.js", exports=True)


@cache
def statutes_sheet() -> str:
    return join_sheets((STATUTES / "panel.css",))


def pack_player() -> None:
    """Join and pack the player now: before web processes are forked, so that no candidate waits for it."""
    for text in (player_script(), player_sheet(), statutes_script(), statutes_sheet()):
        for coding in CODINGS:
            packed(text, coding)


def player_addresses() -> dict[str, str]:
    """Where scripts and sheets are; the addresses change with their content."""
    return {
        "script": address_of("/static/player.js", player_script()),
        "sheet": address_of("/static/player.css", player_sheet()),
        "statutes_script": address_of("/static/player-statutes.js", statutes_script()),
        "statutes_sheet": address_of("/static/player-statutes.css", statutes_sheet()),
    }


# They stand beside the static files, not under /exam, so that relative addresses in the sheet (the fonts) hold.
@router.get("/static/player.js")
def script(request: Request) -> Response:
    return file_response(request, player_script(), "text/javascript")


@router.get("/static/player.css")
def sheet(request: Request) -> Response:
    return file_response(request, player_sheet(), "text/css")


@router.get("/static/player-statutes.js")
def later_script(request: Request) -> Response:
    return file_response(request, statutes_script(), "text/javascript")


@router.get("/static/player-statutes.css")
def later_sheet(request: Request) -> Response:
    return file_response(request, statutes_sheet(), "text/css")


@cache
def player_worker() -> str:
    """The service worker with what it keeps; any change of that changes its text, and browsers install it anew."""
    fonts = sorted(set(FONT.findall(player_sheet())))
    addresses = player_addresses()
    assets = [addresses["script"], addresses["sheet"], *(f"/static/{name}" for name in fonts)]
    later = [addresses["statutes_script"], addresses["statutes_sheet"]]
    text = "".join([WORKER.read_text("utf-8"), *assets, *later])
    store = f"sat-hach-player-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    keep = json.dumps({"store": store, "page": PAGE, "assets": assets, "later": later})
    return f"const KEEP = {keep};\n{WORKER.read_text('utf-8')}"


@router.get("/exam/worker.js")
def worker() -> Response:
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": PAGE}
    return Response(player_worker(), media_type="text/javascript", headers=headers)
