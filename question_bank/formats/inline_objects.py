"""What stands inside running text and is none: formulas and images, each a sign of its own until the text is rich.

Layouts are found in plain text. A formula or an image rides through that as one character of a private area that no
document uses, and gives way to its markup at the end.
"""

import re

_FIRST = 0x100000
_MOST = 0xFFFD
_SIGN = re.compile("[\U00100000-\U0010fffd]")


class InlineObjects:
    """The objects of one document, by their signs."""

    def __init__(self) -> None:
        self._markups: list[str] = []

    def add(self, markup: str) -> str:
        """Return the sign that stands for this markup; nothing once there are too many."""
        if len(self._markups) >= _MOST:
            return ""
        self._markups.append(markup)
        return chr(_FIRST + len(self._markups) - 1)

    def placed(self, rich: str) -> str:
        """Return rich text with the markup in place of every sign."""
        return _SIGN.sub(self._markup, rich)

    def _markup(self, match: re.Match[str]) -> str:
        index = ord(match.group()) - _FIRST
        return self._markups[index] if index < len(self._markups) else ""


def without_signs(text: str) -> str:
    """Return text that came from outside without characters of the private area."""
    return _SIGN.sub("", text)
