import dataclasses

from sgnet.lesions.lesion import Lesion
from sgnet.report.table import lesion_table


def lesion(number, volume_ml, centroid_ras_mm=(0.0, 0.0, 0.0)):
    return Lesion(number, volume_ml, 120.25, 9.5, 130.0, centroid_ras_mm, 0.9, 1.0)


def test_all_lines_have_one_width():
    table = lesion_table([lesion(1, 123.4567, (-101.25, 99.0, -100.0)), lesion(2, 0.01), lesion(10, 0.001)])
    lines = table.splitlines()
    assert len(lines) == 5
    assert len({len(line) for line in lines}) == 1


def test_total_is_the_sum_of_the_volumes():
    total = lesion_table([lesion(1, 1.25), lesion(2, 0.5)]).splitlines()[-1]
    assert total.split() == ["Total", "1.750", "2", "lesions"]


def test_a_confidence_is_shown_where_there_is_one():
    sure = dataclasses.replace(lesion(1, 1.25), confidence=0.876)
    assert lesion_table([sure]).splitlines()[1].split()[-1] == "0.88"


def test_no_lesion_is_shown_as_certain():
    table = lesion_table([dataclasses.replace(lesion(1, 1.25), confidence=0.99996)])
    assert table.splitlines()[1].endswith("  > 0.99")


def test_columns_of_a_lesion():
    line = lesion_table([lesion(1, 1.25, (-20.04, 13.0, -0.0))]).splitlines()[1]
    assert line.split() == ["1", "1.250", "120.2", "9.5", "130.0", "-20.0,", "13.0,", "0.0", "1.00", "-"]
