"""The fields of the editor as a browser posts them: named texts, lists of ids with texts below each, at any depth.

The entries of a list have ids. `options` holds the ids in order and `options.ID.text` a text of one entry; the fields
of a case's part stand below `parts.ID.`. What is typed is kept as typed, readable or not, so that nothing is lost when
the form is shown again.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Self

from question_bank.items import new_option_id
from question_bank.text import plain, sanitise

MOST_ENTRIES = 60
ANONYMOUS = "answers"
"""The list whose entries have no ids of their own in the content, and get fresh ones each time they are shown."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Fields:
    """Posted fields seen from one place of the form; views of one form share their values."""

    def __init__(self, values: dict[str, list[str]] | None = None, prefix: str = "") -> None:
        self._values: dict[str, list[str]] = {} if values is None else values
        self.prefix = prefix

    @classmethod
    def posted(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """The fields of a form body."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
        return cls(values)

    def copy(self) -> "Fields":
        """The same fields, to be changed apart."""
        return Fields({name: [*values] for name, values in self._values.items()}, self.prefix)

    def below(self, *path: str) -> "Fields":
        """The fields below a path, such as ("parts", id)."""
        return Fields(self._values, self.prefix + "".join(f"{step}." for step in path))

    def name(self, name: str) -> str:
        """The whole name of a field, for the attribute `name`."""
        return self.prefix + name

    def anchor(self, name: str) -> str:
        """The id of a field's element."""
        return self.name(name).replace(".", "-")

    def all(self, name: str) -> list[str]:
        """Every value posted under the name."""
        return self._values.get(self.name(name), [])

    def text(self, name: str, default: str = "") -> str:
        """The value under the name; the first, where it was posted twice."""
        return next(iter(self.all(name)), default)

    def is_on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.text(name) == "true"

    def put(self, name: str, *values: str) -> None:
        """Set the values under the name; none forgets it."""
        if values:
            self._values[self.name(name)] = [*values]
        else:
            self._values.pop(self.name(name), None)

    def put_rich(self, name: str, rich: str) -> None:
        """Set a text as its author edits it."""
        self.put(name, editable(rich))

    def tick(self, name: str, value: bool) -> None:
        """Tick the box or not."""
        self.put(name, *(["true"] if value else []))

    def ids(self, name: str) -> list[str]:
        """The ids of a list's entries, in order; what is no id, or stands twice, is left out."""
        sound = [value for value in self.all(name) if _ID.fullmatch(value)]
        return list(dict.fromkeys(sound))[:MOST_ENTRIES]

    def entries(self, name: str) -> Iterator[tuple[str, "Fields"]]:
        """(id, fields below it) of a list's entries."""
        for entry in self.ids(name):
            yield entry, self.below(name, entry)

    def add(self, name: str, entry: str = "") -> tuple[str, "Fields"]:
        """Append an entry, under a fresh id unless one is given; return it as `entries` does."""
        entry = entry or new_option_id()
        self.put(name, *self.ids(name), entry)
        return entry, self.below(name, entry)

    def remove(self, name: str, entry: str) -> None:
        """Forget an entry and everything below it."""
        self.put(name, *(known for known in self.ids(name) if known != entry))
        below = f"{self.name(name)}.{entry}."
        for known in [known for known in self._values if known.startswith(below)]:
            del self._values[known]

    def move(self, name: str, entry: str, *, step: int) -> None:
        """Let an entry change places with its neighbour, if there is one."""
        ids = self.ids(name)
        if entry not in ids:
            return
        place = ids.index(entry)
        if 0 <= place + step < len(ids):
            ids[place], ids[place + step] = ids[place + step], ids[place]
            self.put(name, *ids)

    def update(self, other: "Fields") -> None:
        """Take over every value of the other form."""
        for name, values in other.everything():
            self._values[name] = [*values]

    def everything(self) -> Iterator[tuple[str, list[str]]]:
        """(whole name, values) of every field below this place."""
        for name, values in self._values.items():
            if name.startswith(self.prefix):
                yield name, values

    def beyond(self, shown: "Fields") -> list[tuple[str, str]]:
        """(whole name, value) of what this form holds and `shown` has no field for."""
        known = {name for name, _values in shown.everything()}

        def is_shown(name: str) -> bool:
            around, list_name, _below = name.rpartition(f"{ANONYMOUS}.")
            return name in known or (bool(list_name) and f"{around}{ANONYMOUS}" in known)

        return [(name, value) for name, values in self.everything() if not is_shown(name) for value in values]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and dict(self.everything()) == dict(other.everything())

    __hash__ = None  # type: ignore[assignment]  # a form is changed in place


def editable(rich: str) -> str:
    """Rich text as an author edits it: plain where saving the plain text gives the same again, else its HTML."""
    text = plain(rich)
    return text if sanitise(text) == rich else rich
