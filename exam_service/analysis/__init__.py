"""Statistics of a period's items, the flags they raise, and signs of irregularities."""
