"""The routes beside Reflex: session cookie, presence, health, metrics."""
