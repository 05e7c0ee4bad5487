"""Press the red button."""

from __future__ import annotations

from vla_sim.kinematics import Chain
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import JointBeyond
from vla_sim.tasks.manipulation.deeds import Work
from vla_sim.tasks.manipulation.handling_task import HandlingTask, fixtures_of, graspable, shuffled
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.plan import Press
from vla_sim.tasks.task import Words

PRESSED = 0.3
"""How long [s] a button must be down to count as pressed."""


class PressButton(HandlingTask):
    """Press the button that the words name, down for 0.3 s; pressing another one as long fails.

    Chance: one of the buttons.
    """

    name = "press_button"
    names_things = False
    description = "Press the button that the words name by its colour."
    needs = ("button",)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        buttons = shuffled(fixtures_of(site, "button"), rng)
        for button in buttons:
            bench.put(button)
        bench.clutter(shuffled(graspable(site), rng), 0, 4)
        goals = []
        for button in buttons:
            pressing = site.fixtures[button].presses
            assert pressing is not None
            condition = JointBeyond(button, pressing.joint, pressing.down, below=True)
            goals.append(Goal(button, condition, (Press(button, pressing.joint, pressing.top, pressing.down),)))
        pressing = site.fixtures[buttons[0]].presses
        assert pressing is not None
        child = Chain.to(site.world.model(buttons[0]), pressing.link)
        deed = Work(buttons[0], pressing.joint, pressing.down, pressing.top, child)
        sentence = say(self.name, rng, words, object=thing_words(site.fixtures[buttons[0]], rng, words))
        return self.episode(bench, sentence, goals[0], goals, deed, hold=PRESSED)
