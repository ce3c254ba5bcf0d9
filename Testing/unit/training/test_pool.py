from sgnet.config import TrainSettings
from sgnet.training.pool import StudyPool

SETTINGS = TrainSettings(pool_size=3, studies_per_step=0.5, seed=2)


def test_pool_moves_on_with_the_steps_and_makes_each_study_once():
    made = []

    def make(number):
        made.append(number)
        return number

    pool = StudyPool(make, SETTINGS, workers=0)
    assert pool.at(0) == [20_000_000, 20_000_001, 20_000_002]
    assert pool.at(1) == pool.at(0)
    assert pool.at(4) == [20_000_002, 20_000_003, 20_000_004]
    assert made == [20_000_000 + n for n in range(5)]


def test_resumed_pool_holds_what_an_uninterrupted_one_would():
    running, resumed = (StudyPool(lambda n: n, SETTINGS, workers=0) for _ in range(2))
    for step in range(9):
        expected = running.at(step)
    assert resumed.at(8) == expected
