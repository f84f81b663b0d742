"""Functions that take a session. They alone write to the database.

They never commit and know neither Reflex nor Redis.
"""
