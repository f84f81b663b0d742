"""The PostgreSQL that tests run on starts on a machine that has none of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.servers import copy_of_wheel


def test_a_copy_of_the_wheel_creates_a_cluster_as_another_user() -> None:
    user = "nobody" if os.geteuid() == 0 else None
    # Not pytest's own folder: it is closed to others.
    with tempfile.TemporaryDirectory(prefix="roms-postgres-") as name:
        folder = Path(name)
        programs = copy_of_wheel(folder)
        if user is not None:
            shutil.chown(folder, user)

        def run(program: str, *arguments: str) -> str:
            # Without the environment: no library of another PostgreSQL may help.
            done = subprocess.run(
                [str(programs / program), *arguments],
                user=user, cwd=folder, env={}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert "PostgreSQL" in run("psql", "--version")
        run("initdb", "-D", "data", "-U", "postgres", "--no-sync", "--no-locale")
        assert (folder / "data" / "PG_VERSION").is_file()
