"""Goals of held-out pairs are all that is drawn where words ask for them."""

from __future__ import annotations

import pytest

from vla_sim.bench.venue import load_venue
from vla_sim.envs.env import VlaSimEnv
from vla_sim.errors import InputError
from vla_sim.seeding import generator
from vla_sim.tasks import TASKS
from vla_sim.tasks.language import COLOURS, HELD_OUT_PAIRS, NOUNS
from vla_sim.tasks.manipulation.language import TABLE_NOUNS
from vla_sim.tasks.pairs import named, names_held_out_pair, without_pairs
from vla_sim.tasks.site import Site

MODELS = {"arena": ("go_to_object", "visit_in_order", "go_between", "avoid_object"), "tabletop": ("pick_up", "put_in")}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    return {world: load_venue(world, None, tmp_path_factory.mktemp("beside")).site for world in MODELS}


@pytest.mark.parametrize(("world", "task"), [(world, task) for world, tasks in MODELS.items() for task in tasks])
def test_a_pair_is_asked_for_in_words_that_were_seen(sites: dict[str, Site], world: str, task: str) -> None:
    site = sites[world]
    for seed in range(4):
        episode = TASKS[task].sample(site, generator(seed, "pairs"), "held_out_pairs")
        about = {name for manoeuvre in episode.plan for name in named(manoeuvre)}
        pairs = {(site.objects[name].colour, site.objects[name].noun) for name in about} & HELD_OUT_PAIRS
        assert pairs
        assert any(
            colour in episode.words and any(noun in episode.words for noun in {**NOUNS, **TABLE_NOUNS}[kind].seen)
            for colour, kind in pairs
        )
        assert not any(name in episode.words for colour in COLOURS.values() for name in colour.held_out)


def test_other_words_ask_for_other_things_too(sites: dict[str, Site]) -> None:
    plans = [TASKS["go_to_object"].sample(sites["arena"], generator(seed, "pairs")).plan for seed in range(30)]
    assert 0 < sum(names_held_out_pair(plan, sites["arena"]) for plan in plans) < 15


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_task_says_whether_it_names_things(sites: dict[str, Site], task: str) -> None:
    for site in sites.values():
        if TASKS[task].unsupported(site):
            continue
        plan = TASKS[task].sample(site, generator(1, "pairs")).plan
        if TASKS[task].names_things:
            assert any(name in site.objects for manoeuvre in plan for name in named(manoeuvre))
            assert without_pairs(TASKS[task], site, "held_out_pairs") is None
        else:
            assert without_pairs(TASKS[task], site, "held_out_pairs")
        assert without_pairs(TASKS[task], site, "held_out") is None


def test_where_no_thing_is_named_there_is_no_pair() -> None:
    with pytest.raises(InputError, match="its words name no thing by colour and noun"):
        VlaSimEnv("arena", "turn_by_angle", words="held_out_pairs")
