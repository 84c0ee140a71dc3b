"""Essays: text that only a person can judge."""

from collections.abc import Iterator
from dataclasses import dataclass

from question_bank.formats.qti.spaces import Content, Given, Scoring, Space, Variable


@dataclass(slots=True)
class EssaySpace(Space):
    """A long text; `guidance` is what the file tells those who mark."""

    variable: Variable
    guidance: str = ""

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the one variable."""
        return (self.variable.identifier,)

    def declared(self) -> Given | None:
        """Return None: there is no one right text."""
        return None

    def samples(self, score: Scoring) -> Iterator[Given]:  # noqa: ARG002 - no text can be judged
        """Yield nothing."""
        return iter(())

    def contents(self, score: Scoring) -> Iterator[Content]:  # noqa: ARG002 - no text can be judged
        """Yield the essay."""
        yield {"type": "essay", "guidance": self.guidance}

    def answer(self, given: Given) -> object | None:
        """Return the text."""
        value = given.get(self.variable.identifier)
        return None if value is None else {"text": str(value.scalar)}
