#!/usr/bin/env python3
"""Makes the virtual environment with everything in requirements.lock. Only the standard library, any Python 3.

With --dev it also installs requirements-dev.lock: what tests and tools add. Neither removes what the other installed.
It may be run again at any time and is quick when nothing changed. Everything else is `roms setup`, inside the
environment. pip is used as the person configured it: no registry is named here.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
#: Each lock with the file that records which state of it is installed.
RUN = ("requirements.lock", os.path.join(VENV, "roms-lock.sha256"))
DEV = ("requirements-dev.lock", os.path.join(VENV, "roms-dev-lock.sha256"))
OLDEST = (3, 11)
#: Newer minor versions may be found under these names when `python3` itself is too old.
OTHERS = ("python3.13", "python3.12", "python3.11")
SHOWN_LINES = 30
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def stop(sentence):
    """End with one sentence that names the mend."""
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def say(step):
    sys.stdout.write(step + "\n")
    sys.stdout.flush()


def run(command, **options):
    """Run `command`; its output goes to the terminal. Returns whether it is there and succeeded."""
    try:
        return subprocess.call(command, stdin=subprocess.DEVNULL, **options) == 0
    except OSError:
        return False


def require_python():
    """Continue with a Python that is new enough, if the machine has one."""
    if sys.version_info[:2] >= OLDEST:
        return
    for name in OTHERS:
        other = shutil.which(name)
        if other:
            os.execv(other, [other, os.path.abspath(__file__)] + sys.argv[1:])
    stop(
        "ROMS needs Python 3.11 or newer; this is {}.{}. Install it (on Debian and Ubuntu: "
        "`sudo apt-get install python3.11 python3.11-venv`) and run the command again.".format(*sys.version_info[:2])
    )


def fingerprint(lock):
    """Of what was asked to be installed, and by which Python."""
    total = hashlib.sha256(sys.version.encode())
    # A checkout that was moved or copied has an environment whose commands point elsewhere.
    total.update(ROOT.encode())
    for name in (lock, "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            total.update(file.read())
    return total.hexdigest()


def is_current(part):
    lock, stamp = part
    try:
        with open(stamp) as file:
            return file.read() == fingerprint(lock) and os.path.exists(PYTHON)
    except OSError:
        return False


def make_venv():
    """Debian and Ubuntu split ensurepip off Python: install it where that needs no question."""
    if run([PYTHON, "-m", "pip", "--version"], **QUIET):
        return
    say("Making the virtual environment")
    if not has_ensurepip():
        install_ensurepip()
    if not run([sys.executable, "-m", "venv", "--clear", VENV]):
        stop("The virtual environment can't be made in {}. Check that this user may write there.".format(VENV))


def has_ensurepip():
    return run([sys.executable, "-c", "import ensurepip, venv"], **QUIET)


def install_ensurepip():
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    may = os.geteuid() == 0 or (shutil.which("sudo") and run(sudo + ["true"], **QUIET))
    if may and shutil.which("apt-get"):
        say("Installing {}, which Debian and Ubuntu keep apart from Python".format(package))
        env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        prefix = sudo + ["env", "DEBIAN_FRONTEND=noninteractive"] if sudo else []
        run(prefix + ["apt-get", "update", "-qq"], env=env)
        run(prefix + ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], env=env)
    if not has_ensurepip():
        stop(
            "This Python can't make virtual environments. Run `sudo apt-get install {}` and try again.".format(package)
        )


def install(part):
    lock, stamp = part
    began = time.time()
    say("Installing the packages of {} (a few minutes the first time)".format(lock))
    # The lock is the whole answer. Without --no-deps, pip resolves again what a package asks for with an extra, finds
    # a newer release of it, and refuses that one because the lock has no hash for it.
    if not pip_install(["--no-deps", "--require-hashes", "-r", lock], total=locked(lock)):
        stop(
            "pip could not install the packages; its reason stands above. Check the network and pip's own settings, "
            "then run the command again."
        )
    # The build back end is in the lock already: nothing unpinned is fetched.
    if part == RUN and not pip_install(["--no-deps", "--no-build-isolation", "-e", "."]):
        stop("ROMS itself could not be installed into .venv; the reason stands above.")
    with open(stamp, "w") as file:
        file.write(fingerprint(lock))
    say("Installed in {:.0f} s".format(time.time() - began))


def locked(lock):
    """How many packages a lock holds."""
    with open(os.path.join(ROOT, lock)) as file:
        return sum(1 for line in file if line[:1].isalnum() and "==" in line)


def pip_install(arguments, total=1):
    """Run pip and show how far it is; what it said is shown only if it fails. Returns whether it succeeded."""
    command = [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    said = []
    count = 0
    pip = subprocess.Popen(
        command + arguments,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    for line in pip.stdout or ():
        said.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            count += 1
            show_count(count, total)
        elif line.startswith("Installing collected packages") and count > 1:
            say("  unpacking")
    if pip.wait() != 0:
        sys.stderr.write("".join(said[-SHOWN_LINES:]))
    return pip.returncode == 0


def show_count(count, total):
    """A line that counts on a terminal; now and then a line in a log."""
    if sys.stdout.isatty():
        sys.stdout.write("\r  {} of {} packages".format(count, total) + ("\n" if count == total else ""))
        sys.stdout.flush()
    elif count % 25 == 0:
        say("  {} of {} packages".format(count, total))


def main():
    require_python()
    missing = [part for part in ((RUN, DEV) if "--dev" in sys.argv[1:] else (RUN,)) if not is_current(part)]
    if not missing:
        return
    make_venv()
    for part in missing:
        install(part)


if __name__ == "__main__":
    main()
