from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import SimpleITK as sitk


def test_gates_are_written_on_the_t1ce_grid_with_a_picture(
    sgnet: Callable[..., tuple[int, str, str]], volumes: dict[str, Path], model_folder: Path, tmp_path: Path
) -> None:
    code, out, err = sgnet(
        *("gates", "--t1ce", str(volumes["t1ce"]), "--flair", str(volumes["flair"]), "--model", str(model_folder)),
        *("--output", str(tmp_path / "out"), "--window", "48,48,32", "--device", "cpu", "--json"),
    )
    assert code == 0, err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "gates_1.nii.gz", "gates_2.nii.gz", "gates_3.nii.gz", "gates.png",
    }  # fmt: skip
    result = json.loads(out.splitlines()[-1])
    assert len(result["open_share"]) == 3 and all(0 <= share <= 1 for share in result["open_share"])
    t1ce = sitk.ReadImage(str(volumes["t1ce"]))
    level = sitk.ReadImage(str(tmp_path / "out" / "gates_3.nii.gz"))
    assert level.GetSize() == t1ce.GetSize() and level.GetSpacing() == t1ce.GetSpacing()
    assert (tmp_path / "out" / "gates.png").read_bytes().startswith(b"\x89PNG")
