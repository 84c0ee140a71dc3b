#!/usr/bin/env python3
"""Copy the third-party files that pages need from node_modules into exam_service/static/vendor.

Run by `make assets` after `npm ci`; the fonts need fonttools and brotli. The result is committed, so a machine with
Python alone runs everything.
icons.txt names the only icons of the product: a page that needs another one adds its name there.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "exam_service" / "static" / "vendor"
DOCUMENT_FONTS = ROOT / "exam_service" / "official" / "fonts"

FONT = "@fontsource/be-vietnam-pro"
ICON_SET = "@tabler/icons"
HTMX = "htmx.org"
# The metrics of Times New Roman, which the rules for official documents name and nobody may ship.
SERIF = "@expo-google-fonts/tinos"
SERIF_STYLES = ("400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic")
HEAD = """Third-party files, copied by `make assets`. Do not edit.

| folder | package | version | licence |
|---|---|---|---|
"""


def write_sprite(names: list[str], *, source: Path, target: Path) -> None:
    """Write one SVG with a symbol per icon; a page shows one by `<use href="icons.svg#name">`."""
    symbols = []
    for name in names:
        svg = (source / f"{name}.svg").read_text(encoding="utf-8")
        shapes = re.findall(r"<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*>", svg)
        # Tabler starts every icon with an invisible bounding box
        drawn = "".join(shape.replace(" />", "/>") for shape in shapes if 'd="M0 0h24v24H0z"' not in shape)
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{drawn}</symbol>'
        )
    body = "\n".join(symbols)
    target.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n', encoding="utf-8")


def copy_licence(package: str, *, folder: Path) -> str:
    """Copy the licence text of a package into `folder` and return one line naming version and licence."""
    described = json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MODULES / package / "LICENSE", folder / "LICENSE")
    return f"| {folder.name}/ | {package} | {described['version']} | {described['license']} |"


def merge_subsets(weight: int, *, target: Path) -> None:
    """One file per weight with the Latin and the Vietnamese characters: every page shows both, and a request costs."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for subset in ("latin", "vietnamese"):
            font = TTFont(MODULES / FONT / "files" / f"be-vietnam-pro-{subset}-{weight}-normal.woff2")
            font.flavor = None
            parts.append(f"{folder}/{subset}.ttf")
            font.save(parts[-1])
        merged = Merger().merge(parts)
        merged.flavor = "woff2"
        merged.save(target)


def copy_document_fonts() -> None:
    """The serif face of printed documents, cut down to Latin, Vietnamese and typographic signs."""
    shutil.rmtree(DOCUMENT_FONTS, ignore_errors=True)
    DOCUMENT_FONTS.mkdir(parents=True)
    shutil.copyfile(MODULES / SERIF / "LICENSE_FONT", DOCUMENT_FONTS / "LICENSE")
    wanted = [*range(0x20, 0x250), *range(0x300, 0x370), *range(0x1E00, 0x1F00), *range(0x2000, 0x2070)]
    wanted += [0x20AB, 0x20AC, 0x2116, 0x2122, 0x2190, 0x2192, 0x2212, 0x2260, 0x2264, 0x2265]
    for style in SERIF_STYLES:
        options = Options(layout_features=["*"], name_IDs=["*"], hinting=False)
        font = TTFont(MODULES / SERIF / style / f"Tinos_{style}.ttf")
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=wanted)
        subsetter.subset(font)
        font.save(
            DOCUMENT_FONTS / f"Tinos-{style.removeprefix('400').removeprefix('700').replace('_', '')}.ttf"
        )


def main() -> None:
    """Rebuild the vendor folder from nothing, so that a dropped file cannot linger."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    lines = [
        copy_licence(FONT, folder=VENDOR / "be-vietnam-pro"),
        copy_licence(ICON_SET, folder=VENDOR / "icons"),
        copy_licence(HTMX, folder=VENDOR / "htmx"),
    ]
    # tokens.css names the package's version behind the addresses, so that browsers keep the fonts for a year.
    for weight in (400, 600):
        merge_subsets(weight, target=VENDOR / "be-vietnam-pro" / f"{weight}.woff2")
    icons = (ROOT / ".assets" / "icons.txt").read_text(encoding="utf-8").split()
    write_sprite(
        icons, source=MODULES / ICON_SET / "icons" / "outline", target=VENDOR / "icons" / "icons.svg"
    )
    shutil.copyfile(MODULES / HTMX / "dist" / "htmx.min.js", VENDOR / "htmx" / "htmx.min.js")
    copy_document_fonts()
    (VENDOR / "README.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
