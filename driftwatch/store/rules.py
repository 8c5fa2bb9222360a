"""What do all stores decide alike, wherever they keep it?"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from driftwatch.nouns.records import Delta, Part, Population, Sample, Tally
from driftwatch.nouns.retraining import UNDER_WAY, WANTED, Stage, is_claimed

# Instructions that the tick follows.
BEARING = frozenset({"retraining", "accept", "silence", "lift"})
PLACES = 14 * 86400 * 10**6  # for how long it is kept where the data lie
PAGE = 64  # deliveries that are looked at together
DAY = 86400 * 10**6
LEARNING = 8  # versions of a model without a profile of which records are kept
LEARNED = 16  # profiles of a model that were learned and are kept
UNKNOWN = 16  # versions of a model without a profile that are counted by name
OTHER = "other"  # all further ones
REFUSED = "refused"  # the kind of the tally of rejected records by event time
SEGMENT = "segment"  # the kind of the counter of a segment's rows
DELIVERY = "delivery"  # the kind of the counter of tries, by endpoint and outcome


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting delivery; `claimed` is until when a relay has it, None if none ever had."""

    id: int
    order: str
    kind: str
    due: int
    claimed: int | None
    message: str = ""


def settle(
    delta: Delta, width: int, closed: Mapping[str, int | None]
) -> tuple[list[Part], Mapping[Tally, int]]:
    """Part what is kept of a delta from what came late, and give all that is to be counted.

    Late rows were observations when they were read; now they are counted as late instead. The
    whole of a version holds every row once, its segments hold them again: only the whole counts.
    Rejected records are never late: they count in the first pane that is open.
    """
    kept: list[Part] = []
    counts = Counter[Tally]()
    for tally, count in delta.tallies.items():
        counts[_opened(tally, closed)] += count
    for part in delta.parts:
        population = part.population
        end = closed.get(population.model)
        if end is None or part.pane + width > end:
            kept.append(part)
        elif not population.segment:
            place = (part.pane, population.model, population.version)
            counts[Tally("observations", *place)] -= part.rows
            counts[Tally("late", *place)] += part.rows
    return kept, +counts


def _opened(tally: Tally, closed: Mapping[str, int | None]) -> Tally:
    end = closed.get(tally.model) if tally.kind == REFUSED else None
    return tally if end is None or tally.pane >= end else replace(tally, pane=end)


def by_segment(kept: Iterable[Part]) -> Mapping[Population, int]:
    """Count the rows that each segment has in what is kept; by pane there would be too many."""
    rows = Counter[Population]()
    for part in kept:
        if part.population.segment:
            rows[part.population] += part.rows
    return rows


def is_sampled(sample: Sample, width: int, closed: Mapping[str, int | None]) -> bool:
    """Say whether a sample's pane is open; one that comes later would make it a matter of luck."""
    end = closed.get(sample.model)
    return end is None or sample.time // width * width + width > end


def unnamed(delta: Delta) -> frozenset[tuple[str, str]]:
    """Give the models and versions of a delta that may have no profile."""
    named = {(t.model, t.version) for t in delta.tallies if t.kind == "observations"}
    doubtful = {(t.model, t.version) for t in delta.tallies if t.kind in ("late", "unjudged")}
    return frozenset(doubtful - named)


def together(
    new: Collection[tuple[str, str]], counted: Collection[tuple[str, str, str]]
) -> frozenset[tuple[str, str]]:
    """Say which models and versions are too many to be counted by name.

    `counted` has the model, version and kind of each counter. Whoever writes another version into
    each record would otherwise fill the store.
    """
    judged = {(model, version) for model, version, kind in counted if kind == "observations"}
    known = {(model, version) for model, version, _ in counted}
    names = Counter(model for model, version in known - judged if version != OTHER)
    beyond: set[tuple[str, str]] = set()
    for model, version in sorted(pair for pair in {*new} - known if pair[1] != OTHER):
        if names[model] >= UNKNOWN:
            beyond.add((model, version))
        names[model] += 1
    return frozenset(beyond)


def rename(delta: Delta, beyond: Collection[tuple[str, str]]) -> Delta:
    """Count these models and versions together with all others."""
    if not beyond:
        return delta
    counts: Counter[Tally] = Counter()
    for tally, count in delta.tallies.items():
        gone = (tally.model, tally.version) in beyond
        counts[replace(tally, version=OTHER) if gone else tally] += count
    return replace(delta, tallies=counts)


def next_boundary(previous: int | None, first_pane: int | None, step: int) -> int | None:
    """Give the multiple of `step` to judge next; None while there is nothing to judge.

    A step is a multiple of the pane, so the first pane has ended at the first multiple of the step
    after its start.
    """
    before = first_pane if previous is None else previous
    return None if before is None else (before // step + 1) * step


def choose(
    waiting: Sequence[Waiting], now: int, limit: int, void: Mapping[str, bool] | None = None
) -> tuple[frozenset[int], tuple[int, ...]]:
    """Say which deliveries of an endpoint, given oldest first, are outlived, and which are due.

    A firing and the resolved right after it are outlived if no relay ever had either. Messages that
    are `void` for good are outlived; those that are so for now wait.
    """
    orders: dict[str, list[Waiting]] = {}
    void = void or {}
    outlived = {delivery.id for delivery in waiting if void.get(delivery.message)}
    for delivery in waiting:
        if delivery.message in void:
            continue
        stack = orders.setdefault(delivery.order, [])
        if stack and _ends(stack[-1], delivery):
            outlived |= {stack.pop().id, delivery.id}
        else:
            stack.append(delivery)
    heads = (stack[0] for stack in orders.values() if stack)
    ready = sorted(d.id for d in heads if d.due <= now and not is_claimed(d.claimed, now))
    return frozenset(outlived), tuple(ready[:limit])


def pick(
    ready: Callable[[int, int], Sequence[Waiting]],
    waiting: Callable[[Collection[str]], Sequence[Waiting]],
    void: Callable[[Sequence[Waiting]], Mapping[str, bool]],
    now: int,
    limit: int,
) -> tuple[frozenset[int], tuple[int, ...]]:
    """Say what `choose` does, of few deliveries at a time: thousands may wait.

    `ready` gives, oldest first, up to so many deliveries behind an id that are due and that no
    relay has; `waiting` all that wait of some orders. An order is looked at once it may have
    something to send.
    """
    outlived: set[int] = set()
    chosen: list[int] = []
    seen: set[str] = set()
    after, page = 0, ready(0, PAGE)
    while page and len(chosen) < limit:
        if orders := {delivery.order for delivery in page} - seen:
            found = waiting(sorted(orders))
            gone, due = choose(found, now, limit, void(found))
            outlived |= gone
            chosen += due
            seen |= orders
        after = page[-1].id
        page = ready(after, PAGE) if len(page) == PAGE else ()
    return frozenset(outlived), tuple(chosen[:limit])


def voided(asked: Mapping[str, tuple[Stage, int | None]], now: int) -> Mapping[str, bool]:
    """Say which requests must not go out now: True for never, False for not yet.

    `asked` gives the stage of each, and when it expires. What was held again may be asked for
    again; what has expired is for the tick to end.
    """
    found = {}
    for request, (stage, expires_at) in asked.items():
        if stage not in UNDER_WAY | WANTED:
            found[request] = True
        elif stage is Stage.HELD or (expires_at is not None and expires_at <= now):
            found[request] = False
    return found


def _ends(first: Waiting, second: Waiting) -> bool:
    kinds = (first.kind, second.kind) == ("firing", "resolved")
    return kinds and first.claimed is None and second.claimed is None
