import json

import pytest

from vla_sim.engines.engine import Variation
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.loading import load_site
from vla_sim.envs.variation import VariationSpec, describe, read_variation
from vla_sim.errors import InputError
from vla_sim.seeding import generator

EVERYTHING = VariationSpec(
    light=(0.5, 1.5), colour=0.1, camera_position=0.02, camera_angle=0.05, friction=(0.8, 1.2), mass=(0.9, 1.1)
)


@pytest.fixture(scope="module")
def site():
    return load_site("arena")


@pytest.fixture(scope="module")
def streams(site):
    from vla_sim.engines.streams import sources

    return {name: source.stream for name, source in sources(site.world).items()}


def test_nothing_asked_varies_nothing(site, streams):
    assert VariationSpec().sample(generator(1), site, streams) == Variation()


def test_a_draw_lies_in_its_ranges_and_repeats(site, streams):
    drawn = EVERYTHING.sample(generator(1), site, streams)
    assert drawn == EVERYTHING.sample(generator(1), site, streams)
    assert drawn != EVERYTHING.sample(generator(2), site, streams)
    assert 0.5 <= drawn.light <= 1.5
    assert set(drawn.friction) == site.ground
    assert all(0.8 <= factor <= 1.2 for factor in drawn.friction.values())
    assert 0.9 <= drawn.mass["robot"] <= 1.1
    red = site.world.model("red_cube").links[0].visuals[0].material.diffuse
    assert drawn.colours["red_cube"] == pytest.approx(red, abs=0.1001)
    assert drawn.colours["red_cube"] != pytest.approx(red, abs=1e-4)
    assert not any(site.objects[name].decoy for name in drawn.colours)


def test_cameras_of_one_device_move_together(site, streams):
    jitter = EVERYTHING.sample(generator(1), site, streams).camera_jitter
    assert set(jitter) == {"camera", "depth"}
    assert jitter["camera"] == jitter["depth"]
    assert max(map(abs, jitter["camera"].position)) <= 0.02


def test_what_is_drawn_for_one_thing_does_not_depend_on_the_others(site, streams):
    alone = VariationSpec(mass=(0.9, 1.1)).sample(generator(3), site, streams)
    assert alone.mass == EVERYTHING.sample(generator(3), site, streams).mass


def test_the_light_that_a_task_needs_wins(site, streams):
    assert EVERYTHING.sample(generator(1), site, streams, light=0.0).light == 0.0


def test_description_is_json(site, streams):
    described = describe(EVERYTHING.sample(generator(1), site, streams))
    assert json.loads(json.dumps(described)) == described
    assert set(described) == {"light", "friction", "mass", "colours", "camera_jitter"}
    assert describe(Variation()) == {"light": 1.0}


def test_sizes_are_drawn_for_what_a_gripper_takes_and_the_site_follows():
    table, spec = load_site("tabletop"), VariationSpec(size=(0.85, 1.15))
    sizes = spec.sizes(generator(1), table)
    assert sizes == spec.sizes(generator(1), table) != spec.sizes(generator(2), table)
    assert set(sizes) == set(table.objects)
    assert 0.85 <= min(sizes.values()) < 0.95 < 1.05 < max(sizes.values()) <= 1.15
    site = table.resized(sizes)
    for name, factor in sizes.items():
        tag, plain = site.objects[name], table.objects[name]
        assert (tag.radius, tag.height) == pytest.approx((plain.radius * factor, plain.height * factor))
        assert site.outline(name).bounds == pytest.approx([factor * edge for edge in table.outline(name).bounds])
        mass = site.world.model(name).links[0].inertial.mass
        assert mass == pytest.approx(table.world.model(name).links[0].inertial.mass * factor**3)
    assert site.fixtures == table.fixtures
    assert table.objects == load_site("tabletop").objects
    assert describe(Variation(size=sizes))["size"]["red_cup"] == pytest.approx(sizes["red_cup"], abs=1e-6)


def test_a_world_without_things_to_grasp_has_its_sizes(site):
    assert VariationSpec(size=(0.85, 1.15)).sizes(generator(1), site) == {}


def test_the_same_seed_makes_things_of_the_same_size():
    def begun():
        with VlaSimEnv("tabletop", "pick_up", sensors=["overhead"], variation={"size": (0.85, 1.15)}) as env:
            for seed in (1, 2, 1):
                observation, info = env.reset(seed=seed)
                yield observation["overhead"].tobytes(), info["variation"], env.truth

    first, other, again = begun()
    assert first == again
    assert first[1] != other[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lihgt": (0.5, 1.0)}, r"variation\.lihgt"),
        ({"light": (1.5, 0.5)}, "must not be greater"),
        ({"mass": (0.0, 1.0)}, r"variation\.mass"),
        ({"size": (1.1, 0.9)}, "must not be greater"),
        ({"size": (0.9, 1.5)}, r"variation\.size"),
        ({"colour": 0.9}, r"variation\.colour"),
    ],
)
def test_errors_name_the_field(given, message):
    with pytest.raises(InputError, match=message):
        read_variation(given)
