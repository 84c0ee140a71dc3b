"""Scripts and style sheets that browsers get as one file each, joined from the modules they are written in.

The sources stay separate modules that a browser can run as they are. Joined, a cold start on a slow line takes two
requests instead of thirty, and one digest in the address stands for all of them. Comments and blanks stay behind, and
what is left is packed once per process, as small as it gets: on a slow line a second is 50 KB.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

import brotli
from fastapi import Request
from fastapi.responses import Response
from rcssmin import cssmin
from rjsmin import jsmin

IMMUTABLE = "public, max-age=31536000, immutable"
CODINGS = ("br", "gzip")
NO_WEIGHT = re.compile(r"q\s*=\s*0(\.0{0,3})?")

IMPORT = re.compile(
    r'^import (?:\* as (?P<whole>\w+)|\{(?P<names>[^}]*)\}) from "(?P<path>\.[\w./]+)";$', re.MULTILINE
)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (?P<name>\w+))", re.MULTILINE)
MODULE_STATEMENT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
COMMENT_LINE = re.compile(r"^\s*//.*\n", re.MULTILINE)
COMMENT_BLOCK = re.compile(r"^\s*/\*.*?\*/\s*\n", re.MULTILINE | re.DOTALL)


class UnjoinableModule(ValueError):
    """A module uses a form of import or export that the joining does not know."""


def join_modules(folder: Path, *, entry: str, exports: bool = False) -> str:
    """One script that behaves as `entry` with everything it imports, each module in a scope of its own.

    With `exports` it is itself a module that exports what `entry` does, for scripts that come later.

    Modules must import by relative path, each import on one line, and export declared names only.

    Raises:
        UnjoinableModule: a module has another kind of import or export.
        graphlib.CycleError: modules import one another in a circle.
    """
    sources: dict[str, str] = {}
    imports: dict[str, list[str]] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in sources:
            continue
        sources[name] = (folder / name).read_text("utf-8")
        imports[name] = [_resolve(name, match["path"]) for match in IMPORT.finditer(sources[name])]
        waiting += imports[name]
    order = list(TopologicalSorter(imports).static_order())
    variables = {name: f"module_{number}" for number, name in enumerate(order)}
    scopes = [_scope(name, sources[name], variables) for name in order]
    if exports:
        names = ", ".join(match["name"] for match in EXPORT.finditer(sources[entry]))
        scopes.append(f"export const {{ {names} }} = {variables[entry]};")
    return str(jsmin("\n".join(scopes)))


def _resolve(importer: str, path: str) -> str:
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / path).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _scope(name: str, source: str, variables: dict[str, str]) -> str:
    exports = [match["name"] for match in EXPORT.finditer(source)]

    def read(match: re.Match[str]) -> str:
        module = variables[_resolve(name, match["path"])]
        if match["whole"]:
            return f"const {match['whole']} = {module};"
        return f"const {{{match['names'].replace(' as ', ': ')}}} = {module};"

    body = EXPORT.sub("", IMPORT.sub(read, COMMENT_LINE.sub("", COMMENT_BLOCK.sub("", source))))
    if left := MODULE_STATEMENT.search(body):
        raise UnjoinableModule(f"{name}: {left[0]}")
    return f"const {variables[name]} = (() => {{\n{body}return {{ {', '.join(exports)} }};\n}})();"


def join_sheets(sheets: Iterable[Path]) -> str:
    """The style sheets in their order, without comments."""
    return str(cssmin("\n".join(sheet.read_text("utf-8") for sheet in sheets)))


def address_of(path: str, text: str) -> str:
    """`path?v=<digest>`: the address changes with the content, so browsers may keep it for a year."""
    return f"{path}?v={_digest(text)}"


def file_response(request: Request, text: str, media_type: str) -> Response:
    """Packed as the browser understands it best. Kept for a year under the address of exactly this content; any other
    address is asked for again."""
    is_current = request.query_params.get("v") == _digest(text)
    headers = {"Cache-Control": IMMUTABLE if is_current else "no-cache", "Vary": "Accept-Encoding"}
    for coding in CODINGS:
        if _accepts(request.headers.get("Accept-Encoding", ""), coding):
            headers["Content-Encoding"] = coding
            return Response(packed(text, coding), media_type=media_type, headers=headers)
    return Response(text, media_type=media_type, headers=headers)


def _accepts(accept_encoding: str, coding: str) -> bool:
    """Whether the header names the coding, with a weight other than 0. Source: RFC 9110, 12.5.3 and 12.4.2."""
    for one in accept_encoding.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        if name == coding:
            return not any(NO_WEIGHT.fullmatch(parameter) for parameter in parameters)
    return False


@cache
def packed(text: str, coding: str) -> bytes:
    """`text` in UTF-8, packed by one of CODINGS as small as it gets: a third of a second of work, done once."""
    if coding == "br":
        return bytes(brotli.compress(text.encode(), mode=brotli.MODE_TEXT, quality=11))
    return gzip.compress(text.encode(), 9, mtime=0)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
