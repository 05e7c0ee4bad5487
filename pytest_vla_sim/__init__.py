"""pytest plug-in: ``pytest --vla-suite FILE`` runs the trials of a suite as test items.

A package of its own, because pytest imports it in every run: ``vla_sim`` is imported only where a suite is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_vla_sim.items import SuiteFile
    from pytest_vla_sim.on_demand import OnDemandRun

RUNS = pytest.StashKey[list["OnDemandRun"]]()
"""A run for each suite that was collected."""
_SUITES = pytest.StashKey[list[Path]]()
_REPORTS = pytest.StashKey[list[Path]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; all others of pytest's act on trials as on tests."""
    group = parser.getgroup("vla_sim", "robot trials (vla_sim)")
    group.addoption(
        "--vla-suite",
        action="append",
        default=[],
        metavar="FILE",
        help="run the trials of this suite (a file, or a shipped suite's name), and only them where no path is given",
    )
    group.addoption("--vla-agent", default="expert", metavar="AGENT", help="agent by name, or module:Class [expert]")
    group.addoption("--vla-trials", type=int, metavar="N", help="trials of each arm in the place of the suite's")
    group.addoption("--vla-seed", type=int, metavar="N", help="seed in the place of the suite's")
    group.addoption("--vla-out", default="runs", metavar="DIR", help="where the runs' folders are made [runs]")


def pytest_configure(config: pytest.Config) -> None:
    """Have the suites collected like test files."""
    names = config.getoption("--vla-suite")
    if not names:
        return
    from vla_sim.cli.run import find_suite
    from vla_sim.errors import InputError

    for option in ("--vla-trials", "--vla-seed"):
        least = 1 if option == "--vla-trials" else 0
        if (value := config.getoption(option)) is not None and value < least:
            raise pytest.UsageError(f"{option} must be at least {least}, not {value}")
    try:
        suites = [find_suite(name).resolve() for name in names]
    except InputError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_SUITES] = suites
    if config.args_source != pytest.Config.ArgsSource.ARGS:
        config.args = []
    # A worker of pytest-xdist gets the paths from its controller, the suites among them.
    given = {Path(argument.partition("::")[0]).resolve() for argument in config.args}
    config.args += [str(suite) for suite in suites if suite not in given]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """Collect a suite that was asked for."""
    if file_path not in parent.config.stash.get(_SUITES, []):
        return None
    from pytest_vla_sim.items import SuiteFile

    return SuiteFile.from_parent(parent, path=file_path)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Free the simulators and write the runs' reports."""
    runs = session.config.stash.get(RUNS, [])
    session.config.stash[_REPORTS] = [report for run in runs if (report := run.close()) is not None]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say where the reports are."""
    for report in config.stash.get(_REPORTS, []):
        terminalreporter.write_line(f"vla_sim: {report}")
