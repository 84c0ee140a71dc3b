"""QTI 2.0 to 3.0, the exchange standard of assessment systems: items, stimuli, tests and packages, in and out."""
