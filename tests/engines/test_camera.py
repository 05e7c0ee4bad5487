import math
import threading

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine, canvas, context, gl
from vla_sim.engines.embedded.viewpoint import look_at
from vla_sim.engines.engine import Variation
from vla_sim.errors import InputError, SimulatorError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

RENDERERS = ["gl", "rays"]
EYE = Pose((0.0, 0.0, 1.0))
LANDMARKS = [(3.0, 0.9, 1.5), (4.0, -1.2, 0.7), (2.5, 0.2, 1.6), (3.5, -0.3, 0.2)]
GLOW = scene.Material(diffuse=(1, 1, 1, 1), emissive=(1, 1, 1, 1))


def mast(*sensors: scene.Sensor) -> scene.Model:
    """Sensors on a stand that casts no picture."""
    return scene.Model("mast", EYE, (scene.Link("link", Pose(), sensors=sensors),), static=True)


def camera(name: str = "camera", kind: scene.SensorType = "camera", **spec: float) -> scene.Sensor:
    return scene.Sensor(name, kind, Pose(), 10.0, None, scenes.camera_spec(**spec))


def ball(name: str, at: tuple[float, float, float], radius: float = 0.04) -> scene.Model:
    visual = scene.Visual("visual", Pose(), scene.Sphere(radius), GLOW)
    return scene.Model(name, Pose(at), (scene.Link("link", Pose(), visuals=(visual,)),), static=True)


def readings(world: scene.World, renderer: str = "gl", variation: Variation | None = None) -> dict[str, np.ndarray]:
    with EmbeddedEngine(renderer=renderer) as engine:
        engine.load(world)
        engine.reset(variation=variation)
        return {reading.sensor: reading.data for reading in engine.step(0.1)}


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize(
    "spec",
    [
        {"width": 160, "height": 120, "fov": 1.2},
        {"width": 160, "height": 120, "fov": 1.2, "fx": 110.0, "fy": 140.0, "cx": 95.0, "cy": 48.0},
        {"width": 97, "height": 203, "fov": 0.9, "fx": 100.0, "fy": 110.0, "cx": 40.5, "cy": 110.0},
    ],
)
def test_landmarks_are_where_the_pinhole_puts_them(renderer: str, spec: dict[str, float]) -> None:
    sensor = camera(**spec)
    pinhole = sensor.spec
    assert isinstance(pinhole, scene.CameraSpec)
    dark = scene.SceneLook(ambient=(0, 0, 0, 1), background=(0, 0, 0, 1))
    for at in LANDMARKS:
        world = scenes.world(mast(sensor), ball("ball", at), look=dark)
        image = readings(world, renderer)["camera"].max(axis=2).astype(float)
        rows, columns = np.indices(image.shape)
        x, y, z = (p - q for p, q in zip(at, EYE.position, strict=True))
        expected = (pinhole.cx - pinhole.fx * y / x, pinhole.cy - pinhole.fy * z / x)
        assert image.sum() > 0
        seen = ((columns + 0.5) * image).sum() / image.sum(), ((rows + 0.5) * image).sum() / image.sum()
        assert seen == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_depth_is_along_the_axis_with_infinities_outside_the_planes(renderer: str) -> None:
    depth = camera("depth", "depth_camera", near=0.1, depth_near=1.0, depth_far=5.0)
    near = scenes.box("near", (0.02, 0.2, 2.0), Pose((0.5, 0.35, 1.0)))
    wall = scenes.box("wall", (0.2, 20.0, 4.0), Pose((4.1, 0.0, 1.0)))
    image = readings(scenes.world(mast(depth), near, wall), renderer)["depth"]
    assert image.dtype == np.float32
    assert image[48, 2:12] == pytest.approx(-np.inf)
    finite = np.isfinite(image)
    assert image[finite] == pytest.approx(4.0, abs=2e-3)
    assert finite[40:56, 40:56].all()
    beyond = scenes.world(mast(depth), scenes.box("wall", (0.2, 20.0, 2.0), Pose((6.0, 0.0, 1.0))))
    assert np.all(readings(beyond, renderer)["depth"] == np.inf)


def test_rays_and_opengl_agree() -> None:
    models = [
        scenes.ground(),
        mast(camera(), camera("depth", "depth_camera")),
        scenes.box("red", (0.5, 0.5, 0.8), Pose.planar(2.5, 0.5, 0.4, 0.4)),
        ball("ball", (2.0, -0.5, 0.7), 0.3),
    ]
    world = scenes.world(*models)
    by_gl, by_rays = readings(world, "gl"), readings(world, "rays")
    difference = np.abs(by_gl["camera"].astype(int) - by_rays["camera"].astype(int)).max(axis=2)
    assert np.mean(difference > 12) < 0.03
    both = np.isfinite(by_gl["depth"]) & np.isfinite(by_rays["depth"])
    assert np.mean(both == np.isfinite(by_gl["depth"])) > 0.98
    apart = np.abs(by_gl["depth"][both] - by_rays["depth"][both]) / by_gl["depth"][both]
    assert np.quantile(apart, 0.97) < 0.01


def test_colour_and_depth_at_one_pose_share_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    draw = canvas.Canvas.draw
    monkeypatch.setattr(canvas.Canvas, "draw", lambda self, *rest: (drawn.append(1), draw(self, *rest))[1])
    readings(scenes.world(scenes.ground(), mast(camera(), camera("depth", "depth_camera", depth_far=10.0))))
    assert len(drawn) == 1
    drawn.clear()
    readings(scenes.world(scenes.ground(), mast(camera(), camera("depth", "depth_camera", fov=0.8))))
    assert len(drawn) == 2


