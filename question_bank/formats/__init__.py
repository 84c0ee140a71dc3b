"""Exchange formats: one file per format, bytes in, items and located problems out."""
