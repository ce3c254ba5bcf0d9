"""One model on every case: its scores in the files of ``sgnet evaluate``, and the time a case took."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path
from sgnet.cli.cases import bring_onto, evaluate_prediction, reference_masks
from sgnet.cli.predict_case import predict_case
from sgnet.cli.scores import write_scores
from sgnet.config import InferenceSettings, LesionSettings
from sgnet.data.layouts.case import Case
from sgnet.evaluation.summary import summarise
from sgnet.events import Progress
from sgnet.inference.model import load_model

# A ball of 2.7 mm: specks are no lesions, and nothing larger is taken away from any network.
LESIONS = LesionSettings(threshold=0.5, min_volume_mm3=10.0, min_confidence=0)


def judge(model: Path, cases: Sequence[Case], folder: Path, device: str) -> dict[str, Any]:
    """Scores and times of ``model``; read back from ``folder`` where they are of the same weights and cases.

    Returns
    -------
    dict
        ``cases``, ``summary`` as ``sgnet evaluate`` writes them; ``parameters``; ``seconds``, the median
        over the cases from files to masks, without the first one, which also pays for warming up.
    """
    loaded = load_model(model)
    about = folder / "model.json"
    if about.is_file():
        known = json.loads(about.read_text())
        if known["sha256"] == loaded.sha256 and known["judged"] == [case.name for case in cases]:
            return {**json.loads((folder / "scores.json").read_text()), **known}
    inference = InferenceSettings(device=device)
    scores, seconds = {}, []
    for case in cases:
        masks = reference_masks(case)
        began = time.perf_counter()
        answer = predict_case(case, loaded, inference, LESIONS, Progress())
        seconds.append(time.perf_counter() - began)
        scores[case.name] = evaluate_prediction(answer, bring_onto(masks, answer.masks["core"].grid))
        core = scores[case.name]["core"]
        print(f"  {case.name}: Dice {core['dice']:.3f}, {seconds[-1]:.1f} s", flush=True)
    summary = summarise(list(scores.values()))
    write_scores(scores, summary, folder)
    known = {
        "sha256": loaded.sha256,
        "judged": [case.name for case in cases],
        "parameters": sum(one.numel() for one in loaded.network.parameters()),
        "seconds": statistics.median(seconds[1:] or seconds),
        "machine": f"{platform.processor() or platform.machine()}, {device}",
    }
    with atomic_path(about) as beside:
        beside.write_text(json.dumps(known, indent=1) + "\n")
    return {"summary": summary, **known, "cases": scores}
