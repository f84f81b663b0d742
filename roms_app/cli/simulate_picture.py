"""Draws a simulated day as an SVG: waiting times and loads. Shapes and dashes tell strategies apart."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, log10
from typing import Final
from xml.sax.saxutils import escape

from roms_app.cli.simulate_words import duration
from roms_app.domain.simulation.outcome import AgentOutcome, Outcome, percentile

_WIDTH: Final = 640
_LEFT, _RIGHT = 76, 620
#: Top and bottom of the three panels.
_WAITING, _ASSIGNED, _OPEN = (104, 356), (476, 636), (726, 886)
_HEIGHT: Final = 926
_MINUTE, _HOUR = 60, 3600
_WAITS: Final = (10, _MINUTE, 10 * _MINUTE, _HOUR, 10 * _HOUR)
_SHARES: Final = (0.0, 0.5, 0.9, 0.99, 0.999)
_STYLE: Final = """
svg { background: #fcfcfb; font: 15px system-ui, sans-serif; font-variant-numeric: tabular-nums }
text { fill: #63635e } .title { fill: #21201c; font-weight: 600; font-size: 16px } .strong { fill: #21201c }
.paper { fill: #fcfcfb } .grid { stroke: #dad9d6 } .limit { stroke: #82827c; stroke-dasharray: 2 4 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round } .dot { stroke-width: 1.5 }
.s0 { stroke: #208368 } .dot.s0 { fill: #208368 } .s1 { stroke: #0d74ce; stroke-dasharray: 9 4 }
.dot.s1 { fill: #fcfcfb; stroke-dasharray: none } .s2 { stroke: #ad5700; stroke-dasharray: 2 3 }
.dot.s2 { fill: #ad5700; stroke-dasharray: none }
@media (prefers-color-scheme: dark) {
svg { background: #111110 } text { fill: #b5b3ad } .title, .strong { fill: #eeeeec }
.paper { fill: #111110 } .grid { stroke: #3b3a37 } .limit { stroke: #7c7b74 }
.s0 { stroke: #1fd8a4 } .dot.s0 { fill: #1fd8a4 } .s1 { stroke: #70b8ff } .dot.s1 { fill: #111110 }
.s2 { stroke: #ffa057 } .dot.s2 { fill: #ffa057 }
}"""

Scale = Callable[[float], float]


def draw(outcomes: Sequence[Outcome], what: str) -> str:
    """The whole picture. `what`: a sentence about the day, for readers who can't see it."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
        ' role="img" aria-labelledby="t d">',
        f'<title id="t">Waiting time and load under {_list([one.strategy for one in outcomes])}</title>',
        f'<desc id="d">{escape(what)}</desc><style>{_STYLE}</style>',
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}"/>',
        *_legend(outcomes),
        *_waiting(outcomes),
        *_load(outcomes, _ASSIGNED, "Conversations given to an agent, in an hour of the shift", _assigned),
        *_load(outcomes, _OPEN, "Most open at once, for the agent’s capacity", _fullness, limit=1.0),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend(outcomes: Sequence[Outcome]) -> Iterable[str]:
    for index, outcome in enumerate(outcomes):
        x = 20 + index * 205
        yield f'<path class="line s{index}" d="M{x} 26h44"/>' + _dot(index, x + 22, 26)
        yield _text(x + 54, 31, outcome.strategy, "strong")


def _waiting(outcomes: Sequence[Outcome]) -> Iterable[str]:
    top, bottom = _WAITING
    across = _linear((0, 3), (_LEFT, _RIGHT))
    up = _linear((log10(_WAITS[0]), log10(_WAITS[-1])), (bottom, top + 24))
    yield _text(20, top - 30, "How long customers wait for the first answer", "title")
    for wait in _WAITS:
        yield from _rule(up(log10(wait)), duration(wait))
    yield from _rule(top, "never")
    for share in _SHARES:
        x = across(_nines(share))
        yield f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/>'
        anchor = "end" if share == _SHARES[-1] else "middle"
        yield _text(x, bottom + 22, f"{share:.1%}".replace(".0", "") if share else "0%", anchor=anchor)
    yield _text(_RIGHT, bottom + 44, "of the customers wait no longer", anchor="end")
    for index, outcome in enumerate(outcomes):
        waits = outcome.until_answered()
        points = [(across(_nines(share)), _height(percentile(waits, share), up, top)) for share in _steps()]
        yield f'<path class="line s{index}" d="M{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
        for share in _SHARES[1:]:
            yield _dot(index, across(_nines(share)), _height(percentile(waits, share), up, top))


def _steps() -> Iterable[float]:
    """Shares from 0 to 99.9 %, with smaller steps towards the end."""
    return (1 - 10 ** -(step / 100) for step in range(301))


def _nines(share: float) -> float:
    """The number of nines: 90 % is 1, 99 % is 2. Rare values get more room."""
    return -log10(1 - share)


def _height(seconds: float, up: Scale, never: float) -> float:
    return never if seconds == inf else up(log10(max(seconds, _WAITS[0])))


def _assigned(agent: AgentOutcome) -> float:
    return agent.assigned_per_hour


def _fullness(agent: AgentOutcome) -> float:
    return agent.most_open / agent.capacity


def _load(
    outcomes: Sequence[Outcome],
    panel: tuple[int, int],
    title: str,
    value: Callable[[AgentOutcome], float],
    limit: float | None = None,
) -> Iterable[str]:
    top, bottom = panel
    series = [sorted(value(agent) for agent in outcome.agents) for outcome in outcomes]
    highest = max(max(values) for values in series) or 1
    step = next(size for size in (0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if highest / size <= 5)
    rows = int(highest / step) + 1
    up = _linear((0, rows * step), (bottom, top))
    agents = len(series[0])
    across = _linear((0, max(1, agents - 1)), (_LEFT + 10, _RIGHT - 10))
    yield _text(20, top - 24, title, "title")
    for row in range(rows + 1):
        yield from _rule(up(row * step), f"{row * step:g}{'×' if limit else ''}")
    if limit:
        yield f'<path class="limit" d="M{_LEFT} {up(limit):.1f}H{_RIGHT}"/>'
        yield _text(_LEFT + 8, up(limit) - 8, "full")
    for index, values in enumerate(series):
        yield from (_dot(index, across(place), up(one), 3.2) for place, one in enumerate(values))
    yield _text(_LEFT, bottom + 22, "the least")
    yield _text(_RIGHT, bottom + 22, f"the most of {agents} agents", anchor="end")


@dataclass(frozen=True, slots=True)
class _Linear:
    since: tuple[float, float]
    to: tuple[float, float]

    def __call__(self, value: float) -> float:
        (low, high), (begin, end) = self.since, self.to
        return begin + (value - low) / (high - low) * (end - begin)


def _linear(since: tuple[float, float], to: tuple[float, float]) -> Scale:
    return _Linear(since, to)


def _rule(y: float, label: str) -> Iterable[str]:
    yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>'
    yield _text(_LEFT - 8, y + 5, label, anchor="end")


def _dot(index: int, x: float, y: float, size: float = 4.5) -> str:
    """A circle, square or triangle, by the strategy's index."""
    shapes = (
        f"M{x - size:.1f} {y:.1f}a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 {-2 * size} 0z",
        f"M{x - size:.1f} {y - size:.1f}h{2 * size}v{2 * size}h{-2 * size}z",
        f"M{x - size * 1.2:.1f} {y + size:.1f}h{size * 2.4:.1f}l{-size * 1.2:.1f} {-size * 2.1:.1f}z",
    )
    return f'<path class="dot s{index}" d="{shapes[index]}"/>'


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    of_class = f' class="{kind}"' if kind else ""
    at = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{of_class}{at}>{escape(words)}</text>'


def _list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
