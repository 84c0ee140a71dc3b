"""Files inside Moodle questions: pictures become media of the item, everything else is named."""

import base64
import binascii
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from question_bank.formats.reading import RowFinding, Verdict
from question_bank.media import MediaRefused, clean_image

_PLUGIN_FILE = "@@PLUGINFILE@@"
_SOURCE = re.compile(
    r"""(?P<lead><img\b[^>]*?\ssrc\s*=\s*)(?P<mark>["'])(?P<source>.*?)(?P=mark)""", re.IGNORECASE | re.DOTALL
)
_DATA = re.compile(r"data:image/[a-z0-9.+-]{1,20};base64,(?P<data>[A-Za-z0-9+/=\s]+)")
_SHOWN_CHARS = 80


@dataclass(slots=True)
class QuestionFiles:
    """The pictures of one question, by media name, and what is to be said about its files."""

    place: str = ""
    media: dict[str, bytes] = field(default_factory=dict)
    findings: list[RowFinding] = field(default_factory=list)

    def with_pictures(self, text: str, element: etree._Element | None = None) -> str:
        """Return HTML whose pictures point at media; `element` holds the files that the text speaks of.

        A picture that is refused keeps its address, which does not survive cleaning, and is named; so is every
        file that is no picture of the text.
        """
        files = _files(element) if element is not None else {}
        shown: set[str] = set()
        if "<img" in text.lower():
            text = _SOURCE.sub(lambda match: self._with_media(match, files, shown), text)
        for path in files.keys() - shown:
            self._say_lost(path, files[path])
        return text

    def _with_media(self, match: re.Match[str], files: Mapping[str, bytes], shown: set[str]) -> str:
        source = html.unescape(match["source"]).strip()
        if embedded := _DATA.fullmatch(source):
            name, data = "data:", _decoded(embedded["data"]) or b""
        else:
            name = unquote(source.removeprefix(_PLUGIN_FILE).partition("?")[0]).lstrip("/")
            if not source.startswith(_PLUGIN_FILE) or name not in files:
                return match[0]
            shown.add(name)
            data = files[name]
        media = self._taken(name, data)
        return f"{match['lead']}{match['mark']}media:{media}{match['mark']}" if media else match[0]

    def _taken(self, name: str, data: bytes) -> str | None:
        try:
            image = clean_image(data)
        except MediaRefused as refused:
            self._say_lost(name, data)
            self.findings.append(RowFinding(refused.code, Verdict.HOLD, self.place or None, refused.params))
            return None
        self.media[image.name] = image.data
        return image.name

    def _say_lost(self, name: str, data: bytes) -> None:
        params: dict[str, str | int] = {"name": name[:_SHOWN_CHARS] or "?", "size_kb": len(data) // 1024}
        self.findings.append(RowFinding("file_not_kept", Verdict.HOLD, self.place or None, params))


def _files(element: etree._Element) -> dict[str, bytes]:
    """Return the files that stand beside a text, by path without the leading slash."""
    files: dict[str, bytes] = {}
    for file in element.iterchildren("file"):
        path = (file.get("path") or "/").strip("/")
        name = file.get("name") or "?"
        files[f"{path}/{name}" if path else name] = _decoded(file.text or "") or b""
    return files


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return None
