"""Event intake: the stream consumer calls it to store contacts, conversations and messages, each exactly once."""
