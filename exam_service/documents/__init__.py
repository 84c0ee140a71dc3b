"""Official documents of a period and its rooms: what can be printed, numbered once, printed again, and corrected."""
