"""The configuration of Safe Exam Browser for an exam, its Config Key, and what a browser shows to prove it.

Pure. Source: safeexambrowser.org, developer documentation: seb-file-format, seb-config-key, seb-integration. The Config
Key follows from the configuration alone, so whoever holds the file can compute it: it attests the client, and is bound
to the sign-in that showed it.
"""

import base64
import gzip
import hashlib
import hmac
import plistlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

HEADER = "X-SafeExamBrowser-ConfigKeyHash"
EXAM_KEY_HEADER = "X-SafeExamBrowser-RequestHash"
PLAIN = b"plnd"
"""The prefix of an unencrypted configuration. Source: seb-file-format."""

Value = Any  # what a property list may hold


# The same for every exam: one window, the player's own data kept, nothing else to reach or to leave open.
LOCKED: dict[str, Value] = {
    "sendBrowserExamKey": True,
    "browserWindowWebView": 3,
    "browserViewMode": 1,
    "browserWindowAllowReload": True,
    "enableBrowserWindowToolbar": False,
    "newBrowserWindowByLinkPolicy": 0,
    "newBrowserWindowByScriptPolicy": 0,
    "URLFilterEnable": True,
    "URLFilterEnableContentFilter": False,
    "examSessionClearCookiesOnStart": True,
    "examSessionClearCookiesOnEnd": True,
    "examSessionReconfigureAllow": False,
    "removeBrowserProfile": False,
    "removeLocalStorage": False,
    "allowDownloads": True,
    "allowUploads": False,
    "allowPreferencesWindow": False,
    "allowSpellCheck": False,
    "allowDictionaryLookup": False,
    "allowSwitchToApplications": False,
    "allowVirtualMachine": False,
    "allowScreenSharing": False,
    "enablePrintScreen": False,
    "enableRightMouse": False,
    "monitorProcesses": True,
    "showInputLanguage": True,  # Vietnamese is typed with a keyboard layout or an input method
    "showReloadButton": True,
    "showTaskBar": True,
    "showTime": True,
}


class NotAnExamKey(ValueError):
    """A word that is no Browser Exam Key."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def configuration(*, public_url: str, quit_password_hash: str, salt: bytes) -> dict[str, Value]:
    """The settings of an exam under `public_url`: the player and nothing else, one window, no way round.

    The player keeps answers in the browser: its profile stays, and the answer file may be saved. `salt` makes the
    Config Key of each exam its own.
    """
    base = public_url.rstrip("/")
    host = urlsplit(base).netloc
    return {
        "originatorVersion": "Sat_Hach",
        "sebConfigPurpose": 0,
        "startURL": f"{base}/exam",
        "startURLAllowDeepLink": False,
        "quitURL": f"{base}/exam/quit",
        "quitURLConfirm": False,
        "allowQuit": True,
        "hashedQuitPassword": quit_password_hash,
        "examKeySalt": salt,
        "URLFilterRules": [
            {"action": 1, "active": True, "expression": f"{host}{path}", "regex": False}
            for path in ("/exam*", "/api/attempts*", "/static/*")
        ],
        **LOCKED,
    }


def exam_salt(secret: str, exam_id: object) -> bytes:
    """32 bytes that belong to one exam of this installation."""
    return hmac.new(secret.encode(), f"exam-key-salt:{exam_id}".encode(), hashlib.sha256).digest()


def hash_quit_password(password: str) -> str:
    """As the configuration wants it: SHA-256 in hex; empty for no password."""
    return hashlib.sha256(password.encode()).hexdigest() if password else ""


def as_xml(settings: Mapping[str, Value]) -> bytes:
    """The configuration as a property list in XML, which Safe Exam Browser opens as it is."""
    return plistlib.dumps(dict(settings), fmt=plistlib.FMT_XML, sort_keys=True)


def as_seb_file(settings: Mapping[str, Value]) -> bytes:
    """The configuration as a .seb file without a password: gzip(prefix + gzip(XML)). Source: seb-file-format."""
    inner = gzip.compress(as_xml(settings), mtime=0)
    return gzip.compress(PLAIN + inner, mtime=0)


def seb_json(value: Value) -> str:
    """The text that the Config Key is the hash of: JSON without white space and without any escaping.

    Keys in the order of their lower-case spelling at every level, `originatorVersion` left out at the top, no empty
    dictionary, data as Base64, dates in ISO 8601. Source: seb-config-key, "SEB-JSON".
    """
    if isinstance(value, Mapping):
        return _json({key: one for key, one in value.items() if key != "originatorVersion"})
    return _json(value)


def _json(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return f'"{value}"'
        case bytes():
            return f'"{base64.b64encode(value).decode()}"'
        case datetime():
            return f'"{_utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")}"'
        case Mapping():
            names = sorted(value, key=lambda name: (name.lower(), name))
            members = (f'"{name}":{_json(value[name])}' for name in names if value[name] != {})
            return "{" + ",".join(members) + "}"
        case list() | tuple():
            return "[" + ",".join(_json(one) for one in value) + "]"
        case _:
            raise TypeError(f"a property list holds no {type(value).__name__}")


def _utc(moment: datetime) -> datetime:
    """Property lists carry UTC without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def config_key(settings: Mapping[str, Value]) -> str:
    """The Config Key in hex."""
    return hashlib.sha256(seb_json(settings).encode()).hexdigest()


def key_for_address(url: str, key: str) -> str:
    """What a browser with this Config Key (or Browser Exam Key) shows for an address: SHA-256 in hex over the address
    without its fragment, followed by the key. Source: seb-config-key."""
    return hashlib.sha256((url.split("#", 1)[0] + key).encode()).hexdigest()


def read_exam_keys(typed: str) -> list[str]:
    """The Browser Exam Keys of a text, each once, in lower case. Raises NotAnExamKey."""
    found: dict[str, None] = {}
    for word in typed.replace(",", " ").replace(";", " ").split():
        if not re.fullmatch(r"[0-9a-fA-F]{64}", word):
            raise NotAnExamKey(word)
        found[word.lower()] = None
    return list(found)


def shows_key(shown: str, *, url: str, key: str) -> bool:
    """Whether `shown` is right for this address."""
    given = shown.strip().lower().encode(errors="replace")
    return hmac.compare_digest(given, key_for_address(url, key).encode())
