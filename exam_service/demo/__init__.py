"""Demo data: invented people over real unit names, questions of our own, one finished and one open period."""
