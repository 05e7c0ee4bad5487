"""Fetch the red cup from the kitchen and put it on the sideboard."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from vla_sim.engines.engine import Placements
from vla_sim.tasks.candidates import require_reachable, time_for
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import name_words, room_words, say
from vla_sim.tasks.layout import Layout, NoRoomError, attempt
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import OnSurface
from vla_sim.tasks.manipulation.deeds import Fetch
from vla_sim.tasks.manipulation.handle import Handle
from vla_sim.tasks.manipulation.handling_task import TIME_EACH, choose_things, graspable, shuffled
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.manipulation.watch import HandlingWatch
from vla_sim.tasks.pairs import drawn
from vla_sim.tasks.plan import GoTo, Pick, Place, Plan
from vla_sim.tasks.region import Ring, Within, cells_of
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

THINGS = 6
"""Of different looks that there are at most to choose from ..."""
CLUTTER = 2
"""... and that stand at most in the room where the robot starts."""


class FetchFromRoom:
    """Bring the thing that the words name out of another room and let it rest for a second on the table that they name.

    The table is in the room where the robot starts; the thing may rest anywhere on its top. Of all that stands in the
    other room, the wrong thing on any table of the first room fails, and so does the right one on another table there.
    Taking up the wrong thing does not: where it ends up decides.
    Chance: one of the things on one of the tables.
    """

    name = "fetch_from_room"
    names_things = True
    description = "Fetch the thing that the words name from another room and put it on the table that they name."

    def unsupported(self, site: Site) -> str | None:
        """Return why this site cannot host the task, or None."""
        if site.arm is None:
            return "the robot has no arm"
        if not site.drives:
            return "the robot does not drive"
        if not site.semantics.spawn:
            return "no area where the robot may start ('spawn')"
        if len(_tables(site)) < 2:
            return "no two rooms with tables that have names ('surfaces', 'words')"
        looks = {(site.objects[name].colour, site.objects[name].noun) for name in graspable(site)}
        if len(looks) < THINGS + CLUTTER:
            return f"fewer than {THINGS + CLUTTER} objects of different looks to take"
        return None

    def sample(self, site: Site, rng: np.random.Generator, words: Words = "seen") -> ScriptedEpisode:
        """Draw an episode.

        Raises:
            InputError: the site has too little room.
        """
        return attempt(self.name, site, lambda: drawn(lambda: self._draw(Layout(site, rng), words), site, words))

    def _draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        site, rng = layout.site, layout.rng
        tables = _tables(site)
        home, away = shuffled(list(tables), rng)[:2]
        inside = Within(site.rooms[home].areas)
        x, y, _ = layout.start(where=lambda x, y: inside.contains(x, y, layout.locate)).position
        benches = {name: Bench(site, rng, name, comes=True) for name in (*tables[home], *tables[away])}
        chosen = choose_things(site, rng, THINGS + CLUTTER)
        count = int(rng.integers(3, THINGS + 1))
        models = chosen[:count]
        takes = {model: _put(benches[tables[away][int(rng.integers(len(tables[away])))]], model) for model in models}
        homes = shuffled(tables[home], rng)
        places = {table: benches[table].reserve(models[0]) for table in homes}
        for extra, table in zip(chosen[count : count + CLUTTER], homes, strict=False):
            benches[table].clutter([extra], 0, 1)
        goals = [
            Goal(
                f"{model} on {table}",
                OnSurface(site, model, table),
                (*takes[model], *_bring(benches[table], model, places[table])),
                "wrong_object" if model != models[0] else "wrong_place",
            )
            for model in models
            for table in homes
        ]
        nav = layout.nav_map()
        require_reachable(layout, nav, goals)
        there, back = (
            cells_of(step.region, nav.grid, layout.locate) & nav.connected(x, y)
            for step in goals[0].plan
            if isinstance(step, GoTo)
        )
        trip = nav.field(back).least(there)
        deed = Fetch(site, models[0], goals[0].condition, nav.field(there), nav.field(back), trip)
        way = deed.there.distance(x, y) + trip
        if not math.isfinite(way):
            raise NoRoomError("no way there and back")
        sentence = say(
            self.name,
            rng,
            words,
            object=thing_words(site.objects[models[0]], rng, words),
            room=room_words(site.rooms[away], rng, words),
            place=name_words(site.surfaces[homes[0]].words, rng, words),
        )
        placements = _merged(layout, benches.values())
        return ScriptedEpisode(
            site,
            placements,
            [Instruction(sentence, Handle(goals[0], goals, deed))],
            goals,
            time_limit=time_for(site, way) + 2 * TIME_EACH,
            chance=1 / len(goals),
            watch=HandlingWatch(site, benches, placements, [models[0]]),
        )


def _tables(site: Site) -> dict[str, list[str]]:
    """Return the tables that have names, by the room that they are in, of rooms where the robot may start."""
    tables: dict[str, list[str]] = {}
    for name, surface in site.surfaces.items():
        xmin, ymin, xmax, ymax = surface.area
        room = site.room_of((xmin + xmax) / 2, (ymin + ymax) / 2)
        if room is not None and surface.words:
            tables.setdefault(room, []).append(name)
    starts = {site.room_of((a + c) / 2, (b + d) / 2) for a, b, c, d in site.semantics.spawn}
    return {room: names for room, names in tables.items() if room in starts}


def _put(bench: Bench, model: str) -> Plan:
    """Put a thing on a bench, and return how it is taken from there."""
    point = bench.put(model)
    return GoTo(Ring(point, *bench.site.surfaces[bench.surface].reach), facing=point), Pick(model)


def _bring(bench: Bench, model: str, point: Point) -> Plan:
    """Return how a thing that is held is put on a bench."""
    drive = GoTo(Ring(point, *bench.site.surfaces[bench.surface].reach), facing=point)
    return drive, Place(model, bench.surface, bench.on_surface(point), bench.height)


def _merged(layout: Layout, benches: Iterable[Bench]) -> Placements:
    """Return where the robot and all that was put on any bench stands; the rest is absent."""
    there = [item for bench in benches for item in bench.placements.items() if item[1] is not None]
    return {**dict.fromkeys((*layout.site.objects, *layout.site.fixtures)), **layout.placements, **dict(there)}
