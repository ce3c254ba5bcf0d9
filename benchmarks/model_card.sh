#!/usr/bin/env bash
# Measure what docs/model.md says of a model that has its operating points, with one command:
#
#     SGNET_DATA=SCANS bash benchmarks/model_card.sh LABEL_MAPS OUT [MODEL]
#
# OUT then holds the files that benchmarks/results has of each model, from which tools/make_model_tables.py makes the
# card's tables, a log of each benchmark and, in parts, its pictures.
# calibration.json and operating_points.csv are written before there are points, by operating_points.py --count 80.
# Two benchmarks at a time, half the cores each: half an hour on two cores. COUNT=1 for one synthetic study in place of 40.
set -euo pipefail
anatomy=$1
out=$2
model=(${3:+--model "$3"})
here=$(dirname "$0")
cores=$(nproc)
export OMP_NUM_THREADS=$((cores > 1 ? cores / 2 : 1))
mkdir -p "$out"

measure() { # NAME COMMAND...: its files wait in a folder of their own, its words in OUT/NAME.log
    local name=$1
    shift
    python "$here/$1.py" "${@:2}" "${model[@]}" > "$out/$name.log" 2>&1 || { echo "$1.py failed: $out/$name.log" >&2; exit 1; }
    echo "measured: $name"
}

studies() { # NAME OPTION...
    measure "synthetic_$1" synthetic_studies --anatomy "$anatomy" --output "$out/parts/$1" --count "${COUNT:-40}" "${@:2}"
    mv "$out/parts/$1/synthetic_studies.json" "$out/synthetic_$1.json"
}

inserted() { # POINT
    measure "inserted_$1" inserted_lesions --output "$out/parts/inserted_$1" --operating-point "$1"
}

on_studies() {
    studies precise --operating-point precise
    studies without_flair --operating-point precise --without-flair
    studies without_oedema --operating-point precise --oedema-free-share 1
}

on_scans() {
    measure real_scans real_scans --output "$out/parts/real_scans"
    mv "$out/parts/real_scans/real_scans.csv" "$out/"
    measure flair_robustness flair_robustness --output "$out/parts/flair"
    mv "$out/parts/flair/flair_robustness.csv" "$out/"
    measure brightness brightness --output "$out/brightness.csv"
    measure gate_coverage gate_coverage --output "$out/gate_coverage.csv"
    inserted precise
    mv "$out/parts/inserted_precise/inserted_lesions.csv" "$out/"
    inserted sensitive
    mv "$out/parts/inserted_sensitive/outlines.csv" "$out/inserted_outlines_sensitive.csv"
    studies sensitive --operating-point sensitive
}

on_studies &
lane=$!
trap 'kill $lane 2> /dev/null || true' EXIT
on_scans
wait $lane
