"""Readings, the streams they come on, and the observation built from them."""
