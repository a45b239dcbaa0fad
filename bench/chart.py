"""Small charts as SVG: lines over sizes, and bars. Light, readable without colours, described in words."""

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 78, 190, 84, 56
INK, PALE, GRID, GROUND = "#1f2933", "#52606d", "#e4e7eb", "#ffffff"
COLOURS = ("#0b6e4f", "#8d5a00", "#3e4c9a", "#9b2c2c")
DASHES = ("", "7 4", "2 4", "10 3 2 3")
BAR_TOP, BAR_HEIGHT, BAR_GAP, BAR_LEFT = 64, 24, 12, 270
LABEL_GAP = 18
FONT = "font-family='system-ui, -apple-system, Segoe UI, Roboto, sans-serif'"


class Series(NamedTuple):
    """A line: its name, and (x, y) in growing x."""

    name: str
    points: Sequence[tuple[float, float]]


def lines(title: str, *, below: str, unit: str, series: Sequence[Series]) -> str:
    """Lines over a logarithmic axis of sizes; the other axis begins at nothing, so that twice as high is twice as much.

    :param below: what the sizes are of.
    """
    xs = sorted({x for one in series for x, _y in one.points})
    top = nice_above(max(y for one in series for _x, y in one.points))
    inner = WIDTH - LEFT - RIGHT

    def x_of(x: float) -> float:
        first, last = math.log10(xs[0]), math.log10(xs[-1])
        return LEFT + (inner * (math.log10(x) - first) / (last - first) if last > first else inner / 2)

    def y_of(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top

    drawn = [_text(16, 30, title, size=17, weight=600), _text(16, 51, unit, fill=PALE)]
    for step in range(5):
        value = top * step / 4
        drawn.append(_line(LEFT, y_of(value), WIDTH - RIGHT, y_of(value), GRID))
        drawn.append(_text(LEFT - 10, y_of(value) + 4, short(value), anchor="end", fill=PALE))
    for x in xs:
        drawn.append(_text(x_of(x), HEIGHT - BOTTOM + 22, short(x), anchor="middle", fill=PALE))
    drawn.append(_text(LEFT + inner / 2, HEIGHT - 10, below, anchor="middle", fill=PALE))
    ends = _apart([y_of(one.points[-1][1]) for one in series])
    for at, (one, end) in enumerate(zip(series, ends, strict=True)):
        drawn += _one_line(at, [(x_of(x), y_of(y)) for x, y in one.points])
        drawn.append(_text(WIDTH - RIGHT + 14, end + 4, one.name, fill=COLOURS[at % 4], weight=600))
    told = "; ".join(f"{one.name}: " + ", ".join(f"{short(x)}: {short(y)}" for x, y in one.points) for one in series)
    return _whole(title, f"{unit}. {told}.", drawn, HEIGHT)


def bars(title: str, *, unit: str, values: Sequence[tuple[str, float]]) -> str:
    """Bars from nothing, in the order given; the first is ours."""
    height = BAR_TOP + len(values) * (BAR_HEIGHT + BAR_GAP) + 16
    longest = max(value for _name, value in values)
    drawn = [_text(16, 30, title, size=17, weight=600), _text(16, 51, unit, fill=PALE)]
    for at, (name, value) in enumerate(values):
        y = BAR_TOP + 8 + at * (BAR_HEIGHT + BAR_GAP)
        width = max(1.0, (WIDTH - BAR_LEFT - 90) * value / longest)
        drawn.append(_text(BAR_LEFT - 12, y + 17, name, anchor="end", weight=600 if at == 0 else 400))
        drawn.append(
            f"<rect x='{BAR_LEFT}' y='{y}' width='{width:.1f}' height='{BAR_HEIGHT}' rx='2' "
            f"fill='{COLOURS[0] if at == 0 else '#9aa5b1'}'/>"
        )
        drawn.append(_text(BAR_LEFT + width + 8, y + 17, short(value), fill=PALE))
    told = ", ".join(f"{name}: {short(value)}" for name, value in values)
    return _whole(title, f"{unit}. {told}.", drawn, height)


def nice_above(value: float) -> float:
    """The next figure above whose quarters are round."""
    power: float = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 4, 5, 6, 8, 10) if step * power >= value * 0.999)


def short(value: float) -> str:
    """A figure for an axis: 1,000,000; 2,500; 0.35."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _one_line(at: int, points: Sequence[tuple[float, float]]) -> list[str]:
    colour, dash = COLOURS[at % 4], DASHES[at % 4]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{colour}'/>" for x, y in points]
    return [
        f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2.5' stroke-dasharray='{dash}'/>",
        *dots,
    ]


def _apart(ys: Sequence[float]) -> list[float]:
    """The places of the names at the ends of the lines, moved so that none stands on another."""
    placed = list(ys)
    order = sorted(range(len(ys)), key=ys.__getitem__)
    for before, at in pairwise(order):
        placed[at] = max(placed[at], placed[before] + LABEL_GAP)
    return placed


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", fill: str = INK, size: int = 13, weight: int = 400
) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='{fill}' font-size='{size}' "
        f"font-weight='{weight}'>{escape(text)}</text>"
    )


def _line(x: float, y: float, x_end: float, y_end: float, colour: str) -> str:
    return f"<line x1='{x:.1f}' y1='{y:.1f}' x2='{x_end:.1f}' y2='{y_end:.1f}' stroke='{colour}'/>"


def _whole(title: str, told: str, drawn: Sequence[str], height: int) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}' "
        f"role='img' aria-labelledby='title told' {FONT}>"
    )
    parts = [
        head,
        f"<title id='title'>{escape(title)}</title>",
        f"<desc id='told'>{escape(told)}</desc>",
        f"<rect width='{WIDTH}' height='{height}' fill='{GROUND}'/>",
        *drawn,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
