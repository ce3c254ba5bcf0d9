import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings, PreprocessSettings
from sgnet.geometry import Grid, Volume
from sgnet.inference.image import predict_image
from sgnet.inference.model import Model
from sgnet.networks.network import NetworkOutput


class BrightIsTumour(torch.nn.Module):
    stride = (8, 8, 8)

    def forward(self, x):
        return NetworkOutput(torch.where(x > 3, 6.0, -6.0), ())


@pytest.mark.parametrize("temperature", [None, 3.0])
def test_the_tumour_comes_back_on_its_native_voxels_as_likely_as_the_models_temperature_says(temperature):
    shape = (40, 32, 16)
    image = np.ones(shape, np.float32)
    image[5:9, 20:26, 2:5] = 100
    volume = Volume(image, Grid(shape, np.diag([-0.5, 0.5, 1.5, 1])), "T2")
    details = {"temperatures": {"core": temperature}} if temperature else {}
    settings = NetworkSettings(task="schwannoma", name="unet2d5")
    model = Model("bright", BrightIsTumour(), settings, PreprocessSettings(), "0" * 64, details)
    inference = InferenceSettings(window=(32, 32, 16), device="cpu", precision="float32")
    tumour = predict_image(volume, model, inference)
    expected = 1 / (1 + np.exp(-6 / (temperature or 1)))
    np.testing.assert_allclose(tumour, np.where(image > 1, expected, 1 - expected), atol=1e-5)
