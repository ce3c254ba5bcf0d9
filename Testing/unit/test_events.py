import pytest

from sgnet.errors import Cancelled
from sgnet.events import Progress


def test_silent_progress_never_cancels():
    assert Progress().check() is None


def test_check_raises_once_the_user_asked_to_stop():
    class Stopped(Progress):
        def cancelled(self):
            return True

    with pytest.raises(Cancelled, match="nothing was written"):
        Stopped().check()
