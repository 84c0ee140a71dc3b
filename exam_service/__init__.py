"""The examination service: banks, periods, sittings, marking, results and their delivery."""
