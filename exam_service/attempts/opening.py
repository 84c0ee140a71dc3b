"""The start of a sitting spread over a few seconds, at nobody's cost.

Six thousand starts in one second are a peak that nobody needs. Each attempt opens at a moment of its own within some
seconds after the start of its sitting, drawn when it is sealed, and its whole clock is shifted by as much:
everybody has the full time. The service enforces it as it enforces every start, so no player can be early.
"""

import secrets
from datetime import timedelta

MILLISECOND = timedelta(milliseconds=1)
STARTS_PER_S = 150  # half of what two cores serve while answers are being saved (docs/performance.md)
SHORTEST, LONGEST = timedelta(seconds=2), timedelta(seconds=45)


def spread_of(together: int) -> timedelta:
    """Over how long the starts of `together` attempts of one hour are spread: as the service can serve them."""
    return min(max(timedelta(seconds=together / STARTS_PER_S), SHORTEST), LONGEST)


def draw_opening_delay(together: int) -> timedelta:
    """How long after the start of the sitting an attempt opens, where `together` start at that hour.

    Whole milliseconds, 0 ≤ delay < spread_of(together), evenly.
    """
    return MILLISECOND * secrets.randbelow(spread_of(together) // MILLISECOND)
