"""The HTTP routes beside Reflex: session cookie, presence, files, health, metrics."""
