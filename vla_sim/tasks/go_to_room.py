"""Go to the kitchen."""

from __future__ import annotations

from vla_sim.tasks.candidates import measure_way, scenery, time_for
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal, Standing
from vla_sim.tasks.language import room_words, say
from vla_sim.tasks.layout import Layout, NoRoomError
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.region import Within, cells_of, holds
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.semantics import Room
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words


class GoToRoom(SampledTask):
    """Stand still for a second in the named room, its edge left out by 0.1 m; in a room that was not asked for, fail.

    The robot starts outside the named room; standing in the room where it starts is no failure.
    Chance: one of the rooms where it does not start.
    """

    name = "go_to_room"
    names_things = False
    description = "Go to the room that the words name, and stop there."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return None if len(site.rooms) >= 3 else "fewer than three rooms"

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        scenery(layout)
        x, y, _ = layout.start().position
        nav = layout.nav_map()
        elsewhere = {
            name: room
            for name, room in site.rooms.items()
            if not holds(Within(room.areas), x, y, layout.locate)
            and (cells_of(Within(room.areas, 0.35), nav.grid, layout.locate) & nav.free).any()
        }
        if len(elsewhere) < 2:
            raise NoRoomError("fewer than two rooms to go to")
        names = list(elsewhere)
        target = names[int(rng.integers(len(names)))]
        goals = {name: _goal(name, room) for name, room in elsewhere.items()}
        measure, way = measure_way(layout, nav, goals[target], goals.values())
        return ScriptedEpisode(
            site,
            layout.placements,
            [
                Instruction(
                    say(self.name, rng, words, room=room_words(elsewhere[target], rng, words)),
                    Reach(goals[target], list(goals.values()), measure),
                )
            ],
            list(goals.values()),
            time_limit=time_for(site, way),
            chance=1 / len(goals),
        )


def _goal(name: str, room: Room) -> Goal:
    return Goal(
        name=name,
        condition=Standing(Within(room.areas, 0.1)),
        plan=(GoTo(Within(room.areas, 0.35)),),
        wrong="wrong_room",
    )
