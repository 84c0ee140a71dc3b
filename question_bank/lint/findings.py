"""What lint says: findings with their weight, their place, and what one click can do about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an error blocks review, a warning asks for a decision, info is advice."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class FixKind(StrEnum):
    """What one click can do about a finding."""

    PIN_OPTION = "pin_option"
    LOCK_ORDER = "lock_order"
    WRITE_WEIGHTED = "write_weighted"
    MAKE_SINGLE = "make_single"
    EMBOLDEN = "embolden"
    REMOVE_ANSWER = "remove_answer"
    REMOVE_MARKER = "remove_marker"
    ADD_MARKER = "add_marker"
    SWAP_WORD_LIMITS = "swap_word_limits"
    FIT_STEPS = "fit_steps"
    DROP_KEY_SHARE = "drop_key_share"


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair that `apply_fix` carries out.

    `option_id` names the option to pin, or the gap of a marker; `place` is where in the content: empty for all of
    it, `gaps/1`, `answers/2`, `parts/0/stem`.
    """

    kind: FixKind
    option_id: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw: `code` and `params` make its sentence in `MESSAGES`; `place` is like `options/3`.

    `fix` is what one click repairs, `other_fix` another way to do so.
    """

    code: str
    severity: Severity
    place: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    fix: Fix | None = None
    other_fix: Fix | None = None