@pytest.mark.parametrize("renderer", RENDERERS)
def test_an_rgbd_camera_gives_two_streams(renderer: str) -> None:
    sensor = scene.Sensor("eye", "rgbd_camera", Pose(), 10.0, None, scenes.camera_spec(width=32, height=24))
    seen = readings(scenes.world(scenes.ground(), mast(sensor)), renderer)
    assert seen["eye"].shape == (24, 32, 3)
    assert seen["eye_depth"].shape == (24, 32)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_segmentation_names_the_models(renderer: str) -> None:
    world = scenes.world(
        scenes.ground(),
        mast(camera()),
        scenes.box("left", (0.2, 0.6, 0.6), Pose((3, 1, 1))),
        scenes.box("right", (0.2, 0.6, 0.6), Pose((3, -1, 1))),
    )
    with EmbeddedEngine(renderer=renderer) as engine:
        engine.load(world)
        models = engine.segmentation("camera")
        assert models.dtype == np.int32
        assert (models[48, 24], models[48, 72], models[5, 48], models[90, 48]) == (2, 3, -1, 0)
        engine.reset({"left": None})
        assert not np.any(engine.segmentation("camera") == 2)
        with pytest.raises(InputError, match="no camera stream 'odom'"):
            engine.segmentation("odom")


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_dark_world_is_dark_and_no_error(renderer: str) -> None:
    world = scenes.world(scenes.ground(), mast(camera()), scenes.box("red", (0.5, 0.5, 0.8), Pose((2, 0, 1))))
    assert readings(world, renderer)["camera"].max() > 100
    assert readings(world, renderer, Variation(light=0.0))["camera"].max() == 0
    with EmbeddedEngine(renderer=renderer) as engine:
        engine.load(world)
        bright = engine.step(0.1)[0].data
        engine.reset(variation=Variation(light=0.0))
        assert engine.step(0.1)[0].data.max() == 0
        engine.reset()
        assert np.array_equal(engine.step(0.1)[0].data, bright)


def test_no_library_falls_back_to_rays_or_says_what_helps(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gl, "AVAILABLE", False)
    monkeypatch.setattr(gl, "_said", set())
    monkeypatch.setattr(context, "_thread", threading.local())  # the context of an engine still open would serve
    world = scenes.world(scenes.ground(), mast(camera()))
    assert readings(world, "auto")["camera"].max() > 100
    assert readings(world, "auto")["camera"].max() > 100
    assert caplog.text.count("cameras cast rays instead") == 1
    with pytest.raises(SimulatorError, match="install libegl1"):
        readings(world, "gl")


def test_a_black_buffer_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    black = np.zeros((8, 8, 3), dtype=np.uint8)
    monkeypatch.setattr(canvas.Canvas, "read_rgb", lambda self, width, height: np.resize(black, (height, width, 3)))
    with pytest.raises(SimulatorError, match="gives no picture: a test picture came out as"):
        readings(scenes.world(scenes.ground(), mast(camera())), "gl")


@pytest.mark.parametrize("renderer", RENDERERS)
def test_free_views(renderer: str) -> None:
    red = scenes.box("red", (0.5, 0.5, 0.5), Pose((2, 0, 0.25)))
    with EmbeddedEngine(renderer=renderer) as engine:
        engine.load(
            scenes.world(scenes.ground(), red, scenes.box("green", (0.5, 0.5, 0.5), Pose((-2, 1, 0.25)), (0, 1, 0, 1)))
        )
        overview = engine.render(120, 80)
        assert overview.shape == (80, 120, 3)
        reddish = (overview[:, :, 0] > 2 * overview[:, :, 1]) & (overview[:, :, 0] > 50)
        greenish = (overview[:, :, 1] > 2 * overview[:, :, 0]) & (overview[:, :, 1] > 50)
        assert reddish.sum() > 20
        assert greenish.sum() > 20
        close = engine.render(40, 40, look_at((0.0, 0.0, 0.25), (2.0, 0.0, 0.25)), quality="fast")
        assert close[20, 20, 0] > 2 * close[20, 20, 1]
        larger = engine.render(240, 160)
        assert larger.shape == (160, 240, 3)


def test_look_at() -> None:
    pose = look_at((1.0, 2.0, 3.0), (1.0, 4.0, 1.0))
    ahead = pose.transform((math.sqrt(8), 0.0, 0.0))
    assert ahead == pytest.approx((1.0, 4.0, 1.0), abs=1e-9)
    assert pose.rpy[0] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_larger_picture_through_a_camera(renderer: str) -> None:
    world = scenes.world(
        scenes.ground(), mast(camera(cx=40.0)), scenes.box("red", (0.5, 0.5, 0.5), Pose((3, 0.4, 1.0)))
    )
    with EmbeddedEngine(renderer=renderer) as engine:
        engine.load(world)
        small = engine.step(0.1)[0].data
        large = engine.render(192, 192, "camera", quality="fast")
        assert np.mean(np.abs(large[::2, ::2].astype(int) - small).max(axis=2) > 10) < 0.05
        with pytest.raises(InputError, match="no camera stream 'eye'; there are: camera"):
            engine.render(10, 10, "eye")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"width": 5000}, "5000 x 96 pixels; take 1 to 4096"),
        ({"fx": -3.0}, "focal lengths -3.0"),
        ({"near": 2.0, "far": 1.0}, "clip planes 2.0 and 1.0"),
    ],
)
def test_senseless_cameras_are_refused(spec: dict[str, float], words: str) -> None:
    with EmbeddedEngine() as engine, pytest.raises(InputError, match=words):
        engine.load(scenes.world(mast(camera(**spec))))
