"""``sgnet synthesize --task schwannoma``: what it writes is what training draws from."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sgnet.config import PreprocessSettings, SynthesisSettings
from sgnet.data.layouts.registry import read_cases
from sgnet.synthesis import schwannoma
from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.tissue import Tissue
from sgnet.training import pool
from sgnet.training.disk import make_study_of_case


@pytest.fixture(autouse=True)
def boxes_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tissue = np.full((180, 160, 120), Tissue.CSF, np.uint8)
    tissue[75:105, 80:105, 20:110] = Tissue.BRAINSTEM
    monkeypatch.setattr(schwannoma, "_procedural", lambda _: Anatomy("boxes", tissue, np.zeros(tissue.shape, np.int8)))
    once = functools.lru_cache(schwannoma.generate_schwannoma)
    monkeypatch.setattr(schwannoma, "generate_schwannoma", once)
    monkeypatch.setattr(pool, "generate_schwannoma", once)


def test_files_give_the_study_that_training_on_synthetic_ones_sees(
    sgnet: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    code, out, error = sgnet("synthesize", "--task", "schwannoma", "--output", str(tmp_path), "--seed", "3", "--json")
    assert code == 0, error
    assert json.loads(out.splitlines()[-1])["files"] == ["study-00003"]
    assert json.loads((tmp_path / "study-00003" / "synthesis.json").read_text())["parameters"]["seed"] == 3
    (case,) = read_cases(tmp_path)
    written = make_study_of_case(case, "schwannoma", PreprocessSettings())
    drawn = pool.study_maker(SynthesisSettings(), PreprocessSettings(), None, "schwannoma")(3)
    np.testing.assert_array_equal(written.instances > 0, drawn.instances > 0)
    np.testing.assert_allclose(written.image.astype(float), drawn.image.astype(float), atol=0.01)
    assert (written.available, written.unit) == (drawn.available, drawn.unit) == ((True,), False)
    assert written.voxel_mm3 == pytest.approx(drawn.voxel_mm3)
