from __future__ import annotations

import threading

from vla_sim.engines.engine import Command
from vla_sim.ros.agent.gate import CommandGate

GO, STAND = Command(0.3, 0.1), Command()


def test_nothing_passes_before_it_is_opened_or_after_it_is_closed():
    sent = []
    gate = CommandGate(lambda *message: sent.append(message))
    assert not gate.send(GO, 1, gate.generation)
    gate.halt(2)
    gate.close(3)
    assert sent == []
    gate.open(4)
    assert gate.send(GO, 5, gate.generation)
    gate.halt(6)
    gate.close(7)
    gate.close(8)
    assert not gate.send(GO, 9, gate.generation)
    assert sent == [(STAND, 4), (GO, 5), (STAND, 6), (STAND, 7)]


def test_what_was_decided_before_it_was_opened_again_does_not_pass():
    sent = []
    gate = CommandGate(lambda *message: sent.append(message))
    gate.open(1)
    earlier = gate.generation
    gate.open(2)
    assert not gate.send(GO, 3, earlier)
    assert sent == [(STAND, 1), (STAND, 2)]


def test_the_last_command_is_zero_whichever_thread_is_first():
    for _ in range(50):
        sent = []
        gate = CommandGate(lambda *message, sent=sent: sent.append(message))
        gate.open(0)
        begun = threading.Event()

        def decide(gate=gate, begun=begun):
            for stamp in range(1, 200):
                gate.send(GO, stamp, gate.generation)
                begun.set()

        thread = threading.Thread(target=decide)
        thread.start()
        begun.wait()
        gate.close(1000)
        thread.join()
        assert sent[-1] == (STAND, 1000)


def test_what_was_ended_is_never_opened_again():
    sent = []
    gate = CommandGate(lambda *message: sent.append(message))
    gate.open(1)
    gate.end(2)
    gate.open(3)
    assert not gate.send(GO, 4, gate.generation)
    gate.halt(5)
    gate.end(6)
    assert sent == [(STAND, 1), (STAND, 2)]
