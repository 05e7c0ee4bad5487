"""Faults on the stream of readings: versioned, seeded, scheduled, and confirmed as applied."""
