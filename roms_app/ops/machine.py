"""What kind of machine this is, and what this user may do on it."""

import os
import platform


def is_debian() -> bool:
    """Whether Debian's own packages are installed here; Ubuntu's differ."""
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def is_root() -> bool:
    """Whether this process may do everything."""
    return os.geteuid() == 0
