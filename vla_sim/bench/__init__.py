"""Suites, plans, trials, the ledger of a run, and what the numbers say."""
