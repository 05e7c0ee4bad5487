"""Models, the world that holds them, and what of a file is not supported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from vla_sim.geometry import Pose, Vector3
from vla_sim.sdf.scene.kinematics import Frame, Joint, Light, Link
from vla_sim.sdf.scene.plugins import Plugin
from vla_sim.sdf.scene.sensors import Sensor
from vla_sim.sdf.scene.surfaces import Rgba


@dataclass(frozen=True, slots=True)
class Issue:
    """One element that a file holds and the reader, or an engine, does not support."""

    file: str
    line: int
    element: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: <{self.element}>: {self.message}"


@dataclass(frozen=True, slots=True)
class Model:
    """A top-level model with its nested models flattened into it; ``pose`` is in the world's frame."""

    name: str
    pose: Pose
    links: tuple[Link, ...]
    joints: tuple[Joint, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    static: bool = False
    self_collide: bool = False
    canonical_link: str | None = None
    frames: tuple[Frame, ...] = ()
    """Those that the file names; links and joints are frames besides."""

    def link(self, name: str) -> Link:
        """Return the link of that scoped name; KeyError where there is none."""
        for link in self.links:
            if link.name == name:
                return link
        raise KeyError(name)

    def sensors(self) -> Iterator[tuple[Link, Sensor]]:
        """Yield every sensor with the link that carries it; a joint's sensors are on its child."""
        for link in self.links:
            for sensor in link.sensors:
                yield link, sensor
        for joint in self.joints:
            for sensor in joint.sensors:
                yield self.link(joint.child), sensor


@dataclass(frozen=True, slots=True)
class SceneLook:
    """What surrounds the models: ambient light and background colour, fog and sky if asked for."""

    ambient: Rgba = (0.4, 0.4, 0.4, 1.0)
    background: Rgba = (0.7, 0.7, 0.7, 1.0)
    shadows: bool = True
    grid: bool = True
    sky: bool = False


@dataclass(frozen=True, slots=True)
class Physics:
    """Step [s] and real-time factor as the file states them."""

    max_step_size: float = 0.001
    real_time_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class World:
    """A world: models, lights, physics, and the list of what the file holds that is not supported."""

    name: str
    models: tuple[Model, ...] = ()
    lights: tuple[Light, ...] = ()
    gravity: Vector3 = (0.0, 0.0, -9.8)
    magnetic_field: Vector3 = (5.5645e-6, 22.8758e-6, -42.3884e-6)
    physics: Physics = field(default_factory=Physics)
    look: SceneLook = field(default_factory=SceneLook)
    issues: tuple[Issue, ...] = ()
    source: Path | None = None

    def model(self, name: str) -> Model:
        """Return the model of that name; KeyError where there is none."""
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)

    def with_model(self, model: Model) -> World:
        """Return this world with the model added, or in the place of the one of the same name."""
        others = tuple(other for other in self.models if other.name != model.name)
        return replace(self, models=(*others, model))
