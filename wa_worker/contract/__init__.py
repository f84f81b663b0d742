"""The contract between the worker and the app: pydantic models of what they send over Redis Streams.

It uses pydantic and the standard library only, no browser, database or framework. The golden files in
``tests/contract/golden`` fix the bytes on the wire.
"""
