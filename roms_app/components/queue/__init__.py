"""The parts of `/queue`."""
