"""Errors that a user can cause and fix: one clear line each, exit code 2."""

from __future__ import annotations

from pathlib import Path


class InputError(Exception):
    """Bad input: a wrong file, key, name or value.

    Prints as ``file:line: field: what is wrong; the fix``, leaving out the parts that are unknown. The command line
    shows exactly this line and exits with code 2.
    """

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None, field: str | None = None
    ):
        self.message = message
        self.file = None if file is None else str(file)
        self.line = line
        self.field = field
        place = self.file or ""
        if self.file and line is not None:
            place += f":{line}"
        super().__init__(": ".join(part for part in (place, field, " ".join(message.split())) if part))


class NotReadyError(InputError):
    """What was asked for works, but not before the user brings something: a package, a checkpoint, an export."""


class SimulatorError(Exception):
    """The simulator failed (diverged, died, gave no frame): the trial is a simulator crash, never a policy failure."""


class HarnessError(Exception):
    """The testbench itself failed, outside any trial."""
