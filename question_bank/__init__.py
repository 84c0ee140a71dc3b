"""The pure domain of item banks, papers and scoring: no database, no web, no clock, no global randomness."""
