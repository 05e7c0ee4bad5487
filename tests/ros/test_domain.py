"""Domains: one a holder, freed at the end and by death."""

import subprocess
import sys

import pytest

from vla_sim.errors import NotReadyError
from vla_sim.ros.domain import claimed_domain

HOLD = """
import sys
from vla_sim.ros.domain import claimed_domain
with claimed_domain() as number:
    print(number, flush=True)
    sys.stdin.read()
"""


def test_two_holders_have_two_domains():
    with claimed_domain() as first, claimed_domain() as second:
        assert first != second


def test_a_domain_is_free_again_at_the_end():
    with claimed_domain() as first:
        pass
    with claimed_domain([first]) as again:
        assert again == first


def test_nothing_is_left_when_all_are_taken():
    with claimed_domain() as taken, pytest.raises(NotReadyError, match="every ROS domain"), claimed_domain([taken]):
        pass


def test_death_frees_a_domain():
    held = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    number = int(held.stdout.readline())
    with pytest.raises(NotReadyError), claimed_domain([number]):
        pass
    held.kill()
    held.communicate()
    with claimed_domain([number]) as again:
        assert again == number
