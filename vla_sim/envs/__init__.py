"""The Gymnasium environment, its wrappers and registrations."""

from vla_sim.envs.registration import register_environments

register_environments()
