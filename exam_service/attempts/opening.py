"""The start of a sitting spread over a few seconds, at nobody's cost.

Six thousand starts in one second are a peak that nobody needs. Each attempt opens at a moment of its own within a few
seconds after the start of its sitting, drawn when it is sealed, and its whole clock is shifted by as much:
everybody has the full time. The service enforces it as it enforces every start, so no player can be early.
"""

import secrets
from datetime import timedelta

SPREAD = timedelta(seconds=4)


def draw_opening_delay() -> timedelta:
    """How long after the start of the sitting an attempt opens: whole milliseconds, 0 ≤ delay < SPREAD, evenly."""
    return timedelta(milliseconds=secrets.randbelow(SPREAD // timedelta(milliseconds=1)))
