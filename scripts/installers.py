"""uv and pip: each installs a lock exactly as it is, and shows progress. uv comes first, by hash, from the lock."""

import ctypes
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import advice
import pip_settings

#: The reason is nearly always at the end of a failed installer's output.
_SHOWN_LINES = 30
#: Seconds between two lines of progress in a log. On a terminal one line is updated every second.
_PAUSE = 5
_BEGAN = time.monotonic()
_PR_SET_PDEATHSIG = 1
# Loaded before any fork, because nothing may be imported between fork and exec.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


#: The entry of uv in the lock.
_UV = re.compile(r"^uv==.*?(?=^\S)", re.MULTILINE | re.DOTALL)


class Failed(Exception):
    """An installer failed or could not be started. `output` is its output."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


def say(step: str) -> None:
    sys.stdout.write(step + "\n")
    sys.stdout.flush()


def install(root: Path, python: Path, lock: Path) -> None:
    """Install exactly the packages of `lock`, by uv or else by pip. Raises advice.Stop."""
    say(f"Installing the packages of {lock.name}")
    # The lock is complete. Without --no-deps, pip resolves again the extras of a package, finds a newer release, and
    # refuses it because the lock has no hash for it.
    arguments = ["--no-deps", "--require-hashes", "-r"]
    wanted = lock
    try:
        _bring_uv(root, python)
    except Failed as error:
        # pip failed to install uv, so it would meet most of these problems again.
        _go_on_with_pip(error, root, unless=("disk", "hash", "permission", "network", "certificate", "refused"))
        wanted = _without_uv(lock, python)
    else:
        try:
            _uv(root, python, [*arguments, str(lock)], UvProgress())
            return
        except Failed as error:
            _go_on_with_pip(error, root, unless=("disk", "hash"))
    try:
        _run([*_pip(python), *arguments, str(wanted)], root, PipProgress(python, wanted))
    except Failed as error:
        _show(error.output)
        raise advice.of(error.output, root) from error


def _go_on_with_pip(error: Failed, root: Path, unless: tuple[str, ...]) -> None:
    """Report that uv failed. Raises advice.Stop for problems that pip would meet, too; pip may solve all others."""
    stop = advice.of(error.output, root)
    if stop.kind in unless:
        _show(error.output)
        raise stop from error
    say(f"  uv can't do it here ({_last_line(error.output)}); pip goes on, which takes longer")


def install_roms(root: Path, python: Path) -> None:
    """Install ROMS itself from the checkout. Raises advice.Stop."""
    # The build back end is in the lock already, so nothing unpinned is downloaded.
    arguments = ["--no-deps", "--no-build-isolation", "-e", str(root)]
    try:
        _uv(root, python, arguments, Progress("installing ROMS itself"))
        return
    except Failed:
        # No harm: pip tries next, and reports the reason if it fails, too.
        pass
    try:
        _run([*_pip(python), *arguments], root, Progress("installing ROMS itself"))
    except Failed as error:
        _show(error.output)
        raise advice.of(error.output, root, "ROMS itself could not be installed into .venv.") from error


def _pip(python: Path) -> list[str]:
    # A start compiles the third of the modules that it uses. Compiling all of them takes longer than it saves.
    return [
        str(python),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "--no-compile",
    ]


def _bring_uv(root: Path, python: Path) -> None:
    """Install uv alone, as requirements.lock pins it. Raises Failed when uv has no wheel for this machine."""
    pinned = _UV.search((root / "requirements.lock").read_text() + "#")
    if pinned is None:
        raise Failed("requirements.lock has no uv")
    only_uv = python.parent.parent / "uv.lock"
    only_uv.write_text(pinned[0])
    # uv's source needs a Rust compiler. Without a wheel, pip is quicker.
    arguments = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(only_uv)]
    _run([*_pip(python), *arguments], root, Progress("fetching uv, which fetches the rest"))


def _without_uv(lock: Path, python: Path) -> Path:
    """A copy of `lock` without uv, for machines that uv does not support."""
    copy = python.parent.parent / f"without-uv-{lock.name}"
    copy.write_text(_UV.sub("", lock.read_text() + "#"))
    return copy


def _uv(root: Path, python: Path, arguments: Sequence[str], progress: "Progress") -> None:
    command = [str(python.with_name("uv")), "pip", "install", "--color", "never", "--python", str(python), *arguments]
    _run(command, root, progress, pip_settings.for_uv(pip_settings.read(python)))


class Progress:
    """The current step of an installer, read from its output; shown with the seconds that have passed."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._shown = time.monotonic()
        self._is_moving = False

    def read(self, line: str) -> None:
        """Process one line of the installer's output."""

    def look(self, pid: int) -> None:
        """Check the installer's progress; called about once a second."""

    def show(self) -> None:
        now = time.monotonic()
        if not self.text:
            return
        line = f"  {now - _BEGAN:.0f} s: {self.text}"
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{line}\x1b[K")
            sys.stdout.flush()
            self._is_moving = True
        elif now - self._shown >= _PAUSE:
            self._shown = now
            say(line)

    def end(self) -> None:
        if self._is_moving:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()


class UvProgress(Progress):
    """uv names only the large files. The amount of written data shows the rest."""

    def __init__(self) -> None:
        super().__init__("asking the index")
        self._begun = self._fetched = 0

    def read(self, line: str) -> None:
        self._begun += line.startswith("Downloading ")
        self._fetched += line.startswith(" Downloaded ")
        if line.startswith("Prepared "):
            self.text = "laying the packages into .venv"

    def look(self, pid: int) -> None:
        if self._begun and not self.text.startswith("laying"):
            self.text = f"{self._fetched} of {self._begun} large files fetched{_written(pid)}"


class PipProgress(Progress):
    """pip names each package when it downloads it, but not when it unpacks it, so unpacked packages are counted."""

    def __init__(self, python: Path, lock: Path) -> None:
        super().__init__()
        self._site = next(python.parent.parent.glob("lib/python*/site-packages"))
        self._total = len(re.findall(r"^[\w.-]+==", lock.read_text(), re.MULTILINE))
        self._fetched = self._already = 0
        self._before: int | None = None

    def read(self, line: str) -> None:
        if line.startswith("Ignoring "):
            self._total -= 1
        self._already += line.startswith("Requirement already satisfied: ")
        self._fetched += line.startswith(("Collecting ", "Requirement already satisfied: "))
        if line.startswith("Installing collected packages"):
            self._before = self._installed()
        if self._fetched:
            self.text = f"{self._fetched} of {self._total} packages fetched"

    def look(self, pid: int) -> None:
        if self._before is not None:
            new = self._installed() - self._before
            self.text = f"{new} of {self._total - self._already} packages installed"

    def _installed(self) -> int:
        return sum(1 for _ in self._site.glob("*.dist-info"))


def _written(pid: int) -> str:
    """The amount of data that a process has written, as text; "" where the system does not report it."""
    try:
        count = re.search(r"^wchar: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)
    except OSError:
        return ""
    return f", {int(count[1]) // 1_000_000} MB unpacked" if count else ""


def _run(command: Sequence[str], root: Path, progress: Progress, env: Mapping[str, str] | None = None) -> None:
    """Run an installer to its end and show its progress. Raises Failed."""
    try:
        tool = subprocess.Popen(
            command,
            cwd=root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=_die_with_us,
        )
    except OSError as error:
        raise Failed(str(error)) from error
    said: list[str] = []
    lines: queue.Queue[str | None] = queue.Queue()
    assert tool.stdout is not None
    threading.Thread(target=_pass_on, args=(tool.stdout, lines.put), daemon=True).start()
    try:
        while True:
            try:
                line = lines.get(timeout=1)
            except queue.Empty:
                line = ""
            if line is None:
                break
            said.append(line)
            progress.read(line)
            progress.look(tool.pid)
            progress.show()
    finally:
        progress.end()
        if sys.exc_info()[0] is not None:
            tool.kill()
        tool.wait()
    if tool.returncode != 0:
        raise Failed("".join(said) or f"{command[0]} ended with {tool.returncode}")


def _die_with_us() -> None:
    """Kill the installer together with this process: otherwise it would disturb the next run."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _pass_on(lines: Sequence[str], put: Callable[[str | None], None]) -> None:
    for line in lines:
        put(line)
    put(None)


def _show(output: str) -> None:
    sys.stderr.write("".join(output.splitlines(keepends=True)[-_SHOWN_LINES:]))


def _last_line(output: str) -> str:
    lines = [line.strip(" │╰╭─▶├×`-") for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
