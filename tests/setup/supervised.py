"""A supervisor of three small programs, as a process of its own: tests kill it and its children.

Usage: ``python -m tests.setup.supervised FOLDER``. Each program writes its pid and those of its own children to
FOLDER; `wild` leaves its group and ignores SIGTERM, as a hung browser might.
"""

import asyncio
import os
import sys
from pathlib import Path

from roms_app.errors import RomsError
from roms_app.ops.processes import Service, run_mark
from roms_app.ops.supervisor import Plan, Supervisor

#: Writes pid files, notes SIGTERM in order, and lives until then.
PROGRAM = """
import os, signal, subprocess, sys, time
from pathlib import Path
folder, name, with_child = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "child"
def leave(*_):
    with (folder / "order").open("a") as file: file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
if with_child:
    wild = "import os, signal, time; os.setsid(); signal.signal(15, signal.SIG_IGN)\\nwhile True: time.sleep(1)"
    (folder / f"{name}.child").write_text(str(subprocess.Popen([sys.executable, "-c", wild]).pid))
(folder / f"{name}.pid.new").write_text(str(os.getpid()))
(folder / f"{name}.pid.new").replace(folder / f"{name}.pid")
while True: time.sleep(0.05)
"""


def service(folder: Path, name: str, *, child: bool = False) -> Service:
    command = [sys.executable, "-c", PROGRAM, str(folder), name, "child" if child else "alone"]
    return Service(name, command, dict(os.environ))


def plan(folder: Path) -> Plan:
    layers = [
        [service(folder, "redis")],
        [service(folder, "simulator")],
        [service(folder, "app", child=True), service(folder, "worker")],
    ]

    async def started(name: str) -> None:
        while not (folder / f"{name}.pid").exists():
            await asyncio.sleep(0.01)

    ready = {s.name: (lambda name=s.name: started(name)) for layer in layers for s in layer}
    return Plan(run=run_mark(folder), layers=layers, ready=ready, grace=60.0, patience=30)


def main() -> None:
    folder = Path(sys.argv[1])
    supervisor = Supervisor(plan(folder), lambda line: print(line, flush=True))
    try:
        asyncio.run(supervisor.run(lambda: (folder / "ready").touch()))
    except RomsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
