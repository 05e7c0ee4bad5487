"""What the fusion agent takes to be so: a floor plan and reckoning from geometry, things from a learned eye."""

from __future__ import annotations

import torch
from torch import Tensor

from vla_agents.classical.belief import ALIKE, Belief
from vla_agents.classical.senses import Senses
from vla_agents.fusion.memory import Thing, Things
from vla_agents.fusion.perception.detector import Eye, Sight
from vla_agents.fusion.perception.things import Detection, peaks, placed


class FusionBelief(Belief):
    """Built up from one observation after another, with a learned eye in place of rules for colours."""

    def __init__(self, eye: Eye):
        super().__init__()
        self._eye = eye
        self.things = Things()
        self.detections: list[Detection] = []
        """What the newest frame shows."""
        self.sight: Sight | None = None
        self.in_sight: list[Thing] = []

    def _see(self, senses: Senses) -> None:
        self.detections, self.in_sight, self.sight = [], [], None
        if senses.camera is None:
            return
        paired = senses.depth is not None and abs(senses.depth_stamp - senses.camera_stamp) < ALIKE
        depth = senses.depth if paired else None
        there = self.reckoning.at(senses.camera_stamp)
        scan = self.lidar or self.ahead
        with torch.inference_mode():
            self.sight = self._eye(*eye_inputs(senses, paired))
            found = (placed(peak, senses.camera.shape[1], depth, scan) for peak in peaks(self.sight))
            self.detections = [each for each in found if each is not None]
        self.in_sight = [self.things.note(each, there) for each in self.detections]
        if scan is not None:
            self.floor.look(scan, there)
            missing = [
                thing
                for thing in self.things.all
                if thing not in self.in_sight and self.shows(thing.point, scan, there)
            ]
            self.things.doubt(missing)


def eye_inputs(senses: Senses, paired: bool) -> tuple[Tensor, Tensor]:
    """Return a frame and its depth image as the eye takes them, a batch of one."""
    assert senses.camera is not None
    frame = torch.from_numpy(senses.camera).permute(2, 0, 1)[None].float() / 255.0
    if senses.depth is None or not paired:
        return frame, torch.zeros((1, 2, *frame.shape[2:]))
    metres = torch.from_numpy(senses.depth)[None]
    return frame, torch.stack([metres.clamp(0.0, 10.0) / 10.0, (metres > 0.0).float()], 1)
