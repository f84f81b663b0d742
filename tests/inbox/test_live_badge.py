"""What the live badge says: assets/roms/live.js with a clock of our own."""

import json

import pytest

from tests.inbox.conftest import Node

NOW = 1_738_306_920_000


def badge(node: Node, *steps: str, language: str = "en") -> dict[str, str]:
    """What it shows after these steps; `clock` is the browser's, `live` the thing under test."""
    script = f"""(() => {{
      let shown = null;
      const clock = {{ now: {NOW} }}, truly = Date.now;
      Date.now = () => clock.now;
      try {{
        const format = new romsFormat.Format({json.dumps(language)});
        const live = new romsLive.Live((view) => {{ shown = view; }}, () => format);
        {";".join(steps)};
        live.refresh();
        return shown;
      }} finally {{ Date.now = truly; }}
    }})()"""
    return node.run(script)


def beat(at: int = NOW, lag: int = 0, redis: str = "true") -> str:
    return f"live.beat({{ redis: {redis}, lag: {lag}, at: {at} }})"


def test_at_first_it_connects_and_after_a_while_it_says_that_it_can_not(node: Node):
    assert badge(node) == {"state": "connecting", "text": "Connecting"}
    assert badge(node, "clock.now += 3001") == {"state": "reconnecting", "text": "Reconnecting"}


def test_it_is_live_while_the_heart_beats(node: Node):
    assert badge(node, beat(NOW - 7)) == {"state": "live", "text": "Live · 7 ms"}
    assert badge(node, beat(), "clock.now += 12001")["state"] == "reconnecting"


@pytest.mark.parametrize("away", [beat(redis="false"), "live.setConnected(false)"])
def test_without_redis_or_socket_it_reconnects(node: Node, away: str):
    assert badge(node, beat(), away)["state"] == "reconnecting"


def test_it_counts_from_the_workers_first_sight_to_here(node: Node):
    assert badge(node, beat(), f"live.changed(40, {NOW - 3})") == {"state": "live", "text": "Live · 43 ms"}
    assert badge(node, beat(), f"live.changed(-1, {NOW - 3})")["text"] == "Live · 1 ms"


def test_behind_is_behind_whether_a_change_or_the_backlog_says_so(node: Node):
    late = {"state": "behind", "text": "4 s behind"}
    assert badge(node, beat(), f"live.changed(4000, {NOW})") == late
    assert badge(node, beat(lag=4000)) == late
    assert badge(node, beat(lag=4000), language="id")["text"] == "tertinggal 4 dtk"


def test_an_old_delay_is_not_held_against_the_present(node: Node):
    assert badge(node, f"live.changed(4000, {NOW})", "clock.now += 61000", beat(NOW + 61_000))["state"] == "live"


def test_a_browser_whose_clock_is_wrong_measures_on_the_servers(node: Node):
    hour = 3_600_000
    slow, quick = (
        f"live.learnClock({NOW}, {NOW + hour + 500}, {NOW + 400})",
        f"live.learnClock({NOW}, {NOW + hour}, {NOW})",
    )
    assert badge(node, slow, quick, slow, beat(NOW + hour - 9))["text"] == "Live · 9 ms"


@pytest.mark.parametrize(
    ("states", "text"),
    [
        (["logged_out"], "Number offline"),
        (["logged_out", "sending_paused"], "2 numbers offline"),
        (["sending_paused"], "Sending paused"),
    ],
)
def test_a_page_is_not_live_while_a_number_is_not(node: Node, states: list[str], text: str):
    down = f"live.setNumbersDown({json.dumps(states)})"
    assert badge(node, beat(), down) == {"state": "number", "text": text}
    assert badge(node, beat(), down, "live.setConnected(false)")["state"] == "reconnecting"
    assert badge(node, beat(), down, "live.setNumbersDown([])")["state"] == "live"
