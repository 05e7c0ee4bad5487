import gc
import resource

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine, context, gl
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

WORLD = scenes.world(scenes.ground(), scenes.rover(), scenes.box("red", (0.4, 0.4, 0.4), Pose((1.5, 0.0, 0.2))))


def start() -> EmbeddedEngine:
    engine = EmbeddedEngine(renderer="gl")
    engine.load(WORLD, sensors=["camera"])
    return engine


def picture(engine: EmbeddedEngine) -> np.ndarray:
    return engine.step(0.1)[0].data


def test_an_engine_that_is_dropped_leaves_the_pictures_of_others_alone() -> None:
    with start() as alone:
        wanted = [picture(alone) for _ in range(3)]
    dropped, engine = start(), start()
    dropped.itself = dropped  # type: ignore[attr-defined]
    assert np.array_equal(picture(engine), wanted[0])
    del dropped
    gc.collect()
    assert np.array_equal(picture(engine), wanted[1])
    engine.render(64, 48)
    assert np.array_equal(picture(engine), wanted[2])
    engine.close()


def test_another_context_in_the_process_does_no_harm() -> None:
    with start() as alone:
        wanted = [picture(alone) for _ in range(2)]
    with start() as engine:
        other = gl.make_context(8, 8)
        assert np.array_equal(picture(engine), wanted[0])
        other.make_current()
        other.free()
        assert np.array_equal(picture(engine), wanted[1])


def test_dropped_engines_leave_no_memory_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty kept contexts would take more than 250 MB."""

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    monkeypatch.setattr(context, "CROWD", 4)
    eye = scene.Sensor("camera", "camera", Pose(), 10.0, None, scenes.camera_spec(64, 64))
    model = scene.Model("eye", Pose((0.0, 0.0, 1.0)), (scene.Link("link", Pose(), sensors=(eye,)),), static=True)
    gc.disable()
    try:
        for count in range(40):
            if count == 10:
                before = peak()
            EmbeddedEngine(renderer="gl").load(scenes.world(model))
    finally:
        gc.enable()
    assert len(context._open) <= 4
    assert peak() - before < 100
