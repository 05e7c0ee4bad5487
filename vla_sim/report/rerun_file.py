"""A trial as a file of Rerun, whose viewer shows it in space and over simulated time.

Like a recording in MCAP: readings stand at their arrival, as the agent got them; what a fault dropped is not there.
``docs/reports.md`` lists the entities.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.report.ros2_messages import OPTICAL, ray_directions
from vla_sim.sensing.reading import Reading, Stream

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

TIMELINE = "time"


def check_rerun() -> None:
    """See that Rerun files can be written.

    Raises:
        InputError: the library is not installed.
    """
    if importlib.util.find_spec("rerun") is None:
        raise InputError("a Rerun file needs the package rerun-sdk; install it with pip install 'vla-sim[rerun]'")


class RerunFile:
    """Writes what a trial's agent was given, what it did and what was true, for Rerun's viewer.

    Args:
        path: the file to write; it appears when this is closed.
        facts: what to say of the trial; the same facts give the same id of the recording.
    """

    def __init__(self, path: Path, facts: Mapping[str, str]):
        import rerun

        self._rerun: Any = rerun
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._scratch = path, path.with_name(f"{path.name}.tmp")
        name = "/".join((facts["suite"], facts["agent"], facts["trial"], facts["seed"]))
        # Simulated time only: neither the clock of this machine nor a count of calls.
        self._file: Any = rerun.RecordingStream("vla_sim", recording_id=name, send_properties=False)
        rerun.set_log_time_enabled(False, recording=self._file)
        rerun.set_log_tick_enabled(False, recording=self._file)
        self._file.save(self._scratch)
        self._log("trial", rerun.TextDocument("\n".join(f"{key}: {value}" for key, value in facts.items())), None)
        self._places: dict[str, str] = {}
        self._underway: list[Reading] = []
        self._said: dict[str, str] = {}
        self._way: list[tuple[float, float, float]] = []
        self._now: float | None = None

    def watch(self, env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        """Take down one control step."""
        before, now, rerun = self._now, env.truth.time, self._rerun
        if before is None:
            self._begin(env)
        else:
            self._log("command/asked", rerun.Scalars([env.command.linear, env.command.angular]), before)
            if env.body.joints:
                self._log("command/goals", rerun.Scalars(env.told.astype(float)), before)
        for time, command in env.driven:
            self._log("command/driven", rerun.Scalars([command.linear, command.angular]), time)
        self._underway += env.readings
        for reading in sorted(self._underway, key=lambda reading: reading.arrival):
            if reading.arrival <= now + 1e-9:
                self._take(env.engine.streams[reading.sensor], reading)
        self._underway = [reading for reading in self._underway if reading.arrival > now + 1e-9]
        self._take_truth(env, now)
        self._log("trial/progress", rerun.Scalars(float(info["progress"])), now)
        self._say("goal/asked", str(info["words"]), now)
        self._say("goal/heard", str(observation["goal"]), now)
        self._say("trial/faults", ", ".join(env.injector.active(now)) or "none", now)
        if info["success"] or info["reason"]:
            self._say("trial/verdict", json.dumps({"success": info["success"], "reason": info["reason"]}), now)
        self._now = now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log("world/way", self._rerun.LineStrips3D([self._way]), None)
        self._file.flush()
        self._file.disconnect()
        self._scratch.replace(self._path)

    def _begin(self, env: VlaSimEnv) -> None:
        rerun = self._rerun
        self._log("world", rerun.ViewCoordinates.RIGHT_HAND_Z_UP, None)
        links = {(model.name, link.name): link.pose for model in env.site.world.models for link in model.links}
        for name, stream in env.engine.streams.items():
            if stream.camera is None and stream.lidar is None:
                self._places[name] = f"sensors/{name}"
                continue
            place = self._places[name] = f"world/{stream.model}/{name}"
            mount = links.get((stream.model, stream.link), Pose()) * stream.pose
            camera = stream.camera
            if camera is not None:
                mount = mount * OPTICAL
                pinhole = rerun.Pinhole(
                    focal_length=[camera.fx, camera.fy],
                    principal_point=[camera.cx, camera.cy],
                    resolution=[camera.width, camera.height],
                )
                self._log(place, pinhole, None)
            self._log(place, self._transform(mount), None)

    def _take(self, stream: Stream, reading: Reading) -> None:
        rerun, data = self._rerun, reading.data
        shown: Any
        match stream.modality:
            case "rgb":
                shown = rerun.Image(data)
            case "depth":
                shown = rerun.DepthImage(np.where(np.isfinite(data), data, 0.0).astype(np.float32), meter=1.0)
            case "segmentation":
                shown = rerun.SegmentationImage(data.astype(np.uint16))
            case "lidar":
                assert stream.lidar is not None
                points = ray_directions(stream.lidar, data.shape) * data.astype(np.float64)[..., None]
                shown = rerun.Points3D(points[np.isfinite(points).all(axis=-1)])
            case _:
                shown = rerun.Scalars(data.astype(float).ravel())
        self._log(self._places[stream.name], shown, reading.arrival)

    def _take_truth(self, env: VlaSimEnv, now: float) -> None:
        models, robot = env.truth.models, env.site.robot.name
        self._log(f"world/{robot}", self._transform(models[robot].pose), now)
        self._way.append(models[robot].pose.position)
        things = {name: tag for name, tag in env.site.semantics.objects.items() if name in models}
        points = self._rerun.Points3D(
            [models[name].pose.position for name in things],
            radii=[tag.radius for tag in things.values()],
            labels=list(things),
        )
        self._log("world/things", points, now)

    def _transform(self, pose: Pose) -> Any:
        w, x, y, z = pose.rotation
        return self._rerun.Transform3D(translation=pose.position, quaternion=[x, y, z, w])

    def _say(self, entity: str, text: str, now: float) -> None:
        """Write a text unless it is what was said last."""
        if self._said.get(entity) != text:
            self._said[entity] = text
            self._log(entity, self._rerun.TextLog(text), now)

    def _log(self, entity: str, shown: Any, time: float | None) -> None:
        """Write something at a time [s of simulated time]; without one, for the whole trial."""
        if time is not None:
            self._file.set_time(TIMELINE, duration=max(time, 0.0))
        self._file.log(entity, shown, static=time is None)
