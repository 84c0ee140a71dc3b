"""Languages: Vietnamese sentences are the message keys, English comes from the catalogues in `locales/en/*.po`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from starlette.types import ASGIApp, Receive, Scope, Send

CATALOGUES = Path(__file__).parent / "locales"
HOME = ZoneInfo("Asia/Ho_Chi_Minh")


class Language(StrEnum):
    VIETNAMESE = "vi"
    ENGLISH = "en"


_language: ContextVar[Language] = ContextVar("language", default=Language.VIETNAMESE)
_zone: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)


def language() -> Language:
    """The language of the request being answered."""
    return _language.get()


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def catalogue(chosen: Language) -> dict[str, str]:
    """Message key → translated sentence, over every catalogue of the language (one file per feature)."""
    messages: dict[str, str] = {}
    for path in sorted((CATALOGUES / chosen.value).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and message.string and not message.fuzzy:
                    messages[str(message.id)] = str(message.string)
    return messages


def gettext(message: str, **params: object) -> str:
    """The sentence in the language of the request, with `%(name)s` places filled from `params`."""
    if language() is not Language.VIETNAMESE:
        message = catalogue(language()).get(message, message)
    return message % params if params else message


_ = gettext


def N_(message: str) -> str:  # noqa: N802 - the usual name of the marker
    """Mark a sentence for translation where it is defined; it is translated where it is shown."""
    return message


def format_number(value: float | Decimal) -> str:
    """1.697 and 7,5 in Vietnamese, 1,697 and 7.5 in English."""
    return str(format_decimal(value, locale=language().value))


def format_date(value: date | datetime | None) -> str:
    """05/03/2026 (in the service's time zone when `value` is a moment); empty for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(_zone.get() or HOME)
    return value.strftime("%d/%m/%Y")


def format_moment(value: datetime | None, *, seconds: bool = False) -> str:
    """05/03/2026 07:30 in the service's time zone; empty for None."""
    if value is None:
        return ""
    pattern = "dd/MM/yyyy HH:mm:ss" if seconds else "dd/MM/yyyy HH:mm"
    return str(format_datetime(value, pattern, tzinfo=_zone.get() or HOME, locale=language().value))


class LanguageMiddleware:
    """Sets the language of each request from the cookie `lang`; anything unknown means Vietnamese."""

    def __init__(self, app: ASGIApp, zone: ZoneInfo) -> None:
        self.app = app
        self.zone = zone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            chosen = Language.ENGLISH if b"lang=en" in headers.get(b"cookie", b"") else Language.VIETNAMESE
            _language.set(chosen)
            _zone.set(self.zone)
        await self.app(scope, receive, send)
