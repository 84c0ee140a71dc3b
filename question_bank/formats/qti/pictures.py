"""The files that items of a package refer to, and the images among them, cleaned."""

import base64
import binascii
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from question_bank.formats.drafting import Found
from question_bank.formats.reading import Verdict
from question_bank.media import MediaRefused, clean_image

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_DATA = re.compile(r"data:image/[a-z0-9.+-]+;base64,(?P<body>[A-Za-z0-9+/=\s]*)", re.IGNORECASE)


def resolved(href: str, *, base: str) -> str | None:
    """Return the path inside the package that an address means, or None if it leads out of it.

    `base` is the path of the file that holds the address.
    """
    path = unquote(re.split(r"[?#]", href.strip(), maxsplit=1)[0]).replace("\\", "/")
    if not path or _REMOTE.match(path) or path.startswith("/"):
        return None
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
    return None if joined.startswith("..") else joined


@dataclass(slots=True)
class Files:
    """The files beside an item: `fetch` gives the bytes of a path, or None; single files have none.

    `media` collects the cleaned images of all items by media name, `known` what each path became.
    """

    fetch: Callable[[str], bytes | None] = lambda _: None
    media: dict[str, bytes] = field(default_factory=dict)
    known: dict[str, str | MediaRefused | None] = field(default_factory=dict)

    def image(self, href: str, *, base: str, found: Found) -> str | None:
        """Return the media name of an image, or None with a finding that says why there is none."""
        if embedded := _DATA.fullmatch(href.strip()):
            return self._cleaned(_decoded(embedded["body"]), name="data:", found=found)
        path = resolved(href, base=base)
        if path is None:
            is_remote = _REMOTE.match(href.strip()) is not None
            code = "qti_image_remote" if is_remote else "qti_path_outside"
            found.say(code, Verdict.WARNING, base or None, name=href.strip()[:120])
            return None
        if path not in self.known:
            data = self.fetch(path)
            self.known[path] = None if data is None else self._clean(data)
        return self._told(self.known[path], name=path, found=found)

    def drawing(self, data: bytes, *, found: Found) -> str | None:
        """Return the media name of a drawing that stands in the text itself, or None with a finding."""
        return self._cleaned(data, name="<svg>", found=found)

    def _cleaned(self, data: bytes | None, *, name: str, found: Found) -> str | None:
        return self._told(None if data is None else self._clean(data), name=name, found=found)

    def _clean(self, data: bytes) -> str | MediaRefused:
        try:
            image = clean_image(data)
        except MediaRefused as refusal:
            return refusal
        self.media[image.name] = image.data
        return image.name

    def _told(self, kept: str | MediaRefused | None, *, name: str, found: Found) -> str | None:
        if isinstance(kept, str):
            return kept
        if kept is None:
            found.say("qti_file_missing", Verdict.WARNING, None, name=name[:120])
        else:
            found.say("qti_image_refused", Verdict.WARNING, None, name=name[:120], why=kept.message()[:200])
        return None

    def kept(self, names: Mapping[str, object] | frozenset[str]) -> dict[str, bytes]:
        """Return the images of the given names."""
        return {name: self.media[name] for name in sorted(names) if name in self.media}


def _decoded(body: str) -> bytes | None:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
