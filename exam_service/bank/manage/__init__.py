"""The bank as a working place: acts on many items, saved views, comments, clones, supply of blueprints."""
