"""``sgnet evaluate``: predictions scored against references."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.errors import InputError

EPILOG = """\b
A case is a folder as `sgnet segment` writes it (lesions.nii.gz and, where there is one, whole.nii.gz)
or a single label map of the cores. In --predictions and --references, cases are the folders or the
files (*.nii.gz, *.nii, *.nrrd, *.mha) of the same name. Every reference needs its prediction.

\b
Written with --output:
  scores.html  one page with tables and plots; loads nothing from elsewhere
  scores.json  all scores of all cases and lesions, their summary with 95 % intervals
  scores.csv   one row a case and target
  lesions.csv  one row a lesion: found, missed, ignored (at most 2 mm3), or false positive

A calibration curve is added for cases predicted with `sgnet segment --save-probabilities`.
`sgnet compare` compares the scores of several models over the same cases.

\b
Examples:
  sgnet evaluate --prediction result --reference truth
  sgnet evaluate --prediction result/lesions.nii.gz --reference truth.nii.gz
  sgnet evaluate --predictions results --references truths --output scores
"""


@click.command("evaluate", epilog=EPILOG, short_help="Score segmentations against references.")
@click.option("--prediction", type=PATH, metavar="CASE", help="One predicted case: a folder or a label map.")
@click.option("--reference", type=PATH, metavar="CASE", help="Its reference.")
@click.option("--predictions", type=PATH, metavar="DIR", help="Folder of predicted cases.")
@click.option("--references", type=PATH, metavar="DIR", help="Folder of their references.")
@click.option("--output", type=PATH, metavar="DIR", help="Folder for the scores; made if missing.")
@json_option
@debug_option
def command(
    prediction: Path | None,
    reference: Path | None,
    predictions: Path | None,
    references: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score segmentations against references, voxel by voxel and lesion by lesion.

    Lesions are the 26-connected components of the cores. Both label maps of a case lie on one grid.
    """
    single, many = (prediction, reference), (predictions, references)
    if None in single and None in many:
        raise InputError("Nothing to compare; give --prediction and --reference, or --predictions and --references.")
    if any(single) and any(many):
        raise InputError("Give either one case (--prediction, --reference) or folders (--predictions, --references).")
    with progress_shown(as_json) as progress:
        from sgnet.cli.cases import evaluate_files, find_pairs
        from sgnet.cli.probabilities import add_calibration, count_probabilities
        from sgnet.cli.scores import score_table, write_scores
        from sgnet.evaluation.summary import summarise
        from sgnet.export.files import check_writable

        if output is not None:
            check_writable(output)
        if predictions is not None and references is not None:
            pairs = find_pairs(predictions, references)
        else:
            assert prediction is not None and reference is not None
            pairs = {prediction.resolve().name.split(".")[0]: (prediction, reference)}
        progress.phase("evaluating")
        scores, counts = {}, []
        for done, (name, pair) in enumerate(pairs.items()):
            progress.step(done, len(pairs))
            progress.check()
            scores[name] = evaluate_files(*pair)
            counts.append(count_probabilities(*pair))
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
