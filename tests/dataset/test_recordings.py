"""Recordings of trials become the dataset that recording them as one would have written."""

import numpy as np
import pytest

from vla_sim.agent import load_agent
from vla_sim.bench.trial import run_trial
from vla_sim.bench.worker import make_env
from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.recordings import import_recordings
from vla_sim.errors import InputError
from vla_sim.report.mcap import Recording, trial_facts


def test_a_recording_gives_the_same_frames(shown, dataset, tmp_path):
    _, plan, _ = shown
    files = []
    for trial in plan.trials():
        files.append(tmp_path / f"{len(files)}.mcap")
        env = make_env(plan, trial.cell)
        with Recording(files[-1], trial_facts(plan, trial)) as recording:
            run_trial(env, load_agent(plan.agent), trial, [recording])
        env.close()
    lengths = []
    import_recordings(files, tmp_path / "data", lambda file, frames: lengths.append(frames))
    new = Dataset(tmp_path / "data")
    assert lengths == [episode.length for episode in dataset.episodes]
    assert new.features == dataset.features
    assert new.sensors == dataset.sensors
    assert new.tasks == dataset.tasks
    for name, feature in dataset.features.items():
        if name == "next.reward":  # progress is recorded in single precision
            np.testing.assert_allclose(new.column(name), dataset.column(name), atol=1e-6)
        elif feature.dtype != "video":
            np.testing.assert_array_equal(new.column(name), dataset.column(name), err_msg=name)
    video = "videos/observation.images.camera/chunk-000/file-000.mp4"
    assert (tmp_path / "data" / video).read_bytes() == (dataset.folder / video).read_bytes()
    for mine, theirs in zip(new.episodes, dataset.episodes, strict=True):
        for name in ("id", "seed", "task", "arm", "outcome", "steps"):
            assert mine.facts[name] == theirs.facts[name]
    with pytest.raises(InputError, match="holds a dataset already"):
        import_recordings(files, tmp_path / "data", lambda file, frames: None)


def test_a_file_that_is_no_recording(tmp_path):
    (tmp_path / "a.mcap").write_bytes(b"no MCAP at all")
    with pytest.raises(InputError, match=r"a\.mcap: cannot be read"):
        import_recordings([tmp_path / "a.mcap"], tmp_path / "data", lambda file, frames: None)
