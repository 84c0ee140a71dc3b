"""Reading one item of QTI in tests, and the pieces of response processing that tests write."""

from question_bank.formats.qti.reading import read
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.types.unsupported import Unsupported
from tests.question_bank.formats.qti_files import (
    MATCH,
    item,
    response,
    template,
)


def row_of(data: bytes) -> RowVerdict:
    (row,) = read(data).rows
    return row


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


def content_of(data: bytes) -> object:
    row = row_of(data)
    assert row.draft is not None, row.findings
    assert row.severity in (Verdict.OK, Verdict.WARNING), [f.message("en") for f in row.findings]
    return row.draft.content


def kept(data: bytes) -> tuple[str, Unsupported]:
    """The code of the reason and the content of an item that is kept as it is."""
    row = row_of(data)
    assert row.severity is Verdict.HOLD
    assert row.draft is not None
    assert isinstance(row.draft.content, Unsupported)
    assert row.findings[0].message("vi") != row.findings[0].message("en")
    return row.findings[0].code, row.draft.content


def add(test: str, points: str) -> str:
    return (
        f"<responseCondition><responseIf>{test}<setOutcomeValue identifier='SCORE'><sum><variable identifier='SCORE'/>"
        f"<baseValue baseType='float'>{points}</baseValue></sum></setOutcomeValue></responseIf></responseCondition>"
    )


ZERO = "<baseValue baseType='float'>0</baseValue>"


def member(name: str) -> str:
    return f"<member><baseValue baseType='identifier'>{name}</baseValue><variable identifier='RESPONSE'/></member>"


def asked(body: str) -> bytes:
    """A sound item with this body, whose key is A."""
    return item(body=body, declarations=response("A"), processing=template(MATCH))


def right(name: str = "RESPONSE") -> str:
    return f"<match><variable identifier='{name}'/><correct identifier='{name}'/></match>"


def at(place: int, kind: str) -> str:
    return f"<index n='{place}'><{kind} identifier='RESPONSE'/></index>"
