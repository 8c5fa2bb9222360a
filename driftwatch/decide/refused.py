"""How do rejected records come into the evidence, beside the rows of their panes?"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from detectors.summaries import Summary
from driftwatch.nouns.judgements import Case
from driftwatch.nouns.records import Population, Refused
from driftwatch.nouns.settings import microseconds

Panes = Sequence[tuple[int, Summary]]
Joined = Sequence[tuple[int, Summary, int]]
_HOUR = microseconds(timedelta(hours=1))


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The retained hours of a population that hold any record, in the order of time.

    `refused` are the rejected records in them.
    """

    hours: Joined
    refused: Collection[Refused] = ()


def entered(case: Case) -> dict[Population, Joined]:
    """Give what was rejected in the panes that were closed, with their rows, in order of time.

    That counts for the whole of a version only: in which segment it would have been is not known.
    """
    found = {of: joined(panes, {}, None) for of, panes in case.entered.items()}
    for version in sorted({one.version for one in case.refused} & case.profiles.keys()):
        of = Population(case.opened.model, version)
        ours = ((one.pane, one.count) for one in case.refused if one.version == version)
        nothing = Summary.empty(case.profiles[version].layout)
        found[of] = joined(case.entered.get(of, ()), counted(ours), nothing)
    return found


def past(case: Case, population: Population) -> Past:
    """Give a population's hours with what was rejected in them."""
    rows = case.past(population)
    if population.segment:
        return Past(joined(rows, {}, None))
    refused = [one for one in case.refusals() if one.version == population.version]
    at = counted((one.pane // _HOUR, one.count) for one in refused)
    nothing = Summary.empty(case.profiles[population.version].layout)
    return Past(joined(rows, at, nothing), refused)


def counted(counts: Iterable[tuple[int, int]]) -> Counter[int]:
    """Sum counts by their place."""
    total = Counter[int]()
    for place, count in counts:
        total[place] += count
    return total


def joined(rows: Panes, rejected: Mapping[int, int], nothing: Summary | None) -> Joined:
    """Put rows and rejected records together by their place in time; `nothing` holds no row."""
    held = dict(rows)
    if nothing is None:
        return [(at, summary, 0) for at, summary in held.items()]
    places = sorted({*held, *rejected})
    return [(at, held.get(at, nothing), rejected.get(at, 0)) for at in places]


def reasons(refused: Iterable[Refused], since: int) -> dict[str, int]:
    """Give how many were rejected since a time for each reason, the most frequent first."""
    total = Counter[str]()
    for one in refused:
        if one.pane >= since:
            total[one.reason] += one.count
    return dict(sorted(total.items(), key=lambda told: (-told[1], told[0])))
