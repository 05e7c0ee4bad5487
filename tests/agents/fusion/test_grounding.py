from __future__ import annotations

import numpy as np
import pytest
import torch
from vla_agents.classical import rover
from vla_agents.fusion.perception.detector import Sight
from vla_agents.fusion.perception.grounding import attention_map, grounded, over_frame, pointed_at
from vla_agents.fusion.perception.things import peaks, placed


def mention(colour: int, shape: int) -> torch.Tensor:
    query = torch.zeros(2, 16)
    query[0, colour] = query[1, shape] = 1.0
    return query


def painted(*things: tuple[int, int, int, int, float, float]) -> Sight:
    """Maps of a frame of 96 x 96 with things (row, column, colour, shape, half its size [pixels], distance [m])."""
    sight = Sight(
        thing=torch.full((1, 24, 24), -6.0),
        inside=torch.full((1, 24, 24), -6.0),
        box=torch.full((1, 4, 24, 24), 4.0),
        range=torch.zeros(1, 24, 24),
        flat=torch.full((1, 24, 24), -4.0),
        looks=torch.full((1, 2, 16, 24, 24), 0.25),
        features=torch.zeros(1, 32, 24, 24),
    )
    for row, column, colour, shape, half, away in things:
        sight.thing[0, row, column] = sight.inside[0, row, column] = 4.0
        sight.box[0, :, row, column] = half
        sight.range[0, row, column] = np.log(away)
        sight.looks[0, :, :, row, column] = mention(colour, shape)
    return sight


TWO = painted((12, 6, 1, 2, 8.0, 2.0), (12, 18, 1, 3, 5.0, 3.0))


def test_words_point_at_what_they_name() -> None:
    assert pointed_at(TWO, mention(1, 2)) == (26.0, 50.0)
    assert pointed_at(TWO, mention(1, 3)) == (74.0, 50.0)
    heat = attention_map(TWO, mention(1, 3))
    assert int(heat.argmax()) == 12 * 24 + 18
    assert float(heat[12, 6]) < 0.1


def test_boxes_carry_the_query_and_are_filtered_by_their_share_of_the_frame() -> None:
    boxes = grounded(TWO, mention(1, 2), "the red cube", (96, 96))
    assert [(box.query, box.box, box.centre) for box in boxes] == [
        ("the red cube", (18.0, 42.0, 34.0, 58.0), (26.0, 50.0))
    ]
    assert boxes[0].area == pytest.approx(256 / 96**2)
    assert boxes[0].score > 0.8
    assert grounded(TWO, mention(1, 2), "it", (96, 96), least_area=0.1) == []
    assert grounded(TWO, mention(1, 2), "it", (96, 96), most_area=0.01) == []
    assert grounded(TWO, mention(7, 2), "it", (96, 96)) == []


def test_boxes_are_cut_at_the_edges() -> None:
    sight = painted((0, 0, 1, 2, 12.0, 1.0))
    assert grounded(sight, mention(1, 2), "it", (96, 96))[0].box == (0.0, 0.0, 14.0, 14.0)


def test_a_map_over_the_frame_is_stretched_to_one_and_a_constant_one_is_dark() -> None:
    large = over_frame(attention_map(TWO, mention(1, 2)), (96, 96))
    assert large.shape == (96, 96)
    assert float(large.max()) == 1.0
    assert float(large.min()) == 0.0
    assert not over_frame(torch.full((24, 24), 0.3), (96, 96)).any()


def test_one_thing_gives_one_peak() -> None:
    sight = painted((12, 10, 1, 2, 12.0, 2.0))
    sight.thing[0, 12, 11] = 3.0
    sight.box[0, :, 12, 11] = 12.0
    assert len(peaks(sight)) == 1


def test_where_a_thing_stands_comes_from_depth_then_from_the_eyes_guess() -> None:
    peak = peaks(painted((12, 12, 1, 2, 6.0, 2.0)))[0]
    depth = np.full((96, 96), 3.0, np.float32)
    seen = placed(peak, 96, depth, None)
    assert seen is not None
    assert seen.x == pytest.approx(rover.CAMERA_X + 3.0 + 0.18)
    guessed = placed(peak, 96, np.zeros((96, 96), np.float32), None)
    assert guessed is not None
    assert guessed.x == pytest.approx(rover.CAMERA_X + 2.0 + 0.18, rel=1e-3)
    assert abs(guessed.y) < 0.1
    assert placed(peaks(painted((12, 12, 1, 2, 6.0, 30.0)))[0], 96, None, None) is None
