"""The gallery of faults: every kind at every level, as one page that opens from disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vla_sim.faults import KINDS, Kind
from vla_sim.faults.kind import LEVELS, Parameter
from vla_sim.report.page import page_environment
from vla_sim.report.samples import Samples
from vla_sim.report.thumbnail import thumbnail, timing
from vla_sim.sensing.reading import Modality

_TITLES = {
    "camera": "Camera",
    "weather": "Weather",
    "depth": "Depth camera",
    "lidar": "LiDAR",
    "imu": "IMU",
    "odometry": "Odometry",
    "joints": "Joints",
    "contact": "Contact",
    "touch": "Touch",
    "wrench": "Wrist force",
    "timing": "Timing, of any sensor",
    "actuator": "Drive",
    "gripper": "Gripper",
    "compute": "Computer",
    "language": "Words",
}
_NOTES = {
    "depth": "Near is bright, lost is black.",
    "lidar": "Seen from above, five metres to each side, the robot looking up.",
    "imu": "Yaw rate, and the force along x in the second colour, over four seconds.",
    "odometry": "The way as it was told; the true one is pale.",
    "joints": "Of the first wheel: its velocity, and in the second colour how far its angle is off, over four seconds.",
    "touch": "How hard a cup presses on a pad while it is lifted, from 0 to 60 N.",
    "wrench": "The force along the hand, and a torque in the second colour, while a cup is lifted.",
    "gripper": "Where a finger is told to be, and in the second colour with how much force.",
    "timing": "Readings of the LiDAR by their arrival; the higher, the older is the data, up to a second.",
    "actuator": "Forward speed, and yaw rate in the second colour, over four seconds.",
    "compute": "Commands by their arrival; the higher, the older is the observation behind them, up to a second.",
    "weather": "On the colour camera and on the LiDAR.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A kind on one modality: a picture of the clean readings, and one for each level."""

    kind: type[Kind]
    modality: Modality
    pictures: Sequence[Markup]

    @property
    def values(self) -> list[str]:
        """What the parameters are at each level, in words."""
        return [", ".join(_value(p, level) for p in self.kind.parameters if len(set(p.levels)) > 1) for level in LEVELS]


def gallery_text() -> str:
    """Return the text of the gallery; drives through a shipped world for it."""
    samples = Samples()
    families: dict[str, list[Row]] = {family: [] for family in _TITLES}
    for kind in KINDS.values():
        families[kind.family] += [_row(samples, kind, modality) for modality in _shown_on(kind)]
    return (
        page_environment()
        .get_template("gallery.html")
        .render(families=families, titles=_TITLES, notes=_NOTES, levels=LEVELS, count=len(KINDS))
    )


def _shown_on(kind: type[Kind]) -> tuple[Modality, ...]:
    """Return the modalities on which a kind is shown: one, but for the weather."""
    if kind.family == "timing":
        return ("lidar",)
    wanted: tuple[Modality, ...] = ("rgb", "lidar", *sorted(kind.modalities))
    fitting = [modality for modality in dict.fromkeys(wanted) if modality in kind.modalities]
    return tuple(fitting[:2] if kind.family == "weather" else fitting[:1])


def _row(samples: Samples, kind: type[Kind], modality: Modality) -> Row:
    stream = samples.streams[samples.readings[modality][0].sensor]
    clean = samples.readings[modality]
    pictures = []
    for level in (0, *LEVELS):
        readings = samples.faulted(kind, modality, level)
        by_time = kind.family in ("timing", "compute")
        pictures.append(timing(readings, clean) if by_time else thumbnail(modality, stream, readings, clean))
    return Row(kind, modality, pictures)


def _value(parameter: Parameter, level: int) -> str:
    return f"{parameter.name} {parameter.levels[level - 1]:g}"
