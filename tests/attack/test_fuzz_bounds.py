"""The fuzz reports each kind of fault. Otherwise a clean run would mean nothing."""

from typing import Any

import pytest

from devtools.fuzz.logged import wrong_entries
from devtools.fuzz.meter import FRAME, Cost, Rested
from devtools.fuzz.report import MOST_CPU, MOST_KEPT, Figures, by_phase


def figures(**other: Any) -> Figures:
    rested = Rested(200_000_000, 1000, 0)
    clean: dict[str, Any] = {
        "memory": {"start": rested, "middle": rested, "end": rested},
        "costs": [Cost(FRAME, MOST_CPU, 1.0, MOST_CPU)],
        "waited": {"click": ([0.01], [0.02]), "healthz": ([0.01], [0.02])},
    }
    return Figures(10.0, {}, {}, **{**clean, **other})


def test_a_clean_run_breaks_no_bound() -> None:
    assert figures().broken() == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"failures": ["KeyError: 'x'"]}, "exception handler"),
        ({"wrong_entries": ["an error: {}"]}, "wrong log entries"),
        ({"leaks": ["agent: frame"]}, "came to others"),
        ({"changed": ["message: [] → [1]"]}, "tables of the sealed number changed"),
        ({"costs": [Cost("thread_state.retry", MOST_CPU + 0.001, 0.0, 0.01)]}, "thread_state.retry"),
        ({"memory": {"middle": Rested(0, 0, 0), "end": Rested(MOST_KEPT + 1, 0, 0)}}, "MB were kept"),
        ({"waited": {"click": ([0.01], [1.0])}}, "click p50"),
        ({"waited": {"healthz": ([0.01], [])}}, "healthz p50"),
    ],
)
def test_what_breaks_a_bound_is_said(broken: dict[str, Any], said: str) -> None:
    assert said in " ".join(figures(**broken).broken())


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"text": "Traceback"}, "not in our form"),
        ({"event": "handler.failed", "level": "error"}, "an error"),
        ({"event": "gate", "level": "info", "why": "x" * 1000}, "too long"),
        ({f"value_{n}": n for n in range(31)}, "too many values"),
    ],
)
def test_wrong_log_entries_are_found(entry: dict[str, Any], said: str) -> None:
    assert wrong_entries([{"event": "gate", "level": "info", "why": "x" * 500}]) == []
    [found] = wrong_entries([entry])
    assert found.startswith(said)


def test_waits_are_sorted_by_when_they_began() -> None:
    waited = [("click", 1.0, 0.1), ("click", 5.0, 0.2), ("healthz", 5.0, 0.3), ("click", 9.0, 0.4)]
    assert by_phase(waited, [(0, 2)], [(4, 6)]) == {"click": ([0.1], [0.2]), "healthz": ([], [0.3])}
