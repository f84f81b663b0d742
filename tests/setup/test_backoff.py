"""Tests of the back-off before a dead process is restarted."""

from roms_app.ops.backoff import Backoff


def test_waits_double_up_to_half_a_minute() -> None:
    backoff = Backoff()
    waits = [backoff.after(1.0) for _ in range(12)]
    assert waits[:4] == [0.2, 0.4, 0.8, 1.6]
    assert waits[-1] == 30.0


def test_a_healthy_run_begins_anew() -> None:
    backoff = Backoff()
    for _ in range(8):
        backoff.after(1.0)
    assert backoff.after(60.0) == 0.2
    assert backoff.failures == 1


def test_a_thousand_deaths_do_not_overflow() -> None:
    backoff = Backoff(failures=100_000)
    assert backoff.after(0.0) == 30.0
