import json

import pytest
import torch

from sgnet.config import NetworkSettings, PreprocessSettings
from sgnet.errors import ModelError
from sgnet.inference.model import CONFIG, WEIGHTS, load_model, save_model
from sgnet.lesions.tightening import AT_THRESHOLD
from sgnet.networks.registry import build_network
from sgnet.networks.sgnet import SGNet

SETTINGS = NetworkSettings(channels=(4, 4, 8, 8), groups=2)


@pytest.fixture
def folder(tmp_path):
    save_model(SGNet(SETTINGS), tmp_path / "m", SETTINGS, PreprocessSettings(upper_percentile=99), {"steps": 3})
    return tmp_path / "m"


def test_saved_model_comes_back_with_weights_settings_and_details(tmp_path):
    network = SGNet(SETTINGS)
    save_model(network, tmp_path / "m", SETTINGS, PreprocessSettings(upper_percentile=99), {"steps": 3})
    model = load_model(tmp_path / "m")
    assert model.name == "m" and model.preprocess.upper_percentile == 99 and model.details["steps"] == 3
    assert model.network.settings == SETTINGS and not model.network.training
    for name, value in network.state_dict().items():
        torch.testing.assert_close(model.network.state_dict()[name], value)


def test_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ModelError, match="is no model folder"):
        load_model(tmp_path)


def test_changed_weights_do_not_pass_the_checksum(folder):
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)
    with pytest.raises(ModelError, match="does not match the checksum"):
        load_model(folder)


def test_weights_of_another_architecture_are_refused(folder):
    config = json.loads((folder / CONFIG).read_text())
    config["network"]["channels"] = [8, 8, 8, 8]
    (folder / CONFIG).write_text(json.dumps(config))
    with pytest.raises(ModelError, match="does not fit sgnet"):
        load_model(folder)


def test_unknown_setting_in_the_configuration_is_refused(folder):
    config = json.loads((folder / CONFIG).read_text())
    config["network"]["attention"] = "yes"
    (folder / CONFIG).write_text(json.dumps(config))
    with pytest.raises(ModelError, match="no setting 'attention'"):
        load_model(folder)


def configure(folder, **entries):
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, **entries}))


def test_a_confidence_that_is_none_is_refused_when_the_model_is_loaded(folder):
    configure(folder, confidence={"peak": 1.0})
    with pytest.raises(ModelError, match="it needs intercept, peak, volume, flatness"):
        load_model(folder)
    configure(folder, confidence={"intercept": -1, "peak": 1.5, "volume": 0.5, "flatness": 2})
    assert load_model(folder).confidence.volume == 0.5


def test_so_is_a_tightening(folder):
    assert load_model(folder).tightening == AT_THRESHOLD
    configure(folder, tightening={"rate": -1, "from_peak": 0.8})
    with pytest.raises(ModelError, match="its rate must be at least 0"):
        load_model(folder)
    configure(folder, tightening={"rate": 0.1, "from_peak": 0.8})
    assert load_model(folder).tightening.rate == 0.1


def test_so_is_a_guided_filter(folder):
    assert load_model(folder).guided_filter.radius == 0
    configure(folder, guided_filter={"radius": 0.5, "regularisation": 0.001})
    with pytest.raises(ModelError, match="its radius must be a whole number"):
        load_model(folder)
    configure(folder, guided_filter={"radius": 1, "regularisation": 0.001})
    assert load_model(folder).guided_filter.radius == 1


def test_a_guided_filter_takes_a_task_with_two_images(tmp_path):
    settings = NetworkSettings(task="schwannoma", name="unet2d5")
    save_model(build_network(settings), tmp_path / "m", settings, PreprocessSettings(), {})
    configure(tmp_path / "m", guided_filter={"radius": 0, "regularisation": 0.001})
    assert load_model(tmp_path / "m").guided_filter.radius == 0
    configure(tmp_path / "m", guided_filter={"radius": 1, "regularisation": 0.001})
    with pytest.raises(ModelError, match="takes 2 images, the task schwannoma has others"):
        load_model(tmp_path / "m")
