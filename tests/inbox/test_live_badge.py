"""Tests of the live badge: assets/roms/live.js with a fake clock."""

import json

import pytest

from tests.inbox.conftest import Node

NOW = 1_738_306_920_000


def badge(node: Node, *steps: str, language: str = "en") -> dict[str, str]:
    """The badge after these steps. `clock` is the browser's (`go`: time passes); `live` is under test."""
    script = f"""(() => {{
      let shown = null;
      const clock = {{ now: {NOW}, ticks: 1e6, go(ms) {{ this.now += ms; this.ticks += ms; }} }};
      const truly = Date.now;
      Date.now = () => clock.now;
      performance.now = () => clock.ticks;
      try {{
        const format = new romsFormat.Format({json.dumps(language)});
        const live = new romsLive.Live((view) => {{ shown = view; }}, () => format);
        {";".join(steps)};
        live.refresh();
        return shown;
      }} finally {{ Date.now = truly; delete performance.now; }}
    }})()"""
    return node.run(script)


def beat(at: int = NOW, lag: int = 0, redis: str = "true") -> str:
    return f"live.beat({{ redis: {redis}, lag: {lag}, at: {at} }})"


def test_at_first_it_connects_and_after_a_while_it_says_that_it_can_not(node: Node):
    assert badge(node) == {"state": "connecting", "text": "Connecting"}
    assert badge(node, "clock.go(3001)") == {"state": "reconnecting", "text": "Reconnecting"}


def test_a_page_that_loads_slowly_is_not_cut_off(node: Node):
    assert badge(node, "clock.go(5000)", "live.begin(true)", "clock.go(2999)")["state"] == "connecting"
    assert badge(node, "clock.go(5000)", "live.begin(true)", "clock.go(3001)")["state"] == "reconnecting"


def test_it_is_live_while_the_heart_beats(node: Node):
    known = f"live.learnClock({NOW}, {NOW}, {NOW})"
    assert badge(node, known, beat(NOW - 7)) == {"state": "live", "text": "Live · 7 ms"}
    assert badge(node, beat(), "clock.go(3001)")["state"] == "reconnecting"


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
    assert badge(node, beat(lag=4000), language="id")["text"] == "telat 4 dtk"


def test_an_old_delay_is_not_held_against_the_present(node: Node):
    assert badge(node, f"live.changed(4000, {NOW})", "clock.go(61000)", beat(NOW + 61_000))["state"] == "live"


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


def test_the_browsers_word_of_a_lost_network_counts_at_once_and_a_beat_or_its_return_ends_it(node: Node):
    lost = "live.setOnline(false)"
    assert badge(node, beat(), "clock.go(10)", lost)["state"] == "reconnecting"
    assert badge(node, lost)["state"] == "reconnecting", "also while it connects for the first time"
    assert badge(node, beat(), "clock.go(10)", lost, "clock.go(500)", beat())["state"] == "live", "it was wrong"
    assert badge(node, beat(), "clock.go(10)", lost, "live.setOnline(true)")["state"] == "live"


def test_before_the_login_the_server_says_nothing_by_itself(node: Node):
    door = "live.begin(false)"
    assert badge(node, door, "clock.go(60000)")["state"] == "live"
    assert badge(node, door, "clock.go(60000)", "live.setConnected(false)")["state"] == "reconnecting"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_wrong_clock_is_seen_through_before_anything_is_measured(node: Node, minutes: int):
    server = NOW + minutes * 60_000
    assert badge(node, beat(server))["text"] == "Live · 1 ms"
    assert badge(node, f"live.changed(40, {server})")["text"] == "Live · 40 ms"


@pytest.mark.parametrize("step", [-600_000, 600_000])
def test_a_clock_that_is_set_meanwhile_changes_nothing(node: Node, step: int):
    told = "live.tellPresence = () => {}"
    learnt = f"live.learnClock({NOW}, {NOW}, {NOW})"
    moved = f"clock.now += {step}; live.checkClock()"
    assert badge(node, told, learnt, beat(), moved, "clock.go(2000)", beat(NOW + 2000))["text"] == "Live · 1 ms"


def test_what_is_counted_from_now_is_painted_again_when_the_clock_is_known(node: Node):
    script = f"""(() => {{
      let painted = 0;
      const live = new romsLive.Live(() => {{}}, () => new romsFormat.Format(), () => {{ painted += 1; }});
      const times = [];
      for (const offset of [600_000, 600_010, 0]) {{
        live.learnClock({NOW}, {NOW} + offset, {NOW} - 10 * times.length);
        times.push(painted);
      }}
      return times;
    }})()"""
    assert node.run(script) == [1, 1, 2]
