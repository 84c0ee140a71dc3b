"""Questions that say the same or nearly the same: found, shown with their difference, decided by people."""
