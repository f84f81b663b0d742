"""Network addresses: what counts as this machine, and what counts as one client. Pure."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

#: Headers that proxies and tunnels add; others begin with ``x-forwarded``.
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
    """What limits per client count: an IPv4 address, or the network of 64 bits that an IPv6 host has.

    Anything else is returned as it is.
    """
    found = _parsed(address)
    if found is None:
        return address
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def is_loopback(host: str) -> bool:
    """Whether the name or address is one that a machine has for itself."""
    found = _parsed(host)
    return host.lower() == "localhost" if found is None else found.is_loopback


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address; one of IPv4 that is written as IPv6 is of IPv4. None: it is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return found if isinstance(found, ipaddress.IPv4Address) else found.ipv4_mapped or found


def host_of(header: str) -> str:
    """The name or address in a Host header, in lower case and without its port; "" where there is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def was_forwarded(header_names: Iterable[str]) -> bool:
    """Whether a proxy left its mark among the names of a request's headers (in lower case)."""
    return any(name in _FORWARDING or name.startswith("x-forwarded") for name in header_names)


def is_from_this_machine(peer: str, headers: Mapping[str, str]) -> bool:
    """Whether a person on this machine asked for one of its own names, and no proxy says that it stood between.

    A proxy may add nothing and ask for 127.0.0.1 itself: that can't be told apart, so it is not enough where ROMS is
    known to have a public address.
    """
    return is_loopback(peer) and is_loopback(host_of(headers.get("host", ""))) and not was_forwarded(headers)
