"""Motions of an arm: what it would touch, ways around that, and how fast to go them."""
