"""`roms demo`."""


def demo() -> None:
    """Fill a running ROMS with a living inbox."""
