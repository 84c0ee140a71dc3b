"""Questions of a document that are no choice among options: clusters of statements, written answers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from question_bank.text import fold
from question_bank.types.content import new_option_id

_TRUTH = r"(?:Đúng|Sai|ĐÚNG|SAI|đúng|sai|Đ|S|đ|s)"
_CLUSTER = re.compile(
    rf"\(?[A-Ha-h1-8]\)?\s*[).:=–-]?\s*{_TRUTH}(?!\w)(?:\s*[,;.|–-]?\s*\(?[A-Ha-h1-8]\)?\s*[).:=–-]?\s*{_TRUTH}(?!\w))+\s*\.?"
)
_CLUSTER_PARTS = re.compile(rf"\(?([A-Ha-h1-8])\)?\s*[).:=–-]?\s*({_TRUTH})(?!\w)")
_ROW = re.compile(rf"{_TRUTH}(?:[\s,;–-]*{_TRUTH}){{1,5}}\.?")
_AT_END = re.compile(
    rf"\s*(?:[\[(]\s*(?P<inside>{_TRUTH})\s*[\])]|[–:-]\s*(?P<after>Đúng|Sai|ĐÚNG|SAI))\s*[.;]?\s*$"
)
_LONGEST_SHORT = 60
_LONGEST_ACCEPTED = 200


def is_cluster_key(key: str) -> bool:
    """Tell whether a key gives a verdict on every statement: `a) Đ, b) S …` or `Đ S S Đ`."""
    return _CLUSTER.fullmatch(key.strip()) is not None or (
        _ROW.fullmatch(key.strip()) is not None and len(re.findall(_TRUTH, key)) > 1
    )


def truths_of_key(keys: Sequence[str], labels: Sequence[str]) -> list[bool | None] | None:
    """Return for every statement, by its letter, what a key says; None where no key speaks of statements."""
    for key in keys:
        if not is_cluster_key(key):
            continue
        parts = _CLUSTER_PARTS.findall(key) if _CLUSTER.fullmatch(key.strip()) else []
        if parts:
            said = {_letter(label): _is_true(word) for label, word in parts}
            return [said.get(label) for label in labels]
        words = re.findall(_TRUTH, key)
        if len(words) == len(labels):
            return [_is_true(word) for word in words]
    return None


def truths_at_ends(texts: Sequence[str]) -> tuple[list[str], list[bool | None]] | None:
    """Return the statements without the verdict behind each, and these, or None unless every one has one."""
    matches = [_AT_END.search(text) for text in texts]
    words = [match and (match["inside"] or match["after"]) for match in matches]
    found = [_is_true(word) for word in words if word]
    if len(texts) < 2 or len(found) < len(texts) or len(set(found)) < 2:
        return None
    return [_AT_END.sub("", text) for text in texts], list(found)


def _letter(label: str) -> str:
    return label.upper() if label.isalpha() else chr(ord("A") + int(label) - 1)


def _is_true(word: str) -> bool:
    return fold(word) in ("dung", "d")


def cluster_content(
    shared: Mapping[str, Any], texts: Sequence[str], truths: Sequence[bool | None]
) -> dict[str, Any]:
    """Return the fields of a true/false cluster; the scale of steps is the usual one where there are four."""
    statements = [
        {"id": new_option_id(), "text": text, "key": truth} for text, truth in zip(texts, truths, strict=True)
    ]
    scoring = {} if len(texts) == 4 else {"scoring": "per_statement"}
    return {"type": "true_false_cluster", "statements": statements, **scoring, **shared}


def written_content(shared: Mapping[str, Any], key: str, guidance: str, *, is_essay: bool) -> dict[str, Any]:
    """Return the fields of a question that is answered in writing: a word or a few, or an essay with guidance."""
    if not is_essay and not guidance and 0 < len(key) <= _LONGEST_SHORT:
        answers = [part.strip()[:_LONGEST_ACCEPTED] for part in re.split(r"\s*[|]\s*|\s+hoặc\s+", key)]
        return {"type": "short_text", "answers": [{"text": part} for part in answers if part], **shared}
    return {"type": "essay", "guidance": guidance, **shared}
