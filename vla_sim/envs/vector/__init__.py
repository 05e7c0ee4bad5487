"""Many environments at once, over worker processes with shared memory."""

from vla_sim.envs.vector.episodes import Curriculum, NextEpisode
from vla_sim.envs.vector.making import make_vector_env
from vla_sim.envs.vector.vector_env import VlaSimVectorEnv

__all__ = ["Curriculum", "NextEpisode", "VlaSimVectorEnv", "make_vector_env"]
