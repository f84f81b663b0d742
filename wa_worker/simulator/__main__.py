"""``python -m wa_worker.simulator``: runs the simulator until SIGTERM."""

import errno
import sys

from aiohttp import web
from pydantic import ValidationError

from wa_worker.process.logs import configure_logging
from wa_worker.process.output import steady_output
from wa_worker.simulator.config import SimulatorSettings
from wa_worker.simulator.server import make_app
from wa_worker.simulator.store import StoreError
from wa_worker.storage.private_files import keep_private, make_private


def main() -> int:
    """Run the server. Returns the exit code: 2 if the settings, the data folder or the port can't be used."""
    steady_output()
    keep_private()
    try:
        settings = SimulatorSettings()
        configure_logging(settings.log_level, settings.log_format)
        make_private(settings.data_dir)
        app = make_app(settings)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            name = "ROMS_" + "_".join(str(part) for part in problem["loc"]).upper()
            print(f"{name}: {problem['msg']}.", file=sys.stderr)
        return 2
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    host, port = settings.simulator_host, settings.simulator_port

    def announce(_: str) -> None:
        print(f"Simulator ready at http://{host}:{port}/phone", flush=True)

    try:
        web.run_app(app, host=host, port=port, access_log=None, shutdown_timeout=2, print=announce)
    except OSError as error:
        why = "another program uses it" if error.errno == errno.EADDRINUSE else error.strerror
        print(f"Port {port} on {host} can't be used: {why}. Set ROMS_SIMULATOR_PORT.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
