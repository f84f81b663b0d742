#!/usr/bin/env python3
"""Makes the virtual environment with everything in requirements.lock. Only the standard library, any Python 3.

With --dev it also installs requirements-dev.lock: the packages for tests and tools. Neither removes the packages of the
other. It may be run again at any time, and is quick if nothing has changed. Everything else is done by `roms setup`,
inside the environment. This file finds a Python that is new enough; the modules next to it need one.
"""

import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 11)
#: Names of newer Pythons, to be tried if `python3` itself is too old.
OTHERS = ("python3.13", "python3.12", "python3.11")


def require_python():
    """Continue with a Python that is new enough, if the machine has one."""
    if sys.version_info[:2] >= OLDEST:
        return
    for name in OTHERS:
        other = shutil.which(name)
        if other:
            os.execv(other, [other, os.path.abspath(__file__)] + sys.argv[1:])
    sys.stderr.write(
        "ROMS needs Python 3.11 or newer; this is {}.{}. Install it (on Debian and Ubuntu: "
        "`sudo apt-get install python3.11 python3.11-venv`) and run the command again.\n".format(*sys.version_info[:2])
    )
    sys.exit(1)


def main():
    require_python()
    # A read-only checkout is reported in one sentence, without warnings about bytecode.
    sys.path.insert(0, os.path.join(ROOT, "scripts"))
    import packages

    sys.exit(packages.main(ROOT, dev="--dev" in sys.argv[1:]))


if __name__ == "__main__":
    main()
