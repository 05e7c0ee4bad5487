"""The command line, ``vla-sim``."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

from vla_sim.bench.exit_code import ExitCode


def main() -> None:
    """Run the command line: an error of the user's is one line and exit code 2, one of ours a log and exit code 3."""
    from vla_sim.cli.app import app
    from vla_sim.errors import InputError

    try:
        app()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(ExitCode.BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        print(f"internal error: {type(error).__name__}: {reason}; details in {_write_log()}", file=sys.stderr)
        sys.exit(ExitCode.ERROR)


def _write_log() -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="vla-sim-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(f"{sys.argv}\n{traceback.format_exc()}")
        return Path(file.name)
