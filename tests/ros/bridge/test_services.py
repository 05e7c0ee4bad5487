"""The services of simulation_interfaces, whose messages are stood in for: their package is in no wheel."""

import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest

from vla_sim.ros.bridge import services
from vla_sim.ros.bridge.inbox import Inbox
from vla_sim.ros.bridge.services import PAUSED, PLAYING, StandardControl, offer


@pytest.fixture
def inbox():
    """An inbox whose requests are answered at once, and kept."""
    inbox, done = Inbox(), threading.Event()
    inbox.wishes = []

    def serve():
        while not done.is_set():
            request = inbox.request()
            if request is not None:
                inbox.wishes.append(request.wish)
                request.answer.set_result("no" if request.wish == "step" and len(inbox.wishes) > 3 else None)
            done.wait(0.001)

    thread = threading.Thread(target=serve)
    thread.start()
    yield inbox
    done.set()
    thread.join()


def message(**fields):
    return SimpleNamespace(result=SimpleNamespace(), state=SimpleNamespace(), **fields)


def test_each_request_is_fulfilled_and_told(inbox):
    quits = []
    control = StandardControl(inbox, lambda: "paused", lambda: quits.append(1))
    assert control.reset(message(), message()).result.result == services.OK
    assert control.step(message(steps=2), message()).result.result == services.OK
    assert inbox.wishes == ["reset", "step", "step"]
    answer = control.step(message(steps=1), message()).result
    assert (answer.result, answer.error_message) == (services.INCORRECT_STATE, "no")
    assert control.get_state(message(), message()).state.state == PAUSED
    for state in (PLAYING, PAUSED):
        wish = message()
        wish.state.state = state
        assert control.set_state(wish, message()).result.result == services.OK
    assert inbox.wishes[-2:] == ["resume", "pause"]
    wish.state.state = services.QUITTING
    control.set_state(wish, message())
    assert quits
    wish.state.state = 9
    assert control.set_state(wish, message()).result.result == services.UNSUPPORTED


@pytest.mark.parametrize("installed", [False, True])
def test_they_are_offered_where_the_package_is(monkeypatch, installed):
    kinds = ("ResetSimulation", "StepSimulation", "GetSimulationState", "SetSimulationState")
    if installed:
        package, srv = ModuleType("simulation_interfaces"), ModuleType("simulation_interfaces.srv")
        for kind in kinds:
            setattr(srv, kind, kind)
        monkeypatch.setitem(sys.modules, "simulation_interfaces", package)
        monkeypatch.setitem(sys.modules, "simulation_interfaces.srv", srv)
    else:
        monkeypatch.setitem(sys.modules, "simulation_interfaces", None)
    made = {}
    node = SimpleNamespace(create_service=lambda kind, name, answer: made.setdefault(name, kind))
    names = offer(node, Inbox(), lambda: "playing", lambda: None)
    assert set(names) == set(made)
    assert ("reset_simulation" in made) is installed
    assert {"~/reset", "~/pause", "~/step"} <= set(made)
