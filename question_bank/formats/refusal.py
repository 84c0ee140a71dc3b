"""Why a file is refused as a whole, in every exchange format."""

from collections.abc import Mapping
from typing import ClassVar


class UnreadableFile(ValueError):
    """A file that was not read at all; `code` and `params` name the sentence in `messages`."""

    messages: ClassVar[Mapping[str, Mapping[str, str]]]

    def __init__(self, code: str, params: Mapping[str, str | int] | None = None) -> None:
        self.code = code
        self.params = dict(params or {})
        super().__init__(self.messages[code]["en"].format(**self.params))

    def message(self, language: str = "vi") -> str:
        """Return the sentence in `vi` or `en`."""
        return self.messages[self.code][language].format(**self.params)
