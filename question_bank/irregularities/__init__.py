"""Signs of irregularities for people to look at. None is a verdict: each has an innocent explanation too."""
