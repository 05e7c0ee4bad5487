"""The worker processes of a vector environment: started together, heard in order, ended without fail."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import weakref
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import send_handle
from typing import Any, NoReturn

import gymnasium
from gymnasium.vector import AutoresetMode

from vla_sim.envs.vector.memory import IDLE, IN_RESET, Block, open_block
from vla_sim.envs.vector.worker import Failed, Infos, Makers, Ready, Refused, serve
from vla_sim.errors import HarnessError, InputError, SimulatorError

START_SECONDS = 300.0
"""Wall-clock time in which the workers must have made their environments."""
END_SECONDS = 5.0
"""Wall-clock time that a worker is given to close its environments."""

Make = Callable[[], gymnasium.Env[Any, Any]]


class Crew:
    """Processes that hold environments in equal, contiguous shares.

    Args:
        makers: one function an environment.
        workers: number of processes.
        mode: when an episode that is over is followed by the next.
        infos: which steps' infos are told.
        timeout: wall-clock seconds in which a worker must answer; None: for ever.

    Raises:
        InputError: an environment cannot be made, or they differ in their spaces.
        SimulatorError: a worker died, or did not answer in time.
    """

    def __init__(self, makers: Sequence[Make], workers: int, mode: AutoresetMode, infos: Infos, timeout: float | None):
        count = len(makers)
        cuts = [count * number // workers for number in range(workers + 1)]
        self.shares = [range(begin, end) for begin, end in itertools.pairwise(cuts)]
        self._connections: list[Connection] = []
        self._processes: list[SpawnProcess] = []
        self._timeout: float | None = START_SECONDS
        self.close = weakref.finalize(self, _end, self._connections, self._processes)
        self.block: Block | None = None
        # Spawned, not forked: neither OpenGL nor threads survive a fork.
        context = multiprocessing.get_context("spawn")
        for number, share in enumerate(self.shares):
            ours, theirs = context.Pipe()
            mine = Makers({index: makers[index] for index in share})
            process = context.Process(
                target=serve, args=(theirs, mine, number, workers, count, mode, infos), daemon=True
            )
            self._connections.append(ours)
            process.start()
            self._processes.append(process)
            theirs.close()
        said: list[Ready] = [self.hear(number) for number in range(workers)]
        self.ready = said[0]
        if any(other[:2] != self.ready[:2] for other in said):
            self.close()
            raise InputError("all environments of a vector must have the same spaces", field="make")
        self.block = self._share(count, workers)
        self._timeout = timeout

    def _share(self, count: int, workers: int) -> Block:
        """Make the shared memory and hand it to everybody."""
        try:
            size = Block(*self.ready[:2], count, workers).nbytes
        except InputError:
            self.close()
            raise
        descriptor = open_block(size)
        try:
            for number, process in enumerate(self._processes):
                assert process.pid is not None
                send_handle(self._connections[number], descriptor, process.pid)
            return Block(*self.ready[:2], count, workers, descriptor)
        except OSError:
            self._fail(number, f"the worker process died ({_reason(process)})", SimulatorError)
        finally:
            os.close(descriptor)

    def tell(self, number: int, verb: str, *arguments: Any) -> None:
        """Ask a worker for something."""
        try:
            self._connections[number].send((verb, arguments))
        except OSError:
            self._lost(number)

    def hear(self, number: int) -> Any:
        """Return a worker's answer.

        Raises:
            AttributeError: the environment has no such attribute.
            InputError: the environment says that its input is wrong.
            SimulatorError: the simulator failed, or the worker died or did not answer in time.
            HarnessError: the environment raised anything else.
        """
        connection = self._connections[number]
        try:
            if self._timeout is not None and not connection.poll(self._timeout):
                self._fail(number, f"no answer within {self._timeout:g} s of wall time", SimulatorError)
            answer = connection.recv()
        except (EOFError, ConnectionResetError):
            self._lost(number)
        if isinstance(answer, Refused):
            raise AttributeError(answer.error) if answer.no_attribute else HarnessError(answer.error)
        if isinstance(answer, Failed):
            error = {"input": InputError, "simulator": SimulatorError, "other": HarnessError}[answer.kind]
            self._fail(number, answer.error, error, answer)
        return answer

    def _lost(self, number: int) -> NoReturn:
        process = self._processes[number]
        process.join(END_SECONDS)
        self._fail(number, f"the worker process died ({_reason(process)})", SimulatorError)

    def _fail(self, number: int, what: str, error: type[Exception], failed: Failed | None = None) -> NoReturn:
        """End all workers and say which environment is to blame."""
        where = self._where(number, failed)
        self.close()
        raised = error(f"{where}: {what}")
        if failed is not None and failed.kind != "input":
            raised.add_note(f"In the worker process:\n{failed.trace}")
        raise raised

    def _where(self, number: int, failed: Failed | None) -> str:
        block, share = self.block, self.shares[number]
        if block is None:
            return f"environment {failed.index}" if failed is not None else _named(share)
        if block.doing[number] == IDLE:
            return _named(share)
        index = int(block.at[number])
        seed = int(block.seeds[index])
        known = f"seed {seed}" if seed >= 0 else "seed not known"
        if block.doing[number] == IN_RESET:
            return f"environment {index} (in a reset; last {known})"
        return f"environment {index} ({known})"


def _named(share: range) -> str:
    return f"environment {share[0]}" if len(share) == 1 else f"environments {share[0]} to {share[-1]}"


def _reason(process: SpawnProcess) -> str:
    code = process.exitcode
    if code is None:
        return "it closed its pipe"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _end(connections: Sequence[Connection], processes: Sequence[SpawnProcess]) -> None:
    """End the processes, whatever they are doing: one whose pipe is closed ends by itself, unless it hangs."""
    for connection in connections:
        connection.close()
    for process in processes:
        process.join(END_SECONDS)
        if process.is_alive():
            process.kill()
            process.join(END_SECONDS)
