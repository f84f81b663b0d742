"""The `roms` command: its groups. An error becomes one sentence and exit code 1."""

import signal
import sys
from types import FrameType

import typer

from roms_app.cli import agents, copy_database, dead, demo, doctor, output, run, simulate
from roms_app.errors import RomsError
from wa_worker.process.output import steady_output

app = typer.Typer(
    help="ROMS, the shared inbox for customer service on WhatsApp.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("up")(run.up)
app.command("setup")(run.setup)
app.command("build")(run.build)
app.command("bundle")(run.bundle)
app.command("migrate")(run.migrate)
app.command("serve")(run.serve)
app.command("copy-database")(copy_database.copy_database)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("simulate-assignment")(simulate.simulate_assignment)
app.add_typer(agents.app, name="agent")
app.add_typer(dead.app, name="dead")


def main() -> None:
    """The entry point."""
    steady_output()
    # Until the supervisor takes over, exit in order, so that a running tool is ended too.
    signal.signal(signal.SIGTERM, _leave)
    try:
        app()
    except RomsError as error:
        output.show_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
