"""Checks that the ports of ROMS are free before anything starts."""

import errno
import socket
from typing import Final

import httpx

from roms_app.errors import ConfigurationError

#: Addresses that mean "all interfaces" → the address by which this machine can connect.
LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104


def require_free(host: str, port: int, setting: str) -> None:
    """Raises ConfigurationError when `host`:`port` can't be used; `setting` is the setting that chooses it."""
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


def holder_of(host: str, port: int) -> str:
    """The program that listens there: "another ROMS", "another program"; "" when there is none."""
    host = LOOPBACK.get(host, host)
    try:
        with socket.create_connection((host.strip("[]"), port), timeout=2):
            pass
        parts = httpx.get(f"http://{host}:{port}/readyz", timeout=2, trust_env=False).json()
    except OSError:
        return ""
    except (httpx.HTTPError, ValueError):
        return "another program"
    return "another ROMS" if isinstance(parts, dict) and {"database", "redis"} <= parts.keys() else "another program"


def _refused(error: OSError, host: str, port: int, setting: str) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"Port {port} on {host} is taken by {holder_of(host, port) or 'another program'}.",
            f"Stop it, or choose another port: {setting}={port + 10 if port < 65_000 else 3100}.",
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(
            f"This user may not listen on port {port}.", f"Choose one above 1023, for example {setting}=3000."
        )
    return ConfigurationError(f"Nothing can listen on {host}:{port} ({error.strerror}).", "Correct ROMS_HOST.")
