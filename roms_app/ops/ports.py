"""Whether the ports that ROMS wants are free, asked before anything starts."""

import errno
import socket

from roms_app.errors import ConfigurationError


def require_free(host: str, port: int, setting: str) -> None:
    """Raises ConfigurationError when nobody could listen on `host`:`port`; `setting` is what chooses it."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise ConfigurationError(
            f"ROMS_HOST={host} is not an address of this machine.", "Use 127.0.0.1, or 0.0.0.0 for all."
        ) from error
    except OSError as error:
        raise _refused(error, host, port, setting) from error


def _refused(error: OSError, host: str, port: int, setting: str) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"Port {port} on {host} is taken by another program.",
            f"Stop that program, or choose another port: {setting}={port + 10 if port < 65_000 else 3100}.",
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(
            f"This user may not listen on port {port}.", f"Choose one above 1023, for example {setting}=3000."
        )
    return ConfigurationError(f"Nothing can listen on {host}:{port} ({error.strerror}).", "Correct ROMS_HOST.")
