"""The mildest fault that takes an agent under its success threshold, for a fraction of the full grid's trials."""
