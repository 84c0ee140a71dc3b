"""Item types: one file per type, each a frozen content class with its scoring and candidate projection."""
