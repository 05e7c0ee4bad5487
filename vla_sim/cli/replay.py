"""``vla-sim replay``: is it the same again?"""

from __future__ import annotations

from pathlib import Path

from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.ledger import TRIALS, read_plan, recording_path, video_path
from vla_sim.bench.record import TrialRecord, read_records
from vla_sim.bench.rerun import Again, rerun_trials
from vla_sim.bench.schema import nearest
from vla_sim.cli.console import make_console
from vla_sim.errors import InputError
from vla_sim.report.mcap import check_recording
from vla_sim.report.rerun_file import check_rerun


def replay_trial(folder: Path, trial_id: str, *, video: bool, mcap: bool, rerun: Path | None = None) -> int:
    """Run a trial again, compare its record with the ledger's, and return the exit code."""
    plan = read_plan(folder)
    trial = plan.trial(trial_id)
    if trial is None:
        known = (other.id for other in plan.trials())
        raise InputError(f"no trial '{trial_id}' in {folder}{nearest(trial_id, known)}", field="TRIAL")
    recorded = {record.id: record for record in read_records(folder / TRIALS)}.get(trial_id)
    if mcap:
        check_recording()
    if rerun is not None:
        _check_target(rerun)
        check_rerun()
    film = video_path(folder, trial_id) if video else None
    recording = recording_path(folder, trial_id) if mcap else None
    (again,) = rerun_trials(plan, [Again(trial, film, recording, rerun)])

    console = make_console()
    goals = ", then ".join(f"'{said['words']}'" for said in again.words)
    console.print(f"{trial_id} (seed {trial.seed}): {goals}", markup=False)
    console.print(f"{again.outcome} {again.reason} after {again.sim_time:.1f} s, {again.steps} steps", markup=False)
    for what, path in (("video", film), ("recording", recording), ("Rerun file", rerun)):
        if path is not None:
            console.print(f"{what}: {path}", soft_wrap=True, markup=False)
    if recorded is None:
        console.print("the ledger has no record of this trial yet")
        return ExitCode.PASSED
    differences = _differences(recorded, again)
    for difference in differences:
        console.print(difference, markup=False)
    console.print("not the same as recorded" if differences else "the same as recorded, to the byte")
    return ExitCode.FAILED if differences else ExitCode.PASSED


def _check_target(file: Path) -> None:
    if file.suffix != ".rrd":
        raise InputError(f"a Rerun file is called .rrd, not '{file.name}'", field="--rerun")
    if not file.absolute().parent.is_dir():
        raise InputError("the folder is not there", file=file.parent, field="--rerun")


def _differences(recorded: TrialRecord, again: TrialRecord) -> list[str]:
    return [
        f"  {field}: recorded {getattr(recorded, field)!r}, now {getattr(again, field)!r}"
        for field in TrialRecord.model_fields
        if getattr(recorded, field) != getattr(again, field)
    ]
