import gc
import resource
from concurrent.futures import ThreadPoolExecutor

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine, context, gl
from vla_sim.engines.engine import Variation
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


def test_engines_that_take_turns_draw_what_each_draws_alone() -> None:
    """They share a context, with buffers of their own: of other sizes, other samples and another light."""
    dim, bright = Variation(light=0.3), Variation(light=1.0)

    def drawn(engine: EmbeddedEngine) -> list[np.ndarray]:
        return [picture(engine), engine.render(64, 48), engine.render(200, 100, quality="fast")]

    alone = []
    for variation in (dim, bright):
        with start() as engine:
            engine.reset(variation=variation)
            alone.append([drawn(engine), drawn(engine)])
    first, second = start(), start()
    first.reset(variation=dim)
    second.reset(variation=bright)
    together = [[drawn(first)], [drawn(second)]]
    together[0].append(drawn(first))
    first.close()
    together[1].append(drawn(second))
    second.close()
    for wanted, got in zip(alone, together, strict=True):
        for before, after in zip(wanted, got, strict=True):
            for one, other in zip(before, after, strict=True):
                assert np.array_equal(one, other)


def test_another_thread_has_a_context_of_its_own() -> None:
    with start() as alone:
        wanted = picture(alone)

    def elsewhere() -> np.ndarray:
        with start() as engine:
            return picture(engine)

    with start() as here, ThreadPoolExecutor(1) as pool:
        assert np.array_equal(pool.submit(elsewhere).result(60), wanted)
        assert np.array_equal(picture(here), wanted)


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
