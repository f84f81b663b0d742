"""Network addresses: which ones are this machine, and which ones count as one client. Pure."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

#: Headers that proxies and tunnels add. Headers that begin with ``x-forwarded`` count, too.
_FORWARDING: Final = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-original-forwarded-for",
        "true-client-ip",
        "cf-connecting-ip",
        "fastly-client-ip",
        "fly-client-ip",
    }
)


def client_group(address: str) -> str:
    """The key of limits per client: an IPv4 address, or the /64 network of an IPv6 address.

    Anything else is returned unchanged.
    """
    found = _parsed(address)
    if found is None:
        return address
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def is_loopback(host: str) -> bool:
    """Whether the name or address is a loopback one."""
    found = _parsed(host)
    return host.lower() == "localhost" if found is None else found.is_loopback


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The parsed address; an IPv4 address in IPv6 notation becomes IPv4. None: not an address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return found if isinstance(found, ipaddress.IPv4Address) else found.ipv4_mapped or found


def host_of(header: str) -> str:
    """The name or address in a Host header, in lower case and without its port; "" if it is missing."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def was_forwarded(header_names: Iterable[str]) -> bool:
    """Whether the names of a request's headers (in lower case) show that it passed a proxy."""
    return any(name in _FORWARDING or name.startswith("x-forwarded") for name in header_names)


def is_from_this_machine(peer: str, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from a person on this machine, to one of its own names, without a sign of a proxy.

    A proxy may add no header and use 127.0.0.1 itself, which looks the same. Therefore this check is not enough where
    ROMS is known to have a public address.
    """
    return is_loopback(peer) and is_loopback(host_of(headers.get("host", ""))) and not was_forwarded(headers)
