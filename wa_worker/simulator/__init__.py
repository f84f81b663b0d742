"""Simulates WhatsApp locally: its cloud, its web page and the customer's phone. Never connects to WhatsApp.

The page in ``page/`` offers the internal modules that the unmodified wa-js bundle binds to. The server simulates the
cloud for many phones at once, keeps them on disk and is controlled over HTTP (docs/simulator.md). It shares no code
about WhatsApp with the worker, which sees it through wa-js only.
"""
