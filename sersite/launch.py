"""`make run`: servers, database, static files, first administrator, and the four processes."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from honcho.environ import parse

from sersite.embedded import EmbeddedServerError, embedded_servers
from sersite.env import BASE_DIR, VAR_DIR
from sersite.processes import interrupt_on_signals

BIN = Path(sys.executable).parent
PREPARATIONS = (
    ("migrate", "--noinput", "--verbosity", "0"),
    ("collectstatic", "--noinput", "--verbosity", "0"),
    ("ensure_admin",),
)


def main() -> int:
    interrupt_on_signals()
    read_dotenv()
    try:
        with embedded_servers(VAR_DIR) as environment:
            return run_site(environment)
    except EmbeddedServerError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return 0  # stopped as asked


def read_dotenv() -> None:
    """For every process alike; what is set already wins."""
    path = BASE_DIR / ".env"
    if path.exists():
        for name, value in parse(path.read_text()).items():
            os.environ.setdefault(name, value)


def run_site(environment: dict[str, str]) -> int:
    port = choose_port(int(environment.get("PORT") or 8000))
    address = environment.get("SITE_URL") or f"http://localhost:{port}"
    environment |= {"SITE_URL": address, "PATH": f"{BIN}{os.pathsep}{environment['PATH']}"}
    # in sessions of their own: a terminal's Ctrl-C is for us, and we stop them in good order
    for preparation in PREPARATIONS:
        command = [sys.executable, "manage.py", *preparation]
        done = subprocess.run(command, env=environment, cwd=BASE_DIR, start_new_session=True)
        if done.returncode:
            return done.returncode
    supervisor = subprocess.Popen(
        [BIN / "honcho", "start", "-p", str(port)],
        env=environment,
        cwd=BASE_DIR,
        start_new_session=True,
    )
    threading.Thread(target=announce, args=(address, port, supervisor), daemon=True).start()
    try:
        return supervisor.wait()
    finally:
        supervisor.terminate()
        supervisor.wait()


def choose_port(wanted: int) -> int:
    """The next free one, so that a second checkout can run beside the first."""
    for port in range(wanted, wanted + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    sys.exit(f"No port from {wanted} to {wanted + 19} is free. Set PORT to one that is.")


def announce(address: str, port: int, supervisor: "subprocess.Popen[bytes]") -> None:
    while supervisor.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/health/", timeout=2).close()
        except HTTPError:
            pass  # it answers; what it finds wrong is in its log
        except (URLError, OSError):
            time.sleep(0.1)
            continue
        print(f"\n  sersite is at {address}\n{administrator()}  Ctrl-C stops it.\n", flush=True)
        return


def administrator() -> str:
    path = VAR_DIR / "admin-password"
    if not path.exists():
        return ""
    password = path.read_text().strip()
    return f"  First administrator: admin, generated password: {password}\n"


if __name__ == "__main__":
    sys.exit(main())
