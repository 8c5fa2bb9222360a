"""What does the store in memory keep to learn profiles from, and what was learned?"""

from collections import defaultdict
from collections.abc import Mapping

from driftwatch.nouns.judgements import Learning, Progress
from driftwatch.nouns.records import Delta, Sample, Sampled
from driftwatch.store.codec import sound
from driftwatch.store.rules import DAY, LEARNED, LEARNING, is_sampled


class Crop:
    """Samples by model, version and day, by rank; its owner lets one thread in at a time."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], dict[int, dict[int, Sample]]] = {}
        self._learned: dict[tuple[str, str], tuple[int, str, bytes]] = {}

    def keep(self, delta: Delta, pane: int, closed: Mapping[str, int | None]) -> None:
        """Keep a delta's samples, but of panes that are closed, and of versions with a profile."""
        wanted = [sample for sample in delta.samples if is_sampled(sample, pane, closed)]
        for sample in sorted(wanted, key=lambda sample: (sample.model, sample.version)):
            pair = (sound(sample.model), sound(sample.version))
            known = [version for model, version in self._held if model == pair[0]]
            if pair in self._learned or (pair[1] not in known and len(known) >= LEARNING):
                continue
            day = sample.time // DAY * DAY
            self._held.setdefault(pair, {}).setdefault(day, {}).setdefault(sample.rank, sample)
        for pair, days in self._held.items():
            quota = delta.quotas.get(pair[0])
            for day in days if quota else ():
                self.thin(*pair, (day, day + DAY), quota or 0)

    def thin(self, model: str, version: str, days: tuple[int, int], quota: int) -> None:
        """Keep the lowest ranks of some days together."""
        kept = self.within(model, version, days)[:quota]
        held = self._held.get((model, version), {})
        left: dict[int, dict[int, Sample]] = defaultdict(dict)
        for sample in kept:
            left[sample.time // DAY * DAY][sample.rank] = sample
        rest = {day: of for day, of in held.items() if not days[0] <= day < days[1]}
        if (model, version) in self._held:
            self._held[model, version] = rest | left

    def sampled(self, model: str, closed: int | None) -> Sampled:
        """Say how many records are kept of each version and day."""
        return Sampled(
            closed,
            {
                version: {day: len(days[day]) for day in sorted(days)}
                for (of, version), days in sorted(self._held.items())
                if of == model and days
            },
        )

    def learning(self, reached: Mapping[str, Progress]) -> Mapping[tuple[str, str], Learning]:
        """Say how far versions without a profile have come."""
        return {
            pair: Learning.of(
                {day: len(of) for day, of in days.items()},
                reached[pair[0]].closed if pair[0] in reached else None,
            )
            for pair, days in sorted(self._held.items())
            if days
        }

    def within(self, model: str, version: str, days: tuple[int, int]) -> list[Sample]:
        """Give the records of some days, by rank."""
        held = self._held.get((model, version), {})
        found = [s for day, of in held.items() if days[0] <= day < days[1] for s in of.values()]
        return sorted(found, key=lambda sample: sample.rank)

    def forget(self, model: str, version: str) -> None:
        """Keep no record of a version any more."""
        self._held.pop((model, version), None)

    def learn(self, pair: tuple[str, str], fingerprint: str, body: bytes, at: int) -> bool:
        """Keep a learned profile, and its records no more; False if there is one."""
        self.forget(*pair)
        first = pair not in self._learned
        self._learned.setdefault(pair, (at, fingerprint, bytes(body)))
        ours = [of for of in self._learned if of[0] == pair[0]]
        for gone in sorted(ours, key=lambda of: (-self._learned[of][0], of))[LEARNED:]:
            del self._learned[gone]
        return first

    def profiles(self) -> Mapping[tuple[str, str], str]:
        """Give the fingerprints of learned profiles, the newest first."""
        order = sorted(self._learned, key=lambda of: (-self._learned[of][0], of))
        return {of: self._learned[of][1] for of in order}

    def profile(self, model: str, version: str) -> bytes | None:
        """Give the document of a learned profile."""
        found = self._learned.get((model, version))
        return None if found is None else found[2]
