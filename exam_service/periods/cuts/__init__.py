"""The cut scores decided for the positions of a period."""
