"""The candidate's view on the pages of the bank: the player's modules that show items, in one script and one sheet."""

from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from exam_service.joined_files import address_of, file_response, join_modules, join_sheets
from exam_service.templates import STATIC

# tokens.css is missing on purpose: its values come in from the page around the preview.
SHEETS = (
    STATIC / "player" / "controls.css",
    STATIC / "player" / "item.css",
    STATIC / "bank" / "preview.css",
)

router = APIRouter(include_in_schema=False)


@cache
def preview_script() -> str:
    return join_modules(STATIC, entry="bank/preview.js")


@cache
def preview_sheet() -> str:
    return join_sheets(SHEETS)


def preview_addresses() -> dict[str, str]:
    """Where the script and the sheet are; the addresses change with their content."""
    return {
        "script": address_of("/static/preview.js", preview_script()),
        "sheet": address_of("/static/preview.css", preview_sheet()),
    }


@router.get("/static/preview.js")
def script(request: Request) -> Response:
    return file_response(request, preview_script(), "text/javascript")


@router.get("/static/preview.css")
def sheet(request: Request) -> Response:
    return file_response(request, preview_sheet(), "text/css")
