from __future__ import annotations

import threading

import numpy as np

from vla_sim.ros.agent.worker import Job, Worker
from vla_sim.ros.synchroniser import Batch
from vla_sim.sensing.reading import Reading


def job(time, *stamps, missing=(), skipped=0):
    readings = tuple(Reading("imu", stamp, np.zeros(6), stamp) for stamp in stamps)
    return Job(Batch(time, readings, missing, skipped), "go", round(time * 1e9), 1)


class Busy:
    """Holds the worker up in the first job until it is let go."""

    def __init__(self):
        self.taken, self.events = threading.Event(), threading.Event()
        self.jobs, self.log, self.done = [], [], threading.Semaphore(0)

    def decide(self, job):
        self.taken.set()
        assert self.events.wait(20.0)
        self.jobs.append(job)
        self.log.append(job.batch.time)
        self.done.release()

    def reset(self, seed):
        self.log.append(f"reset {seed}")
        self.done.release()


def test_the_newest_batch_wins_and_has_the_readings_of_those_it_overtook():
    busy = Busy()
    worker = Worker(busy.decide, busy.reset)
    worker.submit(job(0.1, 0.1))
    assert busy.taken.wait(20.0)
    worker.submit(job(0.2, 0.15, 0.2, missing=("camera",)))
    worker.submit(job(0.3, 0.3, skipped=1))
    assert worker.busy_since is not None
    busy.events.set()
    for _ in range(2):
        assert busy.done.acquire(timeout=20.0)
    assert [each.batch.time for each in busy.jobs] == [0.1, 0.3]
    assert [reading.stamp for reading in busy.jobs[1].batch.readings] == [0.15, 0.2, 0.3]
    assert (busy.jobs[1].batch.missing, busy.jobs[1].batch.skipped) == ((), 2)
    assert worker.dropped == 1
    assert worker.stop()
    assert worker.busy_since is None or worker.stop()


def test_behind_an_agent_that_hangs_nothing_grows():
    busy = Busy()
    worker = Worker(busy.decide, busy.reset)
    worker.submit(job(0.1))
    assert busy.taken.wait(20.0)
    for step in range(2, 200):
        worker.submit(job(step / 10, step / 10))
    busy.events.set()
    for _ in range(2):
        assert busy.done.acquire(timeout=20.0)
    assert len(busy.jobs[1].batch.readings) == 10
    assert worker.dropped == 197
    assert worker.stop()


def test_a_reset_comes_before_later_batches_and_ends_earlier_ones():
    busy = Busy()
    worker = Worker(busy.decide, busy.reset)
    worker.submit(job(0.1))
    assert busy.taken.wait(20.0)
    worker.submit(job(0.2))
    worker.reset(5)
    worker.submit(job(0.1))
    busy.events.set()
    for _ in range(3):
        assert busy.done.acquire(timeout=20.0)
    assert busy.log == [0.1, "reset 5", 0.1]
    assert worker.stop()


def test_an_agent_that_hangs_is_left_behind():
    busy = Busy()
    worker = Worker(busy.decide, busy.reset)
    worker.submit(job(0.1))
    assert busy.taken.wait(20.0)
    assert not worker.stop(0.05)
    busy.events.set()
    assert worker.stop()
