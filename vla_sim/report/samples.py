"""What the gallery of faults shows: a few seconds of a robot's readings, and what each fault makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vla_sim import seeding
from vla_sim.engines.engine import Command
from vla_sim.envs.env import VlaSimEnv
from vla_sim.faults.kind import Kind
from vla_sim.faults.target import COMMAND, GOAL, JOINTS, channels
from vla_sim.report.grasp import grasp
from vla_sim.sensing.reading import Modality, Reading, Stream

WORLD, TASK, SEED = "apartment", "go_to_object", 6
SECONDS = 4.0
PERIOD = 0.1
SENTENCES = (
    "go to the red cube",
    "stop 1 metre in front of the blue ball, facing it",
    "drive to the kitchen",
    "turn left by 90 degrees",
)
_SHOWN: Mapping[Modality, str] = {
    "rgb": "camera",
    "depth": "depth",
    "lidar": "lidar",
    "imu": "imu",
    "odometry": "odom",
    "joints": "joints",
    "contact": "bumper",
    "command": COMMAND,
    "language": GOAL,
    "force": "left_touch_force",
    "wrench": "wrist_force",
    "joint_command": JOINTS,
}
"""The stream of the rover, or of the arm, on which each modality is shown."""
_MODALITY = {name: modality for modality, name in _SHOWN.items()}


class Samples:
    """The readings of a drive through a shipped world and of a grasp, by modality; the same but for rendering."""

    def __init__(self) -> None:
        env = VlaSimEnv(WORLD, TASK, control_rate=1.0 / PERIOD)
        try:
            env.reset(seed=SEED)
            self.streams: dict[str, Stream] = {**env.engine.streams, **channels(PERIOD)}
            self.readings: dict[Modality, list[Reading]] = {modality: [] for modality in _SHOWN}
            for step in range(round(SECONDS / PERIOD)):
                self._step(env, step)
        finally:
            env.close()
        streams, readings = grasp(SECONDS, PERIOD)
        self.streams |= {name: stream for name, stream in streams.items() if name not in self.streams}
        for reading in readings:
            self.readings[_MODALITY[reading.sensor]].append(reading)

    def _step(self, env: VlaSimEnv, step: int) -> None:
        now = env.engine.time
        linear, angular = 0.3, 0.4 * float(np.sin(0.15 * step))
        said = SENTENCES[step * len(SENTENCES) // round(SECONDS / PERIOD)]
        self.readings["command"].append(Reading(COMMAND, now, np.array([linear, angular]), now))
        self.readings["language"].append(Reading(GOAL, now, np.array(said), now))
        env.engine.apply(Command(linear, angular))
        for reading in env.engine.step(PERIOD):
            if reading.sensor in _MODALITY:
                self.readings[_MODALITY[reading.sensor]].append(reading)

    def faulted(self, kind: type[Kind], modality: Modality, level: int) -> list[Reading]:
        """Return what a kind makes of the readings at a level, 0 for the clean ones."""
        readings = self.readings[modality]
        if not level:
            return list(readings)
        fault: Any = kind(self.streams[_SHOWN[modality]], seeding.generator(SEED, "gallery", kind.id()))
        fault.watch(readings[0])
        values = kind.at(level / 5)
        return [faulty for reading in readings for faulty in fault.apply(reading, values)]
