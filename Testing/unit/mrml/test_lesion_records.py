from sgnet.lesions.lesion import Lesion
from sgnet.mrml.lesion_records import lesions_from_dicts

PLAIN = Lesion(2, 0.5, 10.0, 8.0, 11.0, (1.0, 2.0, 3.0), 0.8, 0.9)
FULL = Lesion(
    3, 0.5, 10.0, 8.0, 11.0, (1.0, 2.0, 3.0), 0.8, 0.9,
    surface_mm2=310.0, sphericity=0.9, nearest_lesion_mm=0.0, oedema_ml=1.5, side="left", tracking_uid="2.25.7",
)  # fmt: skip


def test_every_measure_survives_the_way_there_and_back():
    assert lesions_from_dicts([PLAIN.to_dict(), FULL.to_dict()]) == (PLAIN, FULL)


def test_records_of_an_earlier_version_lack_the_later_measures():
    record = {key: value for key, value in FULL.to_dict().items() if key in PLAIN.__dataclass_fields__}
    for name in ("surface_mm2", "sphericity", "nearest_lesion_mm", "oedema_ml", "side", "tracking_uid"):
        del record[name]
    (lesion,) = lesions_from_dicts([record])
    assert lesion.side is None and lesion.volume_ml == 0.5
