"""What does driftwatch do, seen in a minute?

The real daemon on a simulated stream of a fraud model: quiet for a day of event time, then its data
drift. Alerts are told, a training is asked for, and the pipeline that follows brings a new version.
"""

import json
import re
import secrets
import tempfile
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from driftwatch.app.daemon import Daemon
from driftwatch.config import load
from driftwatch.nouns.errors import DriftwatchError
from driftwatch.reference.build import build
from driftwatch.reference.document import save
from driftwatch.sources.simulate import SimulateSettings, Stream
from driftwatch.trainer import Receiver, Trainer

PATIENCE = timedelta(seconds=88)
HELD_OUT = 30_000
EARLIER = timedelta(hours=42)  # so much before now the simulated stream begins
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Sample = tuple[str, Mapping[str, str], float]


@dataclass(slots=True)
class Story:
    """What must have been seen, and when it was."""

    began: float
    seen: dict[str, float] = field(default_factory=dict)
    steps: tuple[str, ...] = (
        "metrics were scraped while the stream was quiet, and no alert was firing",
        "the drift showed in driftwatch_feature_psi of amount and country",
        "driftwatch_alert_firing told of CovariateShift and of PriorShift",
        "a webhook of CovariateShift came, its signature was right, and it named both features",
        "a webhook of PriorShift came, and its signature was right",
        "the same webhook with one byte changed was refused",
        "a webhook asked for one retraining, and said at which offsets the drifted data lie",
        "the pipeline built version 4 of just these, and its call that it is done was taken",
        "version 4 carries the traffic, and the alerts of version 3 are resolved",
        "the API calls the retraining done, with what held it before and why it was asked for",
    )

    def see(self, step: int) -> bool:
        """Note a step; True the first time."""
        name = self.steps[step]
        if name in self.seen:
            return False
        self.seen[name] = time.monotonic() - self.began
        return True

    @property
    def missing(self) -> list[str]:
        """The steps that were not seen."""
        return [step for step in self.steps if step not in self.seen]


def run(*, once: bool, address: str, say: Callable[[str], None], config: str) -> int:
    """Tell the story; with `once` end after it, 0 only if every step was seen."""
    with tempfile.TemporaryDirectory(prefix="driftwatch-demo-") as name:
        folder = Path(name)
        say("building the reference from held-out rows of the same model ...")
        begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - EARLIER
        _profile(folder, begins - 2 * EARLIER)
        secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
        token = secrets.token_hex(16)
        receiver = Receiver(secret)
        given = {
            "DEMO_TOKEN": token,
            "DEMO_FOLDER": name,
            "DEMO_RECEIVER": receiver.address,
            "DEMO_SECRET": secret,
            "DEMO_ADDRESS": address,
            "DEMO_BEGINS": begins.isoformat(),
        }
        file = folder / "demo.yaml"
        file.write_text(config)
        (stream,) = (s for s in load(file, given).sources if isinstance(s, SimulateSettings))
        receiver.train = Trainer(stream, folder, token, lambda: _position(address)).train
        story = Story(time.monotonic())
        try:
            with _running(Daemon(file, given)):
                _watch(story, receiver, address, say, once=once)
        finally:
            receiver.close()
    for step in story.missing:
        say(f"NOT SEEN: {step}")
    return 3 if story.missing else 0


def _profile(folder: Path, begins: datetime) -> None:
    stream = Stream(
        SimulateSettings(
            seed=7,
            partitions=1,
            begins=begins,
            broken_share=0.0,
            late_share=0.0,
        )
    )
    heldout = folder / "heldout.ndjson"
    heldout.write_bytes(b"\n".join(stream.records(0, 0, HELD_OUT)[0]))
    save(build([heldout]), folder / "fraud-3.json")


@contextmanager
def _running(daemon: Daemon) -> Iterator[None]:
    thread = threading.Thread(target=daemon.run, name="daemon")
    thread.start()
    try:
        yield
    finally:
        daemon.stop()
        thread.join(30)
        if thread.is_alive():
            message = "the daemon did not stop within 30 s"
            raise DriftwatchError(message)


def _watch(
    story: Story, receiver: Receiver, address: str, say: Callable[[str], None], *, once: bool
) -> None:
    told, shown = 0, ""
    while not once or (story.missing and time.monotonic() - story.began < PATIENCE.total_seconds()):
        time.sleep(0.5)
        samples = _scrape(address)
        for step in (*_seen(samples, receiver), *_answered(samples, receiver, address)):
            if story.see(step):
                say(f"  seen after {story.seen[story.steps[step]]:.0f} s: {story.steps[step]}")
        for message in receiver.taken[told:]:
            say(_told(message))
        told = len(receiver.taken)
        hour, line = _line(samples)
        if hour != shown:
            say(line)
            shown = hour


