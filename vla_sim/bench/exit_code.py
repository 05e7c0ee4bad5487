"""How a command ends, for the shell and for CI."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of ``vla-sim``."""

    PASSED = 0
    FAILED = 1
    """A gate failed, trials are missing, or a replay differs."""
    BAD_INPUT = 2
    ERROR = 3
    """The testbench or the simulator failed: the figures cannot be trusted."""
    INTERRUPTED = 130
