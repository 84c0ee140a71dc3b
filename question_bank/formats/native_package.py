"""The container of the native format: entries under a manifest with the SHA-256 of each, in a .zip or a .json.

A manifest is `{format, version, about, entries: {path: sha256}, manifest_hash}`; its own hash is taken over the
canonical JSON of the rest. JSON entries are hashed as canonical JSON, other entries as their bytes. In a .zip the
manifest is `manifest.json` beside the entries; a .json holds it with `content: {path: value}`, bytes in base64.
"""

import base64
import binascii
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from question_bank.formats.encoding import MAX_FILE_BYTES, UnreadableText
from question_bank.items import canonical_json

FORMAT = "sat-hach-bank"
VERSION = 1
MANIFEST = "manifest.json"
MAX_PACKAGE_BYTES = 10 * MAX_FILE_BYTES
"""The largest package, and the most it may unpack to: a bank with its images."""
MAX_ENTRIES = 60_000
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Package:
    """Entries by path, whole ones only; `changed` and `missing` name those that are not as the manifest says.

    `unlisted` are paths that the manifest does not know.
    """

    about: Mapping[str, JsonValue]
    entries: Mapping[str, bytes]
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = field(default=())


def pack(entries: Mapping[str, bytes], *, about: Mapping[str, JsonValue], is_zip: bool = True) -> bytes:
    """Return the package, the same bytes for the same entries; paths ending in .json hold canonical JSON."""
    manifest = _manifest(entries, about)
    if not is_zip:
        content = {path: _as_value(path, data) for path, data in entries.items()}
        return json.dumps(
            {**manifest, "content": content}, ensure_ascii=False, indent=1, sort_keys=True
        ).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # A fixed date: the time of writing would make every export another file.
        archive.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), canonical_json(manifest), zipfile.ZIP_DEFLATED)
        for path in sorted(entries):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), entries[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _manifest(entries: Mapping[str, bytes], about: Mapping[str, JsonValue]) -> dict[str, Any]:
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in entries.items()}
    manifest = {"format": FORMAT, "version": VERSION, "about": dict(about), "entries": hashes}
    return {**manifest, "manifest_hash": _hash_of(manifest)}


def _hash_of(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _as_value(path: str, data: bytes) -> Any:
    return json.loads(data) if path.endswith(".json") else base64.b64encode(data).decode()


def is_native(data: bytes) -> bool:
    """Tell whether a file is a package of this format, by its manifest."""
    if data[:4] != b"PK\x03\x04":
        return data.lstrip()[:1] == b"{" and f'"{FORMAT}"'.encode() in data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(MANIFEST) as manifest:
            return f'"{FORMAT}"'.encode() in manifest.read(MAX_FILE_BYTES)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error):
        return False


def unpack(data: bytes) -> Package:
    """Return the package with every entry checked against the manifest.

    Raises:
        UnreadableText: `package_too_large`, `not_a_package`, `package_version`, `manifest_changed`.
    """
    if len(data) > MAX_PACKAGE_BYTES:
        raise UnreadableText("package_too_large", {"limit_mb": MAX_PACKAGE_BYTES // 2**20})
    if data[:4] == b"PK\x03\x04":
        return _unpack_zip(data)
    whole = _parsed(data)
    content = whole.pop("content", None) if isinstance(whole, dict) else None
    if not isinstance(content, dict):
        raise UnreadableText("not_a_package")
    about, hashes = _checked(whole)
    return _compared(about, hashes, {path: _as_bytes(path, value) for path, value in content.items()})


def _unpack_zip(data: bytes) -> Package:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos if not info.is_dir()]
            if MANIFEST not in names or len(set(names)) < len(names) or len(names) > MAX_ENTRIES:
                raise UnreadableText("not_a_package")
            read, left = {}, MAX_PACKAGE_BYTES
            for name in names:
                read[name] = _inflated(archive, name, left=left)
                left -= len(read[name] or b"")
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnreadableText("not_a_package") from error
    about, hashes = _checked(_parsed(read.pop(MANIFEST) or b""))
    return _compared(about, hashes, read)


def _inflated(archive: zipfile.ZipFile, name: str, *, left: int) -> bytes | None:
    """Return an entry as it really unpacks, None where it is damaged."""
    try:
        with archive.open(name) as entry:
            data = entry.read(left + 1)  # the size in the header may lie: count what comes out
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return None
    if len(data) > left:
        raise UnreadableText("package_too_large", {"limit_mb": MAX_PACKAGE_BYTES // 2**20})
    return data


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(
            data, parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_without_repeats
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableText("not_a_package") from error


def _refuse(text: str) -> object:
    raise ValueError(text)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _checked(manifest: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise UnreadableText("not_a_package")
    if manifest.get("version") != VERSION:
        raise UnreadableText(
            "package_version", {"version": str(manifest.get("version"))[:20], "known": VERSION}
        )
    stated = manifest.pop("manifest_hash", None)
    about, hashes = manifest.get("about"), manifest.get("entries")
    if stated != _hash_or_none(manifest) or not isinstance(about, dict) or not isinstance(hashes, dict):
        raise UnreadableText("manifest_changed")
    return about, hashes


def _hash_or_none(manifest: dict[str, Any]) -> str | None:
    try:
        return _hash_of(manifest)
    except (ValueError, RecursionError):  # half a surrogate pair, which no text of ours holds
        return None


def _as_bytes(path: str, value: Any) -> bytes | None:
    try:
        if path.endswith(".json"):
            return canonical_json(value)
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError, RecursionError):
        return None


def _compared(about: dict[str, Any], hashes: dict[str, Any], found: Mapping[str, bytes | None]) -> Package:
    whole = {
        path: data
        for path, data in found.items()
        if data is not None and hashes.get(path) == hashlib.sha256(data).hexdigest()
    }
    return Package(
        about,
        whole,
        changed=tuple(sorted(path for path in found if path in hashes and path not in whole)),
        missing=tuple(sorted(hashes.keys() - found.keys())),
        unlisted=tuple(sorted(found.keys() - hashes.keys())),
    )
