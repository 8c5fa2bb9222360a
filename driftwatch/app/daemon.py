"""How does the daemon live: from its start, over reloads, to its end?

The port is open before the store is, and stays open over reloads that do not move it. A reload is
asked for by a signal, by a change of the file's content, or by a call; a file that cannot be used
leaves the old configuration running, and that is said in a metric.
"""

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import structlog

from driftwatch import __version__
from driftwatch.app.calls import Calls
from driftwatch.app.logs import set_up
from driftwatch.app.memory import share_arenas, spare_collector
from driftwatch.app.outlet import unfit
from driftwatch.config import Config, files, load
from driftwatch.export.collector import Exposition
from driftwatch.export.counters import Committed
from driftwatch.export.health import Health
from driftwatch.nouns.errors import (
    ConfigurationError,
    StoreCorrupt,
    StoreIncompatible,
    Transient,
)
from driftwatch.nouns.records import Counter
from driftwatch.store import Store, open_store
from driftwatch.web.routes import Served
from driftwatch.web.server import Server, serve

log = structlog.get_logger("driftwatch")

LOOK = 2.0  # seconds between looks at the file, and between tries to open the store


def wall() -> int:
    """Give the wall time in microseconds UTC."""
    return time.time_ns() // 1000


class Daemon:
    """Runs until told to stop; `stop` and `reload` may be called by any thread or signal."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self._path, self._environ = path, environ
        # A signal may interrupt the main thread anywhere: nothing that a handler touches is locked.
        self._stopping = self._asked = self._broken = False
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._content, self._beside = "", list[Path]()
        self._ran: Config | None = None  # the last that was put to use
        self._health = Health(monotonic=time.monotonic, now=wall)
        self._store: Store | None = None
        self._server: Server | None = None

    def stop(self) -> None:
        """Ask the daemon to finish what it holds and leave."""
        self._stopping = True
        self._wake.put(None)

    def reload(self) -> None:
        """Ask for the file to be read again."""
        self._asked = True
        self._wake.put(None)

    def _reopen(self) -> None:
        self._broken = True
        self._wake.put(None)

    def run(self) -> int:
        """Run; gives 0 after `stop`. ConfigurationError if the first configuration is refused."""
        share_arenas()
        config = self._load()
        while not self._stopping:
            try:
                config = self._one_configuration(config)
            except (ConfigurationError, Transient) as error:
                if self._ran is None or self._ran is config:
                    raise
                self._refuse(error)
                config = self._ran
        if self._server is not None:
            self._server.stop()
        log.info("stopped")
        return 0

    def _one_configuration(self, config: Config) -> Config:
        """Run a session until it must end; give the configuration of the next."""
        set_up(config.log)
        log.info("starting", version=__version__, config=str(self._path))
        exposition = Exposition(
            release=__version__,
            health=self._health,
            counters=Committed(self._counters),
            models={model.name for model in config.models},
            endpoints={endpoint.name for endpoint in config.endpoints},
            max_series=config.server.max_series,
            min_rows=config.server.min_rows,
        )
        self._listen(config, exposition)
        if config is not self._ran:
            self._health.loaded()
        while not self._stopping:
            store = self._opened(config)
            if store is not None:
                return self._session(config, store, exposition)
            if (changed := self._changed()) is not None:
                return changed
        return config

    def _session(self, config: Config, store: Store, exposition: Exposition) -> Config:
        from driftwatch.app.session import Session  # noqa: PLC0415 - heavy, and we listen already

        self._store, self._ran = store, config
        session = Session(
            config,
            store=store,
            health=self._health,
            exposition=exposition,
            clock=wall,
            environ=self._environ,
            folder=self._path.absolute().parent,
            reopen=self._reopen,
        )
        session.start()
        spare_collector()
        log.info("running", models=[m.name for m in config.models])
        try:
            return self._until_changed(config)
        finally:
            session.stop()
            self._store = None
            store.dispose()

    def _listen(self, config: Config, exposition: Exposition) -> None:
        """Serve under this configuration, on the same port if it is the same address."""
        if self._server is not None:
            self._server.stop()
        served = Served(
            metrics=exposition,
            health=self._health,
            reload=self._checked_reload,
            token=config.server.token,
            retrainings=Calls(
                store=lambda: self._store,
                references={model.name: model.reference for model in config.models},
                folder=self._path.absolute().parent,
                clock=wall,
            ),
        )
        self._server = serve(config.server, served)
        self._server.start()

    def _checked_reload(self) -> None:
        """Reload, or raise what is wrong with the file."""
        self._fit(load(self._path, self._environ))
        self.reload()

    def _opened(self, config: Config) -> Store | None:
        """Open the store; None, after a while, if that cannot be done now."""
        try:
            self._broken = False
            store = open_store(config.store, wall)
        except (Transient, StoreIncompatible, StoreCorrupt) as error:
            self._health.notice("store", str(error))
            log.warning("store.waiting", error=str(error))
            self._pause()
            return None
        self._health.notice("store", "")
        self._health.notice("store history", "; ".join(store.notices))
        for notice in store.notices:
            log.warning("store.notice", notice=notice)
        return store

    def _until_changed(self, config: Config) -> Config:
        while not self._stopping and not self._broken:
            self._pause()
            if (changed := self._changed()) is not None:
                return changed
        return config

    def _pause(self) -> None:
        """Wait a little, or until something is asked of us."""
        with suppress(Empty):
            self._wake.get(timeout=LOOK)

    def _changed(self) -> Config | None:
        """Give the configuration anew if its file changed, or that was asked for; None if unfit."""
        if not self._asked and _content(self._path, *self._beside) == self._content:
            return None
        try:
            return self._fit(self._load())
        except ConfigurationError as error:
            self._refuse(error)
            return None

    def _refuse(self, error: Exception) -> None:
        self._health.not_loaded(str(error))
        log.error("config.refused", error=str(error))

    def _load(self) -> Config:
        """Read the file; a change of it, or of one it names, is noticed from here on."""
        self._beside = files(self._path, self._environ)
        self._asked, self._content = False, _content(self._path, *self._beside)
        return load(self._path, self._environ)

    def _fit(self, config: Config) -> Config:
        """Refuse endpoints that cannot be built, while others run.

        At the start they are waited for instead: nobody would look at the data otherwise.
        """
        folder = self._path.absolute().parent
        found = [unfit(settings, self._environ, folder) for settings in config.endpoints]
        if any(found):
            raise ConfigurationError("; ".join(filter(None, found)))
        return config

    def _counters(self) -> Mapping[Counter, int]:
        store = self._store
        if store is None:
            message = "the store is not open"
            raise Transient(message)
        return store.counters()


def _content(*paths: Path) -> str:
    """Identify what files hold; a link that was swapped shows as a change of it."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError:
            digest.update(b"none")
    return digest.hexdigest()
