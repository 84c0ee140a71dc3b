"""Colours are checked by calculation: contrast by WCAG 2.2 on every pair that the style sheets may form."""

import re

import pytest

from exam_service.templates import STATIC

TEXTS = ("ink", "ink-2", "ink-3", "brand-ink", "action", "action-strong", "ok", "warn", "danger")
SURFACES = ("paper", "panel", "sunk", "action-soft", "ok-soft", "warn-soft", "danger-soft", "gold-soft")
ON = (
    ("on-action", "action"),
    ("on-action", "action-strong"),
    ("on-danger", "danger"),
    ("on-danger", "danger-strong"),
    ("on-brand", "brand"),
    ("on-brand-2", "brand"),
)
NON_TEXT = (
    ("line-strong", "paper"),
    ("line-strong", "panel"),
    ("focus", "paper"),
    ("focus", "panel"),
    ("gold", "brand"),
)

SHEET = (STATIC / "tokens.css").read_text(encoding="utf-8")


def block(selector: str) -> dict[str, str]:
    """The custom properties of the one rule with this selector."""
    (body,) = re.findall(re.escape(selector) + r" \{(.*?)\}", SHEET, flags=re.DOTALL)
    return dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", body))


LIGHT = block("\n:root")
DARK = block(':root:not([data-theme="light"])')
THEMES = {"light": LIGHT, "dark": LIGHT | DARK}


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, definition of relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Source: WCAG 2.2, definition of contrast ratio."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_agrees_with_the_published_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_is_readable_on_every_surface(theme: str) -> None:
    tokens = THEMES[theme]
    pairs = [(text, surface) for text in TEXTS for surface in SURFACES] + list(ON)
    weak = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_outlines_of_controls_and_focus_can_be_seen(theme: str) -> None:
    tokens = THEMES[theme]
    weak = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in NON_TEXT}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_the_chosen_dark_theme_is_the_dark_theme_of_the_device() -> None:
    assert block(':root[data-theme="dark"]') == DARK


def test_the_dark_theme_redefines_only_what_the_light_one_defines() -> None:
    assert DARK.keys() - LIGHT.keys() == set()


def test_style_sheets_use_only_defined_tokens() -> None:
    sheets = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.css")}
    unknown = {
        (name, token)
        for name, sheet in sheets.items()
        for token in re.findall(r"var\(--([a-z0-9-]+)", sheet)
        if token not in LIGHT
    }
    assert unknown == set()
