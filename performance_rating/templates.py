"""Renders the pages, in Vietnamese or English.

The templates are written in Vietnamese; `locales/en.po` holds the English. The reader's choice travels in
`?lang=` and is remembered in a cookie.
"""

import io
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

LANGUAGE_COOKIE = "rating_lang"
_ONE_YEAR_S = 365 * 24 * 3600
# Viet Nam has kept UTC+7 without summer time since 1975, so no time zone database is needed.
VIETNAM_TIME = timezone(timedelta(hours=7))


class Language(StrEnum):
    VI = "vi"
    EN = "en"


def language_of(request: Request) -> Language:
    """The language asked for in the address, else the remembered one, else Vietnamese."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in set(Language):
            return Language(wanted)
    return Language.VI


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """The page `template`, complete; `context` is what it shows."""
    language = language_of(request)
    text = (
        _environment(language)
        .get_template(template)
        .render(
            request=request,
            language=language,
            other_language_url=str(
                request.url.include_query_params(lang=Language.EN if language is Language.VI else Language.VI)
            ),
            user=getattr(request.state, "user", None),
            exam_service_url=str(request.app.state.settings.exam_service_url),
            **context,
        )
    )
    response = HTMLResponse(text, status_code=status, headers=headers)
    if "lang" in request.query_params:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=_ONE_YEAR_S, httponly=True, samesite="lax")
    return response


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("performance_rating"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(_translations(language), newstyle=True)  # type: ignore[attr-defined] # of the i18n extension
    environment.filters.update(
        number=lambda value, digits=2: _number(value, language=language, digits=digits),
        day=_day,
        moment=_moment,
        pretty_json=_pretty_json,
    )
    environment.globals["query"] = _query
    return environment


def _translations(language: Language) -> NullTranslations:
    if language is Language.VI:
        return NullTranslations()
    source = resources.files("performance_rating") / "locales" / f"{language}.po"
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _number(value: Decimal | int | str, *, language: Language, digits: int) -> str:
    """7,5 in Vietnamese, 7.5 in English; at most `digits` decimals, no trailing zeros."""
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return format_decimal(Decimal(value), format=pattern, locale=language)


def _day(value: date) -> str:
    return value.strftime("%d/%m/%Y")


def _moment(value: datetime) -> str:
    return value.astimezone(VIETNAM_TIME).strftime("%d/%m/%Y %H:%M:%S")


def _pretty_json(body: bytes) -> str:
    """The body indented for reading, or as it stands where it is not JSON."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body.decode(errors="replace")


def _query(request: Request, **changes: str | int) -> str:
    """The address's query with `changes` made and empty members left out; `lang` is the cookie's business."""
    members = {key: value for key, value in request.query_params.items() if key != "lang"}
    members.update({key: str(value) for key, value in changes.items()})
    return "?" + str(request.url.replace_query_params(**{k: v for k, v in members.items() if v}).query)
