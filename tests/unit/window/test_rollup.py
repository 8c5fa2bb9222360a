"""How do panes become hours and windows?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from detectors.summaries import Summary, decode, tabulate
from driftwatch.nouns.judgements import Opened, Subject
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Part, Population
from driftwatch.window.rollup import Panes, window_name
from driftwatch.window.settings import WindowSettings
from tests.unit.decode.samples import known
from tests.unit.window.samples import HOUR, MINUTE, NOON, PROFILE, batch

KNOWN = known(PROFILE)
FRAUD = Population("fraud", "3")
OF = WindowSettings()


def part(pane: int, rows: int = 1, *, version: str = "3", reference: str = "print-of-3") -> Part:
    made = batch([pane] * rows)
    group = made.time * 0
    grouped = tabulate(PROFILE.layout, made.numbers, made.codes, made.words, group, 1)
    return Part(Population("fraud", version), reference, pane, rows, grouped.encode(0))


@dataclass
class Stored:
    """A store of parts, which remembers what was read of it."""

    minutes: list[Part] = field(default_factory=list)
    whole: list[Part] = field(default_factory=list)
    asked: list[tuple[str, int, int]] = field(default_factory=list)

    def panes(self, model: str, start: int, end: int) -> Sequence[Part]:
        assert model == "fraud"
        self.asked.append(("panes", start, end))
        return [p for p in self.minutes if start <= p.pane < end]

    def hours(self, model: str, start: int, end: int) -> Sequence[Part]:
        assert model == "fraud"
        self.asked.append(("hours", start, end))
        return [p for p in self.whole if start <= p.pane < end]

    def judge(
        self, panes: Panes, boundary: int, previous: int | None = None, *, of: Known = KNOWN
    ) -> tuple[tuple[Subject, ...], tuple[Part, ...]]:
        """Judge a boundary as a tick does, and store its hours."""
        opened = Opened("fraud", previous, boundary, boundary + HOUR, {})
        subjects = panes.subjects(opened, of, self.panes, self.hours)
        made = panes.hours(opened, of)
        self.whole += made
        self.minutes = [p for p in self.minutes if p.pane + MINUTE > panes.forget(opened)]
        return subjects, made


def rows(subjects: Sequence[Subject]) -> dict[str, tuple[int, int, int]]:
    (subject,) = subjects
    return {w.name: (w.start, w.end, w.summary.rows) for w in subject.windows}


def test_a_short_window_is_the_sum_of_the_panes_before_the_boundary():
    stored = Stored([part(NOON - i * MINUTE, i) for i in range(62)])
    subjects, _ = stored.judge(Panes(OF), NOON)
    assert rows(subjects)["1h"] == (NOON - HOUR, NOON, sum(range(1, 61)))


def test_a_long_window_is_the_sum_of_the_whole_hours_before_the_boundary():
    stored = Stored([part(NOON + MINUTE)], [part(NOON - i * HOUR, i) for i in range(30)])
    subjects, _ = stored.judge(Panes(OF), NOON + 5 * MINUTE, NOON + 4 * MINUTE)
    assert rows(subjects)["24h"] == (NOON - 24 * HOUR, NOON, sum(range(1, 25)))


def test_windows_are_in_the_order_of_the_settings_by_length():
    of = WindowSettings(windows=(timedelta(hours=24), timedelta(minutes=5), timedelta(hours=1)))
    subjects, _ = Stored([part(NOON - MINUTE)]).judge(Panes(of), NOON)
    assert [w.name for w in subjects[0].windows] == ["5m", "1h", "24h"]


def test_parts_of_the_same_pane_are_merged():
    stored = Stored([part(NOON - MINUTE, 2), part(NOON - MINUTE, 3)])
    assert rows(stored.judge(Panes(OF), NOON)[0])["1h"][2] == 5


def test_the_hour_that_a_boundary_completes_is_made_and_counts_in_long_windows():
    stored = Stored([part(NOON - MINUTE, 2), part(NOON - HOUR, 3), part(NOON, 7)])
    subjects, made = stored.judge(Panes(OF), NOON, NOON - MINUTE)
    assert [(p.population, p.reference, p.pane, p.rows) for p in made] == [
        (FRAUD, "print-of-3", NOON - HOUR, 5)
    ]
    assert decode(PROFILE.layout, made[0].body).rows == 5
    assert rows(subjects)["24h"][2] == 5


def test_a_boundary_within_an_hour_completes_none():
    stored = Stored([part(NOON - MINUTE)])
    assert stored.judge(Panes(OF), NOON + MINUTE, NOON)[1] == ()


def test_the_first_boundary_of_a_model_completes_its_hour():
    stored = Stored([part(NOON - MINUTE)])
    assert [p.pane for p in stored.judge(Panes(OF), NOON)[1]] == [NOON - HOUR]
    assert Stored([part(NOON)]).judge(Panes(OF), NOON + MINUTE)[1] == ()


def test_each_pane_is_read_once():
    stored = Stored([part(NOON + i * MINUTE) for i in range(-60, 60)])
    panes = Panes(OF)
    stored.judge(panes, NOON, NOON - MINUTE)
    cold, stored.asked = stored.asked, []
    assert cold == [("panes", NOON - HOUR, NOON), ("hours", NOON - 24 * HOUR, NOON - HOUR)]
    for i in range(1, 61):
        boundary = NOON + i * MINUTE
        stored.judge(panes, boundary, boundary - MINUTE)
    assert stored.asked == [
        ("panes", NOON + i * MINUTE, NOON + (i + 1) * MINUTE) for i in range(60)
    ]


def ticks(stored: Stored, panes: Panes, first: int, last: int, step: int = MINUTE) -> list[object]:
    found = []
    for boundary in range(first, last + 1, step):
        subjects, made = stored.judge(panes, boundary, boundary - step)
        found.append((rows(subjects), [(p.pane, p.rows) for p in made]))
    return found


def test_a_start_at_any_boundary_gives_what_a_long_run_gives():
    def filled() -> Stored:
        return Stored([part(NOON + i * 7 * MINUTE, i % 3 + 1) for i in range(-10, 60)])

    stored, panes = filled(), Panes(OF)
    long = ticks(stored, panes, NOON, NOON + 5 * HOUR)
    again = filled()
    assert ticks(again, Panes(OF), NOON, NOON + 150 * MINUTE) == long[:151]
    assert ticks(again, Panes(OF), NOON + 151 * MINUTE, NOON + 5 * HOUR) == long[151:]


def test_what_another_replica_judged_in_between_is_read_from_the_store():
    def filled() -> Stored:
        return Stored([part(NOON + i * 7 * MINUTE, i % 3 + 1) for i in range(-10, 60)])

    alone = ticks(filled(), Panes(OF), NOON, NOON + 4 * HOUR)
    shared, ours, theirs = filled(), Panes(OF), Panes(OF)
    found = ticks(shared, ours, NOON, NOON + 30 * MINUTE)
    found += ticks(shared, theirs, NOON + 31 * MINUTE, NOON + 170 * MINUTE)
    found += ticks(shared, ours, NOON + 171 * MINUTE, NOON + 4 * HOUR)
    assert found == alone


def test_a_boundary_judged_again_gives_the_same():
    stored, panes = Stored([part(NOON - MINUTE, 2)]), Panes(OF)
    opened = Opened("fraud", NOON - MINUTE, NOON, NOON, {})
    first = rows(panes.subjects(opened, KNOWN, stored.panes, stored.hours))
    assert rows(panes.subjects(opened, KNOWN, stored.panes, stored.hours)) == first
    assert [p.rows for p in panes.hours(opened, KNOWN)] == [2]


@pytest.mark.parametrize("hours", [3, 30, 100_000])
def test_hours_that_a_jump_passes_are_made_all_the_same(hours):
    after = NOON + hours * HOUR
    stored, panes = Stored([part(NOON - MINUTE, 2)]), Panes(OF)
    stored.judge(panes, NOON, NOON - MINUTE)
    stored.minutes += [part(NOON + 5 * MINUTE, 3), part(after - MINUTE, 4)]
    subjects, made = stored.judge(panes, after, NOON)
    assert [(p.pane, p.rows) for p in made] == [(NOON, 3), (after - HOUR, 4)]
    assert rows(subjects)["1h"][2] == 4
    assert rows(subjects)["24h"][2] == (9 if hours == 3 else 4)


def test_after_a_boundary_went_back_all_is_read_anew():
    stored, panes = Stored([part(NOON - HOUR, 2), part(NOON - MINUTE, 3)]), Panes(OF)
    stored.judge(panes, NOON, NOON - MINUTE)
    restored = Stored([part(NOON - HOUR, 4), part(NOON - MINUTE, 5)])
    subjects, _ = restored.judge(panes, NOON - 30 * MINUTE, NOON - 31 * MINUTE)
    assert rows(subjects)["1h"] == (NOON - 90 * MINUTE, NOON - 30 * MINUTE, 4)
    subjects, _ = restored.judge(panes, NOON, NOON - 30 * MINUTE)
    assert rows(subjects) == {"1h": (NOON - HOUR, NOON, 9), "24h": (NOON - 24 * HOUR, NOON, 9)}


def test_steps_longer_than_an_hour_complete_all_hours_in_between():
    of = WindowSettings(step=timedelta(hours=6), windows=(timedelta(hours=24),))
    stored = Stored([part(NOON - 5 * HOUR, 2), part(NOON - MINUTE, 3)])
    subjects, made = stored.judge(Panes(of), NOON)
    assert [(p.pane, p.rows) for p in made] == [(NOON - 5 * HOUR, 2), (NOON - HOUR, 3)]
    assert rows(subjects) == {"24h": (NOON - 24 * HOUR, NOON, 5)}


def test_without_a_long_window_no_stored_hour_is_read():
    of = WindowSettings(windows=(timedelta(minutes=30),))
    stored = Stored([part(NOON - MINUTE, 2)])
    subjects, made = stored.judge(Panes(of), NOON, NOON - MINUTE)
    assert rows(subjects) == {"30m": (NOON - 30 * MINUTE, NOON, 2)}
    assert len(made) == 1
    assert [what for what, _, _ in stored.asked] == ["panes"]


def test_parts_counted_under_another_reference_are_left_out():
    stored = Stored([part(NOON - MINUTE, 2), part(NOON - MINUTE, 3, reference="older")])
    subjects, made = stored.judge(Panes(OF), NOON, NOON - MINUTE)
    assert rows(subjects)["1h"][2] == 2
    assert [p.rows for p in made] == [2]


def test_after_a_change_of_reference_only_what_was_counted_under_it_counts():
    stored, panes = (
        Stored([part(NOON - MINUTE, 2), part(NOON - MINUTE, 3, reference="newer")]),
        Panes(OF),
    )
    stored.judge(panes, NOON, NOON - MINUTE)
    newer = known(replace(PROFILE, fingerprint="newer"))
    subjects, _ = stored.judge(panes, NOON + MINUTE, NOON, of=newer)
    assert rows(subjects)["1h"][2] == 3
    assert subjects[0].profile.fingerprint == "newer"


def test_versions_without_a_profile_are_no_subjects():
    stored = Stored([part(NOON - MINUTE, version="4")])
    assert stored.judge(Panes(OF), NOON)[0] == ()


def test_each_version_is_a_subject_of_its_own():
    of = known(PROFILE, replace(PROFILE, version="4"))
    stored = Stored([part(NOON - MINUTE, 2, version="4"), part(NOON - MINUTE, 3)])
    subjects, made = stored.judge(Panes(OF), NOON, of=of)
    found = {s.population.version: s.windows[0].summary.rows for s in subjects}
    assert found == {"3": 3, "4": 2}
    assert [p.population.version for p in made] == ["3", "4"]


def test_a_version_with_rows_in_any_window_has_all_windows_the_others_empty():
    stored = Stored([], [part(NOON - 5 * HOUR, 4)])
    subjects, _ = stored.judge(Panes(OF), NOON + MINUTE, NOON)
    assert rows(subjects) == {
        "1h": (NOON - 59 * MINUTE, NOON + MINUTE, 0),
        "24h": (NOON - 24 * HOUR, NOON, 4),
    }


def test_what_no_window_needs_any_more_is_let_go():
    stored, panes = Stored([part(NOON + i * MINUTE) for i in range(-60, 600)]), Panes(OF)
    ticks(stored, panes, NOON, NOON + 9 * HOUR)
    held = [panes._minutes.held, panes._hours.held, panes._summed, panes._blocks]
    assert [len(some) for some in held] == [60, 10, 1, 7]
    assert stored.minutes[0].pane == NOON + 8 * HOUR


def test_an_empty_store_has_no_subjects():
    assert Stored().judge(Panes(OF), NOON) == ((), ())


def test_windows_are_named_as_people_name_them():
    lengths = [timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24), timedelta(days=7)]
    assert [window_name(length) for length in lengths] == ["5m", "1h", "24h", "7d"]


def test_summaries_share_the_layout_of_their_reference():
    (subject,), _ = Stored([part(NOON - MINUTE)]).judge(Panes(OF), NOON)
    summaries: list[Summary] = [w.summary for w in subject.windows]
    assert all(s.layout is subject.profile.layout for s in summaries)
