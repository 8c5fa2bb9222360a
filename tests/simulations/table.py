"""What is a line of a simulation, and when does a rate keep its bound?"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from scipy.stats import chi2

MONTH = 720.0
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Row:
    """One line of the table: a simulated figure and the bound that it is to keep."""

    name: str
    value: float | None
    bound: str
    holds: bool


def pages_a_month(name: str, pages: int, hours: float, most: float = 1.0) -> Row:
    """Hold a number of pages against `most` a month.

    The bound holds unless as many pages would come with less than 5% if it did.
    """
    least = chi2.ppf(1 - CONFIDENCE, 2 * pages) / 2 if pages else 0.0
    rate = pages / hours * MONTH
    said = f"<= {most:g} a month ({pages} in {hours:,.0f} h, at least {least / hours * MONTH:.2f})"
    return Row(f"{name}: pages a month", round(rate, 3), said, bool(least <= most * hours / MONTH))


def fails(name: str, pages: int, hours: float) -> Row:
    """Show that a rate is beyond one a month, with 95% confidence."""
    least = chi2.ppf(1 - CONFIDENCE, 2 * pages) / 2 if pages else 0.0
    said = f"> 1 a month ({pages} in {hours:,.0f} h)"
    rate = round(pages / hours * MONTH, 3)
    return Row(f"{name}: pages a month", rate, said, bool(least > hours / MONTH))


def at_most(name: str, value: float, bound: float, unit: str = "h") -> Row:
    """Hold a figure against the most that it may be."""
    shown = None if value == float("inf") else round(value, 3)
    return Row(name, shown, f"<= {bound:g} {unit}", bool(value <= bound))


def beyond(name: str, value: float, bound: float, unit: str = "h") -> Row:
    """Show that a figure is beyond what it may be."""
    shown = None if value == float("inf") else round(value, 3)
    return Row(name, shown, f"> {bound:g} {unit}", bool(value > bound))


def run(simulations: Iterable[Callable[[], Iterator[Row]]], out: Path) -> None:
    """Run simulations, print and write their lines, and fail where one does not hold."""
    rows = []
    for simulation in simulations:
        for row in simulation():
            rows.append(row)
            mark = "  " if row.holds else "! "
            print(f"{mark}{row.name}: {row.value} ({row.bound})", flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if not all(row.holds for row in rows):
        sys.exit("a bound does not hold")
