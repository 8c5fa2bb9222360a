"""How is a chart drawn on a page, without a script?"""

import math
from html import escape
from itertools import groupby

from driftwatch.report.cells import show
from driftwatch.report.document import Chart
from driftwatch.report.times import show_time

WIDTH, HEIGHT, LEFT, TOP = 900, 260, 60, 24
LEAST, MOST = 1e-6, 1e3  # of what can be seen
COLOURS = ("#0969da", "#bf3989", "#9a6700", "#1a7f37", "#8250df")
_TICKS = 5


def draw(chart: Chart) -> str:
    """Draw it as SVG, with a legend that reads without colours too."""
    steps = max(map(len, chart.series.values()), default=0)
    parts = [
        f'<h2>{_text(chart.name)}</h2><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{_text(chart.name)}" font-size="11" fill="currentColor">',
        *_scale(chart, steps),
        *(_mark(chart, at, what, steps) for at, what in chart.marks),
    ]
    for place, (name, values) in enumerate(chart.series.items()):
        colour = COLOURS[place % len(COLOURS)]
        parts += [_line(run, steps, colour) for run in _runs(values)]
        x = LEFT + 150 * place
        parts.append(f'<text x="{x}" y="12" fill="{colour}">{_text(name)}</text>')
    return "\n".join([*parts, "</svg>"])


def _scale(chart: Chart, steps: int) -> list[str]:
    drawn = []
    for power in range(round(math.log10(LEAST)), round(math.log10(MOST)) + 1, 3):
        y = _y(10.0**power)
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">1e{power}</text>')
        drawn.append(_across(y, "#8884"))
    drawn.append(_across(_y(chart.limit), "#cf222e"))
    for tick in range(_TICKS + 1):
        step = steps * tick // _TICKS
        moment = show_time(chart.start + step * chart.step)[:16].replace("T", " ")
        anchor = "start" if not tick else "end" if tick == _TICKS else "middle"
        place = f'x="{_x(step, steps):.1f}" y="{HEIGHT - 4}" text-anchor="{anchor}"'
        drawn.append(f"<text {place}>{moment}</text>")
    return drawn


def _across(y: float, colour: str) -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>'


def _mark(chart: Chart, at: int, what: str, steps: int) -> str:
    x = _x((at - chart.start) / chart.step, steps)
    title = f"<title>{_text(f'{what}, {show_time(at)}')}</title>"
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - 18}" stroke="#cf222e" '
        f'stroke-dasharray="4 3">{title}</line>'
    )


def _runs(values: tuple[float | None, ...]) -> list[list[tuple[int, float]]]:
    """Give the stretches that have values: no line goes over a gap."""
    placed = groupby(enumerate(values), key=lambda pair: pair[1] is None)
    return [[(i, v) for i, v in run if v is not None] for gap, run in placed if not gap]


def _line(run: list[tuple[int, float]], steps: int, colour: str) -> str:
    points = " ".join(f"{_x(step + 0.5, steps):.1f},{_y(value):.1f}" for step, value in run)
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _x(step: float, steps: int) -> float:
    return LEFT + (WIDTH - LEFT) * step / max(steps, 1)


def _y(value: float) -> float:
    share = math.log(min(max(value, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return TOP + (HEIGHT - TOP - 20) * (1 - share)


def _text(text: str) -> str:
    return escape(show(text))
