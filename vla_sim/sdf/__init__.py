"""SDF text to a typed, engine-neutral scene."""

from vla_sim.sdf.load import load_file, load_model, load_world

__all__ = ["load_file", "load_model", "load_world"]
