"""What runs under one configuration?

A session has the parts that the configuration names, and a thread for each source, each endpoint
and the tick. A reload ends one session and begins another; the HTTP server outlives both.
"""

import socket
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import get_args

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from driftwatch.app.learning import Learner
from driftwatch.app.memory import give_back
from driftwatch.app.outlet import deliver
from driftwatch.app.worker import Going, Worker
from driftwatch.config import Config, Watched
from driftwatch.config.settings import SourceEntry
from driftwatch.export.collector import Exposition
from driftwatch.export.health import Health, SourceState
from driftwatch.notify.payload import Kind
from driftwatch.notify.settings import AnyEndpoint
from driftwatch.nouns.errors import Conflict, StoreCorrupt, Transient
from driftwatch.nouns.judgements import Progress, Snapshot
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.settings import show_duration
from driftwatch.pipeline import Judging, Reading, Source, ingest, tick
from driftwatch.reference.registry import Registry
from driftwatch.store import Store
from driftwatch.window.rollup import Panes

log = structlog.get_logger("driftwatch")

LEAVE = 8.0  # seconds that all threads together are given to leave
STILL = 120.0  # seconds without a heartbeat after which a thread is dead
TICK_STILL = 600.0
BACKLOG = timedelta(hours=1)
SHOWN_EVERY = 10.0  # seconds between two states that are shown while a tick catches up

_NO_PROGRESS = Progress(None, None, None)


