from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from vla_agents.fusion.perception import open_vocabulary
from vla_agents.fusion.perception.grounding import LEAST_AREA, MOST_AREA, cut
from vla_agents.fusion.perception.open_vocabulary import (
    ClosedSetDetector,
    OpenVocabularyDetector,
    pretrained_detector,
)
from vla_agents.fusion.perception.things import overlap

from tests.agents.fusion import tiny
from vla_sim.errors import InputError


@pytest.fixture(params=[False, True], ids=["owlvit", "owlv2"])
def owl(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return tiny.owl(tmp_path / "owl", request.param)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_boxes_are_those_of_the_models_own_processing(owl: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers.models.owlv2.image_processing_pil_owlv2 import Owlv2ImageProcessorPil
    from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

    monkeypatch.setattr(open_vocabulary, "OVERLAP", 1.0)
    monkeypatch.setattr(open_vocabulary, "_GREY", 0.0)  # as this one fills up; the published training used grey
    frame = noise(36, 48)
    detector = OpenVocabularyDetector(owl)
    second = type(detector._model).__name__.startswith("Owlv2")
    theirs = (Owlv2ImageProcessorPil if second else OwlViTImageProcessorPil)(size={"height": 48, "width": 48})
    said = detector._tokenizer(["red cube"], padding="max_length", max_length=16, return_tensors="pt")
    pixels = torch.as_tensor(np.asarray(theirs(frame, return_tensors="np")["pixel_values"]))
    with torch.inference_mode():
        output = detector._model(pixel_values=pixels, **said)
    (wanted,) = theirs.post_process_object_detection(output, threshold=0.0, target_sizes=[(36, 48)])
    kept = [
        (float(score), *box)
        for score, row in zip(wanted["scores"], wanted["boxes"], strict=True)
        for box, area in [cut(tuple(row.tolist()), (36, 48))]
        if LEAST_AREA <= area <= MOST_AREA
    ]
    found = detector.find(frame, ["red cube"], threshold=0.0)
    assert len(found) == len(kept) >= 10
    for score, *box in kept:
        assert any(np.allclose(box, other.box, atol=0.5) and abs(score - other.score) < 0.01 for other in found)


def test_boxes_lie_in_the_frame_and_do_not_cover_each_other(owl: str) -> None:
    found = pretrained_detector(owl).find(noise(60, 96), ["red cube", "ball"], threshold=0.0)
    assert {box.query for box in found} == {"red cube", "ball"}
    assert [box.score for box in found] == sorted((box.score for box in found), reverse=True)
    for box in found:
        left, top, right, bottom = box.box
        assert 0.0 <= left < right <= 96.0
        assert 0.0 <= top < bottom <= 60.0
        assert box.area == pytest.approx((right - left) * (bottom - top) / (60 * 96))
        others = [other for other in found if other.query == box.query and other is not box]
        assert all(overlap(box.box, other.box) <= open_vocabulary.OVERLAP for other in others)


def test_a_query_is_answered_by_itself_and_matters(owl: str) -> None:
    detector = pretrained_detector(owl)
    alone = detector.find(noise(48, 48), ["ball"], threshold=0.0)
    beside = detector.find(noise(48, 48), ["please wait at the red cube", "ball"], threshold=0.0)
    of_ball = [box for box in beside if box.query == "ball"]
    assert [box.box for box in of_ball] == [pytest.approx(box.box, abs=1e-3) for box in alone]
    assert [box.score for box in of_ball] == [pytest.approx(box.score, abs=1e-5) for box in alone]
    scores = {query: max(box.score for box in beside if box.query == query) for query in {box.query for box in beside}}
    assert len(set(scores.values())) == 2


def test_a_threshold(owl: str) -> None:
    detector = pretrained_detector(owl)
    whole = detector.find(noise(48, 48), ["ball"], threshold=0.0)
    middle = whole[len(whole) // 2].score
    assert detector.find(noise(48, 48), ["ball"], threshold=middle) == [box for box in whole if box.score >= middle]
    assert detector.find(noise(48, 48), ["ball"], threshold=1.0) == []


def test_nothing_asked_and_an_empty_query(owl: str) -> None:
    detector = pretrained_detector(owl)
    assert detector.find(noise(48, 48), []) == []
    with pytest.raises(InputError, match="query: a query is empty"):
        detector.find(noise(48, 48), ["ball", " "])
    with pytest.raises(InputError, match="frames: frames are uint8"):
        detector.find(noise(48, 48)[..., 0], ["ball"])


def test_detr_finds_the_labels_that_a_query_names(tmp_path: Path) -> None:
    detector = pretrained_detector(tiny.detr(tmp_path / "detr"))
    assert isinstance(detector, ClosedSetDetector)
    assert detector.named("go to the red cube") == [0]
    assert detector.named("Cubes and the traffic light") == [0, 1]
    with pytest.raises(InputError, match=r"'the icecube' names none of the 3 labels \(cube, traffic light, ball\)"):
        detector.named("the icecube")
    with pytest.raises(InputError, match="query"):
        detector.find(noise(48, 64), ["the duck"])


def test_boxes_of_detr_are_those_of_its_own_processing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers.models.detr.image_processing_pil_detr import DetrImageProcessorPil

    monkeypatch.setattr(open_vocabulary, "OVERLAP", 1.0)
    detector = ClosedSetDetector(tiny.detr(tmp_path / "detr"))
    frame = np.kron(noise(6, 8), np.ones((8, 8, 1), np.uint8))
    processor = DetrImageProcessorPil()
    pixels = torch.as_tensor(np.asarray(processor(frame, return_tensors="np")["pixel_values"]))
    assert pixels.shape[2:] == open_vocabulary._shorter_edge((48, 64))
    with torch.inference_mode():
        output = detector._model(pixel_values=pixels)
    (wanted,) = processor.post_process_object_detection(output, threshold=0.0, target_sizes=[(48, 64)])
    found = [
        box
        for label in set(wanted["labels"].tolist())
        for box in detector.find(frame, [detector.labels[label]], threshold=0.0)
    ]
    for score, row in zip(wanted["scores"].tolist(), wanted["boxes"].tolist(), strict=True):
        box, area = cut(tuple(row), (48, 64))
        if LEAST_AREA <= area <= MOST_AREA:
            assert any(np.allclose(box, other.box, atol=0.3) and abs(score - other.score) < 0.01 for other in found)
    assert found


def test_models_that_are_no_detectors_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="detector: no model can be loaded from"):
        pretrained_detector(str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="kind 'resnet': give an OWL-ViT, OWLv2 or DETR"):
        pretrained_detector(tiny.resnet(tmp_path / "resnet"))
    with pytest.raises(InputError, match="of the kind 'resnet', not owlvit or owlv2"):
        OpenVocabularyDetector(str(tmp_path / "resnet"))


def test_a_detr_whose_backbone_needs_another_package(tmp_path: Path) -> None:
    from transformers import DetrConfig

    source = tiny.detr(tmp_path / "detr")
    DetrConfig().save_pretrained(source)
    with pytest.raises(InputError, match="timm"):
        pretrained_detector(source)
