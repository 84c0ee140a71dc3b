"""The register of legal documents in the service: its tables, what a change does to the banks, reports."""
