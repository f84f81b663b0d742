"""Files of messages: where they lie, what they are, and voice notes. Used by the worker and by the app.

Nothing here knows a browser, Redis or a database.
"""
