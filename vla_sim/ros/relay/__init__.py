"""Faults on live topics: what a robot's sensors, its words and its commands are, and what is made of them."""
