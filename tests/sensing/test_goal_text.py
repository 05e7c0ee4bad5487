import copy
import multiprocessing

import pytest
from gymnasium.vector.utils import create_shared_memory, read_from_shared_memory, write_to_shared_memory
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.sensing.goal_text import CHARACTERS, LENGTH, GoalText

SPACE = GoalText()


def test_a_view_shows_what_was_written_last_and_a_copy_what_stood_there():
    memory = create_shared_memory(SPACE, n=2, ctx=multiprocessing)
    view = read_from_shared_memory(SPACE, memory, n=2)
    assert tuple(view) == ("", "")
    write_to_shared_memory(SPACE, 0, "go to the red cube", memory)
    kept = copy.deepcopy({"goal": view})["goal"]
    write_to_shared_memory(SPACE, 0, "stop", memory)
    write_to_shared_memory(SPACE, 1, "zum grünen Würfel", memory)
    assert kept == ("go to the red cube", "")
    assert tuple(view) == ("stop", "zum grünen Würfel")
    assert view[-1] == "zum grünen Würfel"
    with pytest.raises(IndexError):
        view[2]


@given(st.text(CHARACTERS, max_size=LENGTH))
def test_every_text_of_the_space_passes_through(text):
    assert SPACE.contains(text)
    memory = create_shared_memory(SPACE, n=1, ctx=multiprocessing)
    write_to_shared_memory(SPACE, 0, text, memory)
    assert read_from_shared_memory(SPACE, memory, n=1)[0] == text
