"""Verbs that take a session: the only writers of the database. They never commit and know neither Reflex nor Redis."""
