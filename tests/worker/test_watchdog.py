"""120 s without anything useful → load again; in vain three times → a new Chromium."""

from wa_worker.browser.watchdog import Advice, Watchdog
from wa_worker.contract.events import SessionStatus

LOADING = SessionStatus.RECONNECTING


def test_it_reloads_three_times_and_then_wants_a_new_browser() -> None:
    dog = Watchdog(now=0.0)
    advice = [dog.advise(LOADING, now) for now in (119.0, 120.0, 121.0, 240.0, 360.0, 480.0)]
    assert advice == [
        Advice.WAIT, Advice.RELOAD, Advice.WAIT, Advice.RELOAD, Advice.RELOAD, Advice.RELAUNCH,
    ]  # fmt: skip


def test_a_settled_state_is_left_alone_however_long_it_lasts() -> None:
    for status in (SessionStatus.LIVE, SessionStatus.WAITING_FOR_SCAN, SessionStatus.PAUSED):
        dog = Watchdog(now=0.0)
        assert [dog.advise(status, now) for now in (0.0, 1e6, 2e6)] == [Advice.WAIT] * 3


def test_a_settled_state_starts_the_count_anew() -> None:
    dog = Watchdog(now=0.0)
    assert dog.advise(LOADING, 120.0) is Advice.RELOAD
    assert dog.advise(SessionStatus.LIVE, 130.0) is Advice.WAIT
    assert dog.advise(LOADING, 249.0) is Advice.WAIT
    assert dog.advise(LOADING, 250.0) is Advice.RELOAD


def test_a_first_sync_may_take_long_while_it_goes_on() -> None:
    dog = Watchdog(now=0.0)
    advice = [dog.advise(SessionStatus.SYNCING, 500.0 * step, percent=step) for step in range(20)]
    assert advice == [Advice.WAIT] * 20
    at = 500.0 * 19
    assert dog.advise(SessionStatus.SYNCING, at + 599.0, percent=19) is Advice.WAIT
    assert dog.advise(SessionStatus.SYNCING, at + 600.0, percent=19) is Advice.RELOAD


def test_a_sync_that_begins_again_and_again_is_no_progress() -> None:
    dog = Watchdog(now=0.0)
    dog.advise(SessionStatus.SYNCING, 0.0, percent=40)
    advice: list[Advice] = []
    for load in range(1, 5):
        advice.append(dog.advise(SessionStatus.SYNCING, 600.0 * load, percent=30))
        dog.advise(LOADING, 600.0 * load + 10)
        dog.advise(SessionStatus.SYNCING, 600.0 * load + 20, percent=0)
    assert advice == [Advice.RELOAD] * 3 + [Advice.RELAUNCH]
