"""Statistics of items: arrays of responses in, frozen figures out; every function names its source."""
