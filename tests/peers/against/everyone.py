"""Which of a peer's answers are compared, by what?"""

from collections.abc import Iterator, Mapping

from tests.peers import environments
from tests.peers.against import (
    evidently,
    frouros,
    joint,
    nannyml,
    popmon,
    quapy,
    river,
    whylogs,
)
from tests.peers.against.case import Case, rows
from tests.peers.data import Columns
from tests.peers.rows import Row

COLUMNS: dict[str, tuple[Case, ...]] = {
    "nannyml": nannyml.CASES,
    "evidently": evidently.CASES,
    "frouros": frouros.CASES,
    "popmon": popmon.CASES,
    "whylogs": whylogs.CASES,
    "river": river.CASES,
}
SERIES = ("drawn", "car_loan")


def compared(peer: str, data: Mapping[str, Columns]) -> Iterator[Row]:
    """Run a peer and compare all that it answers."""
    series = {name: data[name] for name in SERIES if name in data}
    if peer == "quapy":
        priors = {name: columns for name, columns in data.items() if name not in SERIES}
        yield from quapy.rows(priors, environments.run(peer, "quapy"))
        return
    found = environments.run(peer, peer)
    yield from rows(peer, COLUMNS[peer], river.begun(series) if peer == "river" else series, found)
    if peer == "nannyml":
        chunks = environments.run(peer, "nannyml_joint")["car_loan"]
        yield from joint.rows(series["car_loan"], chunks)