class Session:
    """The parts and threads of one configuration."""

    def __init__(
        self,
        config: Config,
        *,
        store: Store,
        health: Health,
        exposition: Exposition,
        clock: Callable[[], int],
        environ: Mapping[str, str],
        folder: Path,
        reopen: Callable[[], None],
    ) -> None:
        self._config, self._store, self._clock = config, store, clock
        self._health, self._exposition = health, exposition
        self._environ, self._folder, self._reopen = environ, folder, reopen
        self._registry = Registry(
            {m.name: m.reference for m in config.models},
            folder,
            store,
            {watched.name: watched.segments for watched in config.watched},
        )
        self._learner = Learner(config, store)
        self._current: dict[str, int] = {}  # by source, each written by its own thread
        self._judging = [self._judged(watched) for watched in config.watched]
        self._workers = [self._reader(entry) for entry in config.sources]
        self._workers += [self._relay(endpoint) for endpoint in config.endpoints]
        self._ticking, self._shown = True, 0.0
        self._scheduler = self._timers()

    def start(self) -> None:
        """Look for profiles, show what was stored, and begin."""
        self._refresh()
        self._publish()
        for worker in self._workers:
            self._health.expect(worker.name, STILL)
            worker.start()
        self._health.expect("tick", TICK_STILL)
        self._scheduler.start()

    def stop(self) -> None:
        """Let every thread finish what it holds, and leave."""
        self._ticking = False
        for worker in self._workers:
            worker.stop()
        self._scheduler.shutdown(wait=True)
        self._health.dismiss("tick")
        for judging in self._judging:
            self._health.notice(f"judging {judging.model}", "")
            self._health.notice(f"backlog {judging.model}", "")
        until = time.monotonic() + LEAVE
        for worker in self._workers:
            if not worker.join(max(0.0, until - time.monotonic())):
                log.warning("thread.left_behind", thread=worker.name)
            self._health.dismiss(worker.name)
        for entry in self._config.sources:
            self._health.source(entry.name, None)
        for endpoint in self._config.endpoints:
            self._health.notice(f"endpoint {endpoint.name}", "")

    def _judged(self, watched: Watched) -> Judging:
        feeding = {
            s.name: s.reads
            for s in self._config.sources
            if watched.name in s.models or not s.models
        }
        routes = {
            kind: tuple(e.name for e in self._config.endpoints if kind in e.send)
            for kind in get_args(Kind)
        }
        return Judging(
            model=watched.name,
            sources=feeding,
            current=partial(self._current_of, tuple(feeding)),
            judge=self._store,
            panes=Panes(watched.window),
            known=lambda: self._registry.known,
            window=watched.window,
            detectors=watched.detectors,
            alerts=watched.alerts,
            routes=routes,
            retraining=self._config.retraining,
        )

    def _reader(self, entry: SourceEntry) -> Worker:
        def work(going: Going) -> None:
            try:
                self._ingest(entry, going)
            except Exception as error:
                self._health.source(entry.name, SourceState(f"reading begins anew after: {error}"))
                raise

        return Worker(f"ingest {entry.name}", work, self._health.beat, self._failed)

    def _ingest(self, entry: SourceEntry, going: Going) -> None:
        source = entry.build(
            partial(self._store.offsets, entry.name), self._instance(entry.name), self._clock
        )
        try:
            ingest(self._reading(entry, source), self._clock, going)
        finally:
            source.close()

    def _reading(self, entry: SourceEntry, source: Source) -> Reading:
        intake = self._config.intake
        return Reading(
            source=source,
            format=entry.format.build(),
            intake=self._store,
            known=partial(self._known, frozenset(entry.models)),
            window=self._config.window,
            reads=entry.reads,
            report=partial(self._report, entry.name, source),
            current=partial(self._appended, entry.name),
            every=intake.every,
            records=intake.records,
            poll=intake.poll,
            keep_payload=entry.keep_payload,
        )

    def _report(self, name: str, source: Source, trouble: str) -> None:
        """Show how a source stands, and log it where that has changed."""
        status = "; ".join(text for text in (source.status(), trouble) if text)
        before = self._health.sources().get(name, SourceState()).status
        if status and status != before:
            log.warning("source.waiting", source=name, error=status)
        elif before and not status:
            log.info("source.well", source=name)
        self._health.source(name, SourceState(status, source.lag()))

    def _appended(self, source: str, now: int) -> None:
        """Take note that the store is as the source stands, and let go of what that took."""
        self._current[source] = now
        give_back()

    def _current_of(self, sources: Sequence[str]) -> int | None:
        """Give when the least current of some sources was so; None if one has not begun."""
        times = [self._current[source] for source in sources if source in self._current]
        return min(times, default=None) if len(times) == len(sources) else None

    def _known(self, models: frozenset[str]) -> Known:
        """Give what is known of a source's models; of all models if it names none."""
        known = self._registry.known
        if not models:
            return known
        profiles = {k: p for k, p in known.profiles.items() if k[0] in models}
        return Known(models, profiles, known.learns)

    def _instance(self, source: str) -> str:
        """Give the id by which a broker knows this replica again after a restart."""
        # Two replicas on one host serve each an address of their own.
        key = f"instance/{source}/{socket.gethostname()}/{self._config.server.address}"
        saved = self._store.meta(key)
        if saved is None:
            saved = f"driftwatch-{uuid.uuid4().hex[:12]}"
            self._store.remember(key, saved)
        return saved

    def _timers(self) -> BackgroundScheduler:
        """Wake the tick; all timers share its one thread."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        schedule = self._config.schedule
        wake = (
            CronTrigger.from_crontab(schedule.cron, timezone=UTC)
            if schedule.interval is None
            else IntervalTrigger(seconds=schedule.interval.total_seconds(), timezone=UTC)
        )
        scheduler.add_job(self._tick, wake)
        # A new version's profile is looked for as often as anything is judged, up to once a second.
        seconds = schedule.interval.total_seconds() if schedule.interval is not None else 60.0
        often = IntervalTrigger(seconds=int(min(max(seconds, 1.0), 60.0)), timezone=UTC)
        scheduler.add_job(self._refresh, often)
        scheduler.add_job(self._maintain, IntervalTrigger(hours=1, timezone=UTC))
        return scheduler

    def _going(self) -> bool:
        """Say whether to judge one more boundary; show meanwhile what the last ones gave."""
        self._health.beat("tick")
        if time.monotonic() - self._shown > SHOWN_EVERY:
            self._publish()
        return self._ticking

    def _tick(self) -> None:
        for judging in self._judging:
            began = time.monotonic()
            self._health.notice(f"judging {judging.model}", self._judge(judging))
            self._health.evaluated(judging.model, time.monotonic() - began)
        self._publish()
        give_back()

    def _judge(self, judging: Judging) -> str:
        """Judge what can be judged, and say what is wrong; a replica that was first is not."""
        try:
            tick(judging, self._clock, self._going)
        except Conflict:
            return ""
        except Transient as error:
            log.warning("tick.waiting", model=judging.model, error=str(error))
            return str(error)
        except Exception as error:
            log.exception("tick.failed", model=judging.model)
            self._failed(error)
            return str(error) or repr(error)
        return ""

    def _failed(self, error: Exception) -> None:
        """Open a store anew that was found damaged: it is set aside, and a new one begins."""
        if isinstance(error, StoreCorrupt):
            self._reopen()

    def _publish(self) -> None:
        self._shown = time.monotonic()
        try:
            shown = self._store.snapshot(self._clock())
            self._exposition.publish(shown)
            self._say_backlog(shown)
            self._health.notice("store", "")
        except (Transient, StoreCorrupt) as error:
            self._health.notice("store", str(error))
            self._failed(error)

    def _say_backlog(self, shown: Snapshot) -> None:
        """Say how much event time is read and waits to be judged, where that is much."""
        for judging in self._judging:
            progress = shown.models.get(judging.model, _NO_PROGRESS)
            waits = timedelta(microseconds=(progress.closed or 0) - (progress.boundary or 0))
            much = progress.boundary is not None and waits > BACKLOG
            text = f"{show_duration(waits)} of event time are read and wait to be judged"
            self._health.notice(f"backlog {judging.model}", text if much else "")

    def _refresh(self) -> None:
        self._health.beat("tick")
        problems = self._registry.refresh()
        if self._learner.look(self._registry.known, problems):
            problems += self._registry.refresh()
        self._exposition.expect(self._registry.known.profiles)
        told = "; ".join(problems)
        if told and told != self._health.notices().get("references"):
            log.warning("references.unfit", problems=problems)
        self._health.notice("references", told)

    def _maintain(self) -> None:
        try:
            self._store.maintain(self._clock())
        except (Transient, StoreCorrupt) as error:
            self._health.notice("store", str(error))
            self._failed(error)

    def _relay(self, settings: AnyEndpoint) -> Worker:
        def work(going: Going) -> None:
            deliver(
                settings,
                store=self._store,
                health=self._health,
                clock=self._clock,
                environ=self._environ,
                folder=self._folder,
                going=going,
                wait=worker.wait,
            )

        worker = Worker(f"relay {settings.name}", work, self._health.beat, self._failed)
        return worker