def _read(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return str(answer.read().decode())
    except OSError:
        return ""


def _position(address: str) -> datetime:
    """Say how far the stream's event time has come."""
    closed = _value(_scrape(address), "driftwatch_watermark_timestamp_seconds")
    return datetime.fromtimestamp(closed or time.time(), UTC)


def _scrape(address: str) -> list[Sample]:
    """Read the metrics as Prometheus would; nothing while the daemon starts."""
    text = _read(f"http://{address}/metrics")
    found = (_SAMPLE.match(line) for line in text.splitlines())
    return [(m[1], dict(_LABEL.findall(m[2] or "")), float(m[3])) for m in found if m]


def _value(samples: list[Sample], name: str, **labels: str) -> float | None:
    for sample, had, value in samples:
        if sample == name and labels.items() <= had.items():
            return value
    return None


def _psi(samples: list[Sample], feature: str, version: str = "3") -> float:
    of = {"feature": feature, "window": "1h", "version": version}
    return _value(samples, "driftwatch_feature_psi", **of) or 0.0


def _seen(samples: list[Sample], receiver: Receiver) -> Iterator[int]:
    firing = {
        labels["alert"]
        for name, labels, value in samples
        if name == "driftwatch_alert_firing" and value == 1
    }
    counted = _value(samples, "driftwatch_observations_total") or 0
    if counted > 0 and not firing and 0 < _psi(samples, "amount") < 0.1:
        yield 0
    if min(_psi(samples, "amount"), _psi(samples, "country")) > 0.2:
        yield 1
    if {"CovariateShift", "PriorShift"} <= firing:
        yield 2
    for message in receiver.taken:
        alert = message.get("alert")
        if alert == "CovariateShift" and _features(message) >= {"amount", "country"}:
            yield 3
        if alert == "PriorShift":
            yield 4
    if receiver.refused:
        yield 5


def _answered(samples: list[Sample], receiver: Receiver, address: str) -> Iterator[int]:
    asked = [m for m in receiver.taken if m["type"].endswith("retraining.requested")]
    if len({m["id"] for m in asked}) == 1 and asked[0]["data"]:
        yield 6
    if not any(answer.startswith("202") for answer in receiver.called):
        return
    yield 7
    resolved = {m["alert"] for m in receiver.taken if m.get("state") == "resolved"}
    newer = _value(samples, "driftwatch_observations_total", version="4") or 0
    if newer > 0 and resolved >= {"CovariateShift", "PriorShift"}:
        yield 8
    found = json.loads(_read(f"http://{address}/api/v1/retraining/{asked[0]['id']}") or "{}")
    stages = [decision["stage"] for decision in found.get("decisions", ())]
    if found.get("stage") == "done" and stages[0] == "held" and "requested" in stages:
        yield 9


def _told(message: Mapping[str, Any]) -> str:
    if message["type"].endswith("retraining.requested"):
        places = [place for source in message["data"] for place in source["partitions"]]
        where = ", ".join(f"{p['partition']} [{p['first']}, {p['next']})" for p in places)
        return f"WEBHOOK retrain {message['model']} {message['version']}: {where}"
    if "alert" not in message:
        return f"WEBHOOK investigate: {message['why']}"
    return f"WEBHOOK {message['alert']} {message['state']}: " + ", ".join(_named(message))


def _features(message: Mapping[str, Any]) -> set[str]:
    return {f["feature"] for f in message["features"]}


def _named(message: Mapping[str, Any]) -> list[str]:
    """Say each feature once: several rules may have found it."""
    found = {f["feature"]: f"{f['statistic']} {f['value']:.2f}" for f in message["features"]}
    return [f"{feature} {value}" for feature, value in found.items()]


def _line(samples: list[Sample]) -> tuple[str, str]:
    """Give the hour of event time, and what there is to say of it."""
    closed = _value(samples, "driftwatch_watermark_timestamp_seconds")
    if closed is None:
        return "", ""
    at = datetime.fromtimestamp(closed, UTC)
    total = {
        name: sum(v for n, _, v in samples if n == f"driftwatch_{name}_total")
        for name in ("observations", "late", "rejected")
    }
    version = "4" if _value(samples, "driftwatch_feature_psi", version="4") is not None else "3"
    psi = {name: _psi(samples, name, version) for name in ("amount", "country")}
    firing = [f"{d['alert']}" for n, d, v in samples if n == "driftwatch_alert_firing" and v]
    return f"{at:%a %H}", (
        f"{at:%a %H:%M}  {total['observations']:>8,.0f} rows  {total['late']:>4,.0f} late"
        f"  {total['rejected']:>4,.0f} rejected   version {version}: psi amount {psi['amount']:.3f}"
        f"  country {psi['country']:.3f}   {' '.join(firing) or 'quiet'}"
    )
