from __future__ import annotations

import torch
from vla_agents.fusion.control.sequence import LONGEST, PlannedAction, SequenceDecoder

from vla_sim.envs.vocabulary import WORDS


def decoder() -> SequenceDecoder:
    torch.manual_seed(0)
    return SequenceDecoder(width=16, hidden=24).eval()


def drawn(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    return torch.randn((count, 16), generator=rng), torch.rand((count, 2), generator=rng)


def test_shapes() -> None:
    words = torch.randint(len(WORDS), (7, LONGEST))
    logits, lengths = decoder()(*drawn(7), words)
    assert logits.shape == (7, LONGEST, len(WORDS))
    assert lengths.shape == (7, LONGEST)


def test_no_word_is_told_of_itself_or_of_later_ones() -> None:
    words = torch.randint(len(WORDS), (5, LONGEST), generator=torch.Generator().manual_seed(3))
    other = words.clone()
    other[:, 4] = (other[:, 4] + 1) % len(WORDS)
    one, two = (decoder()(*drawn(5), each)[0] for each in (words, other))
    torch.testing.assert_close(one[:, :5], two[:, :5])
    assert (one[:, 5:] != two[:, 5:]).any(2).all()


def test_a_sequence_is_as_long_as_the_length_head_says() -> None:
    network = decoder()
    for length in range(1, LONGEST + 1):
        with torch.no_grad():
            network.length[2].bias.copy_(100.0 * torch.nn.functional.one_hot(torch.tensor(length - 1), LONGEST))
        assert {len(sequence) for sequence in network.decode(*drawn(6))} == {length}


def test_greedy_decoding_agrees_with_the_logits_of_what_it_said() -> None:
    network = decoder()
    with torch.no_grad():
        network.length[2].bias[LONGEST - 1] += 100.0
    sequences = network.decode(*drawn(9))
    words = torch.tensor([[action.index for action in sequence] for sequence in sequences])
    logits, _ = network(*drawn(9), words)
    assert (logits.argmax(2) == words).all()
    chances = torch.tensor([[action.probability for action in sequence] for sequence in sequences])
    torch.testing.assert_close(logits.softmax(2).max(2).values.detach(), chances)


def test_a_row_is_decoded_by_itself() -> None:
    fused, owed = drawn(8)
    together = decoder().decode(fused, owed)
    for row, sequence in enumerate(together):
        alone = decoder().decode(fused[row : row + 1], owed[row : row + 1])[0]
        assert [action.word for action in alone] == [action.word for action in sequence]


def test_descriptions() -> None:
    told = {word: PlannedAction(word, 0.9).description for word in WORDS}
    assert told["turn_left"] == "turn left for 0.1 s (6 degrees)"
    assert told["turn_right"] == "turn right for 0.1 s (6 degrees)"
    assert told["move_forward"] == "drive forward for 0.1 s (5 cm)"
    assert told["move_backward"] == "drive backward for 0.1 s (5 cm)"
    assert told["stop"] == "stand still for 0.1 s"
    assert len(set(told.values())) == len(WORDS)
