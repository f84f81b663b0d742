"""The operating system of this machine, and this user's rights on it."""

import os
import platform


def is_debian() -> bool:
    """True on Debian itself. Ubuntu has different packages under the same names."""
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def is_root() -> bool:
    """True when this process runs as root."""
    return os.geteuid() == 0
