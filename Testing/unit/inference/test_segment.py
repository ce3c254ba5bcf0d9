import json

import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, LesionSettings, NetworkSettings, PreprocessSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.inference.model import Model
from sgnet.inference.segment import segment_study
from sgnet.networks.network import NetworkOutput


class BrightIsLesion(torch.nn.Module):
    stride = (8, 8, 8)

    def forward(self, x):
        return NetworkOutput(torch.where(x > 0.9, 9.0, -9.0), ())


def study(affine):
    """A ball of a head with one bright cube in it."""
    shape = (40, 44, 36)
    grids = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in shape], indexing="ij")
    head = np.sqrt(sum(g**2 for g in grids)) < 16
    image = np.where(head, 100 + grids[0], 0).astype(np.float32)
    cube = np.zeros(shape, bool)
    cube[22:27, 20:26, 15:20] = True
    image[cube] = 500
    return Study(Volume(image, Grid(shape, affine), "a"), Volume(image, Grid(shape, affine), "b")), cube


def run(affine, details=None):
    made, cube = study(affine)
    model = Model("bright", BrightIsLesion(), NetworkSettings(), PreprocessSettings(), "0" * 64, details or {})
    inference = InferenceSettings(window=(32, 32, 16), device="cpu", precision="float32")
    return segment_study(made, model, inference, LesionSettings(min_volume_mm3=5)), cube


@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, -1, 1)])
def test_lesion_comes_back_on_its_native_voxels_whatever_the_orientation(signs):
    result, cube = run(np.diag([*signs, 1.0]).astype(float))
    np.testing.assert_array_equal(result.labels > 0, cube)
    assert len(result.lesions) == 1
    assert result.lesions[0].volume_ml == pytest.approx(cube.sum() / 1000)


class AirIsLesion(torch.nn.Module):
    stride = (8, 8, 8)

    def forward(self, x):
        return NetworkOutput(torch.full_like(x, 20.0), ())


def test_nothing_outside_the_head_is_a_lesion():
    made, _ = study(np.eye(4))
    model = Model("air", AirIsLesion(), NetworkSettings(), PreprocessSettings(), "0" * 64, {})
    inference = InferenceSettings(window=(32, 32, 16), device="cpu", precision="float32")
    result = segment_study(made, model, inference, LesionSettings())
    inside = made.t1ce.array > 0
    for probability in (result.core_probability, result.whole_probability):
        assert (probability[~inside] == 0).all() and (probability[inside] > 0.9).all()
    np.testing.assert_array_equal(result.labels > 0, inside)


def test_provenance_is_ready_for_json_and_names_model_settings_and_input():
    result, _ = run(np.eye(4))
    provenance = json.loads(json.dumps(result.provenance))
    as_peak = {"intercept": 0.0, "peak": 1.0, "volume": 0.0, "flatness": 0.0}
    unfiltered = {"radius": 0, "regularisation": 0.001}
    fitted = {"guided_filter": unfiltered, "confidence": as_peak, "tightening": {"rate": 0.0, "from_peak": 0.5}}
    assert provenance["model"] == {"name": "bright", "sha256": "0" * 64, **fitted}
    assert provenance["settings"]["lesions"]["min_volume_mm3"] == 5
    assert provenance["input"]["t1ce"]["shape_ijk"] == [40, 44, 36]
    assert "Research use only" in provenance["research_use_only"]


def test_the_models_confidence_decides_what_is_a_lesion():
    # By its peak alone the cube is one; a model that distrusts whatever is smaller than 1 ml drops it.
    volume = 5 * 6 * 5 / 1000
    weights = {"intercept": -5.0, "peak": 0.0, "volume": 1.0, "flatness": 0.0}
    result, _ = run(np.eye(4), {"confidence": weights})
    assert result.lesions == () and result.confidence.volume == 1.0
    result, _ = run(np.eye(4), {"confidence": {**weights, "intercept": 5.0}})
    (lesion,) = result.lesions
    assert lesion.confidence == pytest.approx(1 / (1 + np.exp(-5 - np.log(volume / 0.1))), abs=1e-6)


def test_the_models_tightening_draws_the_outlines():
    # Between 1 mm voxels, where the probability falls off.
    finer = np.diag([0.8, 0.8, 0.8, 1.0])
    plain, _ = run(finer)
    tight, _ = run(finer, {"tightening": {"rate": 0.2, "from_peak": 0.6}})
    (wide,), (narrow,) = plain.lesions, tight.lesions
    assert 0.3 * wide.volume_ml < narrow.volume_ml < 0.9 * wide.volume_ml
    assert plain.core_probability[plain.core].min() < 0.5 < tight.core_probability[tight.core].min()
    assert (tight.whole <= plain.whole).all() and tight.tightening.rate == 0.2


def test_the_models_temperatures_reach_the_probabilities_of_the_result():
    result, cube = run(np.diag([1.0, 1, 1, 1]), {"temperatures": {"core": 10, "whole": 20}})
    middle = tuple(np.argwhere(cube).mean(axis=0).astype(int))
    assert result.core_probability[middle] == pytest.approx(1 / (1 + np.exp(-9 / 10)), abs=1e-4)
    # The whole lesion is nowhere less likely than its core, so its own answer shows where there is no core.
    corner = (20, 22, 10)
    assert not cube[corner]
    assert result.whole_probability[corner] == pytest.approx(1 / (1 + np.exp(9 / 20)), abs=1e-4)


def test_the_models_guided_filter_reaches_the_probabilities_of_the_result():
    plain, cube = run(np.eye(4))
    # In windows far wider than the images' contrast everything is flat, and the filter a mere mean.
    mean, _ = run(np.eye(4), {"guided_filter": {"radius": 2, "regularisation": 1000.0}})
    kept, _ = run(np.eye(4), {"guided_filter": {"radius": 2, "regularisation": 1e-6}})
    assert mean.core_probability[cube].min() < 0.01 < 0.99 < plain.core_probability[cube].min()
    np.testing.assert_array_equal(kept.core, plain.core)
    assert kept.provenance["model"]["guided_filter"] == {"radius": 2, "regularisation": 1e-6}
