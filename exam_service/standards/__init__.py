"""Panels that set cut scores: judges, rounds, what they come to, and the minutes."""
