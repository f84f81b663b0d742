"""A local stand-in for WhatsApp: its cloud, its web page and the customer's phone. Never talks to WhatsApp.

The page in ``page/`` offers the internal modules that the unmodified wa-js bundle binds to; the server plays the
cloud for many phones at once, keeps them on disk and is driven over HTTP (docs/simulator.md). It imports nothing of
ROMS: what the worker sees of it, it sees through wa-js only.
"""
