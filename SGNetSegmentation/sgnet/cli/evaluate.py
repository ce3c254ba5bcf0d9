"""``sgnet evaluate``: predictions scored against references."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.data_options import DataChoice, data_options
from sgnet.cli.options import settings_options
from sgnet.config import TASKS, InferenceSettings, LesionSettings
from sgnet.errors import InputError
from sgnet.events import CaseProgress

EPILOG = """\b
A case is a folder as `sgnet segment` writes it (lesions.nii.gz and, where there is one, whole.nii.gz)
or a single label map of the cores. In --predictions, cases are such folders or files (*.nii.gz, *.nii,
*.nrrd, *.mha), named as their references. --references may also be a data set of any layout
(docs/how-to/own-data.md). Every reference needs its prediction.
With --model in place of --predictions, the images of the references are segmented first.

\b
Written with --output:
  scores.html  one page with tables and plots; loads nothing from elsewhere
  scores.json  all scores of all cases and lesions, their summary with 95 % intervals
  scores.csv   one row a case and target
  lesions.csv  one row a lesion: found, missed, ignored (at most 2 mm3), or false positive

A calibration curve is added for cases predicted by --model or with `sgnet segment --save-probabilities`.
`sgnet compare` compares the scores of several models over the same cases.

\b
Examples:
  sgnet evaluate --prediction result --reference truth
  sgnet evaluate --prediction result/lesions.nii.gz --reference truth.nii.gz
  sgnet evaluate --predictions results --references truths --output scores
  sgnet evaluate --model runs/own/model --references BraTS-METS --split runs/own/split.json --part test
"""


@click.command("evaluate", epilog=EPILOG, short_help="Score segmentations against references.")
@click.option("--prediction", type=PATH, metavar="CASE", help="One predicted case: a folder or a label map.")
@click.option("--reference", type=PATH, metavar="CASE", help="Its reference.")
@click.option("--predictions", type=PATH, metavar="DIR", help="Folder of predicted cases.")
@click.option("--model", type=PATH, metavar="DIR", help="Model folder that makes the predictions.")
@click.option("--references", type=PATH, metavar="DIR", help="Folder of the references, or a data set.")
@data_options
@click.option(
    "--part",
    default="test",
    show_default=True,
    type=click.Choice(["training", "validation", "test"]),
    help="Which part of --split.",
)
@click.option("--output", type=PATH, metavar="DIR", help="Folder for the scores; made if missing.")
@settings_options(LesionSettings)
@settings_options(InferenceSettings)
@json_option
@debug_option
def command(
    prediction: Path | None,
    reference: Path | None,
    predictions: Path | None,
    model: Path | None,
    references: Path | None,
    data_choice: DataChoice,
    part: str,
    lesion_settings: LesionSettings,
    inference_settings: InferenceSettings,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score segmentations against references, voxel by voxel and lesion by lesion.

    Lesions are the 26-connected components of the cores. Both label maps of a case lie on one grid.
    """
    single, many = (prediction, reference), (predictions or model, references)
    if None in single and None in many:
        raise InputError("Nothing to compare; give --prediction and --reference, or --predictions and --references.")
    if any(single) and any(many):
        raise InputError("Give either one case (--prediction, --reference) or folders (--predictions, --references).")
    if predictions and model:
        raise InputError("Give either --predictions or the --model that makes them.")
    with progress_shown(as_json) as progress:
        from sgnet.cli.cases import bring_onto, case_at, evaluate_prediction, find_pairs, reference_masks
        from sgnet.cli.predictions import read_prediction
        from sgnet.cli.probabilities import add_calibration, count_probabilities
        from sgnet.cli.scores import score_table, write_scores
        from sgnet.data.layouts.registry import check_usable
        from sgnet.evaluation.summary import summarise
        from sgnet.export.files import check_writable

        if output is not None:
            check_writable(output)
        judged = None
        if model is not None:
            # Imported here because these load torch, which files can be scored without.
            from sgnet.cli.predict_case import predict_case
            from sgnet.inference.model import load_model

            judged = load_model(model)
        if references is None:
            assert prediction is not None and reference is not None
            pairs = {prediction.resolve().name.split(".")[0]: (case_at(prediction), case_at(reference))}
        else:
            cases, split = data_choice.read(references)
            wanted = cases if split is None else split.choose(cases, part)
            if judged is not None:
                check_usable(wanted, TASKS[judged.settings.task].inputs)
            pairs = (
                {case.name: (case, case) for case in wanted} if predictions is None else find_pairs(predictions, wanted)
            )
        progress.phase("evaluating")
        scores, counts = {}, []
        for done, (name, (predicted, truth)) in enumerate(pairs.items()):
            progress.step(done, len(pairs))
            progress.check()
            masks = reference_masks(truth)
            if judged is None:
                answer = read_prediction(predicted)
            else:
                answer = predict_case(
                    predicted, judged, inference_settings, lesion_settings, CaseProgress(name, progress)
                )
                masks = bring_onto(masks, answer.masks["core"].grid)
            scores[name] = evaluate_prediction(answer, masks)
            counts.append(count_probabilities(answer, masks))
        progress.step(len(pairs), len(pairs))
        summary = summarise(list(scores.values()))
        add_calibration(summary, counts)
        files = [] if output is None else write_scores(scores, summary, output)
        progress.result(
            output=None if output is None else str(output.absolute()),
            files=[path.name for path in files],
            cases=scores,
            summary=summary,
        )
    if not as_json:
        click.echo(score_table(scores, summary))
        if output is not None:
            click.echo(f"\nWritten to {output}: {', '.join(path.name for path in files)}")
