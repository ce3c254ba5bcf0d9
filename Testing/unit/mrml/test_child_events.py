import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgnet.mrml.child_events import EventParser, Failed, Phase, Result, Started, Step, Text, Warned

LINES = [
    {"event": "start", "version": "0.1.0", "pid": 4711, "research_use_only": "Research use only."},
    {"event": "phase", "name": "reading volumes"},
    {"event": "warning", "message": "FLAIR was moved by 12 mm – größer als üblich."},
    {"event": "phase", "name": "segmenting"},
    {"event": "step", "done": 3, "total": 40},
    {"event": "result", "output": "out", "files": ["a"], "lesions": [{"number": 1}]},
]
OUTPUT = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES).encode()


def parsed(*chunks):
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)] + parser.finish()


def test_a_whole_run_in_one_piece():
    started, reading, warned, segmenting, step, result = parsed(OUTPUT)
    assert started == Started("0.1.0", 4711)
    assert (reading, segmenting) == (Phase("reading volumes"), Phase("segmenting"))
    assert warned == Warned("FLAIR was moved by 12 mm – größer als üblich.")
    assert step == Step(3, 40)
    assert isinstance(result, Result) and str(result.folder) == "out" and result.lesions == ({"number": 1},)


@given(st.lists(st.integers(0, len(OUTPUT)), max_size=12))
def test_events_do_not_depend_on_where_the_bytes_are_cut(cuts):
    cuts = [0, *sorted(cuts), len(OUTPUT)]
    chunks = [OUTPUT[a:b] for a, b in itertools.pairwise(cuts)]
    assert parsed(*chunks) == parsed(OUTPUT)


def test_an_event_comes_as_soon_as_its_line_is_complete():
    parser = EventParser()
    assert parser.feed(b'{"event":"phase","name":"a"}') == []
    assert parser.feed(b"\n") == [Phase("a")]


def test_windows_line_ends_and_empty_lines_do_no_harm():
    assert parsed(b'\r\n\n{"event":"step","done":1,"total":2}\r\n') == [Step(1, 2)]


def test_a_last_line_without_its_end_is_read_at_the_end():
    assert parsed(b'{"event":"error","code":2,"message":"T1ce is empty."}') == [Failed(2, "T1ce is empty.")]


@pytest.mark.parametrize(
    "line",
    [
        "UserWarning: this is not JSON",
        "{not json}",
        "{}",
        '{"event":"unheard of"}',
        '{"event":"step","done":"many","total":2}',
        '{"event":"step","done":1}',
        '{"event":"step","done":3,"total":2}',
        '{"event":"step","done":-1,"total":2}',
        '{"event":"step","done":1,"total":4000000000}',
        '{"event":"result","output":"x","lesions":7}',
        '{"event":"error","code":null,"message":"x"}',
        "[1, 2]",
        '{"event":' + "[" * 20000,
    ],
)
def test_what_is_no_event_comes_out_as_text_and_what_follows_is_read(line):
    assert parsed(line.encode() + b'\n{"event":"step","done":1,"total":2}\n') == [Text(line), Step(1, 2)]


def test_bytes_that_are_no_text_do_no_harm():
    events = parsed(b'\xff\xfe\x00garbage\n{"event":"step","done":1,"total":2}\n')
    assert events[-1] == Step(1, 2)


def test_a_line_without_end_is_dropped_instead_of_filling_the_memory():
    parser = EventParser()
    for _ in range(10):
        parser.feed(b"x" * 1_000_000)
    assert len(parser._pending) <= 4_000_000
    assert parser.feed(b'\n{"event":"step","done":1,"total":2}\n')[-1] == Step(1, 2)


@pytest.mark.parametrize("pid", ["0", "1", "-1", "true", "1.5", '"12"', "null"])
def test_a_pid_that_would_hit_other_processes_is_not_believed(pid):
    assert parsed(b'{"event":"start","version":"1","pid":' + pid.encode() + b"}\n") == [Started("1", None)]
