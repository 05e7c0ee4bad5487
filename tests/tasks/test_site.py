from __future__ import annotations

import dataclasses
import math

import pytest

from vla_sim.engines.engine import ModelState, Truth
from vla_sim.envs.loading import load_site
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene
from vla_sim.tasks.semantics import ObjectTag
from vla_sim.tasks.site import Site

EMPTY: dict[str, Pose | None] = {}


def touching(*models: str, at: tuple[float, float] = (0.0, 0.0)) -> Truth:
    pairs = frozenset(tuple(sorted(("robot", model))) for model in models)
    return Truth(1.0, {"robot": ModelState(Pose.planar(*at))}, pairs)  # type: ignore[arg-type]


def test_robot_is_measured_from_its_collisions(site: Site) -> None:
    assert site.robot_radius == pytest.approx(0.28)
    assert site.field_of_view == 1.5
    assert site.top_speed == 0.8


def test_objects_are_obstacles_only_where_they_are_put(site: Site) -> None:
    absent = dict.fromkeys(site.objects)
    assert site.nav_map(absent).is_free(2.0, 0.0)
    there = site.nav_map({**absent, "red_cube": Pose.planar(2.0, 0.0)})
    assert not there.is_free(2.4, 0.0)
    assert there.is_free(2.6, 0.0)
    assert not site.nav_map(absent, keep_out=[(2.0, 0.0, 0.5)]).is_free(2.7, 0.0)


def test_doorway_is_passable_and_walls_are_not(site: Site) -> None:
    nav = site.nav_map(dict.fromkeys(site.objects))
    assert nav.is_free(0.0, 0.0, margin=0.2)
    assert not nav.is_free(0.0, 1.0)


def test_what_is_flat_or_high_is_not_in_the_way(site: Site) -> None:
    def slab(name: str, z: float) -> scene.Model:
        shape = scene.Collision("c", Pose(), scene.Box((1.0, 1.0, 0.02)))
        return scene.Model(
            name, Pose.planar(2.0, 0.0, 0.0, z), (scene.Link("l", Pose(), collisions=(shape,)),), static=True
        )

    for height, blocked in ((0.01, False), (0.2, True), (0.9, False)):
        world = site.world.with_model(slab("slab", height))
        made = Site(world, site.semantics)
        assert made.nav_map(dict.fromkeys(site.objects)).is_free(2.0, 0.0) is not blocked
        assert ("slab" in made.ground) is not blocked


def test_an_arm_passes_over_what_is_low_and_keeps_off_what_is_high(site: Site) -> None:
    """The base alone counts at a table; a wall also meets the forearm, which reaches further out."""

    def pillar(height: float) -> Site:
        shape = scene.Collision("c", Pose((0.0, 0.0, height / 2)), scene.Box((1.0, 1.0, height)))
        model = scene.Model(
            "pillar", Pose.planar(2.0, 0.0), (scene.Link("l", Pose(), collisions=(shape,)),), static=True
        )
        robot = load_site("arena", "mobile_arm").robot
        return Site(site.world.with_model(model).with_model(robot), site.semantics)

    for height, least in ((0.75, 0.284), (2.0, 0.473)):
        made = pillar(height)
        assert made.robot_radius == pytest.approx(0.284, abs=1e-3)
        nav = made.nav_map(dict.fromkeys(made.objects))
        assert nav.is_free(2.5 + least + 0.03, 0.0)
        assert not nav.is_free(2.5 + least - 0.03, 0.0)
        assert made.hull_clearance(2.5 + least, 0.0, {}) == pytest.approx(0.0, abs=0.01)


def test_what_a_robot_holds_is_in_no_way() -> None:
    arm = load_site("arena", "mobile_arm")
    absent: dict[str, Pose | None] = dict.fromkeys(arm.objects)
    held = arm.nav_map({**absent, "red_cube": Pose((0.4, 0.0, 0.9))})
    assert held.is_free(0.0, 0.0)
    assert not arm.nav_map({**absent, "red_cube": Pose((0.4, 0.0, 0.0))}).is_free(0.0, 0.0)
    felt = {"left_touch": frozenset({"red_cube"}), "right_touch": frozenset({"red_cube"})}
    touching_it = dataclasses.replace(touching("red_cube", "north"), felt=felt)
    assert arm.obstacles_touched(touching_it, "robot") == ["north"]


def test_view_is_cut_off_by_the_field_of_view_and_by_walls(site: Site) -> None:
    robot = Pose.planar(1.0, 1.5, 0.0)
    assert site.in_view(robot, (3.0, 1.5))
    assert site.in_view(robot, (3.0, 2.8))
    assert not site.in_view(robot, (1.0, -2.0))
    assert not site.in_view(Pose.planar(1.0, 1.5, math.pi), (-2.0, 1.5))
    assert site.in_view(Pose.planar(1.0, 0.0, math.pi), (-2.0, 0.0))


def test_hull_clearance(site: Site) -> None:
    assert site.hull_clearance(4.0, 0.0, {}) == pytest.approx(1.0 - 0.28, abs=0.01)
    assert site.hull_clearance(4.5, 0.0, {}) == pytest.approx(0.5 - 0.28, abs=0.01)
    assert site.hull_clearance(2.0, 0.0, {"red_cube": (2.6, 0.0)}) == pytest.approx(0.6 - 0.2 - 0.28, abs=1e-9)


def test_touching_the_ground_is_no_contact(site: Site) -> None:
    assert site.obstacles_touched(touching("ground"), "robot") == []
    assert site.obstacles_touched(touching("ground", "north", "red_cube"), "robot") == ["north", "red_cube"]


def test_a_model_with_floor_and_walls_counts_only_at_its_walls(site: Site) -> None:
    floor = scene.Collision("floor", Pose(), scene.Plane((0.0, 0.0, 1.0), (20.0, 20.0)))
    house = site.world.model("north")
    link = dataclasses.replace(house.links[0], collisions=(*house.links[0].collisions, floor))
    made = Site(site.world.with_model(dataclasses.replace(house, links=(link,))), site.semantics)
    assert made.obstacles_touched(touching("north", at=(2.0, 0.0)), "robot") == []
    assert made.obstacles_touched(touching("north", at=(2.0, 2.72)), "robot") == ["north"]


def test_semantics_of_a_model_that_is_not_there(site: Site) -> None:
    tags = {**site.objects, "pink_cube": ObjectTag(colour="pink", noun="cube", radius=0.2)}
    with pytest.raises(InputError, match="pink_cube"):
        Site(site.world, site.semantics.model_copy(update={"objects": tags}))


def test_semantics_are_needed(site: Site) -> None:
    assert Site.load(site.world, site.semantics).objects == site.objects
    with pytest.raises(InputError, match="semantics"):
        Site.load(site.world)


def test_placed_models_keep_their_height(site: Site) -> None:
    assert site.standing_pose("north", 1.0, 2.0, 0.5).position == (1.0, 2.0, 0.4)
