"""Agents that ship with vla_sim: the scripted expert and the baselines that bound every score."""
