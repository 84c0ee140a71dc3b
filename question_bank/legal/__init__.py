"""The register of legal documents: what is in force on a day, what a change touches, which words are out of use."""
