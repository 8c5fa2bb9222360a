import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from driftwatch.__main__ import main
from driftwatch.config import Config, Watched, load
from driftwatch.nouns.judgements import State
from driftwatch.nouns.profiles import Known
from driftwatch.pipeline import Judging, Reading, ingest, tick
from driftwatch.reference.build import build
from driftwatch.reference.document import save
from driftwatch.reference.registry import Registry
from driftwatch.replay import Replayed, replay
from driftwatch.replay.files import Log, Whose
from driftwatch.store.memory import Memory
from driftwatch.window.rollup import Panes

HOUR = 3_600_000_000
BEGIN = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
DRIFT = 30  # hours after BEGIN
CONFIG = """
models: [{name: fraud, reference: {path: "fraud-{version}.json"}}]
sources: [{kind: simulate, model: fraud, version: "3"}]
window: {pane: 10m, windows: [1h], step: 1h}
retraining: {settle: 1h}
endpoints:
  - kind: webhook
    name: hook
    url: "http://127.0.0.1:9/"
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    send: [retrain, firing]
store: {url: "sqlite:///state.db"}
"""


def rows(first: int, hours: int, per_hour: int, seed: int) -> list[dict[str, object]]:
    """Make rows in order of time; from DRIFT on the amount is higher."""
    rng = np.random.default_rng(seed)
    made = []
    times = np.sort(rng.integers(first * HOUR, (first + hours) * HOUR, hours * per_hour))
    for i, at in enumerate((BEGIN + times // 1000 * 1000).tolist()):
        drifted = at >= BEGIN + DRIFT * HOUR
        made.append(
            {
                "id": f"{i}",
                "time": at // 1000,
                "model": "fraud",
                "version": "3",
                "amount": round(float(rng.normal(55 if drifted else 50, 10)), 3),
                "country": "abcde"[int(rng.integers(5))],
            }
        )
    return made


def own(row: dict[str, object]) -> str:
    features = {"amount": row["amount"], "country": row["country"]}
    rest = {k: v for k, v in row.items() if k not in features}
    return json.dumps({**rest, "features": features})


@dataclass(frozen=True)
class Case:
    folder: Path
    config: Config
    watched: Watched
    known: Known

    def run(self, *names: str) -> Replayed:
        paths = [str(self.folder / name) for name in names]
        return replay(self.config, self.watched, self.known, self.log(*paths))

    def log(self, *paths: str) -> Log:
        records = self.config.sources[0].format.build()
        whose = Whose("fraud", "3", "time")
        return Log(list(paths), records, whose, time.time_ns() // 1000, lambda done, total: None)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("replay")
    heldout = folder / "heldout.ndjson"
    heldout.write_text("\n".join(map(own, rows(-72, 72, 300, 1))))
    save(build([heldout]), folder / "fraud-3.json")
    past = rows(0, 40, 300, 2)
    (folder / "past.ndjson").write_text("\n".join(map(own, past)))
    names = list(past[0])
    lines = [",".join(map(str, row.values())) for row in past]
    (folder / "past.csv").write_text("\n".join([",".join(names), *lines]))
    (folder / "one.ndjson").write_text("\n".join(map(own, past[:5000])))
    (folder / "two.ndjson").write_text("\n".join(map(own, past[5000:])))
    (folder / "quiet.ndjson").write_text("\n".join(map(own, rows(0, 29, 300, 3))))
    (folder / "driftwatch.yaml").write_text(CONFIG)
    config = load(folder / "driftwatch.yaml", {})
    registry = Registry({m.name: m.reference for m in config.models}, folder)
    assert registry.refresh() == []
    return Case(folder, config, config.watched[0], registry.known)


def test_a_drift_in_the_past_pages_soon_after_it_began_and_names_its_feature(case: Case):
    found = case.run("past.ndjson")
    (page,) = (t for t in found.transitions if t.after is State.FIRING)
    assert page.key.alert == "CovariateShift"
    assert DRIFT < (page.boundary - BEGIN) / HOUR <= DRIFT + 3
    assert [f["feature"] for f in page.evidence["features"]] == ["amount"]
    assert page.evidence["features"][0]["since"] == BEGIN + DRIFT * HOUR
    assert found.counts["observations"] == 12_000
    assert found.last is not None
    assert found.last >= BEGIN + 40 * HOUR


def test_a_retraining_is_asked_for_as_it_would_have_been_by_event_time(case: Case):
    (wanted,) = case.run("past.ndjson").retrainings
    assert wanted.requested_at is not None
    assert 0 < wanted.requested_at - wanted.began <= 3 * HOUR


def test_nothing_pages_before_the_drift(case: Case):
    found = case.run("quiet.ndjson")
    assert [t for t in found.transitions if t.after is State.FIRING] == []
    assert max(max(noted.values()) for noted in found.evidence.values()) < 1


def test_a_pane_as_wide_as_no_data_is_no_silence(case: Case):
    window = case.watched.window
    wide = window.model_copy(update={"pane": window.step})
    found = replace(case, watched=replace(case.watched, window=wide)).run("quiet.ndjson")
    assert found.transitions == ()


def test_columns_and_records_and_parted_files_say_the_same(case: Case):
    records, columns = case.run("past.ndjson"), case.run("past.csv")
    parted = case.run("one.ndjson", "two.ndjson")
    assert records.evidence
    assert records.evidence == columns.evidence == parted.evidence
    assert records.transitions == columns.transitions == parted.transitions


def test_a_live_run_of_small_polls_gathers_the_very_same_evidence(case: Case):
    replayed = case.run("past.ndjson")
    live = _live(case, Memory(), poll=377)
    assert len(live) > 30
    for (population, family), noted in replayed.evidence.items():
        told = {hour: ratios[population][family] for hour, ratios in live.items()}
        assert {hour: noted[hour] for hour in told} == told


def _live(case: Case, store: Memory, poll: int) -> dict[int, dict]:
    """Judge after each poll, as the daemon does; give the ratios by the hour judged."""
    log = case.log(str(case.folder / "past.ndjson"))
    seen: dict[int, dict] = {}

    def newest() -> int:
        return max((p.high or 0 for p in store.offsets(log.name).values()), default=0)

    window, intake = case.watched.window, case.config.intake
    reading = Reading(
        source=log,
        format=log,
        intake=store,
        known=lambda: case.known,
        window=window,
        reads=lambda _: True,
        report=lambda _: None,
        current=lambda _: None,
        every=intake.every,
        records=intake.records,
        poll=poll,
        keep_payload=0,
    )
    judging = Judging(
        model="fraud",
        sources={log.name: lambda _: True},
        current=newest,
        judge=store,
        panes=Panes(window),
        known=lambda: case.known,
        window=window,
        detectors=(),
        alerts=case.watched.alerts,
        routes={},
    )
    while not log.finished:
        ingest(reading, newest, log.going(1))
        if tick(judging, newest, lambda: True):
            shown = store.snapshot(newest())
            boundary = shown.models["fraud"].boundary
            assert boundary is not None
            seen[boundary - HOUR] = dict(shown.ratios)
    return seen


def broken_row(case: Case) -> Path:
    text = (case.folder / "past.csv").read_text().splitlines()
    text[7] = text[7].replace(text[7].split(",")[4], "much")
    path = case.folder / "broken.csv"
    path.write_text("\n".join(text))
    return path


def test_a_value_that_is_no_number_counts_as_missing_and_is_told_with_its_place(case: Case):
    log = case.log(str(broken_row(case)))
    counts = replay(case.config, case.watched, case.known, log).counts
    assert (counts.get("rejected", 0), counts["observations"]) == (0, 12_000)
    [(name, told)] = log.odd.told()
    assert (name, told.partition(" values")[0]) == ("amount", "1 of 12,000")
    assert told.endswith("broken.csv: row 7: 'much' is no number")


def test_a_broken_record_is_rejected_and_the_others_count(case: Case):
    text = (case.folder / "past.ndjson").read_text().splitlines()
    text[7] = "{"
    (case.folder / "broken.ndjson").write_text("\n".join(text))
    counts = case.run("broken.ndjson").counts
    assert counts["rejected"] == 1
    assert counts["observations"] == 11_999


def test_rows_without_a_time_are_rejected(case: Case):
    text = (case.folder / "past.csv").read_text().splitlines()
    text[7] = ",".join([text[7].split(",")[0], "", *text[7].split(",")[2:]])
    (case.folder / "undated.csv").write_text("\n".join(text))
    counts = case.run("undated.csv").counts
    assert (counts["rejected"], counts["observations"]) == (1, 11_999)


class TestTheCommand:
    def run(self, case: Case, *options: str) -> int:
        arguments = ["-c", str(case.folder / "driftwatch.yaml"), "--months", "0", *options]
        return main(["replay", *arguments])

    def test_the_report_names_values_that_are_no_numbers(
        self, case: Case, capsys: pytest.CaptureFixture[str]
    ):
        self.run(case, str(broken_row(case)))
        assert "'much' is no number" in capsys.readouterr().out

    def test_it_exits_with_1_where_it_would_have_called_and_with_0_where_not(self, case: Case):
        assert self.run(case, str(case.folder / "past.ndjson")) == 1
        assert self.run(case, str(case.folder / "quiet.ndjson")) == 0

    def test_it_exits_with_3_where_nothing_could_be_judged(self, case: Case):
        (case.folder / "garbage.ndjson").write_text("{\n")
        assert self.run(case, str(case.folder / "garbage.ndjson")) == 3

    def test_it_says_in_json_when_and_by_which_feature(
        self, case: Case, capsys: pytest.CaptureFixture[str]
    ):
        self.run(case, str(case.folder / "past.csv"), "--format", "json")
        told = json.loads(capsys.readouterr().out)
        (page,) = told["pages"]
        assert page["since"] == "2026-01-02T06:00:00Z"
        assert page["features"] == "amount"
        assert told["evidence"][0]["hours"]

    def test_its_page_draws_the_evidence_of_each_family(self, case: Case, tmp_path: Path):
        page = tmp_path / "replay.html"
        options = [str(case.folder / "past.ndjson"), "--format", "html", "-o", str(page)]
        assert self.run(case, *options) == 1
        text = page.read_text()
        assert text.count("<polyline") >= 2
        assert "CovariateShift firing, 2026-01-02T" in text

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--model", "churn"], "say --model, one of fraud"),
            (["--step", "7m"], "is not a multiple of the pane"),
        ],
    )
    def test_wrong_usage_is_refused_in_words(
        self, case: Case, capsys: pytest.CaptureFixture[str], options: list[str], said: str
    ):
        assert self.run(case, str(case.folder / "past.csv"), *options) == 2
        assert said in capsys.readouterr().err
