"""Fetches files of messages and profile pictures, apart from the messages themselves."""
