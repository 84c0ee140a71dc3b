"""Facets that no column of an item holds: law, tags, periods, answers."""
