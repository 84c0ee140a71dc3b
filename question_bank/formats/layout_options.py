"""Finding the options of a question in running text: markers in order, on lines of their own or glued together.

"a)", "Điều 5." and "1." stand in ordinary text too, so a single marker means nothing: only a run of them in
order does, and capital letters win over small ones, which win over numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_AT_LINE_START = re.compile(
    r"^(?P<lead>[ \t]*(?P<star>[*✓✔√☑●◉]?)[ \t]*)\(?(?P<label>[A-Ha-h1-8])(?:[ ]?[.)/:]|\][.:]?|[ ]?[-–](?=\s))[ \t]*",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"(?<=[\s.;,:?!)”\"…])(?P<lead>(?P<star>\*?))(?:(?P<label>[A-H])[ ]?[.)](?=\s*\S)"
    r"|(?<=\s)\(?(?P<small>[a-h])\)(?=\s*\S)|(?<=[ ]{2})(?P<dotted>[a-h])\.(?=\s*\S))[ \t]*"
)
_ENDING_MARKS = (
    "*",
    "(*)",
    "✓",
    "✔",
    "√",
    "☑",
    "(x)",
    "(X)",
    "[x]",
    "[X]",
    "(đúng)",
    "(Đúng)",
    "(ĐÚNG)",
    "(Đ)",
)
_LEADING_MARKS = "*✓✔☑"
_STYLES = ("ABCDEFGH", "abcdefgh", "12345678")


@dataclass(frozen=True, slots=True)
class Marker:
    """An option's marker: where its line or lead begins, where its text begins, its letter and whether starred."""

    start: int
    end: int
    label: str
    is_starred: bool
    at_line_start: bool


@dataclass(frozen=True, slots=True)
class FoundOption:
    """An option: its letter as written (A … H), the place of marker and text, whether a star marks it."""

    label: str
    marker: tuple[int, int]
    start: int
    end: int
    is_starred: bool


def find_options(text: str, *, with_numbers: bool) -> tuple[FoundOption, ...]:
    """Return the options in the text, in order; nothing where there is no run of markers.

    `with_numbers` says that 1., 2. … may be options, which they cannot where questions are counted so.
    """
    candidates = sorted([*_line_markers(text), *_inline_markers(text)], key=lambda marker: marker.start)
    for style in _STYLES if with_numbers else _STYLES[:2]:
        runs = _runs([marker for marker in candidates if marker.label in style], style=style)
        long = [run for run in runs if len(run) > 1]
        if long:
            return _options(text, long[-1])
    lone = [m for m in candidates if m.label in _STYLES[0] and m.at_line_start]
    return _options(text, lone) if lone and len({m.label for m in lone}) == len(lone) else ()


def _line_markers(text: str) -> Iterator[Marker]:
    for match in _AT_LINE_START.finditer(text):
        yield Marker(match.start(), match.end(), match["label"], bool(match["star"]), at_line_start=True)


def _inline_markers(text: str) -> Iterator[Marker]:
    for match in _INLINE.finditer(text):
        if text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip(" *("):
            label = match["label"] or match["small"] or match["dotted"]
            yield Marker(match.start(), match.end(), label, bool(match["star"]), at_line_start=False)


def _runs(markers: list[Marker], *, style: str) -> list[list[Marker]]:
    """Return the runs that begin with the first letter, each as long as it goes."""
    starts = [i for i, m in enumerate(markers) if m.label == style[0]]
    # An inline first letter inside a run that stands on lines of its own is part of an option's text.
    if any(markers[i].at_line_start for i in starts):
        starts = [i for i in starts if markers[i].at_line_start]
    bounds = [*starts[1:], len(markers)] if starts else []
    return [_run(markers[first:last], style=style) for first, last in zip(starts, bounds, strict=True)]


def _run(markers: list[Marker], *, style: str) -> list[Marker]:
    run = [markers[0]]
    rest = markers[1:]
    while rest and len(run) < len(style):
        wanted = style[style.index(run[-1].label) + 1 :][:2]
        # A lost marker may leave a gap of one, but only where the next stands on its own line.
        step = [m for m in rest if m.label == wanted[:1]]
        step = [m for m in step if m.at_line_start] or step
        if not step and len(wanted) == 2:
            step = [m for m in rest if m.label == wanted[1] and m.at_line_start]
        if not step:
            break
        run.append(step[0])
        rest = [m for m in rest if m.start > step[0].start]
    return run


def _options(text: str, run: list[Marker]) -> tuple[FoundOption, ...]:
    ends = [marker.start for marker in run[1:]] + [len(text)]
    found: list[FoundOption] = []
    for marker, end in zip(run, ends, strict=True):
        label = marker.label.upper() if marker.label.isalpha() else chr(ord("A") + int(marker.label) - 1)
        shown = text[marker.end : end].rstrip()
        bare = _without_ending_mark(shown)
        is_starred = marker.is_starred or len(bare) < len(shown)
        stop = marker.end + len(bare)
        found.append(FoundOption(label, (marker.start, marker.end), marker.end, stop, is_starred))
    return tuple(found)


def is_starred(text: str) -> bool:
    """Tell whether an option that stands alone is marked as right by a star, a tick or a word behind it."""
    return without_star(text) != text.strip()


def without_star(text: str) -> str:
    """Return an option that stands alone without its mark."""
    bare = _without_ending_mark(text.strip())
    return bare[1:].strip() if len(bare) > 1 and bare[0] in _LEADING_MARKS else bare.strip()


def _without_ending_mark(text: str) -> str:
    for mark in _ENDING_MARKS:
        if text.endswith(mark):
            bare = text.rstrip("*").removesuffix(mark)
            # "f(x)" is a formula; a mark stands apart.
            if mark[0] not in "([" or not bare or bare[-1].isspace():
                return bare.rstrip()
    return text


class RunTracker:
    """Follows option markers line by line; tells whether options have begun without reading all lines again."""

    def __init__(self) -> None:
        self._expected = 0

    @property
    def has_run(self) -> bool:
        """Tell whether two options or more have been seen in order."""
        return self._expected > 1

    def expects(self, text: str) -> bool:
        """Tell whether the line begins with the next option, or holds it."""
        return any(_index(marker) == self._expected > 0 for marker in self._markers(text))

    def feed(self, text: str) -> None:
        """Take the next line."""
        for marker in self._markers(text):
            if _index(marker) == self._expected:
                self._expected += 1
            elif _index(marker) == 0 and marker.at_line_start:
                self._expected = 1

    @staticmethod
    def _markers(text: str) -> list[Marker]:
        found = [*_line_markers(text), *_inline_markers(text)]
        return sorted((m for m in found if m.label.isalpha()), key=lambda marker: marker.start)


def _index(marker: Marker) -> int:
    return ord(marker.label.upper()) - ord("A")
