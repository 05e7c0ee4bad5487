import json

from vla_sim.faults import KINDS, golden


def test_every_kind_gives_the_recorded_output():
    assert golden.verify() == []


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
