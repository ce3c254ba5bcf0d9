import pytest
import torch

from sgnet.errors import InputError
from sgnet.inference.device import Compute


def test_auto_falls_back_to_the_cpu_where_there_is_no_accelerator(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert Compute.choose("auto", "float32") == Compute(torch.device("cpu"), torch.float32)


def test_absent_device_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"'cuda' is not available.*--device cpu"):
        Compute.choose("cuda", "auto")


@pytest.mark.parametrize("supported, dtype", [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_precision_on_the_cpu_depends_on_its_bfloat16_units(monkeypatch, supported, dtype):
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: supported, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False, raising=False)
    assert Compute.choose("cpu", "auto").dtype == dtype


def test_float32_is_kept_when_asked_for(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    assert not Compute.choose("cpu", "float32").mixed
