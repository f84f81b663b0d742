"""What the worker and the app say to each other: pydantic models over Redis Streams.

Nothing here knows a browser, a database or a framework: pydantic and the standard library only.
The golden files in ``tests/contract/golden`` fix the bytes on the wire.
"""
