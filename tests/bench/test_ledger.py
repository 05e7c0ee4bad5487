import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench_doubles import LineEnv, make_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_sim.bench.ledger import PLAN, TRIALS, open_ledger, read_plan
from vla_sim.bench.record import TrialRecord, read_records
from vla_sim.bench.runner import run_plan
from vla_sim.bench.workforce import RunOptions
from vla_sim.errors import InputError


def run(folder, plan, **options):
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, RunOptions(jobs=0, **options), lambda record: None, LineEnv)
    return (folder / TRIALS).read_bytes()


def test_the_plan_is_read_back(tmp_path):
    plan = make_plan()
    run(tmp_path, plan)
    assert read_plan(tmp_path) == plan
    assert read_plan(tmp_path).digest == plan.digest


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(0, 4000))
def test_a_ledger_cut_anywhere_is_completed_to_the_same_bytes(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("run")
    plan = make_plan(trials=2)
    whole = run(folder, plan)
    (folder / TRIALS).write_bytes(whole[:cut])
    assert run(folder, plan) == whole


def test_a_complete_ledger_is_left_alone(tmp_path):
    plan = make_plan()
    whole = run(tmp_path, plan)
    stamp = (tmp_path / TRIALS).stat().st_mtime_ns
    assert run(tmp_path, plan) == whole
    assert (tmp_path / TRIALS).stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (make_plan(agent="bench_doubles:Slow"), "agent 'bench_doubles:Walker', not 'bench_doubles:Slow'"),
        (make_plan(trials=4), "other cells"),
        (make_plan(version="9.9.9"), "version"),
    ],
)
def test_the_folder_of_another_run_is_refused_with_the_way_out(tmp_path, other, told):
    whole = run(tmp_path, make_plan())
    with pytest.raises(InputError, match=r"--out.*--fresh") as error, open_ledger(tmp_path, other):
        pass
    assert told in str(error.value)
    assert (tmp_path / TRIALS).read_bytes() == whole


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="holds no run"), open_ledger(tmp_path, make_plan(), fresh=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_fresh_starts_over_and_keeps_what_is_not_of_the_run(tmp_path):
    run(tmp_path, make_plan())
    (tmp_path / "notes.txt").write_text("mine")
    with open_ledger(tmp_path, make_plan(trials=1), fresh=True) as ledger:
        assert ledger.records == []
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "trials").exists()


def test_two_runs_cannot_share_a_folder(tmp_path):
    plan = make_plan()
    with (
        open_ledger(tmp_path, plan),
        pytest.raises(InputError, match="another run is writing here"),
        open_ledger(tmp_path, plan),
    ):
        pass


@pytest.mark.parametrize("line", [b"{}\n", b"no json\n", b"\xff\xfe\n", b"\n"])
def test_a_damaged_ledger_is_refused_with_its_line(tmp_path, line):
    whole = run(tmp_path, make_plan())
    (tmp_path / TRIALS).write_bytes(whole + line)
    with pytest.raises(InputError, match=rf"{TRIALS}:13: no trial record"):
        read_records(tmp_path / TRIALS)


def test_records_in_the_wrong_order_are_refused(tmp_path):
    plan = make_plan()
    lines = run(tmp_path, plan).splitlines(keepends=True)
    (tmp_path / TRIALS).write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    with pytest.raises(InputError, match="stands where"), open_ledger(tmp_path, plan):
        pass


def test_a_damaged_plan_is_refused(tmp_path):
    run(tmp_path, make_plan())
    (tmp_path / PLAN).write_text("{")
    with pytest.raises(InputError, match="no plan"):
        read_plan(tmp_path)


def test_a_record_survives_its_line():
    record = TrialRecord(
        id="a/clean/000",
        scenario="a",
        world="w",
        task="t",
        arm="clean",
        index=0,
        seed=2**53 - 1,
        outcome="failure",
        reason="naïve 'quote' \n tab\t",
        metrics={"spl": 0.1, "clearance": None},
    )
    line = record.to_json()
    assert "\n" not in line
    assert TrialRecord.model_validate_json(line) == record


RUN_SLOWLY = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from bench_doubles import LineEnv, make_plan
from vla_sim.bench.ledger import open_ledger
from vla_sim.bench.runner import run_plan
from vla_sim.bench.workforce import RunOptions

if __name__ == "__main__":
    folder, plan = Path(sys.argv[1]), make_plan("bench_doubles:Slow", trials=10)
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, RunOptions(jobs=2), lambda record: None, LineEnv)
"""


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again_it_is_the_same_to_the_byte(tmp_path):
    script = tmp_path / "run_slowly.py"
    script.write_text(RUN_SLOWLY.format(here=str(Path(__file__).parent)))
    command = [sys.executable, str(script)]
    subprocess.run([*command, str(tmp_path / "whole")], check=True)
    whole = {path.relative_to(tmp_path / "whole"): path.read_bytes() for path in files(tmp_path / "whole")}
    kills = 0
    while True:
        process = subprocess.Popen([*command, str(tmp_path / "killed")])
        time.sleep(1.2 + 0.4 * kills)
        if process.poll() is not None:
            break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert process.returncode == 0
    assert kills > 0
    assert {path.relative_to(tmp_path / "killed"): path.read_bytes() for path in files(tmp_path / "killed")} == whole


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]
