"""Files of messages: storing, inspecting and converting them. Used by the worker and by the app.

Nothing here knows a browser, Redis or a database.
"""
