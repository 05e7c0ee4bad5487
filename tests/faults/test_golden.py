import json
import os
import subprocess
import sys

from vla_sim.faults import KINDS, golden


def test_every_kind_gives_the_recorded_output():
    assert golden.verify() == []


def test_the_output_does_not_hang_on_the_vector_units_of_the_processor():
    told = os.environ | {"OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2,FMA3,AVX,FP16,POPCNT,SSE4.2,SSE4.1,SSSE3"}
    check = "import sys; from vla_sim.faults import golden; sys.exit(chr(10).join(golden.verify()) or None)"
    done = subprocess.run([sys.executable, "-c", check], env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_changed_output_is_noticed_and_not_recorded_over(monkeypatch, tmp_path):
    recorded = golden.load()
    recorded["camera.blur"]["levels"]["rgb"]["3"] = "0" * 16
    copy = tmp_path / "golden.json"
    copy.write_text(json.dumps(recorded))
    monkeypatch.setattr(golden, "GOLDEN", copy)
    assert golden.verify() == ["camera.blur: other output on rgb at level 3"]
    assert golden.write() == ["camera.blur"]
    assert golden.verify() == ["camera.blur: other output on rgb at level 3"]
    monkeypatch.setattr(KINDS["camera.blur"], "version", 2)
    assert golden.write() == []
    assert golden.verify() == []
