"""A real PostgreSQL for the tests: a cluster of our own in a temporary folder.

`postgresql` is the server, one for the session; `postgresql_url` an empty schema on it, one for
each test. DRIFTWATCH_TEST_POSTGRESQL names another server to use instead, as
postgresql://user:password@host:port/database, whose user may create schemas.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.real.parts import absent, free_port

_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin")
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=60")
_CLUSTER = ("-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync")
_NUMBERS = itertools.count(1)


@dataclass
class Postgresql:
    """A server, and whether it is ours to stop and start again."""

    url: str
    command: list[str] = field(default_factory=list)
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start our own server, and wait until it answers."""
        assert self.log is not None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd="/", **_as_nobody_special()
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop our own server, ending the connections to it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)

    def run(self, statement: str) -> None:
        """Run one statement in the server's own database."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def _answers(self) -> bool:
        import psycopg

        with contextlib.suppress(psycopg.OperationalError):
            self.run("SELECT 1")
            return True
        return False


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """Give a running server."""
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError:
        absent("PostgreSQL", "the package psycopg is not installed")
    other = os.environ.get("DRIFTWATCH_TEST_POSTGRESQL")
    if other:
        yield Postgresql(other)
        return
    server = _new_cluster(_binaries(), Path(tempfile.mkdtemp(prefix="driftwatch-postgresql-")))
    try:
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        assert server.log is not None
        shutil.rmtree(server.log.parent, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql: Postgresql) -> Iterator[str]:
    """Give the address of an empty schema, which is quicker than a database; removed after."""
    name = f"driftwatch_test_{os.getpid()}_{next(_NUMBERS)}"
    postgresql.run(f"CREATE SCHEMA {name}")
    yield f"{postgresql.url}?options=-csearch_path%3D{name}"
    postgresql.run(f"DROP SCHEMA {name} CASCADE")


def _new_cluster(binaries: Path, folder: Path) -> Postgresql:
    data, sockets, port = folder / "data", folder / "sockets", free_port()
    sockets.mkdir()
    if os.geteuid() == 0:
        for path in (folder, sockets):
            shutil.chown(path, _user())
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "driftwatch", *_CLUSTER],
        capture_output=True,
        cwd="/",
        timeout=120,
        check=False,
        **_as_nobody_special(),
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        absent("PostgreSQL", f"initdb: {made.stderr.decode(errors='replace').strip()}")
    settings = [option for setting in _FAST for option in ("-c", setting)]
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1"]
    url = f"postgresql://driftwatch:secret-of-tests@127.0.0.1:{port}/postgres"
    return Postgresql(url, [*command, "-k", str(sockets), *settings], folder / "log")


def _binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for pattern in _FOLDERS:
        installed = sorted(Path("/").glob(f"{pattern.lstrip('/')}/initdb"), reverse=True)
        if installed:
            return installed[0].parent
    return absent("PostgreSQL", "no initdb in PATH nor in /usr/lib/postgresql (Debian: postgresql)")


def _user() -> str:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return absent(
        "PostgreSQL", "it refuses to run as root, and there is no user postgres or nobody"
    )


def _as_nobody_special() -> dict[str, object]:
    """Say as whom to run: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    user = _user()
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
