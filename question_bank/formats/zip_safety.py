"""Opening a .zip that a stranger sent: the whole archive is checked before any of it is used.

Nothing is ever written to disk; entries are read by name from memory, and archives inside are not opened.
"""

import io
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field

from question_bank.formats.encoding import MAX_FILE_BYTES, UnreadableText

MAX_ENTRIES = 5_000
MAX_TOTAL_BYTES = 100 * 2**20
MAX_ENTRY_BYTES = 40 * 2**20
MAX_RATIO = 100
"""How many times its packed size an entry may unpack to; checked from `_RATIO_COUNTS` on."""
_RATIO_COUNTS = 2**20
_CHUNK = 2**18
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError)
_JUNK_FOLDERS = ("__MACOSX/",)
_JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tar", ".jar", ".imscc")


@dataclass(frozen=True, slots=True)
class SafeArchive:
    """A checked archive: `names` in the order of the archive without folders and files of operating systems.

    `nested` are the archives inside, which stay closed.
    """

    names: tuple[str, ...]
    nested: tuple[str, ...]
    _data: bytes = field(repr=False)
    _places: frozenset[str] = field(repr=False)

    def read(self, name: str) -> bytes | None:
        """Return the bytes of an entry, or None where there is none of that name."""
        if name not in self._places:
            return None
        with zipfile.ZipFile(io.BytesIO(self._data)) as archive:
            return archive.read(name)


def looks_like_zip(data: bytes) -> bool:
    """Tell whether the bytes begin as those of an archive."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def open_archive(data: bytes) -> SafeArchive:
    """Return the archive after unpacking every entry once to see what it really holds.

    Raises:
        UnreadableText: `file_too_large`, `zip_damaged`, `zip_encrypted`, `zip_unsafe_path`, `zip_link`,
            `zip_duplicate`, `zip_too_many`, `zip_too_large`. The whole archive is refused.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableText("file_too_large", {"limit_mb": MAX_FILE_BYTES // 2**20})
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_names(infos)
            _check_sizes(archive, infos)
    except UnreadableText:
        raise
    except _DAMAGE as error:
        raise UnreadableText("zip_damaged") from error
    files = [info.filename for info in infos if not info.is_dir()]
    names = tuple(name for name in files if not _is_junk(name))
    nested = tuple(name for name in names if name.lower().endswith(_ARCHIVES))
    return SafeArchive(names, nested, data, frozenset(names))


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_ENTRIES:
        raise UnreadableText("zip_too_many", {"limit": MAX_ENTRIES})
    seen: set[str] = set()
    for info in infos:
        shown = {"name": info.orig_filename.replace("\0", "?")[:120]}
        if _is_unsafe(info):
            raise UnreadableText("zip_unsafe_path", shown)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UnreadableText("zip_link", shown)
        if info.flag_bits & 1:
            raise UnreadableText("zip_encrypted")
        spelling = unicodedata.normalize("NFC", info.filename)
        if spelling in seen:
            raise UnreadableText("zip_duplicate", shown)
        seen.add(spelling)


def _is_unsafe(info: zipfile.ZipInfo) -> bool:
    # zipfile tidies the name; what the archive says stands in `orig_filename`.
    name = info.orig_filename
    is_absolute = name.startswith("/") or name[1:2] == ":"
    return is_absolute or "\\" in name or "\0" in name or ".." in name.split("/")


def _check_sizes(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> None:
    total = 0
    for info in infos:
        size = 0
        # The size in the header may lie: count what comes out.
        with archive.open(info) as entry:
            while chunk := entry.read(_CHUNK):
                size, total = size + len(chunk), total + len(chunk)
                is_bomb = size > max(_RATIO_COUNTS, info.compress_size * MAX_RATIO)
                if is_bomb or size > MAX_ENTRY_BYTES or total > MAX_TOTAL_BYTES:
                    limits = {"limit_mb": MAX_TOTAL_BYTES // 2**20, "ratio": MAX_RATIO}
                    raise UnreadableText("zip_too_large", limits)


def _is_junk(name: str) -> bool:
    last = name.rpartition("/")[2].lower()
    return name.startswith(_JUNK_FOLDERS) or last in _JUNK_NAMES or last.startswith("._")
