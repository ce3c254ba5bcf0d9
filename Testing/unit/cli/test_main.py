from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sgnet import RESEARCH_USE_ONLY, __version__
from sgnet.cli.main import LazyGroup, run
from sgnet.errors import Cancelled, InputError, ModelError, OutOfMemoryError

Call = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("name", LazyGroup.names)
def test_every_command_ends_its_help_with_examples(sgnet: Call, name: str) -> None:
    code, out, err = sgnet(name, "--help")
    assert (code, err) == (0, "")
    assert f"sgnet {name}" in out.split("Examples:")[-1]


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_lists_the_commands_and_says_what_the_tool_is_not(sgnet: Call, arguments: list[str]) -> None:
    code, out, err = sgnet(*arguments)
    assert (code, err) == (0, "")
    assert " ".join(RESEARCH_USE_ONLY.split()) in " ".join(out.split())
    for name in LazyGroup.names:
        assert f"\n  {name}" in out


def test_version(sgnet: Call) -> None:
    assert sgnet("--version") == (0, f"sgnet, version {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["segment", "--nonsense"], ["segment", "extra"]])
def test_usage_errors_are_one_line_with_the_way_to_help(sgnet: Call, arguments: list[str]) -> None:
    code, out, err = sgnet(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("sgnet: ")
    assert err.count("\n") == 1
    assert "--help" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError("a\nb."), 2), (ModelError("a b."), 3), (OutOfMemoryError("a b."), 4), (Cancelled("a b."), 130)],
)
def test_expected_errors_keep_their_sentence_and_code(
    sgnet: Call, arguments: list[str], monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    monkeypatch.setattr("sgnet.data.load.load_study", raiser(error))
    assert sgnet(*arguments) == (code, "", "sgnet: a b.\n")


@pytest.mark.parametrize(("error", "code"), [(MemoryError(), 4), (KeyboardInterrupt(), 130)])
def test_what_python_raises_has_a_sentence_too(
    sgnet: Call, arguments: list[str], monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    monkeypatch.setattr("sgnet.data.load.load_study", raiser(error))
    got, out, err = sgnet(*arguments)
    assert (got, out) == (code, "")
    assert err.startswith("sgnet: ")
    assert err.count("\n") == 1


def test_a_fault_of_ours_goes_to_a_log_that_the_message_names(
    sgnet: Call, arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("sgnet.data.load.load_study", raiser(ZeroDivisionError("inner detail")))
    code, _, err = sgnet(*arguments)
    assert code == 1
    assert err.count("\n") == 1
    assert "Traceback" not in err
    (log,) = tmp_path.glob("sgnet-*.log")
    assert str(log) in err
    assert "ZeroDivisionError: inner detail" in log.read_text()
    assert "in fail" in log.read_text()


def test_debug_shows_the_traceback(
    sgnet: Call, arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("sgnet.data.load.load_study", raiser(ZeroDivisionError("inner detail")))
    code, _, err = sgnet(*arguments, "--debug")
    assert code == 1
    assert "Traceback" in err


def test_a_folder_without_label_maps_is_refused_before_anything_is_written(sgnet: Call, tmp_path: Path) -> None:
    code, _, err = sgnet("synthesize", "--output", str(tmp_path / "out"), "--anatomy", str(tmp_path))
    assert code == 2
    assert "label maps" in err
    assert not (tmp_path / "out").exists()


def raiser(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_handlers_of_signals_are_put_back() -> None:
    import signal

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    run(["--version"])
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
