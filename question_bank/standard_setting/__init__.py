"""Setting a cut score: panels of judges (Angoff, bookmark), compromise with the results (Hofstee), fixed by law.

Marks and shares that decide are exact fractions; spreads, errors and correlations are floats. What cannot be computed
is refused with its reasons (`ratings.Unusable`); what can be computed but should not be trusted carries named findings.
"""
