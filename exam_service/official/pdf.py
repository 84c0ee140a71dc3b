"""A sheet as PDF: the layout stands in `document.typ`, the type is Tinos, which has the metrics of Times New Roman."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import typst

from exam_service.official.sheet import MOTTO, STATE, Sheet, Slips

HERE = Path(__file__).parent
MEDIA_TYPE = "application/pdf"


@cache
def _fonts() -> Any:
    # The machine's own fonts stay out: a document looks the same wherever it is printed.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])


def data_of(sheet: Sheet) -> dict[str, Any]:
    """The sheet as the layout reads it. Slips to cut out have neither heading nor mark."""
    return sheet.model_dump(mode="json") | {
        "full_number": sheet.full_number,
        "day": sheet.day,
        "state": STATE,
        "motto": MOTTO,
        "is_plain": any(isinstance(block, Slips) for block in sheet.blocks),
    }


def write_pdf(sheet: Sheet, *, note: str = "", as_images: bool = False) -> list[bytes]:
    """The PDF as a list of one; `as_images`: a PNG per page, to look at. `note` stands at the foot of every page."""
    made = typst.compile(
        (HERE / "document.typ").read_bytes(),
        format="png" if as_images else "pdf",
        ppi=80,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(data_of(sheet), ensure_ascii=False), "note": note},
    )
    return [bytes(page) for page in made] if isinstance(made, list) else [bytes(made)]
